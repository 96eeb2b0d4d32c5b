"""Estimates: only from history, always a range, less as the run goes on."""

from __future__ import annotations

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.projections.history import phase_seconds, remaining, worked
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
