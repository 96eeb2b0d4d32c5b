"""What must be true of every event, whatever commands led to it: I2, I3 and I10 of the reliability catalogue."""

from __future__ import annotations

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.state import PHASE_ENDED, RUN_ENDED, Phase, RunState
from prdrunner_tui.kernel.subjects import review_hash, review_subject


def check_event(before: RunState, recorded: Recorded, after: RunState) -> None:
    """Assert what one event may do to a state."""
    event = recorded.event
    match event:
        case events.CommitMade():
            _commit(before, event)
        case events.RunPublished():
            assert before.run is not None
            assert event.commit in _committed(before), "only what was committed is published"
        case events.DecisionMade():
            decision = before.decisions[event.id]
            assert decision.status == "open", "a decision is made once"
            assert event.by.kind == "person" or not decision.person_only, "no policy gets past a person"
        case events.StepBegan():
            _step_began(before.phases[event.phase], event)
        case events.EffectIntended():
            assert event.key not in {effect.key for effect in before.effects()}, "each intent has its own key"
        case events.CheckpointTaken():
            assert event.id not in before.checkpoints, "a checkpoint is never replaced"
        case _:
            pass
    _terminal(before, event, after)
    _grows(before, after)


def check_state(state: RunState) -> None:
    """Assert what is true of every state."""
    for phase in state.phases.values():
        under_way = [e.key for step in phase.steps for e in step.effects if e.status == "intended"]
        assert len(under_way) <= 1, f"two effects of {phase.id} are under way: {under_way}"
        running = [step.name for step in phase.steps if step.status == "running"]
        assert len(running) <= 1, f"two steps of {phase.id} are running: {running}"
        assert not running or (phase.last is not None and phase.last.status == "running")
        assert phase.status != "done" or phase.commit, f"{phase.id} is done without a commit"
    assert sum(effect.status == "intended" for effect in state.run_effects.values()) <= 1
    if state.run is not None and state.run.status == "done":
        assert all(phase.status in PHASE_ENDED for phase in state.phases.values())


def _commit(before: RunState, event: events.CommitMade) -> None:
    run, phase = before.run, before.phases[event.phase]
    assert run is not None and phase.last is not None
    assert event.parent == run.tip, "history is linear"
    assert event.commit not in _committed(before), "nothing is committed twice"
    decision = before.decision_about(review_subject(event.phase, event.parent, event.tree))
    assert decision is not None and decision.status == "approved", "a commit needs an approval"
    assert decision.content_hash == review_hash(event.parent, event.tree, run.settings)
    assert decision.by is not None and (decision.by.kind == "person" or not decision.person_only)
    assert event.tree in phase.verified, "a commit needs a verified tree"


def _committed(state: RunState) -> set[str]:
    return {phase.commit for phase in state.phases.values() if phase.commit}


def _step_began(phase: Phase, event: events.StepBegan) -> None:
    assert phase.last is None or phase.last.status != "running", "one running step a phase"
    assert event.iteration >= phase.iteration, "iterations only grow"
    known = [s.attempt for s in phase.steps if (s.name, s.iteration) == (event.step, event.iteration)]
    assert event.attempt > max(known, default=0), "attempts only grow"


def _terminal(before: RunState, event: events.Event, after: RunState) -> None:
    if before.run is not None and after.run is not None and before.run.status in RUN_ENDED:
        assert after.run.status == before.run.status or isinstance(event, events.RunReopened)
    for id, phase in before.phases.items():
        if phase.status in PHASE_ENDED:
            assert after.phases[id].status == phase.status or isinstance(event, events.PhaseRetried)
            assert phase.status != "done" or after.phases[id] == phase, "what is committed does not change"


def _grows(before: RunState, after: RunState) -> None:
    for id, phase in before.phases.items():
        kept = max(len(phase.steps) - 1, 0)
        assert after.phases[id].steps[:kept] == phase.steps[:kept], "ended steps do not change"
        assert len(after.phases[id].steps) >= len(phase.steps)
        assert not phase.commit or after.phases[id].commit == phase.commit, "a phase is committed once"
    assert before.decisions.keys() <= after.decisions.keys()
    assert before.run_effects.keys() <= after.run_effects.keys()
