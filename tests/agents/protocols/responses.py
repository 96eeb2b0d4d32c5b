"""The Responses protocol, which Codex speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.agents.protocols.talk import INPUT, OUTPUT, Call, Event, Reply, Turn, key, texts

_USAGE = {
    "input_tokens": INPUT,
    "input_tokens_details": {"cached_tokens": 0},
    "output_tokens": OUTPUT,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": INPUT + OUTPUT,
}


def conversation(body: dict[str, Any]) -> list[Turn]:
    """What was said."""
    found = []
    for item in body.get("input", ()):
        kind = item.get("type", "message")
        if kind == "message":
            role = {"user": "user", "assistant": "model"}.get(item["role"], "other")
            found.append(Turn(role, texts(item["content"])))  # type: ignore[arg-type]
        elif kind.endswith("_call"):
            found.append(Turn("model", calls=1))
    return found


def events(reply: Reply) -> Iterator[Event]:
    """The answer as a stream."""

    def event(kind: str, **fields: Any) -> Event:
        return kind, {"type": kind, **fields}

    yield event("response.created", response={**_head("in_progress"), "output": [], "usage": None})
    for index, item in enumerate(_items(reply)):
        place = {"output_index": index, "item_id": item["id"]}
        yield event("response.output_item.added", output_index=index, item={**item, **_EMPTY[item["type"]]})
        if item["type"] == "reasoning":
            part = {"summary_index": 0, **place}
            empty = {"type": "summary_text", "text": ""}
            yield event("response.reasoning_summary_part.added", part=empty, **part)
            yield event("response.reasoning_summary_text.delta", delta=reply.thought, **part)
        elif item["type"] == "message":
            kind = "refusal" if reply.refusal else "output_text"
            yield event(f"response.{kind}.delta", content_index=0, delta=reply.text, **place)
            yield "pause", {}
        yield event("response.output_item.done", output_index=index, item=item)
    yield event("response.completed", response=whole(reply))


def whole(reply: Reply) -> dict[str, Any]:
    """The answer in one piece."""
    return {**_head("completed"), "output": _items(reply), "usage": _USAGE}


_EMPTY: dict[str, dict[str, Any]] = {
    "reasoning": {"summary": []},
    "message": {"status": "in_progress", "content": []},
    "function_call": {"status": "in_progress", "arguments": ""},
    "custom_tool_call": {"status": "in_progress", "input": ""},
}
"""What an item lacks when it is announced."""


def _head(status: str) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m",
        "status": status,
        "error": None,
    }


def _items(reply: Reply) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if reply.thought:
        summary = [{"type": "summary_text", "text": reply.thought}]
        items.append({"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": None})
    if reply.text:
        words = {"type": "output_text", "text": reply.text, "annotations": []}
        part = {"type": "refusal", "refusal": reply.text} if reply.refusal else words
        head = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed"}
        items.append({**head, "content": [part]})
    return items + [_tool_call(call) for call in reply.calls]


def _tool_call(call: Call) -> dict[str, Any]:
    name, given = call
    head = {"call_id": key("call_", call), "name": name, "status": "completed"}
    if isinstance(given, str):
        return {"type": "custom_tool_call", "id": key("ctc_", call), "input": given, **head}
    return {"type": "function_call", "id": key("fc_", call), "arguments": json.dumps(given), **head}
