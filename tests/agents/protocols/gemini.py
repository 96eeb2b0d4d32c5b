"""The Gemini protocol, which Gemini CLI speaks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.agents.protocols.talk import INPUT, OUTPUT, Event, Reply, Turn, key, texts

_USAGE = {
    "promptTokenCount": INPUT,
    "candidatesTokenCount": OUTPUT,
    "totalTokenCount": INPUT + OUTPUT,
}


def conversation(body: dict[str, Any]) -> list[Turn]:
    """What was said."""
    found = []
    for content in body.get("contents", ()):
        parts = content.get("parts", ())
        calls = sum(1 for part in parts if "functionCall" in part)
        role = "model" if content.get("role") == "model" else "user"
        found.append(Turn(role, texts(parts), calls))  # type: ignore[arg-type]
    return found


def events(reply: Reply) -> Iterator[Event]:
    """The answer as a stream."""
    if reply.thought:
        yield "", _answer([{"text": reply.thought, "thought": True}])
    if reply.text:
        yield "", _answer([{"text": reply.text}])
        yield "pause", {}
    yield "", _answer(_calls(reply), finish=_finish(reply))


def whole(reply: Reply) -> dict[str, Any]:
    """The answer in one piece."""
    words = [{"text": reply.text}] if reply.text else []
    return _answer([*words, *_calls(reply)], finish=_finish(reply))


def _answer(parts: list[dict[str, Any]], *, finish: str = "") -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": parts}, "index": 0}
    if not finish:
        return {"candidates": [candidate], "modelVersion": "m", "responseId": "r1"}
    return {
        "candidates": [{**candidate, "finishReason": finish}],
        "usageMetadata": _USAGE,
        "modelVersion": "m",
        "responseId": "r1",
    }


def _calls(reply: Reply) -> list[dict[str, Any]]:
    return [
        {"functionCall": {"id": key("call_", call), "name": call[0], "args": call[1]}} for call in reply.calls
    ]


def _finish(reply: Reply) -> str:
    return "SAFETY" if reply.refusal else "STOP"
