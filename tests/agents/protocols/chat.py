"""The Chat Completions protocol, which Qwen Code, opencode and Mistral Vibe speak."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

from tests.agents.protocols.talk import INPUT, OUTPUT, Event, Reply, Turn, texts

_USAGE = {"prompt_tokens": INPUT, "completion_tokens": OUTPUT, "total_tokens": INPUT + OUTPUT}


def conversation(body: dict[str, Any]) -> list[Turn]:
    """What was said."""
    found = []
    for message in body.get("messages", ()):
        role = {"user": "user", "assistant": "model"}.get(message["role"], "other")
        calls = len(message.get("tool_calls") or ())
        found.append(Turn(role, texts(message.get("content")), calls))  # type: ignore[arg-type]
    return found


def events(reply: Reply) -> Iterator[Event]:
    """The answer as a stream."""

    def chunk(delta: dict[str, Any], finish: str | None = None) -> Event:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return "", {**_head("chat.completion.chunk"), "choices": [choice]}

    yield chunk({"role": "assistant", "content": ""})
    if reply.thought:
        yield chunk({"reasoning_content": reply.thought})
    if reply.text:
        yield chunk({"content": reply.text})
        yield "pause", {}
    for index, call in enumerate(_tool_calls(reply)):
        yield chunk({"tool_calls": [{"index": index, **call}]})
    yield chunk({}, _finish(reply))
    yield "", {**_head("chat.completion.chunk"), "choices": [], "usage": _USAGE}
    yield "done", {}


def whole(reply: Reply) -> dict[str, Any]:
    """The answer in one piece."""
    message = {"role": "assistant", "content": reply.text, "tool_calls": _tool_calls(reply) or None}
    choice = {"index": 0, "message": message, "finish_reason": _finish(reply)}
    return {**_head("chat.completion"), "choices": [choice], "usage": _USAGE}


def _head(kind: str) -> dict[str, Any]:
    return {"id": "c1", "object": kind, "model": "m", "created": 1}


def _tool_calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {
            # Never the same twice in a session: vibe takes such a call for one that it has made.
            "id": f"call_{uuid.uuid4().hex}",
            "type": "function",
            "function": {"name": call[0], "arguments": json.dumps(call[1])},
        }
        for call in reply.calls
    ]


def _finish(reply: Reply) -> str:
    return "content_filter" if reply.refusal else "tool_calls" if reply.calls else "stop"
