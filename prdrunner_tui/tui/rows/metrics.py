"""A run in numbers: the pane with bars; the screen with the cost by minute and the time by step; every phase."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from prdrunner_tui.kernel.state import RUN_ENDED, RunState
from prdrunner_tui.projections.metrics import Metrics, PhaseMetrics, Verifications, metrics, per_minute
from prdrunner_tui.projections.overview import overview
from prdrunner_tui.text.units import count, duration, estimate, lines, money, tokens
from prdrunner_tui.tui.rows.header import spent_of, spent_tokens, spent_usd
from prdrunner_tui.tui.rows.names import longest_name, name_line
from prdrunner_tui.tui.rows.pausing import winding_down
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.rows.words import plural, step_words
from prdrunner_tui.tui.span import Cell, Line, width_of, words

_LABEL = 8
_SHORT_CHART, _CHART_ROWS, _CHART_LEFT = 6, 4, 10
_MINUTES = ((160, 60), (100, 30), (0, 15))
"""Minutes of the chart, from which width on."""
_WIDE = 80
"""From this width on the numbers that the pane breaks stand in one line."""
_LONGEST_PHASE, _LONGEST_WIDE = 16, 40
"""Cells of a name of a phase at most: while the numbers need the others, and where there is room."""
_LEAST_BAR, _MOST_BAR = 12, 40
_MOMENT = 0.1
"""Seconds below which a time is told as ``0.0s`` and has no bar."""
_COLUMNS = (
    ("state", 9, 100),
    ("it", 2, 0),
    ("wall", 7, 0),
    ("agent", 7, 0),
    ("checks", 7, 0),
    ("you", 7, 0),
    ("turns", 5, 100),
    ("tokens", 6, 0),
    ("cost", 7, 0),
    ("files", 5, 110),
    ("+/-", 9, 0),
)
"""The numbers of a phase: the title, its cells, and the width from which on it is shown in the table of its own."""


def metrics_pane(
    state: RunState, width: int, scene: Scene, *, left: tuple[float, float] | None = None
) -> list[Line]:
    """Seven lines of exactly ``width`` cells: phases, money, tokens, time (two), tests, code.

    Args:
        left: the least and the most seconds that the run may still take.
    """
    told = metrics(state, scene.now)
    bar = max(6, min(30, width - 28))
    times = told.times
    ended = state.run is not None and state.run.status in RUN_ENDED
    passed = duration if ended else scene.passed
    first, second = f"wall {passed(told.wall)}", f"agent {duration(times.agent)}"
    third, fourth = f"checks {duration(times.checks)}", f"you {passed(times.you)}"
    wide = max(len(first), len(third)) + 3
    to_go = "" if ended else f"  {left_words(left)}"
    rows = [
        _pair(
            "Phases",
            _bar(told.done, told.phases, bar, scene),
            words(f"  {told.done}/{told.phases}{to_go}"),
        ),
        _pair("Money", *_money(state, told, bar, scene)),
        _tokens(told, width, scene),
        _pair("Time", words(f"{first:<{wide}}{second}")),
        _pair("", words(f"{third:<{wide}}{fourth}")),
        _pair("Tests", verified_words(told.tests)),
        _pair("Code", words(_code(told))),
    ]
    return [scene.fit(row, width) for row in rows]


def metrics_rows(
    state: RunState, width: int, scene: Scene, *, left: tuple[float, float] | None = None
) -> list[Row]:
    """The whole screen in rows of exactly ``width`` cells. Keys: ``("phase", id)`` for the table, else words."""
    told = metrics(state, scene.now)
    run = state.run
    until = run.ended_at if run is not None and run.ended_at is not None else scene.now
    sums = metrics_pane(state, width, scene, left=left)
    if width >= _WIDE:
        sums = [*sums[:3], *_broad(told, width, scene)]
    rows = [Row(("sum", place), line, False) for place, line in enumerate(sums)]
    rows.append(Row(("gap", 0), scene.fit((), width), False))
    charts = _charts(told, until, width, scene)
    rows += [Row(("chart", place), line, False) for place, line in enumerate(charts)]
    rows.append(Row(("gap", 1), scene.fit((), width), False))
    table = _Table(state, told, width, scene, own=False)
    rows.append(Row("phases", table.head(), False))
    return [*rows, *table.rows()]


def phases_head(state: RunState, width: int, scene: Scene) -> Line:
    """The titles of the table of phases, in exactly ``width`` cells."""
    return _Table(state, metrics(state, scene.now), width, scene, own=True).head()


def phases_rows(state: RunState, width: int, scene: Scene) -> list[Row]:
    """The table of phases with as many columns as there is width for, and their sums. Keys: ``("phase", id)``."""
    table = _Table(state, metrics(state, scene.now), width, scene, own=True)
    return [*table.rows(), *table.sums()]


def left_words(left: tuple[float, float] | None) -> str:
    """``9m-14m left``, ``? left`` without history."""
    return f"{estimate(*(left or (None, None)))} left"


def verified_words(tests: Verifications) -> Line:
    """``61 pass now, 5 runs, 2 failed``; the counts are those of the newest run."""
    if not tests.runs:
        return words("no run yet", "muted")
    if tests.passing is None and tests.failing is None and not tests.red:
        return words(f"no test ran in {plural(tests.runs, 'verification')}", "muted")
    now = []
    if tests.failing:
        now.append(f"{count(tests.failing)} fail")
    if tests.passing is not None:
        now.append(f"{count(tests.passing)} pass")
    runs = plural(tests.runs, "run") + (f", {tests.red} failed" if tests.red else "")
    head = words(" ".join((", ".join(now), "now")), "fail" if tests.failing else "text") if now else ()
    return (*head, *words(f", {runs}" if now else runs))


def bar_cells(part: float, whole: float, width: int) -> int:
    """Cells of a bar that compares an amount with the largest one: only nothing has none."""
    return max(1, round(width * part / whole)) if part > 0 and width > 0 else 0


def _tokens(told: Metrics, width: int, scene: Scene) -> Line:
    values = per_minute(told.uses, scene.now, _SHORT_CHART)
    apart = ""
    if told.input is not None and told.output is not None:
        apart = f"  (in {tokens(told.input, unit=False)}, out {tokens(told.output, unit=False)})"
    whole = spent_tokens(told.spent)
    if not told.spent.tokens:
        return _pair("Tokens", words(whole))
    rate = f"{tokens(int(sum(values) / len(values)), unit=False)}/min "
    chart = words(scene.glyphs.sparkline(values, _SHORT_CHART))
    right = (*words(rate), *chart, *words(" "))
    first = _pair("Tokens", words(whole + apart))
    if width_of(first) + width_of(right) >= width:
        first = _pair("Tokens", words(whole))
    return scene.sides(first, right, width, gap=1)


def _broad(told: Metrics, width: int, scene: Scene) -> list[Line]:
    """Time, tests and code, a line each."""
    times = told.times
    parts = (
        f"wall {duration(told.wall)}",
        f"agent {duration(times.agent)}",
        f"checks {duration(times.checks)}",
        f"waited for you {duration(times.you)}",
    )
    rows = [
        _pair("Time", words("   ".join(parts))),
        _pair("Tests", verified_words(told.tests)),
        _pair("Code", words(_code(told))),
    ]
    return [scene.fit(row, width) for row in rows]


def _code(told: Metrics) -> str:
    change = told.change
    files = ("" if told.files_sure else "at most ") + plural(change.files, "file")
    return f"{files}  {lines(change.added, change.removed)}  {plural(told.commits, 'commit')}"


def _pair(label: str, *told: Line) -> Line:
    return (*words(f" {label:<{_LABEL - 1}}", "muted"), *(span for one in told for span in one))


def _money(state: RunState, told: Metrics, bar: int, scene: Scene) -> list[Line]:
    """What was spent, with a bar where there is a budget in dollars to measure by."""
    if not told.usd_allowed:
        return [words(spent_of(state))]
    return [_bar(told.spent.usd, told.usd_allowed, bar, scene), words(f"  {spent_of(state)}")]


def _bar(part: float, whole: float | None, width: int, scene: Scene) -> Line:
    """A bar, empty where there is no limit to measure by."""
    return words(scene.glyphs.bar(part / whole if whole else None, width), "running")


def _charts(told: Metrics, until: float, width: int, scene: Scene) -> list[Line]:
    """The cost (or tokens where no price is known) by minute, and beside it where the time went."""
    priced = told.spent.usd > 0
    minutes = next(minutes for least, minutes in _MINUTES if width >= least)
    values = per_minute(told.uses, until, minutes, money=priced)
    top = max(values, default=0.0)
    what = "Cost" if priced else "Tokens"
    parts = [(step_words(name), seconds) for name, seconds in told.by_step] + [("you", told.times.you)]
    left = [words(f" {what} per minute, last {minutes}m", "muted")]
    left += _columns_of(values, top, priced, max(_CHART_ROWS, len(parts) - 1), scene)
    left.append(words(" " * _CHART_LEFT + _axis(minutes, "now" if until == scene.now else "end"), "muted"))
    right: list[Line] = [words("Where the time went", "muted")]
    most = max((seconds for _, seconds in parts), default=0.0)
    bar = max(4, width // 2 - 22)
    for name, seconds in parts:
        drawn = scene.glyphs.bar(1.0, bar_cells(seconds if seconds >= _MOMENT else 0.0, most, bar))
        right.append(
            (*words(f"{name:<12}"), *words(f"{drawn:<{bar}}", "running"), *words(f"{duration(seconds):>8}"))
        )
    half = width // 2 - 1
    tall = max(len(left), len(right))
    left += [()] * (tall - len(left))
    right += [()] * (tall - len(right))
    return [
        scene.columns([Cell(a, half), Cell(b, width - half - 2)], width)
        for a, b in zip(left, right, strict=True)
    ]


def _columns_of(values: Sequence[float], top: float, priced: bool, height: int, scene: Scene) -> list[Line]:
    """A chart of so many rows, made of rows of a sparkline."""
    made: list[Line] = []
    labels = (
        _levels([top * (height - row) / height for row in range(height)], priced) if top else ["-"] * height
    )
    for row in range(height):
        base = height - 1 - row
        heights = [value / top * height - base if top else -1.0 for value in values]
        shares = [min(height, 1.0) if height > 0 else float("nan") for height in heights]
        # The sparkline measures against its largest value: one full column behind the others keeps all rows alike.
        drawn = scene.glyphs.sparkline([*shares, 1.0], len(values) + 1)[: len(values)]
        made.append(
            (
                *words(f" {labels[row]:>7} ", "muted"),
                *words(scene.glyphs.side(), "rule"),
                *words(drawn, "running"),
            )
        )
    return made


def _levels(values: Sequence[float], priced: bool) -> list[str]:
    """What stands beside the rows of a chart, the largest first: no two alike, so that each tells something."""
    told = [money(value) if priced else tokens(int(value), unit=False) for value in values]
    for digits in (3, 4):
        if priced and (len(set(told)) < len(told) or any(text.startswith("<") for text in told)):
            told = [f"${value:.{digits}f}" for value in values]
    return [text if text not in told[:place] else "" for place, text in enumerate(told)]


def _axis(minutes: int, end: str) -> str:
    """What stands under a chart of so many columns: ``-15m   -7m  now``."""
    half = minutes // 2
    return f"{f'-{minutes}m':<{half}}{f'-{minutes - half}m':<{minutes - half - len(end)}}{end}"


class _Table:
    """The phases as a table; of its own it has more columns, as far as there is width, and the state of each."""

    def __init__(self, state: RunState, told: Metrics, width: int, scene: Scene, *, own: bool) -> None:
        self._state, self._told, self._width, self._scene, self._own = state, told, width, scene, own
        self._ids = [row.id for row in told.by_phase]
        self._columns = [
            (title, size) for title, size, least in _COLUMNS if not least or (own and width >= least)
        ]
        taken = 1 + 2 * own + sum(size + 1 for _, size in self._columns)
        longest = max(_LONGEST_PHASE - 2 * own, min(_LONGEST_WIDE, width - taken))
        self._named = longest_name(self._ids, len("phase"), longest)
        spare = width - taken - self._named - 3
        self._bar = min(_MOST_BAR, spare) if own and spare >= _LEAST_BAR else 0
        self._longest = max((row.times.agent for row in told.by_phase), default=0.0)

    def head(self) -> Line:
        """The titles."""
        titles = {title: words(title, "muted") for title, _ in self._columns}
        return self._line(
            words("  phase" if self._own else "phase", "muted"), titles, words("agent time", "muted")
        )

    def rows(self) -> list[Row]:
        """A row for each phase."""
        shown = {row.id: row.state for row in overview(self._state).phases}
        return [Row(("phase", row.id), self._row(row, shown[row.id])) for row in self._told.by_phase]

    def sums(self) -> list[Row]:
        """All phases together, where there are several."""
        if len(self._ids) < 2:
            return []
        told = self._told
        turns = sum(row.turns for row in told.by_phase)
        whole = PhaseMetrics("", 0, told.wall, told.times, told.spent, told.change, turns)
        numbers = {**_numbers(whole), "it": ()}
        line = self._line(words("  all" if self._own else "all"), numbers, ())
        return [Row(("gap", 2), self._scene.fit((), self._width), False), Row("all", line, False)]

    def _row(self, row: PhaseMetrics, word: str) -> Line:
        scene, phase = self._scene, self._state.phases[row.id]
        if winding_down(self._state, phase) is not None:
            word = "pausing"
        sign = (*scene.sign("running" if word == "pausing" else word), *words(" ")) if self._own else ()
        name = (*sign, *name_line(row.id, self._ids, self._named, scene))
        bar = words(scene.glyphs.bar(1.0, bar_cells(row.times.agent, self._longest, self._bar)), "running")
        return self._line(name, {**_numbers(row), "state": words(word)}, bar)

    def _line(self, name: Line, numbers: Mapping[str, Line], bar: Line) -> Line:
        cells = [Cell((*words(" "), *name), self._named + 1 + 2 * self._own)]
        cells += [Cell(numbers.get(title, ()), size, title != "state") for title, size in self._columns]
        if self._bar:
            cells.append(Cell((*words(" "), *bar), self._bar + 1))
        return self._scene.columns(cells, self._width, gap=1)


def _numbers(row: PhaseMetrics) -> dict[str, Line]:
    """The numbers of a phase by the titles of their columns."""
    if row.wall is None:
        return {title: words("-", "muted") for title, _, _ in _COLUMNS}
    change = row.change
    told = {
        "it": str(row.iteration),
        "wall": duration(row.wall),
        "agent": duration(row.times.agent),
        "checks": duration(row.times.checks),
        "you": duration(row.times.you),
        "turns": count(row.turns),
        "tokens": spent_tokens(row.spent),
        "cost": spent_usd(row.spent),
        "files": count(change.files) if change is not None else "-",
        "+/-": lines(change.added, change.removed) if change is not None else "-",
    }
    return {title: words(text) for title, text in told.items()}
