"""What becomes of commands on the budget."""

from __future__ import annotations

from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.decide.guards import live_run
from prdrunner_tui.kernel.state import RunState


def _raise(state: RunState, command: commands.RaiseBudget) -> list[events.Event] | Refusal:
    run = live_run(state)
    if isinstance(run, Refusal):
        return run
    if command.by.kind != "person":
        return Refusal("denied", "only a person raises a budget")
    return [events.BudgetRaised(command.by)]


DECIDERS = {commands.RaiseBudget: _raise}
