"""How the budget changes."""

from __future__ import annotations

from dataclasses import replace

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.evolve.phase import with_phase
from prdrunner_tui.kernel.state import RunState, Spent, Used
from prdrunner_tui.kernel.values import LARGEST


def _used(state: RunState, event: events.UsageRecorded, at: float) -> RunState:
    budget = state.budget
    phases = {**budget.phases, event.phase: _more(budget.phases.get(event.phase, Spent()), event)}
    days = {**budget.days, event.day: _more(budget.days.get(event.day, Spent()), event)}
    spent = _more(budget.spent, event)
    return _booked(replace(state, budget=replace(budget, spent=spent, phases=phases, days=days)), event)


def _booked(state: RunState, event: events.UsageRecorded) -> RunState:
    """The turn that has just ended keeps what was booked for it."""
    phase = state.phases.get(event.phase)
    if phase is None or phase.last is None:
        return state
    over = [e for e in phase.last.effects if e.kind == "turn" and e.status != "intended" and e.used is None]
    if not over:
        return state
    used = Used(event.input_tokens, event.output_tokens, event.usd, event.covers)
    effects = tuple(replace(e, used=used) if e is over[-1] else e for e in phase.last.effects)
    steps = (*phase.steps[:-1], replace(phase.last, effects=effects))
    return with_phase(state, phase.id, steps=steps)


def _more(spent: Spent, event: events.UsageRecorded) -> Spent:
    return Spent(
        turns=spent.turns + 1,
        tokens=min(LARGEST, spent.tokens + event.input_tokens + event.output_tokens),
        usd=spent.usd + (event.usd or 0.0),
        unpriced=spent.unpriced + (event.usd is None),
        reserved=spent.reserved + event.reserve,
        seconds=spent.seconds + event.seconds,
    )


def _raised(state: RunState, event: events.BudgetRaised, at: float) -> RunState:
    name = f"{event.scope}/{event.what}" if event.what else event.scope
    raised = {**state.budget.raised, name: state.budget.raised.get(name, 0) + 1}
    return replace(state, budget=replace(state.budget, raised=raised))


def _warned(state: RunState, event: events.BudgetWarned, at: float) -> RunState:
    return replace(state, budget=replace(state.budget, warned=(*state.budget.warned, event.limit)))


def _counted(state: RunState, event: events.DayCounted, at: float) -> RunState:
    return replace(state, budget=replace(state.budget, day=event.day, others=event.others))


EVOLVERS = {
    events.UsageRecorded: _used,
    events.BudgetRaised: _raised,
    events.BudgetWarned: _warned,
    events.DayCounted: _counted,
}
