"""What becomes of commands on breakpoints."""

from __future__ import annotations

from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.decide.guards import known_phase, live_run
from prdrunner_tui.kernel.settings import STEPS
from prdrunner_tui.kernel.state import PHASE_ENDED, RunState

Answer = list[events.Event] | Refusal


def _set(state: RunState, command: commands.SetBreakpoint) -> Answer:
    if command.step not in STEPS:
        return Refusal("unknown", f"no step {command.step}", f"the steps are {', '.join(STEPS)}")
    if isinstance(run := live_run(state), Refusal):
        return run
    if command.phase:
        phase = known_phase(state, command.phase)
        if isinstance(phase, Refusal):
            return phase
        if phase.status in PHASE_ENDED:
            return Refusal("not_now", f"{phase.id} is {phase.status}: it stops nowhere")
    for point in state.breakpoints.values():
        if (point.when, point.step, point.phase) == (command.when, command.step, command.phase):
            return Refusal("already", f"{point.id} stops there")
    number = 1 + max((int(id[1:]) for id in state.breakpoints), default=0)
    return [events.BreakpointSet(f"b{number}", command.when, command.step, command.phase)]


def _switch(state: RunState, command: commands.SwitchBreakpoint) -> Answer:
    point = state.breakpoints.get(command.id)
    if point is None:
        return Refusal("unknown", f"no breakpoint {command.id}")
    if point.enabled == command.enabled:
        return Refusal("already", f"{command.id} is {'on' if point.enabled else 'off'}")
    return [events.BreakpointSwitched(command.id, command.enabled)]


def _remove(state: RunState, command: commands.RemoveBreakpoint) -> Answer:
    if command.id not in state.breakpoints:
        return Refusal("unknown", f"no breakpoint {command.id}")
    return [events.BreakpointRemoved(command.id)]


DECIDERS = {
    commands.SetBreakpoint: _set,
    commands.SwitchBreakpoint: _switch,
    commands.RemoveBreakpoint: _remove,
}
