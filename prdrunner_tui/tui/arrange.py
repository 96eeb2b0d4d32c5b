"""Where the panes of the cockpit stand, by the size of the screen and the layout; pure.

The body is what the three rows leave. Side panes have fixed widths; nothing here depends on what is in a pane, so
that nothing moves when data comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Layout = Literal["overview", "log"]
LAYOUTS: tuple[Layout, ...] = ("overview", "log")
Shape = Literal["list", "narrow", "two", "three"]
"""How much fits: a list of phases; phases over one pane with tabs; two columns; three."""

TABS = ("log", "chat", "metrics", "breaks")
"""The panes that share the place below the phases on a narrow screen."""

_LEFT, _LEFT_WIDE, _RIGHT = 46, 56, 52
_METRICS = 8
_BREAKS = 6
_INBOX = 6
_COMMITS = 8
_LEAST_BODY = 47
"""Rows of the body from which on three columns stand; what is more is shared out by the numbers below."""
_GRAPH, _MOST_GRAPH = 8, 14
_DETAIL, _LEAST_LOG, _LEAST_DETAIL = 12, 10, 4


class Place(NamedTuple):
    """Where a widget stands in the body, in cells."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The panes that are shown, with their places, and the lines between the columns.

    Attributes:
        shape: how much fits.
        places: by name of the pane; ``strip`` is the one row with all phases.
        dividers: the columns between panes.
        tabs: the pane whose rule names the others of `TABS`, or an empty string.
    """

    shape: Shape
    places: Mapping[str, Place]
    dividers: tuple[Place, ...] = ()
    tabs: str = ""

    @property
    def order(self) -> tuple[str, ...]:
        """The panes in reading order: from the top down, and from the left where they begin in one row."""
        return tuple(sorted(self.places, key=lambda name: (self.places[name].y, self.places[name].x)))


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person chose.

    Attributes:
        layout: the layout.
        tab: the pane below the phases on a narrow screen.
        zoomed: the pane that fills the body, or an empty string.
        grown: rows or columns more than usual, by pane; negative for less.
    """

    layout: Layout = "overview"
    tab: str = "log"
    zoomed: str = ""
    grown: Mapping[str, int] = field(default_factory=dict)


def shape_of(width: int, height: int) -> Shape:
    """The shape for a whole screen of so many cells."""
    if width < 60 or height < 16:
        return "list"
    if width < 100 or height < 30:
        return "narrow"
    return "two" if width < 160 or height < 50 else "three"


def arrange(width: int, height: int, wish: Wish) -> Arrangement:
    """The panes for a whole screen of so many cells, the three rows included."""
    shape, body = shape_of(width, height), max(1, height - 3)
    whole = Place(0, 0, width, body)
    if wish.zoomed:
        return Arrangement(shape, {wish.zoomed: whole})
    if shape == "list":
        return Arrangement(shape, {"phases": whole})
    if wish.layout != "overview":
        places = {"strip": Place(0, 0, width, 1), wish.layout: Place(0, 1, width, body - 1)}
        return Arrangement(shape, places)
    if shape == "narrow":
        top = _within(round(body * 0.58) + wish.grown.get("phases", 0), 4, body - 4)
        places = {"phases": Place(0, 0, width, top), wish.tab: Place(0, top, width, body - top)}
        return Arrangement(shape, places, tabs=wish.tab)
    return _columns(shape, width, body, wish)


def _columns(shape: Shape, width: int, body: int, wish: Wish) -> Arrangement:
    right = _RIGHT if shape == "three" else 0
    usual = _LEFT if shape == "two" else _LEFT_WIDE
    left = _within(usual + wish.grown.get("phases", 0), 36, width - 40 - (right + 1 if right else 0))
    middle = width - left - 1 - (right + 1 if right else 0)
    dividers = [Place(left, 0, 1, body)]
    if not right:
        phases = body - _METRICS - _BREAKS
        log = _within(round(body * 0.6) + wish.grown.get("log", 0), 6, body - 6)
        places = {
            "phases": Place(0, 0, left, phases),
            "metrics": Place(0, phases, left, _METRICS),
            "breaks": Place(0, phases + _METRICS, left, _BREAKS),
            "log": Place(left + 1, 0, middle, log),
            "chat": Place(left + 1, log, middle, body - log),
        }
        return Arrangement(shape, places, tuple(dividers))
    x = left + middle + 2
    dividers.append(Place(x - 1, 0, 1, body))
    chat = body - _INBOX - _METRICS - _BREAKS
    more = body - _LEAST_BODY
    graph = min(_GRAPH + more // 5, _MOST_GRAPH)
    phases = body - graph - _COMMITS
    usual_log = body - _DETAIL - more * 2 // 5
    log = _within(usual_log + wish.grown.get("log", 0), _LEAST_LOG, body - _LEAST_DETAIL)
    places = {
        "phases": Place(0, 0, left, phases),
        "graph": Place(0, phases, left, graph),
        "commits": Place(0, body - _COMMITS, left, _COMMITS),
        "log": Place(left + 1, 0, middle, log),
        "detail": Place(left + 1, log, middle, body - log),
        "inbox": Place(x, 0, right, _INBOX),
        "metrics": Place(x, _INBOX, right, _METRICS),
        "chat": Place(x, _INBOX + _METRICS, right, chat),
        "breaks": Place(x, body - _BREAKS, right, _BREAKS),
    }
    return Arrangement(shape, places, tuple(dividers))


def _within(value: int, least: int, most: int) -> int:
    return max(least, min(value, most))
