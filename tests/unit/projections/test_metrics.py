"""The numbers of a run, folded from its state."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import Allowance, PhasePlan
from prdrunner_tui.kernel.state import Actor
from prdrunner_tui.projections.metrics import (
    Change,
    Use,
    change_in,
    metrics,
    per_minute,
    phase_change,
    step_worked,
    waited,
)
from prdrunner_tui.projections.snapshot import snapshot
from tests.unit.tui.sample_run import ME, NOW, START, Log, review, sample_log, started


def test_the_sums_of_the_sample_run() -> None:
    told = metrics(sample_log().state(), NOW)
    assert (told.done, told.phases, told.wall, told.commits) == (2, 6, 860.0, 2)
    assert told.times.agent == 186 + 84 + 97 + (860 - 710) + 9
    assert told.times.checks == 10 + 10 + 12
    assert told.times.you == 130
    assert told.spent.usd == pytest.approx(1.20)
    assert (told.input, told.output) == (130_300 + 44_000 + 100_000 + 90_000, 100 + 100 + 5_000 + 2_000)
    assert told.change == Change(13, 420, 54)
    assert told.usd_allowed == 5.0
    tests = told.tests
    assert (tests.runs, tests.red, tests.passing, tests.failing) == (3, 1, 56, 2)
    assert [row.wall for row in told.by_phase] == [372.0, 168.0, 320.0, 149.0, None, None]
    by_step = dict(told.by_step)
    assert by_step["implement"] == 186 + 84 + 97 + 150 + 9
    assert by_step["commit"] == (372 - 196) + (540 - 466) + 1, "the wait for the review of tags is not in it"


def test_waits_at_the_same_time_count_once_and_policies_wait_for_nobody() -> None:
    log = started()
    log.add(100, review(id="d1"), review(id="d2", subject="s2"), review(id="d3", subject="s3"))
    log.add(150, events.DecisionMade("d1", "approved", ME))
    log.add(
        200,
        events.DecisionMade("d2", "approved", ME),
        events.DecisionMade("d3", "approved", Actor("policy", "x")),
    )
    log.add(300, review(id="d4", subject="s4"))
    assert waited(log.state().decisions.values(), START + 310) == 110


def asked(kind: str) -> Log:
    """A turn of 100 seconds in which a decision waited for 40."""
    log = started().add(
        0, events.PhaseStarted("storage", "b"), events.StepBegan("storage", "implement", 1, 1)
    )
    log.add(0, events.EffectIntended("storage", "k", "turn"))
    log.add(20, events.DecisionOpened("d1", kind, "s", "storage", "implement", 1, "t", "h"))  # type: ignore[arg-type]
    log.add(60, events.DecisionMade("d1", "answered", ME, "yes"))
    return log.add(100, events.EffectDone("storage", "k", {}))


def test_an_agent_that_waits_for_an_answer_does_not_work() -> None:
    assert metrics(asked("question").state(), START + 100).times.agent == 60
    assert metrics(asked("review").state(), START + 100).times.agent == 100


def test_tokens_are_told_apart_only_when_every_turn_told_them() -> None:
    told = metrics(asked("review").state(), START + 100)
    assert (told.input, told.output) == (None, None)


def test_a_raised_allowance_counts() -> None:
    log = started(allowance=Allowance(usd=2.0)).add(1, events.BudgetRaised(ME))
    assert metrics(log.state(), NOW).usd_allowed == 4.0


def test_time_stands_still_once_the_run_ended() -> None:
    log = sample_log().add(850, events.RunStopped(ME, "enough"))
    assert metrics(log.state(), NOW + 10_000) == metrics(log.state(), NOW)
    assert metrics(log.state(), NOW).wall == 850


def test_a_trimmed_snapshot_has_the_same_times_and_lines() -> None:
    state = sample_log().state()
    trimmed = snapshot(state, 1)
    before, after = metrics(state, NOW), metrics(trimmed, NOW)
    assert (after.times, after.change, after.spent, after.wall) == (
        before.times,
        before.change,
        before.spent,
        before.wall,
    )


@pytest.mark.parametrize(
    ("verdict", "reason", "ran", "expected"),
    [
        ("green", "exit 0, Ran 14 tests: OK", 14, (14, 0)),
        ("red", "exit 1: Ran 7 tests: FAILED (failures=1, errors=2)", 7, (4, 3)),
        ("red", "exit 1: 2 failed, 1 error, 56 passed in 2s", 59, (56, 3)),
        ("red", "exit 2", None, (None, None)),
    ],
)
def test_what_passes_and_fails_is_read_from_the_newest_run(
    verdict: str, reason: str, ran: int | None, expected: tuple[int | None, int | None]
) -> None:
    log = started().add(0, events.PhaseStarted("storage", "b"), events.StepBegan("storage", "verify", 1, 1))
    checks = [{"name": "test", "verdict": verdict, "reason": reason, "ran": ran}]
    log.effect("storage", 1, 2, "verify", "k", {"verdict": verdict, "summary": reason, "checks": checks})
    tests = metrics(log.state(), NOW).tests
    assert (tests.passing, tests.failing) == expected


def test_the_change_of_a_phase_is_that_of_its_newest_step_that_tells() -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "b"))
    assert phase_change(log.state().phases["one"]) is None
    log.add(1, events.StepBegan("one", "implement", 1, 1), events.StepEnded("one", "ok", "+1/-0 in 1 file"))
    log.add(2, events.StepBegan("one", "implement", 2, 1)).effect(
        "one", 2, 3, "import", "k", {"summary": "+1,002/-3 in 2 files"}
    )
    assert phase_change(log.state().phases["one"]) == Change(2, 1002, 3)
    assert change_in("exit 1: 2 failed") is None


def test_what_a_turn_used_is_spread_over_its_minutes() -> None:
    use = Use(0.0, 120.0, 600, 0.6)
    assert per_minute([use], 180.0, 3) == pytest.approx([300, 300, 0])
    assert per_minute([use], 180.0, 3, money=True) == pytest.approx([0.3, 0.3, 0])
    assert per_minute([Use(90.0, 90.0, 50, None)], 180.0, 3) == pytest.approx([0, 50, 0])


@given(st.lists(st.tuples(st.floats(0, 500), st.floats(0, 300), st.integers(0, 10_000)), max_size=6))
def test_no_token_is_lost_or_counted_twice(uses: list[tuple[float, float, int]]) -> None:
    made = [Use(begin, begin + length, tokens, None) for begin, length, tokens in uses]
    assert sum(per_minute(made, 900.0, 15)) == pytest.approx(sum(use.tokens for use in made))


def test_a_file_of_several_phases_is_one_file() -> None:
    log = started(PhasePlan("one", "One"), PhasePlan("two", "Two"), PhasePlan("three", "Three"))
    both: list[object] = [["M", "a.py", 1, 0], ["A", "b.py", 1, 1]]
    for at, phase, files in ((0, "one", both), (10, "two", both[1:]), (20, "three", ["a.py"])):
        log.add(at, events.PhaseStarted(phase, "b"), events.StepBegan(phase, "implement", 1, 1))
        told = {"summary": f"+2/-1 in {len(files)} files", "files": files}
        log.effect(phase, at + 1, at + 2, "import", f"{phase}/import", told)
        log.add(at + 3, events.StepEnded(phase, "ok", "+2/-1 in 2 files"))
    told = metrics(log.state(), NOW)
    assert (told.change, told.files_sure) == (Change(2, 6, 3), True)
    without_paths = metrics(snapshot(log.state(), 100), NOW)
    assert (without_paths.change, without_paths.files_sure) == (Change(6, 6, 3), False)


def test_the_wait_at_a_gate_is_not_the_time_of_its_step() -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "b"))
    log.add(0, events.StepBegan("one", "implement", 1, 1), review(phase="one", step="implement"))
    log.add(100, events.DecisionMade("d1", "approved", ME)).add(130, events.StepEnded("one", "ok", ""))
    state = log.state()
    assert dict(metrics(state, NOW).by_step) == {"implement": 30}
    assert step_worked(state.decisions.values(), state.phases["one"].steps[0], NOW) == 30
