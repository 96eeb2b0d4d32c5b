"""The runs of a repository side by side: this one on top, then those that ended before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from prdrunner_tui.kernel.state import RUN_ENDED, RunState
from prdrunner_tui.projections.history import RunFacts, earlier_seconds, run_facts
from prdrunner_tui.projections.overview import overview
from prdrunner_tui.text.units import duration, lines, money, started
from prdrunner_tui.tui.rows.ending import run_word
from prdrunner_tui.tui.rows.header import spent_tokens, spent_usd
from prdrunner_tui.tui.rows.metrics import bar_cells
from prdrunner_tui.tui.rows.pausing import only_paused, run_winds_down
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.rows.shorten import short_path
from prdrunner_tui.tui.rows.words import plural
from prdrunner_tui.tui.span import Cell, Line, width_of, words

_LONGEST_RUN, _LONGEST_PRD = 16, 32
_WITH_TIMES, _WITH_PRD = 100, 140
"""From these widths on the times of agents and of waits for you stand there too, farther apart, and the PRD of each
run."""
_LEAST_BAR, _MOST_BAR = 5, 40
_TIME = 7
"""Cells of a time, so that nothing at its right moves when it gets longer."""

_SIGNED = {"pausing": "running"}
"""A state that has the sign of another one."""


class _Column(NamedTuple):
    title: str
    texts: Sequence[Line]
    right: bool = True
    least: int = 0

    @property
    def size(self) -> int:
        """Cells of the column: those of its longest text."""
        return max(len(self.title), self.least, *map(width_of, self.texts))


def history_head(state: RunState, runs: Sequence[RunFacts] | None, width: int, scene: Scene) -> Line:
    """The titles of the columns in exactly ``width`` cells; above the bars stands what a full one means."""
    return _Table(state, runs or (), width, scene).head()


def history_rows(state: RunState, runs: Sequence[RunFacts] | None, width: int, scene: Scene) -> list[Row]:
    """This run, then the earlier ones, newest first, and what they tell of how long a phase takes.

    Args:
        runs: the earlier runs; ``None`` while they are not known.

    Each row has exactly ``width`` cells. Keys: ``("run", id)``.
    """
    rows = _Table(state, runs or (), width, scene).rows()
    rows.append(Row(("gap", 0), scene.fit((), width), False))
    told = scene.wrap(note(_told(state, runs)), width - 2)
    rows += [
        Row(("told", place), scene.fit((*words(" "), *line), width), False) for place, line in enumerate(told)
    ]
    return rows


def _told(state: RunState, runs: Sequence[RunFacts] | None) -> str:
    """What can be learned from the runs."""
    if runs is None:
        return "earlier runs are not known yet"
    if not runs:
        return "no other run of this repository has ended; those that do appear here"
    took = earlier_seconds(runs, state)
    if not took:
        return (
            "these runs do not tell how long a phase takes: none finished one, or other kinds of agents did"
        )
    least, most = duration(min(took)), duration(max(took))
    spread = least if least == most else f"{least} to {most}" + (" each" if len(took) > 1 else "")
    return f"{plural(len(took), 'phase')} of earlier runs took {spread}; estimates come from them"


class _Table:
    """The runs with their columns, each as wide as what stands in it, and bars in what is left."""

    def __init__(self, state: RunState, runs: Sequence[RunFacts], width: int, scene: Scene) -> None:
        self._width, self._scene = width, scene
        here = run_facts(state, scene.now)
        self._runs = (here, *runs)
        over = state.run is not None and state.run.status in RUN_ENDED
        passed = duration(here.seconds) if over else scene.passed(here.seconds)
        self._columns = self._made(_state(state), passed)
        # Where nothing has a price, the work of the agents is what runs are compared by.
        self._priced = any(run.spent.usd > 0 for run in self._runs)
        self._amounts = [run.spent.usd if self._priced else run.times.agent for run in self._runs]
        self._gap = 2 if width >= _WITH_TIMES else 1
        spare = width - 2 - sum(column.size + self._gap for column in self._columns)
        self._bar = min(_MOST_BAR, spare) if spare >= _LEAST_BAR else 0

    def head(self) -> Line:
        """The titles."""
        most = max(self._amounts)
        scale = (money(most) if self._priced else duration(most)) if most > 0 else ""
        what = "cost" if self._priced else "agent"
        if len(scale) > self._bar:
            scale = ""
        elif len(what) + 1 + len(scale) <= self._bar and scale:
            scale = f"{what}{scale:>{self._bar - len(what)}}"
        else:
            scale = f"{scale:>{self._bar}}"
        return self._line([words(column.title, "muted") for column in self._columns], words(scale, "muted"))

    def rows(self) -> list[Row]:
        """A row for each run."""
        most = max(self._amounts)
        made = []
        for place, (run, amount) in enumerate(zip(self._runs, self._amounts, strict=True)):
            bar = words(self._scene.glyphs.bar(1.0, bar_cells(amount, most, self._bar)), "running")
            texts = [column.texts[place] for column in self._columns]
            made.append(Row(("run", run.run), self._line(texts, bar)))
        return made

    def _line(self, texts: Sequence[Line], bar: Line) -> Line:
        cells = [Cell(text, one.size, one.right) for text, one in zip(texts, self._columns, strict=True)]
        row = self._scene.columns([*cells, Cell(bar, self._bar)], self._width - 1, gap=self._gap)
        return (*words(" "), *row)

    def _made(self, state: str, passed: str) -> list[_Column]:
        scene, runs, earlier = self._scene, self._runs, self._runs[1:]
        states = [state, *(run.status for run in earlier)]
        made = [
            _Column("run", [scene.crop(scene.foreign(run.run), _LONGEST_RUN) for run in runs], False),
            _Column(
                "state",
                [(*scene.sign(_SIGNED.get(word, word)), *words(f" {word}")) for word in states],
                False,
            ),
            _Column("phases", _all(f"{run.done}/{run.phases}" for run in runs)),
            _Column("time", _all([passed, *(duration(run.seconds) for run in earlier)]), True, _TIME),
        ]
        if self._width >= _WITH_TIMES:
            made.append(_Column("agent", _all(duration(run.times.agent) for run in runs), True, _TIME))
            made.append(_Column("you", _all(duration(run.times.you) for run in runs), True, _TIME))
        made += [
            _Column("cost", _all(spent_usd(run.spent) for run in runs), True, len("$0.00")),
            _Column("tokens", _all(spent_tokens(run.spent) for run in runs)),
            _Column("+/-", _all(_change(run) for run in runs)),
            _Column("started", _all(self._started(run) for run in runs)),
        ]
        if self._width >= _WITH_PRD:
            mark = scene.glyphs.ellipsis
            prds = [scene.foreign(short_path(run.prd, _LONGEST_PRD, mark)) for run in runs]
            made.insert(1, _Column("PRD", prds, False))
        return made

    def _started(self, run: RunFacts) -> str:
        zone = self._scene.zone
        moment, present = (
            datetime.fromtimestamp(at, zone).astimezone(zone) for at in (run.started_at, self._scene.now)
        )
        return started(moment, present)


def _state(state: RunState) -> str:
    """The state of the run in the word that row 1 has for it."""
    if run_winds_down(state):
        return "pausing"
    seen = overview(state)
    word = run_word(seen.state, (phase.status for phase in state.phases.values()))
    return "paused" if only_paused(seen) else word


def _change(run: RunFacts) -> str:
    return lines(run.change.added, run.change.removed) if run.change.files else "-"


def _all(texts: Iterable[str]) -> list[Line]:
    return [words(text) for text in texts]
