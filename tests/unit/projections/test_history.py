"""Estimates: only from history, always a range, less as the run goes on."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import PhasePlan, WorkerChoice
from prdrunner_tui.kernel.state import RunState, Spent
from prdrunner_tui.projections.history import (
    Chain,
    critical_chain,
    earlier_seconds,
    facts_from_json,
    facts_to_json,
    phase_seconds,
    remaining,
    run_facts,
    worked,
)
from prdrunner_tui.projections.metrics import Change
from tests.unit.tui.sample_run import ME, NOW, START, finish, review, sample_log, started


def test_without_history_there_is_no_estimate() -> None:
    state = started().state()
    assert remaining(state, NOW) is None
    assert remaining(state, NOW, earlier=(300.0,)) is not None


def test_a_phase_that_waits_for_a_person_does_not_work() -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "b"))
    log.add(100, review(phase="one")).add(400, events.DecisionMade("d1", "approved", ME))
    state = log.state()
    assert worked(state, state.phases["one"], START + 500) == 200


def test_what_is_left_is_a_range_over_all_phases() -> None:
    log = started(PhasePlan("one", "One"), PhasePlan("two", "Two"), PhasePlan("three", "Three"))
    finish(log, "one", 0, 400, "c1", "+1/-0 in 1 file", 0.1, 1000)
    state = log.state()
    assert phase_seconds(state) == (400.0,)
    assert remaining(state, START + 400) == (2 * 300.0, 2 * 500.0)
    assert remaining(state, START + 400, at_once=2) == (300.0, 500.0)
    assert remaining(state, START + 400, earlier=(100.0,)) == (2 * 75.0, 2 * 500.0)


def test_much_history_is_taken_as_it_is() -> None:
    state = started(PhasePlan("one", "One")).state()
    assert remaining(state, NOW, earlier=(100.0, 200.0, 300.0, 400.0)) == (100.0, 400.0)


def test_of_very_much_history_odd_phases_are_left_out() -> None:
    state = started(PhasePlan("one", "One")).state()
    usual = (100.0, 200.0) * 9
    assert remaining(state, NOW, earlier=(1.0, *usual, 90_000.0)) == (100.0, 200.0)
    assert remaining(state, NOW, earlier=(1.0, *usual[1:], 90_000.0)) == (1.0, 90_000.0)


def test_a_chain_cannot_be_shared_out() -> None:
    state = started(PhasePlan("one", "One"), PhasePlan("two", "Two", deps=("one",))).state()
    took = (100.0, 100.0, 100.0, 200.0)
    assert remaining(state, NOW, earlier=took, at_once=9) == (200.0, 400.0)


def test_it_shrinks_while_a_phase_works_but_never_to_nothing() -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "b"))
    took = (100.0, 100.0, 100.0, 200.0)
    assert remaining(log.state(), START + 50, earlier=took) == (50.0, 150.0)
    assert remaining(log.state(), START + 5000, earlier=took) == (10.0, 20.0)


def test_an_ended_run_has_nothing_left() -> None:
    assert remaining(sample_log().add(900, events.RunStopped(ME, "")).state(), NOW) is None
    assert remaining(sample_log().state(), NOW) is not None


def test_the_critical_chain_is_the_one_that_takes_longest() -> None:
    """Not the one with the most phases: one long phase outweighs two short ones."""
    plans = (
        PhasePlan("long", "L"),
        PhasePlan("after", "A", deps=("long",)),
        PhasePlan("a", "A"),
        PhasePlan("b", "B", deps=("a",)),
        PhasePlan("c", "C", deps=("b",)),
    )
    log = started(*plans)
    finish(log, "long", 0, 1000, "c1", "+1/-0 in 1 file", 0.1, 1000)
    finish(log, "a", 1000, 1010, "c2", "+1/-0 in 1 file", 0.1, 1000)
    finish(log, "b", 1010, 1020, "c3", "+1/-0 in 1 file", 0.1, 1000)
    chain = critical_chain(log.state(), START + 1020)
    assert chain == Chain(("long", "after"), 1000.0, (7.5, 1250.0), 1)


def test_without_history_the_chain_with_the_most_phases_counts() -> None:
    state = started(
        PhasePlan("x", "X"),
        PhasePlan("a", "A"),
        PhasePlan("b", "B", deps=("a",)),
        PhasePlan("y", "Y", deps=("x",)),
        PhasePlan("z", "Z", deps=("y",)),
    ).state()
    assert critical_chain(state, NOW) == Chain(("x", "y", "z"), 0.0, None, 3)


def test_what_is_left_of_the_chain_is_what_remains_of_a_run_that_is_one() -> None:
    state = started(PhasePlan("one", "One"), PhasePlan("two", "Two", deps=("one",))).state()
    took = (100.0, 100.0, 100.0, 200.0)
    assert critical_chain(state, NOW, earlier=took).left == remaining(state, NOW, earlier=took)


def test_a_chain_without_phases() -> None:
    assert critical_chain(RunState(), NOW) == Chain((), 0.0, None, 0)


def test_the_facts_of_a_run_survive_the_way_to_a_front_end() -> None:
    state = sample_log().add(860, events.RunEnded("failed", "x")).state()
    facts = run_facts(state, state.at + 500)
    assert (facts.run, facts.prd, facts.status) == ("run-7f3a", "docs/todo-v2.md", "failed")
    assert (facts.done, facts.phases, facts.started_at, facts.seconds) == (2, 6, START, 860)
    assert facts.took == phase_seconds(state) and len(facts.took) == 2
    assert facts.spent == Spent(4, 371_500, 1.2, 0) and facts.change == Change(13, 420, 54)
    assert not facts.recorded
    answer = json.loads(json.dumps(facts_to_json([facts, facts])))
    assert facts_from_json(answer) == (facts, facts)


@pytest.mark.parametrize("answer", [None, [], {}, {"runs": 3}, {"runs": [{"run": "x"}]}, {"runs": [None]}])
def test_an_answer_of_another_kind_is_no_history(answer: object) -> None:
    assert facts_from_json(answer) == ()


def test_a_recording_tells_nothing_of_agents() -> None:
    agent = sample_log().state()
    assert agent.run is not None
    settings = replace(agent.run.settings, workers={"implement": WorkerChoice("scripted")})
    recording = replace(agent, run=replace(agent.run, settings=settings))
    of_agent, of_recording = run_facts(agent, NOW), replace(run_facts(recording, NOW), took=(1.0, 2.0))
    assert of_recording.recorded
    assert earlier_seconds((of_agent, of_recording), agent) == of_agent.took
    assert earlier_seconds((of_agent, of_recording), recording) == (1.0, 2.0)
    assert earlier_seconds((of_agent,), RunState()) == of_agent.took


def test_of_a_run_that_is_paused_nobody_knows_when_it_ends() -> None:
    log = started()
    assert remaining(log.state(), NOW, earlier=(300.0,)) is not None
    assert remaining(log.add(1, events.RunPaused(ME, "x")).state(), NOW, earlier=(300.0,)) is None
