"""How the run changes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.state import Phase, Run, RunState


def _started(state: RunState, event: events.RunStarted, at: float) -> RunState:
    run = Run(
        id=event.run,
        prd=event.prd,
        prd_sha256=event.prd_sha256,
        head=event.head,
        take_along=event.take_along,
        branch=event.branch,
        settings=event.settings,
        started_at=at,
        author=event.settings.author,
    )
    limit = event.settings.max_iterations
    return replace(state, run=run, phases={p.id: Phase(p, iteration_limit=limit) for p in event.phases})


def _changed(state: RunState, **changes: Any) -> RunState:
    assert state.run is not None
    return replace(state, run=replace(state.run, **changes))


def _based(state: RunState, event: events.BaseTaken, at: float) -> RunState:
    return _changed(state, base=event.commit, tip=event.commit)


def _paused(state: RunState, event: events.RunPaused, at: float) -> RunState:
    return _changed(state, status="paused", reason=event.reason)


def _resumed(state: RunState, event: events.RunResumed, at: float) -> RunState:
    return _changed(state, status="running", reason="")


def _stopped(state: RunState, event: events.RunStopped, at: float) -> RunState:
    return _changed(state, status="stopped", reason=event.reason, ended_at=at)


def _reopened(state: RunState, event: events.RunReopened, at: float) -> RunState:
    return _changed(state, status="running", reason="", ended_at=None)


def _ended(state: RunState, event: events.RunEnded, at: float) -> RunState:
    return _changed(state, status=event.outcome, reason=event.reason, ended_at=at)


def _published(state: RunState, event: events.RunPublished, at: float) -> RunState:
    return _changed(state, published=event.commit)


def _author(state: RunState, event: events.AuthorNamed, at: float) -> RunState:
    return _changed(state, author=event.author)


EVOLVERS = {
    events.RunStarted: _started,
    events.BaseTaken: _based,
    events.RunPaused: _paused,
    events.RunResumed: _resumed,
    events.RunStopped: _stopped,
    events.RunReopened: _reopened,
    events.RunEnded: _ended,
    events.RunPublished: _published,
    events.AuthorNamed: _author,
}
