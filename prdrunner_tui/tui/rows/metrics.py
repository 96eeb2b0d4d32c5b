"""A run in numbers: the pane with bars, and the screen with the cost by minute, the time by step, and every phase."""

from __future__ import annotations

from collections.abc import Sequence

from prdrunner_tui.kernel.state import RUN_ENDED, RunState
from prdrunner_tui.projections.metrics import Metrics, PhaseMetrics, Verifications, metrics, per_minute
from prdrunner_tui.text.units import count, duration, estimate, lines, money, tokens
from prdrunner_tui.tui.rows.header import spent_of, spent_tokens, spent_usd
from prdrunner_tui.tui.rows.names import longest_name, name_line
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.rows.words import plural, step_words
from prdrunner_tui.tui.span import Cell, Line, width_of, words

_LABEL = 8
_SHORT_CHART, _CHART_ROWS = 6, 4
_MINUTES = ((160, 60), (100, 30), (0, 15))
"""Minutes of the chart, from which width on."""
_WIDE = 80
"""From this width on the numbers that the pane breaks stand in one line."""
_LONGEST_PHASE = 16
_SIZES = (2, 7, 7, 7, 7, 6, 7, 9)
"""Cells of the numbers of a phase; names get what is left, and not less than the cells above."""
_NUMBERS = sum(_SIZES) + len(_SIZES) + 2


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
    ids = [row.id for row in told.by_phase]
    named = longest_name(ids, len("phase"), max(_LONGEST_PHASE, width - _NUMBERS))
    titles = ("phase", "it", "wall", "agent", "checks", "you", "tokens", "cost", "+/-")
    rows.append(
        Row("phases", _table([words(title, "muted") for title in titles], named, width, scene), False)
    )
    for row in told.by_phase:
        name = name_line(row.id, ids, named, scene)
        rows.append(Row(("phase", row.id), _table([name, *_phase(row)], named, width, scene)))
    return rows


def metrics_title(state: RunState, now: float) -> str:
    """How long the run has been under way, and how it ended if it did, for the title rule."""
    run = state.run
    if run is None:
        return ""
    passed = duration((run.ended_at if run.ended_at is not None else now) - run.started_at)
    return f"{run.status}, {passed}"


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
    return f"{plural(change.files, 'file')}  {lines(change.added, change.removed)}  {plural(told.commits, 'commit')}"


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
    left = [words(f" {what} a minute, last {minutes}m", "muted"), *_columns_of(values, top, priced, scene)]
    right: list[Line] = [words("Where the time went", "muted")]
    parts = [(step_words(name), seconds) for name, seconds in told.by_step] + [("you", told.times.you)]
    most = max((seconds for _, seconds in parts), default=0.0)
    bar = max(4, width // 2 - 22)
    for name, seconds in parts:
        filled = round(bar * seconds / most) if most > 0 else 0
        drawn = scene.glyphs.bar(1.0, filled) if filled else ""
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


def _columns_of(values: Sequence[float], top: float, priced: bool, scene: Scene) -> list[Line]:
    """A chart of several rows, made of rows of a sparkline."""
    made: list[Line] = []
    for row in range(_CHART_ROWS):
        base = _CHART_ROWS - 1 - row
        heights = [value / top * _CHART_ROWS - base if top else -1.0 for value in values]
        shares = [min(height, 1.0) if height > 0 else float("nan") for height in heights]
        # The sparkline measures against its largest value: one full column behind the others keeps all rows alike.
        drawn = scene.glyphs.sparkline([*shares, 1.0], len(values) + 1)[: len(values)]
        level = top * (base + 1) / _CHART_ROWS
        label = (money(level) if priced else tokens(int(level), unit=False)) if top else "-"
        made.append(
            (*words(f" {label:>7} ", "muted"), *words(scene.glyphs.side(), "rule"), *words(drawn, "running"))
        )
    return made


def _phase(row: PhaseMetrics) -> list[Line]:
    if row.wall is None:
        return [words("-", "muted")] * 8
    change = row.change
    told = (
        str(row.iteration),
        duration(row.wall),
        duration(row.times.agent),
        duration(row.times.checks),
        duration(row.times.you),
        spent_tokens(row.spent),
        spent_usd(row.spent),
        lines(change.added, change.removed) if change is not None else "-",
    )
    return list(map(words, told))


def _table(told: Sequence[Line], named: int, width: int, scene: Scene) -> Line:
    name, *numbers = told
    row = [Cell((*words(" "), *name), named + 1)]
    row += [Cell(one, size, True) for one, size in zip(numbers, _SIZES, strict=True)]
    return scene.columns(row, width, gap=1)
