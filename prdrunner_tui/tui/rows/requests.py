"""The turns of a run with the requests of each, as a table: what one call of the model took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.projections.requests import RequestFacts, Told, TurnFacts, TurnRequests, tokens_of, turns
from prdrunner_tui.text.units import money, tokens
from prdrunner_tui.tui.rows.names import longest_name, name_line
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.rows.words import plural, step_words
from prdrunner_tui.tui.span import Cell, Line, words

_NUMBER, _NOTE, _STEP = 7, 17, 14
"""Cells of a number, of what is said behind the numbers at least, and of a step with its iteration."""
_LONGEST_PHASE = 24
_TITLES = ("input", "cached", "output", "cost")
_SHORT: Mapping[Told, str] = {"each": "", "last": "last request only", "none": "requests not told"}


def requests_head(state: RunState, width: int, scene: Scene) -> Line:
    """The titles of the columns in exactly ``width`` cells."""
    titles = [words(title, "muted") for title in _TITLES]
    return _Table(state, width, scene).line(words("phase", "muted"), words("step", "muted"), titles, ())


def requests_rows(state: RunState, found: Mapping[str, TurnRequests], width: int, scene: Scene) -> list[Row]:
    """Each turn, by phases and oldest first, and below it its requests, in exactly ``width`` cells.

    Keys: ``("phase", id, key of the turn, number of the request or 0)``.

    Args:
        found: the requests by the keys of their turns; those of a turn that is not there are not known yet.
    """
    shown = turns(state)
    if not shown:
        return [Row(("gap", 0), scene.fit(note(" no turn has begun"), width), False)]
    table = _Table(state, width, scene)
    return [
        row
        for phase in state.phases
        for turn in shown
        if turn.phase == phase
        for row in _rows(turn, found.get(turn.key), table)
    ]


def _rows(turn: TurnFacts, found: TurnRequests | None, table: _Table) -> list[Row]:
    used, known = turn.used, tokens_of(turn) is not None
    numbers = ["?", "-", "?", "?"]
    if used is not None:
        into, out = ((amount if known else None) for amount in (used.input_tokens, used.output_tokens))
        numbers = [tokens(into, unit=False), "-", tokens(out, unit=False), money(used.usd)]
    step = words(f"{step_words(turn.step)} {turn.iteration}")
    key = ("phase", turn.phase, turn.key)
    line = table.line(table.name(turn.phase), step, list(map(words, numbers)), _note(turn, found))
    rows = [Row((*key, 0), line)]
    if found is None:
        return rows
    if found.before:
        gone = words(f"1-{found.before}", "muted")
        rows.append(Row((*key, -1), table.line((), gone, _figures(RequestFacts()), note("not kept"))))
    for place, one in enumerate(found.requests, 1 + found.before):
        label = words("last" if found.told == "last" else str(place), "muted")
        rows.append(Row((*key, place), table.line((), label, _figures(one), table.model(one.model))))
    return rows


def _note(turn: TurnFacts, found: TurnRequests | None) -> Line:
    """What is said of a turn as a whole."""
    if not turn.over:
        return note("told at its end")
    if found is None:
        return note("not known yet")
    return note(plural(found.count, "request") if found.count is not None else _SHORT[found.told])


def _figures(one: RequestFacts) -> list[Line]:
    told = [tokens(amount, unit=False) for amount in (one.input, one.cached, one.output)]
    return [words(text, "muted" if text == "?" else "text") for text in (*told, money(one.usd))]


class _Table:
    """Where the columns of the turns stand."""

    def __init__(self, state: RunState, width: int, scene: Scene) -> None:
        self._width, self._scene = width, scene
        self._ids = list(state.phases)
        spare = width - 1 - _STEP - len(_TITLES) * _NUMBER - _NOTE - 6
        self._named = longest_name(self._ids, len("phase"), max(8, min(_LONGEST_PHASE, spare)))

    def name(self, phase: str) -> Line:
        """The name of a phase."""
        return name_line(phase, self._ids, self._named, self._scene)

    def model(self, name: str) -> Line:
        """The name of a model, which others gave."""
        return self._scene.foreign(name, "muted")

    def line(self, name: Line, step: Line, numbers: Sequence[Line], told: Line) -> Line:
        """One row."""
        cells = [Cell((*words(" "), *name), self._named + 1), Cell(step, _STEP)]
        cells += [Cell(number, _NUMBER, True) for number in numbers]
        return self._scene.columns([*cells, Cell((*words(" "), *told), self._width)], self._width, gap=1)
