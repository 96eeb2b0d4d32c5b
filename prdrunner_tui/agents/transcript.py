"""How an update reads in the segment. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from prdrunner_tui.workers.port import (
    Asked,
    CommandEnded,
    CommandOutput,
    CommandStarted,
    Edited,
    Noted,
    Permission,
    PermissionAsked,
    Planned,
    Said,
    Thought,
    ToolEnded,
    ToolStarted,
    Update,
)

_MARKS = {"pending": "[ ]", "in_progress": "[>]", "completed": "[x]"}


def transcribe(update: Update) -> Iterator[tuple[str, bytes]]:
    """The chunks (kind, bytes) an update leaves in the segment; many kinds leave none."""
    if isinstance(update, Said | Thought):
        # The parts of a streamed message are joined; a message of its own ends its line.
        end = "" if update.item or update.text.endswith("\n") else "\n"
        yield ("say" if isinstance(update, Said) else "thought"), _bytes(update.text + end)
    elif isinstance(update, CommandOutput):
        yield "out", update.data
    elif (line := _line(update)) is not None:
        yield line[0], _bytes(line[1] + "\n")


def reply(answer: str | Permission) -> tuple[str, bytes]:
    """The chunk (kind, bytes) that a person's answer leaves behind the question."""
    if isinstance(answer, str):
        return "note", _bytes(f"answered: {answer}\n")
    words = ("allowed" if answer.allow else "refused") + (f": {answer.reason}" if answer.reason else "")
    return "note", _bytes(f"{words}\n")


def _line(update: Update) -> tuple[str, str] | None:
    if isinstance(update, Noted):
        return "note", update.text
    if isinstance(update, Planned):
        return "plan", "\n".join(f"{_MARKS[e.status]} {e.text}" for e in update.entries)
    if isinstance(update, Edited):
        counts = "".join(
            f" {sign}{n}" for sign, n in (("+", update.added), ("-", update.removed)) if n is not None
        )
        return "edit", f"{update.change} {update.path}{counts}"
    if isinstance(update, CommandStarted):
        return "cmd", f"$ {update.command}"
    if isinstance(update, CommandEnded):
        return ("exit", f"exit {update.exit_code}") if update.exit_code is not None else None
    if isinstance(update, ToolStarted):
        return "cmd", f"{update.tool}: {update.title}"
    if isinstance(update, ToolEnded):
        return None if update.ok and not update.detail else ("note", update.detail or "failed")
    if isinstance(update, Asked):
        return "note", f"asks: {update.question}"
    if isinstance(update, PermissionAsked):
        return "note", f"asks for permission: {update.action} {update.detail}"
    return None


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
