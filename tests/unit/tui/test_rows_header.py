"""Row 1: what stands in it at each width, and what it says when the engine is silent or nothing real works."""

from __future__ import annotations

from dataclasses import replace

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import Allowance, PhasePlan, WorkerChoice
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.tui.rows.header import Connection, header, spent_of
from prdrunner_tui.tui.span import plain
from tests.unit.tui.sample_run import ME, NOW, Log, check_widths, review, sample_log, scene, started

LEFT = (540.0, 840.0)


def row1(width: int, **changes: object) -> str:
    """Row 1 of the sample run."""
    line = header(sample_log(**changes).state(), width, scene(), repo="todo-app", left=LEFT)
    check_widths([line], width)
    return plain(line).rstrip()


def test_each_width_shows_what_has_room_and_loses_fields_in_order() -> None:
    assert row1(200) == (
        "todo-app  docs/todo-v2.md  run-7f3a  ⠋ running 14m 20s    branch prdrunner/run-7f3a  claude, codex"
        "  budget asks at $5.00" + " " * 33 + "9m-14m left   2/6 phases   $1.20 of $5.00   ! 1"
    )
    assert row1(120) == (
        "todo-app  docs/todo-v2.md  run-7f3a  ⠋ running 14m 20s    claude, codex"
        + " " * 16
        + "2/6 phases   $1.20 of $5.00   ! 1"
    )
    assert row1(80) == "todo-app  todo-v2.md  run-7f3a  ⠋ running 14m 20s       2/6  $1.20 of $5.00  ! 1"
    assert row1(60) == "run-7f3a  ⠋ running 14m 20s         2/6  $1.20 of $5.00  ! 1"


def test_fields_go_in_the_order_branch_agents_directory_prd_repository() -> None:
    marks = ["branch prd", "claude, codex", "docs/", "todo-v2.md", "todo-app"]
    gone_at = [max(w for w in range(40, 200) if mark not in row1(w)) for mark in marks]
    assert gone_at == sorted(gone_at, reverse=True)
    assert len(set(gone_at)) == len(marks)


@pytest.mark.parametrize("width", range(50, 131))
def test_state_money_and_waits_stand_at_every_width(width: int) -> None:
    shown = row1(width)
    assert "running 14m 20s" in shown
    assert shown.endswith("! 1")
    assert "$1.20 of $5.00" in shown


def test_nothing_moves_when_the_first_decision_comes_or_goes() -> None:
    state = sample_log().state()
    calm = replace(state, decisions={})
    with_one, without = (plain(header(s, 80, scene(), repo="todo-app")) for s in (state, calm))
    assert with_one[:-3] == without[:-3]
    assert (with_one[-3:], without[-3:]) == ("! 1", "   ")


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_recording_says_so_in_row_1(width: int) -> None:
    shown = row1(width, workers={"implement": WorkerChoice("scripted", label="recording")})
    assert ("recording, no agent" if width > 80 else "recording") in shown
    assert "todo-app" in shown or width == 60


def test_nothing_moves_when_the_state_the_time_the_money_or_the_estimate_changes() -> None:
    plan = PhasePlan("one", "One")
    recorded = {"implement": WorkerChoice("scripted", label="recording")}

    def at(log: Log, width: int, now: float, left: tuple[float, float] | None) -> dict[str, int]:
        shown = plain(header(log.state(), width, scene(now), repo="todo-app", left=left))
        marks = ("todo-app", "run-7f3a", "recording", "branch", "phases", "of $")
        return {mark: shown.find(mark) for mark in marks}

    for width in (80, 120, 200):
        log = started(plan, workers=recorded)
        before = at(log, width, NOW, None)
        log.add(1, events.PhaseStarted("one", "c"), events.StepBegan("one", "implement", 1, 1))
        log.add(2, review(phase="one"))
        assert "needs you" in plain(header(log.state(), width, scene(), repo="todo-app"))
        assert at(log, width, NOW, (540.0, 840.0)) == before
        log.add(3, events.UsageRecorded("one", "implement", 1, 1, 1.25), events.RunPaused(ME, "x"))
        assert at(log, width, NOW + 50_000, (9.0, 40.0)) == before
        log.add(4, events.RunStopped(ME, "x"))
        assert at(log, width, NOW + 50_000, None) == before


def test_only_the_words_of_a_state_stand_out_and_not_the_room_behind_them() -> None:
    log = started(PhasePlan("one", "One")).add(1, events.PhaseStarted("one", "c"))
    line = header(log.add(2, review(phase="one")).state(), 120, scene(), repo="todo-app")
    looks = [span.text for span in line if span.token == "needs-you"]
    assert " needs you 14m 20s" in looks and not any(text.endswith(" ") for text in looks)


def test_the_name_of_the_repository_is_cut_before_it_goes() -> None:
    def shown(width: int) -> str:
        line = header(sample_log().state(), width, scene(), repo="a-repository-of-some-length", left=LEFT)
        check_widths([line], width)
        return plain(line)

    assert "a-repository-of-some-length  run-7f3a" in shown(90)
    assert shown(76).startswith("a-repository-of-so…  run-7f3a")
    assert shown(60).startswith("run-7f3a")


def test_a_run_whose_phases_are_all_paused_is_paused() -> None:
    log = started(PhasePlan("one", "One"), PhasePlan("two", "Two", deps=("one",))).add(
        1, events.PhaseStarted("one", "c")
    )
    assert "running" in plain(header(log.state(), 80, scene(), repo="todo-app"))
    log.add(2, events.PhasePaused("one", ME, "paused by ada"))
    assert "║ paused" in plain(header(log.state(), 80, scene(), repo="todo-app"))
    log.add(3, events.StepBegan("one", "implement", 1, 1), events.EffectIntended("one", "k", "turn", {}))
    assert "pausing" in plain(header(log.state(), 80, scene(), repo="todo-app"))


def test_words_of_a_lost_engine_stand_in_place_of_the_state() -> None:
    state = sample_log().state()
    silent = plain(header(state, 80, scene(), repo="todo-app", connection=Connection("silent", NOW - 4)))
    assert "engine silent 4s" in silent
    assert "running" not in silent
    for width in (60, 80, 120):
        gone = header(state, width, scene(), repo="todo-app", connection=Connection("gone", NOW - 12))
        check_widths([gone], width)
        assert "engine gone 12s" in plain(gone)
        assert plain(gone).endswith("$1.20 of $5.00  ! 1") or width == 120


@pytest.mark.parametrize(
    ("event", "words", "token"),
    [
        (events.RunPaused(ME, "paused by ada"), "⠋ pausing 14m 20s", "running"),
        (events.RunEnded("failed", "x"), "✗ failed 14m 10s", "fail"),
        (events.RunEnded("done", ""), "✓ done 14m 10s", "ok"),
        (events.RunStopped(ME, "x"), "■ stopped 14m 10s", "fail"),
    ],
)
def test_every_state_of_a_run_has_its_word_and_sign(event: events.Event, words: str, token: str) -> None:
    line = header(sample_log().add(850, event).state(), 80, scene(), repo="todo-app")
    assert words in plain(line)
    assert token in {span.token for span in line if span.text.strip() in words.split()}


def test_money_follows_what_is_limited_and_what_is_known() -> None:
    assert "264k of 1.0M tok" not in row1(120)
    assert " of 1.0M tok" in row1(120, allowance=Allowance(tokens=1_000_000))
    raised = sample_log(allowance=Allowance(tokens=1_000_000)).add(800, events.BudgetRaised(ME))
    assert " of 2.0M tok" in plain(header(raised.state(), 120, scene(), repo="r"))
    assert "4 of 10 turns" in row1(120, allowance=Allowance(turns=10))
    log = sample_log().add(800, events.UsageRecorded("tags", "implement", 1, 1, None))
    assert "$1.20+? of $5.00" in plain(header(log.state(), 80, scene(), repo="todo-app"))


def test_without_a_run_it_says_so() -> None:
    assert plain(header(RunState(), 60, scene(), repo="todo-app")).rstrip() == "todo-app  opening the run"


def test_ascii_and_stillness() -> None:
    state = sample_log().state()
    assert plain(header(state, 80, scene(ascii=True), repo="r")).isascii()
    turning = {
        plain(header(state, 80, scene(NOW + n), repo="r"))[24:60].split("running")[0] for n in range(4)
    }
    still = {
        plain(header(state, 80, scene(NOW + n, motion=False), repo="r")).split("running")[0] for n in range(4)
    }
    assert len(turning) == 4
    assert len(still) == 1 and "●" in still.pop()


def test_a_paused_run_says_so_when_its_turns_are_over() -> None:
    log = sample_log().add(840, events.RunPaused(ME, "paused by ada"))
    assert "⠋ pausing 14m 20s" in plain(header(log.state(), 200, scene(), repo="todo-app"))
    log.add(850, events.EffectDone("due-dates", "due-dates/implement/2.1/turn", {}))
    shown = plain(header(log.state(), 200, scene(), repo="todo-app"))
    assert "║ paused 14m 20s" in shown


def test_what_was_spent_is_not_known_before_a_turn_told_it() -> None:
    assert spent_of(started().state()) == "- of $5.00"
    free = started(allowance=Allowance(tokens=1000))
    assert spent_of(free.state()) == "- of 1.0k tok"
    assert (
        spent_of(free.add(1, events.UsageRecorded("tags", "implement", 0, 0, None)).state())
        == "? of 1.0k tok"
    )


def test_row_1_shows_the_limit_at_which_the_run_asks() -> None:
    allowance = Allowance(usd=10.0, tokens=100_000, turns=20)

    def told(usd: float | None, tokens: int) -> str:
        log = started(allowance=allowance)
        log.add(1, *(events.UsageRecorded("tags", "implement", tokens // 4, 0, usd) for _ in range(4)))
        row = plain(header(log.state(), 120, scene(), repo="todo"))
        return row.rpartition("phases")[2].strip()

    assert told(0.5, 40_000) == "$2.00 of $10.00"
    assert told(0.5, 90_000) == "90k of 100k tok"
    assert told(None, 40_000) == "40k of 100k tok"
    assert told(None, 0) == "4 of 20 turns"
    assert spent_of(started(allowance=allowance).state()) == "- of $10.00"
