"""How a breakpoint changes."""

from __future__ import annotations

from dataclasses import replace

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.state import Breakpoint, RunState


def _set(state: RunState, event: events.BreakpointSet, at: float) -> RunState:
    point = Breakpoint(event.id, event.when, event.step, event.phase)
    return replace(state, breakpoints={**state.breakpoints, point.id: point})


def _switched(state: RunState, event: events.BreakpointSwitched, at: float) -> RunState:
    point = replace(state.breakpoints[event.id], enabled=event.enabled)
    return replace(state, breakpoints={**state.breakpoints, point.id: point})


def _removed(state: RunState, event: events.BreakpointRemoved, at: float) -> RunState:
    return replace(state, breakpoints={k: v for k, v in state.breakpoints.items() if k != event.id})


def _hit(state: RunState, event: events.BreakpointHit, at: float) -> RunState:
    point = state.breakpoints[event.id]
    return replace(state, breakpoints={**state.breakpoints, point.id: replace(point, hits=point.hits + 1)})


EVOLVERS = {
    events.BreakpointSet: _set,
    events.BreakpointSwitched: _switched,
    events.BreakpointRemoved: _removed,
    events.BreakpointHit: _hit,
}
