"""How the budget changes."""

from __future__ import annotations

from dataclasses import replace

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.state import RunState, Spent


def _used(state: RunState, event: events.UsageRecorded, at: float) -> RunState:
    budget = state.budget
    phases = {**budget.phases, event.phase: _more(budget.phases.get(event.phase, Spent()), event)}
    return replace(state, budget=replace(budget, spent=_more(budget.spent, event), phases=phases))


def _more(spent: Spent, event: events.UsageRecorded) -> Spent:
    return Spent(
        turns=spent.turns + 1,
        tokens=spent.tokens + event.input_tokens + event.output_tokens,
        usd=spent.usd + (event.usd or 0.0),
        unpriced=spent.unpriced + (event.usd is None),
    )


def _raised(state: RunState, event: events.BudgetRaised, at: float) -> RunState:
    return replace(state, budget=replace(state.budget, raised=state.budget.raised + 1))


EVOLVERS = {events.UsageRecorded: _used, events.BudgetRaised: _raised}
