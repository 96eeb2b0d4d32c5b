"""Going through the screens of the cockpit in a terminal."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.terminal.pty import SOON, Terminal

ESC = "\x1b"


class Visit:
    """Types, waits for what that should show, and keeps all that was on the screen.

    Args:
        terminal: shows the cockpit already.
        check: looks at what was sent since the beginning, after each step.
    """

    def __init__(self, terminal: Terminal, check: Callable[[bytes], object] = lambda _sent: None) -> None:
        self.terminal = terminal
        self.check = check
        # Not in the middle of a sequence.
        terminal.quiet(0.03)
        self.began = len(terminal.received)
        self.seen = [terminal.text]

    def __call__(self, keys: str, shown: str) -> None:
        """Type, and wait for a text on the screen."""
        self.terminal.send(keys)
        self.terminal.until_text(shown)
        self.look()

    def to(self, keys: str, title: str) -> None:
        """Type, and wait for a screen by its title."""
        self.terminal.send(keys)
        self.terminal.until(lambda: self.title.startswith(title))
        self.look()

    def back(self, title: str = "Phases") -> None:
        """One level back, to the cockpit unless told otherwise."""
        self.to(ESC, title)

    def look(self) -> None:
        """Keep what is on the screen now, when nothing more is coming."""
        self.terminal.quiet(0.03)
        self.seen.append(self.terminal.text)
        self.check(self.sent)

    @property
    def title(self) -> str:
        """The title of the upper left pane."""
        row, *_ = self.terminal.text.split("\n")[1:] or [""]
        return row.strip("━─=- ")

    @property
    def sent(self) -> bytes:
        """What came since the visit began."""
        return bytes(self.terminal.received[self.began :])

    @property
    def text(self) -> str:
        """All screens, one below the other."""
        return "\n".join(self.seen)


def whole_tour(visit: Visit) -> None:
    """From the cockpit through all its screens and back; a decision waits, nothing is decided."""
    for keys, title in (("i", "Inbox"), ("gp", "Plan"), ("gc", "Checkpoints"), ("gf", "Failure")):
        visit.to(keys, title)
        visit.back()
    for keys, title in (("w", "Why"), ("?", "Keys"), (":", "Commands"), ("q", "Leave")):
        visit.to(keys, title)
        visit.back()
    visit("m", "enter send")
    visit.back()
    visit.to("t", "Transcript")
    visit("", "this is a recording")
    visit.to("\r", "Line")
    visit.back("Transcript")
    visit.back()


def assert_same(terminal: Terminal, other: Terminal) -> None:
    """Wait until both show the same."""
    if not terminal.holds(lambda: _still(terminal) == _still(other), SOON):
        assert _still(terminal).splitlines() == _still(other).splitlines()


def _still(terminal: Terminal) -> str:
    """The screen without what a clock changes (times and their blanks) and the focus (rules, the key row)."""
    above, _, _ = terminal.text.replace(">", " ").rpartition("\n")
    return re.sub(r" +|[─━]+", " ", re.sub(r"(\d+m )?[\d.]+s\b", "~", above))
