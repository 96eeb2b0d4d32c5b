"""The plan as a graph: a column for each batch, lines from a phase to those that need it; or a row for each batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from math import ceil

from prdrunner_tui.kernel.state import PHASE_ENDED, RunState
from prdrunner_tui.prd import graph
from prdrunner_tui.projections.history import critical_chain
from prdrunner_tui.projections.overview import overview
from prdrunner_tui.tui.rows.graphlayout import Deps, Drawing, Net, draw
from prdrunner_tui.tui.rows.metrics import left_words
from prdrunner_tui.tui.rows.names import name_line
from prdrunner_tui.tui.rows.pausing import winding_down
from prdrunner_tui.tui.rows.scene import Scene, note
from prdrunner_tui.tui.rows.words import plural
from prdrunner_tui.tui.span import Cell, Line, width_of, words

_SHORTEST = 8
"""Cells of a name at least; where that is too wide there is no graph."""
_LONG = 20
"""Cells of a name at most where phases stand side by side without lines."""
_LABEL = 3
"""Cells of a node beside its name: the mark of the cursor, the sign, a space."""
_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_TURNS: Mapping[int, tuple[str, str]] = {
    _UP | _DOWN: ("│", "|"),
    _UP | _LEFT: ("┘", "+"),
    _UP | _RIGHT: ("└", "+"),
    _DOWN | _LEFT: ("┐", "+"),
    _DOWN | _RIGHT: ("┌", "+"),
    _UP | _DOWN | _LEFT: ("┤", "+"),
    _UP | _DOWN | _RIGHT: ("├", "+"),
    _UP | _LEFT | _RIGHT: ("┴", "+"),
    _DOWN | _LEFT | _RIGHT: ("┬", "+"),
    _UP | _DOWN | _LEFT | _RIGHT: ("┼", "+"),
}
"""The directions in which a line goes on from a cell: the sign and the ASCII sign."""
_RULE, _CRITICAL = "rule", "text"
"""The look of a line, and of those between the phases that hold the end up."""


def plan_graph(
    state: RunState,
    width: int,
    scene: Scene,
    *,
    room: int,
    here: str = "",
    left: tuple[float, float] | None = None,
    more: str = "g p",
) -> list[Line]:
    """The plan of a run that has started in at most ``room`` rows of exactly ``width`` cells.

    Where the graph has no room, each batch is a row; where those have none, the last one says how many phases are not
    shown. The last row tells the critical path and the time that is left, where there is one for it.

    Args:
        here: the phase under the cursor; it has the cursor's mark.
        left: the least and the most seconds that the run may still take.
        more: the keys that show all of the plan.
    """
    if not state.phases or room < 1:
        return []
    path = critical_chain(state, scene.now).phases
    labels = _labels(state, scene, here)
    lines = _graph(state, width, scene, room, labels, path) or _batches(
        state, width, scene, room, labels, more
    )
    if len(lines) < room:
        blank = [scene.fit((), width)] * min(1, room - len(lines) - 1)
        lines = [*lines, *blank, _last(state, width, scene, path, left)]
    return lines


class _Labels:
    """What stands for a phase: the mark of the cursor, the sign of its state, as much of its name as is asked for."""

    def __init__(self, signs: Mapping[str, Line], scene: Scene, here: str) -> None:
        self._signs = signs
        self._scene = scene
        self._here = here

    def line(self, id: str, named: int) -> Line:
        """The label with ``named`` cells for the name at most."""
        mark = words(self._scene.glyphs.cursor if id == self._here else " ")
        return (*mark, *self._signs[id], *words(" "), *name_line(id, self._signs, named, self._scene))

    def wide(self, id: str) -> int:
        """Cells of the whole name."""
        return width_of(self._scene.foreign(id))


def _labels(state: RunState, scene: Scene, here: str) -> _Labels:
    signs = {}
    for row in overview(state).phases:
        pausing = winding_down(state, state.phases[row.id]) is not None
        signs[row.id] = scene.sign("running" if pausing else row.state)
    return _Labels(signs, scene, here)


def _last(
    state: RunState, width: int, scene: Scene, path: Sequence[str], left: tuple[float, float] | None
) -> Line:
    ended = sum(phase.status in PHASE_ENDED for phase in state.phases.values())
    to_go = len(state.phases) - ended
    right = words(f"{left_words(left)} " if to_go else "nothing left ", "muted")
    several = f" {plural(len(state.phases), 'phase')}, {ended} ended"
    told = scene.foreign(f" critical path  {' > '.join(path)}", "muted")
    if len(path) < 2 or width_of(told) + width_of(right) + 2 > width:
        told = words(several, "muted")
    return scene.sides(told, right, width)


# A row for each batch


def _batches(state: RunState, width: int, scene: Scene, room: int, labels: _Labels, more: str) -> list[Line]:
    """A row for each batch, or several where all of it fits then."""
    batches = graph.batches({id: phase.plan.deps for id, phase in state.phases.items()})
    digits = len(str(len(batches)))
    heads = [f" {number:>{digits}} " for number, _ in enumerate(batches, 1)]
    pairs = list(zip(heads, batches, strict=True))
    if sum(ceil(len(batch) / _beside(head, batch, width, labels)) for head, batch in pairs) <= room:
        return [line for head, batch in pairs for line in _folded(head, batch, width, scene, labels)]
    shown = batches if len(batches) <= room else batches[: room - 1]
    lines = [_batch(head, batch, width, scene, labels) for head, batch in zip(heads, shown, strict=False)]
    if len(shown) < len(batches):
        hidden = sum(map(len, batches[len(shown) :]))
        lines.append(scene.fit(note(f" {hidden} more, {more} shows all"), width))
    return lines


def _beside(head: str, batch: Sequence[str], width: int, labels: _Labels) -> int:
    """How many phases of a batch stand side by side when it takes several rows."""
    named = min(_LONG, max(map(labels.wide, batch)))
    return max(1, (width - len(head)) // (_LABEL + named + 1))


def _folded(head: str, batch: Sequence[str], width: int, scene: Scene, labels: _Labels) -> list[Line]:
    """The phases of a batch side by side, below one another in columns."""
    named = min(_LONG, max(map(labels.wide, batch)))
    cell, several = _LABEL + named + 1, _beside(head, batch, width, labels)
    lines = []
    for first in range(0, len(batch), several):
        row = [Cell(labels.line(id, named), cell) for id in batch[first : first + several]]
        begin = words(" " * len(head) if first else head, "muted")
        lines.append(scene.fit((*begin, *scene.columns(row, width - len(head), gap=0)), width))
    return lines


def _batch(head: str, batch: Sequence[str], width: int, scene: Scene, labels: _Labels) -> Line:
    """The phases of a batch in one row; names give way as far as they may, then the last ones are counted."""
    room = width - len(head)
    longest = max(map(labels.wide, batch))
    for named in (longest, *(size for size in range(_LONG, _SHORTEST - 1, -4) if size < longest)):
        parts = [(*labels.line(id, named), *words(" ")) for id in batch]
        if sum(map(width_of, parts)) <= room:
            return scene.fit((*words(head, "muted"), *(span for part in parts for span in part)), width)
    line, used, counted = words(head, "muted"), 0, 0
    for part in parts:
        rest = f"  +{len(parts) - counted}"
        if used + width_of(part) + len(rest) > room:
            break
        line, used, counted = (*line, *part), used + width_of(part), counted + 1
    return scene.fit((*line, *words(f" +{len(parts) - counted}", "muted")), width)


# The graph


def _graph(
    state: RunState, width: int, scene: Scene, room: int, labels: _Labels, path: Sequence[str]
) -> list[Line]:
    """The rows of the graph; none where it has no room."""
    deps: Deps = tuple((id, phase.plan.deps) for id, phase in state.phases.items())
    drawing = draw(deps, room)
    if drawing is None:
        return []
    longest = max(map(labels.wide, state.phases))
    # The last row and a blank one above it are kept free.
    pace = 2 if 2 * drawing.height - 1 <= room - 2 else 1
    for named, apart in (
        (longest, 2),
        *((size, 1) for size in range(longest, min(_SHORTEST, longest) - 1, -1)),
    ):
        canvas = _Canvas(drawing, labels, named, (apart, pace), scene)
        if canvas.width <= width:
            return [scene.fit(line, width) for line in canvas.lines(path)]
    return []


class _Canvas:
    """The cells of a drawing.

    Args:
        named: cells of a name at most.
        pace: how many cells it is from a lane to the next, and from a row to the next.
    """

    def __init__(
        self, drawing: Drawing, labels: _Labels, named: int, pace: tuple[int, int], scene: Scene
    ) -> None:
        self._drawing, self._scene = drawing, scene
        apart, self._down = pace
        self._apart = apart
        self._labels: list[dict[int, Line]] = [
            {row: labels.line(id, named) if id else () for row, id in column.items()}
            for column in drawing.columns
        ]
        self._starts: list[int] = []
        self._ends: list[int] = []
        x = 0
        for number, column in enumerate(self._labels):
            self._starts.append(x)
            x += max(map(width_of, column.values()))
            self._ends.append(x)
            if number < len(drawing.channels):
                # A space behind the name, a piece of line, the lanes, a piece of line.
                lanes = 1 + max((net.lane for net in drawing.channels[number]), default=-1)
                x += 3 + max(0, lanes * apart - apart + 1)
        self.width = x
        self._cells: list[dict[int, tuple[str, str]]] = [
            {} for _ in range((drawing.height - 1) * self._down + 1)
        ]

    def lines(self, path: Sequence[str]) -> list[Line]:
        """The rows; the lines between the phases of ``path`` stand out."""
        for number, nets in enumerate(self._drawing.channels):
            self._straight(number, nets)
            for net in nets:
                self._turns(number, net)
        for one, other in pairwise(path):
            first, rows = self._drawing.routes.get((one, other), (0, ()))
            for step, (row, to) in enumerate(pairwise(rows)):
                self._stand_out(first + step, row, to)
        return [self._row(row) for row in range(len(self._cells))]

    def _lane(self, number: int, net: Net) -> int:
        return self._ends[number] + 2 + net.lane * self._apart

    def _begin(self, number: int, row: int) -> int:
        """Where a line leaves a column: behind the name, or at once where it passes."""
        label = self._labels[number][row]
        return self._starts[number] + (width_of(label) + 1 if label else 0)

    def _straight(self, number: int, nets: Sequence[Net]) -> None:
        """The pieces of a channel that go from left to right."""
        for net in nets:
            lane = self._lane(number, net)
            for row in net.left:
                end = self._starts[number + 1] if net.straight else lane
                self._rule(row, self._begin(number, row), end)
            for row in () if net.straight else net.right:
                self._rule(row, lane + 1, self._starts[number + 1])

    def _rule(self, row: int, begin: int, end: int) -> None:
        for x in range(begin, end):
            self._cells[row * self._down][x] = (self._scene.glyphs.rule(1), _RULE)

    def _turns(self, number: int, net: Net) -> None:
        """The cells of a net in its lane; they lie above all that goes from left to right."""
        if net.straight:
            return
        lane, span = self._lane(number, net), net.span
        for row in span:
            ways = (_UP if row > span[0] else 0) | (_DOWN if row < span[-1] else 0)
            ways |= (_LEFT if row in net.left else 0) | (_RIGHT if row in net.right else 0)
            at, ascii = row * self._down, self._scene.glyphs.ascii
            self._cells[at][lane] = (_TURNS[ways][ascii], _RULE)
            for between in range(at + 1, at + self._down if row < span[-1] else 0):
                self._cells[between][lane] = (_TURNS[_UP | _DOWN][ascii], _RULE)

    def _stand_out(self, number: int, row: int, to: int) -> None:
        """The line from a row of a column to one of the next."""
        net = next(net for net in self._drawing.channels[number] if row in net.left)
        lane = self._lane(number, net)
        begin, end = self._begin(number, row), self._starts[number + 1]
        over = {
            (at * self._down, self._lane(number, other))
            for other in self._drawing.channels[number]
            if other is not net and not other.straight
            for at in other.span
        }
        row, to = row * self._down, to * self._down
        turn = [] if net.straight else [(at, lane) for at in range(min(row, to), max(row, to) + 1)]
        till = end if net.straight else lane
        level = [(row, x) for x in range(begin, till)] + [(to, x) for x in range(till + 1, end)]
        for at, x in (*turn, *level):
            if (at, x) not in over:
                self._cells[at][x] = (self._cells[at][x][0], _CRITICAL)

    def _row(self, row: int) -> Line:
        cells = self._cells[row]
        line: Line = ()
        x = 0
        for number, column in enumerate(self._labels):
            label = () if row % self._down else column.get(row // self._down, ())
            if label:
                line = (*line, *self._between(cells, x, self._starts[number]), *label)
                x = self._starts[number] + width_of(label)
        return (*line, *self._between(cells, x, self.width))

    def _between(self, cells: Mapping[int, tuple[str, str]], begin: int, end: int) -> Line:
        """The cells from one place to another, pieces of one look together."""
        found = (cells.get(x, (" ", _RULE)) for x in range(begin, end))
        made: Line = ()
        for token, piece in groupby(found, key=lambda cell: cell[1]):
            made = (*made, *words("".join(sign for sign, _ in piece), token))
        return made
