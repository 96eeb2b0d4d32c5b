"""What is asked of a model and what it says, whatever the protocol."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Event = tuple[str, dict[str, Any]]
"""A name, "" for none, and its data; "pause" is where a stream breaks off or is held."""

Call = tuple[str, dict[str, Any] | str]
"""A tool and its input; text for a tool that takes any text."""

INPUT, OUTPUT = 1000, 50
"""Tokens of every answer."""


@dataclass(frozen=True)
class Turn:
    """One entry of a conversation: the words in it, and how many tools the model called."""

    role: Literal["user", "model", "other"]
    texts: Sequence[str] = ()
    calls: int = 0


_NOTES = ("<", "# AGENTS.md", "This is the Gemini CLI")
"""How words begin that agents add by themselves in the person's name."""


@dataclass(frozen=True)
class Ask:
    """One request. `round` counts the tool calls the model made since the person's last prompt."""

    body: dict[str, Any]
    turns: Sequence[Turn]
    streamed: bool

    @property
    def prompt(self) -> str:
        """The person's newest words."""
        return next(("\n".join(words) for turn in reversed(self.turns) if (words := _own(turn))), "")

    @property
    def round(self) -> int:
        count = 0
        for turn in reversed(self.turns):
            if _own(turn):
                break
            count += turn.calls
        return count

    def mentions(self, words: str) -> bool:
        """Whether the words stand anywhere in what was said or put out."""
        said = [self.body.get(name) for name in ("messages", "input", "contents")]
        return json.dumps(words, ensure_ascii=False)[1:-1] in json.dumps(said, ensure_ascii=False)


@dataclass(frozen=True)
class Reply:
    """What the model says: words, then tool calls; or an HTTP error; or a stream that breaks off."""

    text: str = ""
    thought: str = ""
    calls: Sequence[Call] = ()
    refusal: bool = False
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    """Break the connection after the first words."""
    hold: threading.Event | None = None
    """Say the words, then wait for this before going on."""


def texts(content: Any) -> list[str]:
    """The words of a message: its content is text, or a list of blocks of which some are text."""
    if isinstance(content, str):
        return [content]
    return [block["text"] for block in content or () if isinstance(block.get("text"), str)]


def key(prefix: str, call: Call) -> str:
    """An id for a call, the same in every form of an answer."""
    return f"{prefix}{abs(hash((call[0], json.dumps(call[1])))):x}"


def _own(turn: Turn) -> list[str]:
    """The person's own words in it."""
    if turn.role != "user":
        return []
    return [text for text in turn.texts if text.strip() and not text.lstrip().startswith(_NOTES)]
