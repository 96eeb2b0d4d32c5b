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
    scope, _, about = command.scope.partition("/")
    known = {"run": not about, "phase": about in state.phases, "day": bool(about)}
    if not known.get(scope, False):
        return Refusal(
            "unknown", f"nothing is limited by {command.scope[:60]}", "it is run, phase/ID or day/DAY"
        )
    answered = [
        events.DecisionWithdrawn(decision.id, "the budget was raised")
        for decision in state.open_decisions()
        if decision.kind == "budget" and decision.facts.get("scope") == command.scope
    ]
    return [events.BudgetRaised(command.by, command.scope), *answered]


def _warn(state: RunState, command: commands.WarnBudget) -> list[events.Event] | Refusal:
    if command.limit in state.budget.warned:
        return Refusal("already", f"{command.limit} was told of")
    return [events.BudgetWarned(command.limit, command.scope, command.what, command.used, command.of)]


def _count(state: RunState, command: commands.CountDay) -> list[events.Event] | Refusal:
    """The day, and the end of what was asked about another one."""
    if (state.budget.day, state.budget.others) == (command.day, command.others):
        return Refusal("already", f"{command.day} is counted")
    over = [
        events.DecisionWithdrawn(decision.id, f"a new day, {command.day}")
        for decision in state.open_decisions()
        if decision.kind == "budget"
        and str(decision.facts.get("scope", "")).startswith("day/")
        and decision.facts.get("scope") != f"day/{command.day}"
    ]
    return [events.DayCounted(command.day, command.others), *over]


DECIDERS = {commands.RaiseBudget: _raise, commands.WarnBudget: _warn, commands.CountDay: _count}
