"""How a decision changes."""

from __future__ import annotations

from dataclasses import replace

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.state import Decision, Grant, RunState


def _opened(state: RunState, event: events.DecisionOpened, at: float) -> RunState:
    decision = Decision(
        id=event.id,
        kind=event.kind,
        subject=event.subject,
        phase=event.phase,
        step=event.step,
        iteration=event.iteration,
        title=event.title,
        content_hash=event.content_hash,
        opened_at=at,
        facts=event.facts,
        verbs=event.verbs,
        person_only=event.person_only,
        timeout=event.timeout,
        on_timeout=event.on_timeout,
    )
    return replace(state, decisions={**state.decisions, decision.id: decision})


def _made(state: RunState, event: events.DecisionMade, at: float) -> RunState:
    decision = state.decisions[event.id]
    made = replace(decision, status=event.status, by=event.by, reason=event.reason, decided_at=at)
    return replace(state, decisions={**state.decisions, event.id: made})


def _granted(state: RunState, event: events.PermissionGranted, at: float) -> RunState:
    grant = Grant(event.decision, event.phase, event.kind, event.parts)
    return replace(state, grants=(*state.grants, grant))


def _expired(state: RunState, event: events.DecisionExpired, at: float) -> RunState:
    decision = replace(state.decisions[event.id], timeout=None)
    return replace(state, decisions={**state.decisions, event.id: decision})


def _withdrawn(state: RunState, event: events.DecisionWithdrawn, at: float) -> RunState:
    decision = state.decisions[event.id]
    gone = replace(decision, status="withdrawn", reason=event.reason, decided_at=at)
    return replace(state, decisions={**state.decisions, event.id: gone})


EVOLVERS = {
    events.DecisionOpened: _opened,
    events.DecisionMade: _made,
    events.PermissionGranted: _granted,
    events.DecisionExpired: _expired,
    events.DecisionWithdrawn: _withdrawn,
}
