"""What every row is painted with beside the state: the present, the glyphs, the person at the keyboard."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import NamedTuple

from prdrunner_tui.kernel.state import Actor, Decision
from prdrunner_tui.text.units import clock, duration, minutes
from prdrunner_tui.tui.actions import BY_ID
from prdrunner_tui.tui.glyphs import Glyphs
from prdrunner_tui.tui.keymap import shown
from prdrunner_tui.tui.rows.layout import foreign, wrap
from prdrunner_tui.tui.span import Cell, Line, Span, columns, crop, fit, sides, words

_SIGNS: Mapping[str, tuple[str, str]] = {
    "pending": ("pending", "waits"),
    "waits": ("pending", "waits"),
    "ready": ("ready", "waits"),
    "running": ("running", "running"),
    "paused": ("paused", "paused"),
    "needs you": ("needs_you", "needs-you"),
    "done": ("done", "ok"),
    "ok": ("done", "ok"),
    "failed": ("failed", "fail"),
    "issues": ("failed", "fail"),
    "rejected": ("failed", "fail"),
    "stopped": ("stopped", "fail"),
    "skipped": ("skipped", "muted"),
    "rolled back": ("rolled_back", "paused"),
    "limit": ("limit", "waits"),
    "": ("pending", "muted"),
}
"""A state of a run, a phase or a step (the words of the overview and the kernel): its glyph and its token."""


@dataclass(frozen=True, slots=True)
class Scene:
    """``now`` is in seconds since 1970, ``zone`` that of the person (the system's when ``None``).

    ``me`` is the person at this keyboard: whatever that actor did, "you" did. Without ``motion`` nothing turns.
    Where all is ``still`` no phase works and only waits grow: they are told in minutes, so nothing changes for a while.
    """

    now: float
    glyphs: Glyphs
    me: Actor | None = None
    zone: tzinfo | None = None
    motion: bool = True
    still: bool = False
    verb_keys: Mapping[str, str] = field(default_factory=dict)
    """The keys of the person's keymap, by a verb of a decision or by the id of an action."""

    def key(self, action: str) -> str:
        """The key of an action as the person's keymap has it, for words that name one."""
        own = self.verb_keys.get(action)
        return shown(BY_ID[action].keys[0]) if own is None else own

    def after_writing(self, keys: str) -> str:
        """Words on keys while a text field has them all: what leaves the field stands first."""
        return f"{self.key('nav.back')}, then {keys}"

    def sign(self, state: str) -> Line:
        """The glyph of a run's, a phase's or a step's state."""
        name, token = _SIGNS[state]
        if name == "running":
            return (Span(token, self.glyphs.running(int(self.now) if self.motion else None)),)
        return (Span(token, self.glyphs.step[name]),)

    def foreign(self, text: str, token: str = "text") -> Line:
        """Text that others wrote, in one line."""
        return foreign(text, token, ascii=self.glyphs.ascii)

    def crop(self, line: Line, width: int) -> Line:
        """A line in at most ``width`` cells."""
        return crop(line, width, self.glyphs.ellipsis)

    def fit(self, line: Line, width: int, *, right: bool = False) -> Line:
        """A line in exactly ``width`` cells."""
        return fit(line, width, right=right, ellipsis=self.glyphs.ellipsis)

    def sides(self, left: Line, right: Line, width: int, *, gap: int = 2) -> Line:
        """Two ends of a row in exactly ``width`` cells; the left one gives way."""
        return self.fit(sides(left, right, width, gap=gap, ellipsis=self.glyphs.ellipsis), width)

    def columns(self, cells: Iterable[Cell], width: int, *, gap: int = 2) -> Line:
        """Cells of a table in exactly ``width`` cells; the last one gets what is left when that is less."""
        *first, last = cells
        left = width - sum(cell.width + gap for cell in first)
        row = [*first, last._replace(width=max(0, min(last.width, left)))]
        return self.fit(columns(row, gap=gap, ellipsis=self.glyphs.ellipsis), width)

    def wrap(self, line: Line, width: int, *, most: int = 0) -> list[Line]:
        """A line broken at spaces into lines of at most ``width`` cells."""
        return wrap(line, width, most=most, ellipsis=self.glyphs.ellipsis)

    def labelled(self, facts: Iterable[tuple[str, Line]], width: int, column: int) -> list[Line]:
        """Facts with their labels in a column of so many cells, long ones in several lines, all of ``width`` cells."""
        made: list[Line] = []
        for label, told in facts:
            first, *more = self.wrap(told, max(20, width - column - 2)) or [()]
            made.append((*words(f" {label:<{column}}", "muted"), *first))
            made += [(*words(" " * (column + 1)), *line) for line in more]
        return [self.fit(line, width) for line in made]

    def since(self, then: float, until: float | None = None) -> str:
        """The time from ``then`` to now, or until an earlier end."""
        return duration(max(0.0, until - then)) if until is not None else self.passed(self.now - then)

    def passed(self, seconds: float) -> str:
        """A time that goes on."""
        return minutes(max(0.0, seconds)) if self.still else duration(max(0.0, seconds))

    def left(self, decision: Decision) -> str:
        """The time until a decision is over by itself; empty where it never is."""
        if decision.timeout is None:
            return ""
        return self.passed(decision.opened_at + decision.timeout - self.now)

    def ago(self, then: float) -> str:
        """``12s ago``, ``14m ago``, ``2h ago``: roughly, for a list."""
        passed = max(0, int(self.now - then))
        for unit, seconds in (("d", 86400), ("h", 3600), ("m", 60)):
            if passed >= seconds:
                return f"{passed // seconds}{unit} ago"
        return f"{passed}s ago"

    def clock(self, at: float, *, seconds: bool = True) -> str:
        """The time of day, with the date when it was another day."""
        moment, present = (datetime.fromtimestamp(t, self.zone).astimezone(self.zone) for t in (at, self.now))
        told = clock(moment, present)
        return told if seconds or moment.date() != present.date() else told[:5]


class Row(NamedTuple):
    """A line of a list, with a key by which it is the same row when others come and go.

    ``stop`` says whether the cursor can be on it: a row that only goes on with the one above has none.
    """

    key: Hashable
    line: Line
    stop: bool = True


def note(text: str) -> Line:
    """Words of ours that say what will stand here."""
    return words(text, "muted")
