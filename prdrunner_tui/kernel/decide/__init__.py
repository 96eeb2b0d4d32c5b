"""``decide(state, command)``: events, or the reason why not. One module an aggregate; each command has exactly one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from prdrunner_tui.kernel.commands import Command, Refusal
from prdrunner_tui.kernel.decide import breakpoint, budget, checkpoint, decision, message, phase, run, step
from prdrunner_tui.kernel.events import Event
from prdrunner_tui.kernel.state import RunState

Answer = list[Event] | Refusal
MODULES = (run, phase, step, decision, message, breakpoint, checkpoint, budget)
_DECIDERS: Mapping[type, Callable[[RunState, Any], Answer]] = {
    kind: decider for module in MODULES for kind, decider in module.DECIDERS.items()
}


def decide(state: RunState, command: Command) -> Answer:
    """The events that ``command`` causes in ``state``, in order, or a refusal; a refusal changes nothing."""
    return _DECIDERS[type(command)](state, command)
