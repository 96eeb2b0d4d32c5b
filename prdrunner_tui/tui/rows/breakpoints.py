"""The breakpoints of a run: where each stops, whether it is on, and how often it did."""

from __future__ import annotations

from prdrunner_tui.kernel.state import Breakpoint, RunState
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.rows.words import plural, step_words
from prdrunner_tui.tui.span import Cell, Line, words

_WIDE = 60
_WHERE, _HITS = 20, 12


def breakpoint_rows(state: RunState, width: int, scene: Scene) -> list[Row]:
    """A row each, in exactly ``width`` cells; column 0 stays free for the cursor. Keys: ``("breakpoint", id)``."""
    rows = [Row(("breakpoint", p.id), _row(p, width, scene)) for p in state.breakpoints.values()]
    return rows or [Row("none", scene.fit(note(" none; b on a step sets one"), width), False)]


def breakpoint_words(point: Breakpoint) -> str:
    """Where it stops: ``before verify``."""
    return f"{point.when} {step_words(point.step)}"


def _row(point: Breakpoint, width: int, scene: Scene) -> Line:
    sign = words(
        scene.glyphs.breakpoint["on" if point.enabled else "off"], "paused" if point.enabled else "muted"
    )
    token = "text" if point.enabled else "muted"
    everywhere = "all phases" if width >= _WIDE else "all"
    phase = scene.foreign(point.phase, token) if point.phase else words(everywhere, token)
    hits = f"hit {plural(point.hits, 'time')}" if width >= _WIDE else plural(point.hits, "hit")
    told = words(hits if point.enabled else "off", token)
    return scene.columns(
        [
            Cell((*words(" "), *sign), 2),
            Cell(words(breakpoint_words(point), token), _WHERE),
            Cell(phase, max(4, min(24, width - 2 - _WHERE - _HITS - 4))),
            Cell(told, _HITS),
        ],
        width,
        gap=1,
    )
