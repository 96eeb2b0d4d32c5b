"""This run beside those that ended before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.kernel.state import Spent
from prdrunner_tui.projections.history import RunFacts, run_facts
from prdrunner_tui.projections.metrics import Change, Times
from prdrunner_tui.tui.rows.history import history_head, history_rows
from prdrunner_tui.tui.rows.scene import Row
from prdrunner_tui.tui.span import plain
from tests.unit.tui.sample_run import ME, NOW, START, check_widths, sample_log, scene, started, texts

DAY = 86_400.0


def earlier() -> list[RunFacts]:
    """A run of yesterday that was done, one that failed the day before."""
    facts = run_facts(sample_log().state(), NOW)
    done = replace(
        facts, run="run-b", status="done", done=6, seconds=1383.0, started_at=START - DAY, took=(60.0, 300.0)
    )
    spent = Spent(9, 900_000, 2.4)
    failed = replace(
        facts, run="run-a", status="failed", started_at=START - 2 * DAY, spent=spent, took=(90.0,)
    )
    return [done, failed]


def test_this_run_is_on_top_and_the_others_below_it() -> None:
    state = sample_log().state()
    rows = history_rows(state, earlier(), 80, scene())
    check_widths(rows, 80)
    assert [row.key for row in rows if row.stop] == [("run", "run-7f3a"), ("run", "run-b"), ("run", "run-a")]
    shown = texts(rows)
    assert shown[0].startswith(" run-7f3a ⠋ running    2/6 14m 20s $1.20   372k +420/-54  today 14:00 ")
    assert shown[1].startswith(" run-b    ✓ done       6/6 23m 03s $1.20   372k +420/-54 13 Nov 14:00 ")
    assert shown[2].startswith(" run-a    ✗ failed     2/6 14m 20s $2.40   900k +420/-54 12 Nov 14:00 ")
    assert shown[-1] == " 3 phases of earlier runs took 1m 00s to 5m 00s each; estimates come from them"


def test_bars_compare_the_cost_and_say_what_a_full_one_means() -> None:
    state = sample_log().state()
    bars = [line.count("█") for line in texts(history_rows(state, earlier(), 120, scene()))[:3]]
    assert bars[0] == bars[1] and abs(bars[2] - 2 * bars[0]) <= 1
    head = plain(history_head(state, earlier(), 120, scene()))
    assert head.split()[-2:] == ["cost", "$2.40"]
    assert len(head) == 120


def test_without_a_price_the_work_of_agents_is_compared() -> None:
    state = sample_log().state()
    bare = replace(state, budget=replace(state.budget, spent=Spent(4, 1000, 0.0, 4)))
    runs = [replace(run, spent=Spent(2, 500, 0.0, 2), times=Times(agent=2 * 526.0)) for run in earlier()]
    shown = texts(history_rows(bare, runs, 120, scene()))
    bars = [line.count("█") for line in shown[:3]]
    assert bars[1] == bars[2] > bars[0] > 0
    assert "?" in shown[1].split()
    assert plain(history_head(bare, runs, 120, scene())).split()[-3:] == ["agent", "17m", "32s"]


def test_what_is_not_known_is_no_number() -> None:
    run = replace(earlier()[0], spent=Spent(3, 0, 0.0, 3), change=Change())
    shown = texts(history_rows(sample_log().state(), [run], 80, scene()))[1]
    assert shown.split()[6:9] == ["?", "?", "-"]
    idle = replace(run, spent=Spent())
    assert texts(history_rows(sample_log().state(), [idle], 80, scene()))[1].split()[6:9] == ["-", "-", "-"]


def test_where_there_is_width_times_and_prds_stand_there_too() -> None:
    state = sample_log().state()
    assert {"agent", "you"} < set(plain(history_head(state, earlier(), 100, scene())).split())
    assert "PRD" in plain(history_head(state, earlier(), 160, scene()))
    assert "docs/todo-v2.md" in texts(history_rows(state, earlier(), 160, scene()))[2]


def test_words_where_there_is_no_history() -> None:
    state = started().state()
    assert texts(history_rows(state, None, 80, scene()))[-1] == " earlier runs are not known yet"
    assert "no other run of this repository has ended" in texts(history_rows(state, (), 80, scene()))[-1]
    others = [replace(run, recorded=True) for run in earlier()]
    assert any("do not tell how long" in line for line in texts(history_rows(state, others, 80, scene())))


def test_the_time_of_a_run_that_is_over_stands_still() -> None:
    state = sample_log().add(860, events.RunEnded("failed", "x")).state()
    later = scene(scene().now + 36_000)
    assert texts(history_rows(state, (), 80, later))[0].startswith(" run-7f3a ✗ failed    2/6 14m 20s ")


def test_the_state_of_this_run_is_the_word_of_row_1() -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "b"))
    log.add(1, events.StepBegan("one", "implement", 1, 1)).effect("one", 1, None, "turn", "k")

    def word() -> str:
        return texts(history_rows(log.state(), (), 80, scene()))[0].split()[2]

    assert word() == "running"
    log.add(2, events.RunPaused(ME, "lunch"))
    assert word() == "pausing"
    log.add(3, events.EffectDone("one", "k", {}))
    assert word() == "paused"
    log.add(4, events.RunResumed(ME)).add(5, events.PhasePaused("one", ME, "lunch"))
    assert word() == "paused"


@pytest.mark.parametrize("width", [46, 60, 80, 100, 120, 140, 200])
def test_every_width_and_ascii(width: int) -> None:
    state, there = sample_log().state(), scene(ascii=True)
    hostile = replace(earlier()[0], run="run-\x1b[31m\u202e" + "x" * 300, prd="a/" * 90 + "\x07.md")
    rows = [
        Row("head", history_head(state, [hostile, *earlier()], width, there)),
        *history_rows(state, [hostile, *earlier()], width, there),
    ]
    check_widths(rows, width)
    assert all(plain(row.line).isascii() for row in rows)
    assert "\x1b" not in "".join(texts(rows))
