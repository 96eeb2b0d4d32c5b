"""The numbers as the pane and the screen show them."""

from __future__ import annotations

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import Allowance, PhasePlan
from prdrunner_tui.projections.metrics import Verifications, metrics
from prdrunner_tui.tui.rows.metrics import (
    bar_cells,
    left_words,
    metrics_pane,
    metrics_rows,
    phases_head,
    phases_rows,
    verified_words,
)
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.span import plain
from tests.unit.tui.sample_run import NOW, check_widths, sample_log, scene, started, texts

LEFT = (540.0, 840.0)


def test_the_pane_of_46_columns() -> None:
    lines = metrics_pane(sample_log().state(), 46, scene(), left=LEFT)
    check_widths(lines, 46)
    assert texts(lines) == [
        " Phases ██████░░░░░░░░░░░░  2/6  9m-14m left",
        " Money  ████░░░░░░░░░░░░░░  $1.20 of $5.00",
        " Tokens 372k                   33k/min ▁▆▄█▁▁",
        " Time   wall 14m 20s   agent 8m 46s",
        "        checks 32s     you 2m 10s",
        " Tests  2 fail, 56 pass now, 3 runs, 1 failed",
        " Code   at most 13 files  +420/-54  2 commits",
    ]


def test_the_screen_has_a_chart_the_steps_and_every_phase() -> None:
    rows = metrics_rows(sample_log().state(), 80, scene(), left=LEFT)
    check_widths(rows, 80)
    shown = texts(rows)
    assert " Tokens 372k  (in 364k, out 7.2k)                                33k/min ▁▆▄█▁▁" in shown
    assert " Cost per minute, last 15m               Where the time went" in shown
    assert " storage    1  6m 12s  3m 06s     10s      0s   130k   $0.31  +212/-40" in shown
    assert " search     -       -       -       -       -      -       -         -" in shown
    assert any(line.endswith("2m 10s") and "you   " in line for line in shown)
    chart = [line[:24] for line in shown if "│" in line]
    assert len(chart) == 5
    assert chart[0].startswith("   $0.42 │") and "█" in chart[4]
    assert any(line.startswith(" " * 10 + "-15m   -8m  now  ") for line in shown)
    assert ("phase", "search") in [row.key for row in rows]


def test_a_chart_is_a_picture_of_its_values() -> None:
    """The column of the dearest minute is full in all rows, that of an empty one in none."""
    rows = metrics_rows(sample_log().state(), 80, scene())
    chart = [plain(row.line)[10:25] for row in rows if "│" in plain(row.line)]
    columns = ["".join(line[place] for line in chart) for place in range(15)]
    assert "█████" in columns
    assert " " * 5 in columns
    assert all(column.lstrip(" ")[1:] in ("", "█", "██", "███", "████") for column in columns)


def test_a_wide_screen_has_a_longer_chart_and_the_times_in_one_line() -> None:
    shown = texts(metrics_rows(sample_log().state(), 200, scene(), left=LEFT))
    assert any(line.startswith(" Cost per minute, last 60m") for line in shown)
    assert " Time   wall 14m 20s   agent 8m 46s   checks 32s   waited for you 2m 10s" in shown
    narrow = texts(metrics_rows(sample_log().state(), 60, scene(), left=LEFT))
    assert " Time   wall 14m 20s   agent 8m 46s" in narrow and "        checks 32s     you 2m 10s" in narrow


def test_the_chart_of_an_ended_run_ends_with_it() -> None:
    state = sample_log().add(860, events.RunEnded("failed", "x")).state()
    charts = [
        [line for line in texts(metrics_rows(state, 80, scene(scene().now + later))) if "│" in line]
        for later in (0, 36_000)
    ]
    assert charts[0] == charts[1] and "█" in charts[0][4]
    assert any(" end " in line for line in texts(metrics_rows(state, 80, scene(scene().now + 36_000))))


def test_the_table_of_phases_has_their_state_and_their_sums() -> None:
    state = sample_log().state()
    rows = phases_rows(state, 80, scene())
    check_widths(rows, 80)
    assert plain(phases_head(state, 80, scene())).split() == [
        "phase", "it", "wall", "agent", "checks", "you", "tokens", "cost", "+/-",
    ]  # fmt: skip
    assert [row.key for row in rows if row.stop] == [("phase", id) for id in state.phases]
    assert texts(rows)[0] == " ✓ storage    1  6m 12s  3m 06s     10s      0s   130k   $0.31  +212/-40"
    assert texts(rows)[3].startswith(" ! tags ")
    assert texts(rows)[-1].split() == [
        "all",
        "14m",
        "20s",
        "8m",
        "46s",
        "32s",
        "2m",
        "10s",
        "372k",
        "$1.20",
        "+420/-54",
    ]


def test_where_there_is_width_a_phase_has_more_numbers_and_a_bar() -> None:
    state = sample_log().state()
    head = plain(phases_head(state, 140, scene())).split()
    assert {"state", "turns", "files"} < set(head) and head[-2:] == ["agent", "time"]
    shown = texts(phases_rows(state, 140, scene()))
    assert shown[0].split()[:3] == ["✓", "storage", "done"]
    assert shown[3].split()[2:4] == ["needs", "you"]
    bars = [line.count("█") for line in shown[:4]]
    assert max(bars) == bars[2] and bars[0] > bars[1] > bars[3] > 0
    assert shown[4].count("█") == 0


def test_only_nothing_has_no_bar() -> None:
    assert [bar_cells(part, 1000.0, 10) for part in (0.0, 0.1, 500.0, 1000.0)] == [0, 1, 5, 10]
    assert bar_cells(1.0, 1000.0, 0) == 0


def test_one_phase_has_no_sum() -> None:
    assert len(phases_rows(started(PhasePlan("one", "One")).state(), 80, scene())) == 1


def test_before_anything_ran() -> None:
    state = started().state()
    shown = texts(metrics_pane(state, 46, scene()))
    assert shown[0] == " Phases ░░░░░░░░░░░░░░░░░░  0/6  ? left"
    assert shown[5:] == [" Tests  no run yet", " Code   0 files  +0/-0  0 commits"]
    check_widths(metrics_rows(state, 80, scene()), 80)


def test_an_ended_run_has_nothing_left() -> None:
    log = sample_log().add(850, events.RunEnded("failed", "x"))
    assert texts(metrics_pane(log.state(), 46, scene()))[0].endswith("  2/6")


def test_unknown_costs_are_said() -> None:
    log = started().add(
        1, events.PhaseStarted("storage", "b"), events.StepBegan("storage", "implement", 1, 1)
    )
    log.effect("storage", 1, 60, "turn", "k", {"usage": {"input": 5000, "output": 10, "usd": None}})
    log.add(60, events.UsageRecorded("storage", "implement", 5000, 10, None))
    shown = texts(metrics_rows(log.state(), 80, scene(scene().now - 700)))
    assert any("? of $5.00" in line for line in shown)
    assert any("Tokens per minute" in line for line in shown)


def test_what_no_turn_told_is_no_zero() -> None:
    log = started().add(1, events.PhaseStarted("storage", "b"))
    rows = texts(metrics_rows(log.state(), 80, scene()))
    assert rows[1].endswith("  - of $5.00") and rows[2] == " Tokens -"
    assert next(row for row in rows if row.startswith(" storage")).split()[-3:] == ["-", "-", "-"]
    log.add(60, events.UsageRecorded("storage", "implement", 0, 0, None))
    rows = texts(metrics_rows(log.state(), 80, scene()))
    assert rows[1].endswith("  ? of $5.00") and rows[2] == " Tokens ?"
    assert next(row for row in rows if row.startswith(" storage")).split()[-3:] == ["?", "?", "-"]


def test_a_bar_of_money_needs_a_budget() -> None:
    assert texts(metrics_pane(sample_log().state(), 46, scene()))[1].count("█") == 4
    free = texts(metrics_pane(sample_log(allowance=Allowance()).state(), 46, scene()))
    assert free[1] == " Money  $1.20"


def test_words_for_tests_and_the_estimate() -> None:
    assert plain(verified_words(Verifications(5, 2, 61, 0))) == "61 pass now, 5 runs, 2 failed"
    assert plain(verified_words(Verifications(1, 1, None, None))) == "1 run, 1 failed"
    assert plain(verified_words(Verifications(6))) == "no test ran in 6 verifications"
    assert left_words(None) == "? left"


@pytest.mark.parametrize("width", [46, 52, 60, 80, 120, 200])
def test_every_width_and_ascii(width: int) -> None:
    state, there = sample_log().state(), scene(ascii=True)
    head = Row("head", phases_head(state, width, there))
    for rows in (metrics_rows(state, width, there, left=LEFT), [head, *phases_rows(state, width, there)]):
        check_widths(rows, width)
        assert all(plain(row.line).isascii() for row in rows)


def test_a_bar_is_relative_to_the_longest_time_and_no_time_has_none() -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "b"))
    for at, until, step in ((0, 0.02, "plan_impl"), (0.02, 2, "implement"), (2, 42, "verify")):
        log.add(at, events.StepBegan("one", step, 1, 1)).add(until, events.StepEnded("one", "ok", ""))
    shown = [plain(row.line) for row in metrics_rows(log.state(), 80, scene())]
    bars = {
        name: next(line[41:].count("█") for line in shown if line[41:].startswith(name))
        for name in ("plan_impl", "implement", "verify")
    }
    assert bars["plan_impl"] == 0 < bars["implement"] < bars["verify"] == 18


@pytest.mark.parametrize("usd", [0.42, 0.03, 0.004, 0.00002])
def test_the_labels_of_the_cost_tell_its_rows_apart(usd: float) -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "b"))
    log.add(800, events.StepBegan("one", "implement", 1, 1))
    log.effect("one", 800, 850, "turn", "k", {"usage": {"input": 9, "output": 1, "usd": usd}})
    log.add(850, events.UsageRecorded("one", "implement", 9, 1, usd))
    rows = metrics_rows(log.state(), 80, scene())
    labels = [plain(row.line).split("│")[0].strip() for row in rows if "│" in plain(row.line)]
    told = [label for label in labels if label]
    assert labels[0] and len(set(told)) == len(told) and not any(label.startswith("<") for label in told)


def test_a_turn_that_goes_on_is_counted() -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "b"))
    log.add(0, events.StepBegan("one", "implement", 1, 1))
    log.effect("one", 0, 50, "turn", "k1", {}).add(50, events.UsageRecorded("one", "implement", 9, 1, None))
    log.add(50, events.StepEnded("one", "issues", ""), events.StepBegan("one", "implement", 2, 1))
    log.effect("one", 50, None, "turn", "k2")
    row = metrics(log.state(), NOW).by_phase[0]
    assert (row.iteration, row.turns) == (2, 2)
