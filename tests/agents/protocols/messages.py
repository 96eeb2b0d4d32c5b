"""The Messages protocol, which Claude Code speaks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.agents.protocols.talk import INPUT, OUTPUT, Event, Reply, Turn, key, texts

_USAGE = {"input_tokens": INPUT, "output_tokens": OUTPUT}


def conversation(body: dict[str, Any]) -> list[Turn]:
    """What was said."""
    found = []
    for message in body.get("messages", ()):
        blocks = message["content"] if isinstance(message["content"], list) else []
        calls = sum(1 for block in blocks if block.get("type") == "tool_use")
        role = {"user": "user", "assistant": "model"}.get(message["role"], "other")
        found.append(Turn(role, texts(message["content"]), calls))  # type: ignore[arg-type]
    return found


def events(reply: Reply) -> Iterator[Event]:
    """The answer as a stream."""
    empty = {**_head(), "content": [], "stop_reason": None, "usage": {**_USAGE, "output_tokens": 1}}
    yield "message_start", {"type": "message_start", "message": empty}
    for index, block in enumerate(_blocks(reply)):
        first = {
            **block,
            **({"text": ""} if "text" in block else {}),
            **({"thinking": ""} if "thinking" in block else {}),
        }
        if block["type"] == "tool_use":
            first["input"] = {}
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        elif block["type"] == "thinking":
            delta = {"type": "thinking_delta", "thinking": block["thinking"]}
        else:
            delta = {"type": "text_delta", "text": block["text"]}
        yield "content_block_start", {"type": "content_block_start", "index": index, "content_block": first}
        yield "content_block_delta", {"type": "content_block_delta", "index": index, "delta": delta}
        if block["type"] == "text":
            yield "pause", {}
        yield "content_block_stop", {"type": "content_block_stop", "index": index}
    end = {"stop_reason": _stop(reply), "stop_sequence": None}
    yield "message_delta", {"type": "message_delta", "delta": end, "usage": _USAGE}
    yield "message_stop", {"type": "message_stop"}


def whole(reply: Reply) -> dict[str, Any]:
    """The answer in one piece."""
    return {**_head(), "content": _blocks(reply), "stop_reason": _stop(reply), "usage": _USAGE}


def _head() -> dict[str, Any]:
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None}


def _blocks(reply: Reply) -> list[dict[str, Any]]:
    blocks: list[dict[str, Any]] = []
    if reply.thought:
        blocks.append({"type": "thinking", "thinking": reply.thought, "signature": "s"})
    if reply.text:
        blocks.append({"type": "text", "text": reply.text})
    used = {"type": "tool_use"}
    return blocks + [{**used, "id": key("toolu_", c), "name": c[0], "input": c[1]} for c in reply.calls]


def _stop(reply: Reply) -> str:
    return "refusal" if reply.refusal else "tool_use" if reply.calls else "end_turn"
