"""The protocols of model providers, each as small as real agent programs need: one module for each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from tests.agents.protocols import chat, gemini, messages, responses
from tests.agents.protocols.talk import Event, Reply, Turn


class Dialect(Protocol):
    """What a module of a protocol does."""

    def conversation(self, body: dict[str, Any]) -> list[Turn]:
        """What a request says was said."""
        ...

    def events(self, reply: Reply) -> Iterator[Event]:
        """The answer as a stream."""
        ...

    def whole(self, reply: Reply) -> dict[str, Any]:
        """The answer in one piece."""
        ...


_BY_ENDING: dict[str, Dialect] = {
    "/messages": messages,
    "/chat/completions": chat,
    "/responses": responses,
    ":generateContent": gemini,
    ":streamGenerateContent": gemini,
}


def dialect(path: str) -> Dialect | None:
    """The protocol of a request to that path, None for a path of none."""
    return next((module for ending, module in _BY_ENDING.items() if path.endswith(ending)), None)
