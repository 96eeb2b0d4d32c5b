"""The signs of the cockpit, each beside the word that it repeats, in two sets: Unicode and ASCII.

Each sign is one cell wide in every terminal that knows the set. Within one of the tables no two states share a
sign.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from prdrunner_tui.text.safe import SafeText, join, sanitize

STATES: Final[Mapping[str, Mapping[str, tuple[str, str]]]] = {
    "step": {
        "pending": ("·", "."),
        "ready": ("○", "o"),
        "running": ("●", "*"),
        "paused": ("║", "="),
        "needs_you": ("!", "!"),
        "done": ("✓", "v"),
        "failed": ("✗", "X"),
        "stopped": ("■", "#"),
        "skipped": ("-", "-"),
        "rolled_back": ("«", "<"),
        "limit": ("~", "~"),
    },
    "hunk": {
        "undecided": ("·", "."),
        "approved": ("✓", "v"),
        "rejected": ("✗", "X"),
        "edited": ("e", "e"),
        "changed": ("~", "~"),
        "mixed": ("±", "%"),
        "warned": ("!", "!"),
    },
    "decision": {
        "open": ("!", "!"),
        "yes": ("✓", "v"),
        "no": ("✗", "X"),
        "by_rule": ("~", "~"),
        "needless": ("-", "-"),
    },
    "worker": {
        "working": ("⠹", "*"),
        "idle": ("○", "o"),
        "waiting": ("║", "="),
        "limit": ("~", "~"),
        "gone": ("✗", "X"),
    },
    "receipt": {
        "queued": ("·", "."),
        "delivered": ("›", ">"),
        "acknowledged": ("✓", "v"),
        "undeliverable": ("✗", "X"),
        "withdrawn": ("-", "-"),
    },
    "breakpoint": {"on": ("B", "B"), "off": ("b", "b")},
}
"""Table -> state -> its sign and its ASCII sign. ``step`` is for runs, phases and steps alike."""

FRAMES: Final[tuple[Sequence[str], Sequence[str]]] = ("⠋⠙⠹⠸", "\\|/|")
"""What runs turns through these, one a second; ``step``'s ``running`` is the sign that stands still."""

_SPARKS: Final = ("▁▂▃▄▅▆▇█", "_.:-=+*#")
_BARS: Final = ("█░", "#.")
_RULES: Final = (("─", "━"), ("-", "="))
_SIDES: Final = (("│", "┃"), ("|", "|"))


class Glyphs:
    """One of the two sets.

    Attributes:
        ascii: whether it is the ASCII one.
        step, hunk, decision, worker, receipt, breakpoint: state -> sign, the tables of `STATES`.
        cursor: before the row under the cursor.
        beside: along the selected lines of a hunk.
        ellipsis: where text was cut.
    """

    def __init__(self, ascii: bool = False) -> None:
        self.ascii = ascii
        self._column = int(ascii)
        self.step = self._table("step")
        self.hunk = self._table("hunk")
        self.decision = self._table("decision")
        self.worker = self._table("worker")
        self.receipt = self._table("receipt")
        self.breakpoint = self._table("breakpoint")
        self.cursor = sanitize(">")
        self.beside = sanitize("|" if ascii else "┃")
        self.dot = sanitize("." if ascii else "·")
        self.ellipsis = sanitize("..." if ascii else "…")
        self._frames = tuple(map(sanitize, FRAMES[self._column]))

    def _table(self, name: str) -> Mapping[str, SafeText]:
        return {state: sanitize(pair[self._column]) for state, pair in STATES[name].items()}

    def running(self, frame: int | None) -> SafeText:
        """The turning sign at a frame (any whole number); None gives the one that stands still."""
        return self.step["running"] if frame is None else self._frames[frame % len(self._frames)]

    def bar(self, share: float | None, width: int) -> SafeText:
        """A bar of `width` cells, filled by `share` (0 to 1; None draws an empty one).

        Only nothing is empty and only all is full: between them at least one cell is each.
        """
        full, empty = _BARS[self._column]
        if share is None or share <= 0 or width <= 0:
            filled = 0
        elif share >= 1:
            filled = width
        else:
            filled = min(max(round(share * width), 1), max(width - 1, 1))
        return sanitize(full * filled + empty * (width - filled))

    def sparkline(self, values: Sequence[float], width: int) -> SafeText:
        """The last `width` values as heights against the largest of them, at the right of `width` cells.

        Zero and less are the lowest sign; a value that is not a number leaves its cell empty.
        """
        signs = _SPARKS[self._column]
        shown = list(values)[-width:] if width > 0 else []
        top = max((value for value in shown if value == value), default=0.0)
        drawn = "".join(
            " "
            if value != value
            else signs[0 if top <= 0 else min(max(int(value / top * 7 + 0.5), 0), len(signs) - 1)]
            for value in shown
        )
        return sanitize(drawn.rjust(max(width, 0)))

    def rule(self, width: int, *, heavy: bool = False) -> SafeText:
        """A horizontal rule; heavy means that its pane has the focus."""
        return sanitize(_RULES[self._column][heavy] * width)

    def side(self, *, heavy: bool = False) -> SafeText:
        """One cell of a vertical rule."""
        return sanitize(_SIDES[self._column][heavy])

    def sequence(self, states: Sequence[str]) -> SafeText:
        """The signs of some steps without gaps: the column ``PIVRC`` of a phase."""
        return join(sanitize(""), [self.step[state] for state in states])


def wants_ascii(environ: Mapping[str, str], *, asked: bool = False, encoding: str = "") -> bool:
    """Whether the ASCII set is to be used: asked for, a terminal without the signs, or a locale without UTF-8.

    Args:
        environ: the variables of the process.
        asked: ``--ascii`` was given.
        encoding: that of standard output; it decides where no locale is set.
    """
    if asked or environ.get("TERM", "") in ("linux", "dumb"):
        return True
    locale = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or encoding
    return "utf8" not in locale.replace("-", "").lower()
