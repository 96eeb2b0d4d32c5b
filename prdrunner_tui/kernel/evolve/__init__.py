"""``evolve(state, recorded)``: the state after an event. One module an aggregate; each event has exactly one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.evolve import breakpoint, budget, checkpoint, decision, message, phase, run, step
from prdrunner_tui.kernel.state import RunState

MODULES = (run, phase, step, decision, message, breakpoint, checkpoint, budget)
_EVOLVERS: Mapping[type, Callable[[RunState, Any, float], RunState]] = {
    kind: evolver for module in MODULES for kind, evolver in module.EVOLVERS.items()
}


def evolve(state: RunState, recorded: Recorded) -> RunState:
    """The state after ``recorded``, which must be the next event.

    Raises:
        ValueError: its number is not the one after the state's.
    """
    if recorded.seq != state.seq + 1:
        raise ValueError(f"event {recorded.seq} after event {state.seq}")
    after = _EVOLVERS[type(recorded.event)](state, recorded.event, recorded.at)
    return replace(after, seq=recorded.seq, at=recorded.at)


def fold(log: Iterable[Recorded], state: RunState | None = None) -> RunState:
    """The state after all of ``log``."""
    state = state or RunState()
    for recorded in log:
        state = evolve(state, recorded)
    return state
