"""How the budget changes."""

from __future__ import annotations

from dataclasses import replace

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.state import RunState


def _used(state: RunState, event: events.UsageRecorded, at: float) -> RunState:
    budget = state.budget
    used = replace(
        budget,
        turns=budget.turns + 1,
        input_tokens=budget.input_tokens + event.input_tokens,
        output_tokens=budget.output_tokens + event.output_tokens,
        usd=budget.usd + (event.usd or 0.0),
        unpriced=budget.unpriced + (event.usd is None),
    )
    return replace(state, budget=used)


def _raised(state: RunState, event: events.BudgetRaised, at: float) -> RunState:
    return replace(state, budget=replace(state.budget, raised=state.budget.raised + 1))


EVOLVERS = {events.UsageRecorded: _used, events.BudgetRaised: _raised}
