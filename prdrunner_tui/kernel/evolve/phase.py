"""How a phase changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.state import RunState


def with_phase(state: RunState, phase: str, **changes: Any) -> RunState:
    """The state with some fields of one phase replaced."""
    return replace(state, phases={**state.phases, phase: replace(state.phases[phase], **changes)})


def _started(state: RunState, event: events.PhaseStarted, at: float) -> RunState:
    return with_phase(state, event.phase, status="running", base=event.base, started_at=at)


def _paused(state: RunState, event: events.PhasePaused, at: float) -> RunState:
    return with_phase(state, event.phase, status="paused", reason=event.reason)


def _resumed(state: RunState, event: events.PhaseResumed, at: float) -> RunState:
    return with_phase(state, event.phase, status="running", reason="")


def _stopping(state: RunState, event: events.PhaseStopping, at: float) -> RunState:
    return with_phase(state, event.phase, stopping=event.reason)


def _ended(state: RunState, event: events.PhaseEnded, at: float) -> RunState:
    return with_phase(state, event.phase, status=event.outcome, reason=event.reason, stopping="", ended_at=at)


def _retried(state: RunState, event: events.PhaseRetried, at: float) -> RunState:
    taken_up = {"fresh_from": len(state.phases[event.phase].steps), "guidance": event.guidance}
    return with_phase(state, event.phase, status="running", reason="", ended_at=None, **taken_up)


def _extended(state: RunState, event: events.IterationsExtended, at: float) -> RunState:
    return with_phase(state, event.phase, iteration_limit=event.limit)


def _imported(state: RunState, event: events.TreeImported, at: float) -> RunState:
    return with_phase(state, event.phase, tree=event.tree)


def _verified(state: RunState, event: events.TreeVerified, at: float) -> RunState:
    verified = {**state.phases[event.phase].verified, event.tree: event.how}
    return with_phase(state, event.phase, verified=verified)


def _committed(state: RunState, event: events.CommitMade, at: float) -> RunState:
    run = state.run
    assert run is not None
    return replace(with_phase(state, event.phase, commit=event.commit), run=replace(run, tip=event.commit))


EVOLVERS = {
    events.PhaseStarted: _started,
    events.PhasePaused: _paused,
    events.PhaseResumed: _resumed,
    events.PhaseStopping: _stopping,
    events.PhaseEnded: _ended,
    events.PhaseRetried: _retried,
    events.IterationsExtended: _extended,
    events.TreeImported: _imported,
    events.TreeVerified: _verified,
    events.CommitMade: _committed,
}
