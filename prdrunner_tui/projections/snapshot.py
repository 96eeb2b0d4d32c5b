"""A run's state made small enough to hand to a screen: what ended loses its bulk first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from prdrunner_tui.kernel.codec import canonical
from prdrunner_tui.kernel.state import Decision, Effect, Phase, RunState, Step
from prdrunner_tui.kernel.values import to_json

_CUT = 400


def snapshot(state: RunState, limit: int) -> RunState:
    """``state`` with texts and results of ended things left out as far as needed to fit ``limit`` bytes of JSON.

    Events fold on it as on the whole state.
    """
    for trim in (_ended_effects, _long_texts, _old_steps, _old_decisions, _open_decisions):
        if len(canonical(to_json(state))) <= limit:
            return state
        state = trim(state)
    return state


def _each_step(state: RunState, change: Callable[[Step], Step]) -> RunState:
    def changed(phase: Phase) -> Phase:
        return replace(phase, steps=tuple(change(s) if s.status != "running" else s for s in phase.steps))

    return replace(state, phases={id: changed(phase) for id, phase in state.phases.items()})


def _ended_effects(state: RunState) -> RunState:
    def bare(effect: Effect) -> Effect:
        return replace(effect, args={}, result={})

    return _each_step(state, lambda step: replace(step, effects=tuple(map(bare, step.effects))))


def _long_texts(state: RunState) -> RunState:
    def short(step: Step) -> Step:
        words = tuple(replace(f, text=f.text[:_CUT]) for f in step.feedback)
        return replace(step, evidence=step.evidence[:_CUT], feedback=words)

    phases = {
        id: replace(phase, plan=replace(phase.plan, description=phase.plan.description[:_CUT]))
        for id, phase in state.phases.items()
    }
    return _each_step(replace(state, phases=phases), short)


def _old_steps(state: RunState) -> RunState:
    return replace(state, phases={id: replace(p, steps=p.steps[-6:]) for id, p in state.phases.items()})


def _old_decisions(state: RunState) -> RunState:
    def bare(decision: Decision) -> Decision:
        return decision if decision.status == "open" else replace(decision, facts={})

    return replace(state, decisions={id: bare(decision) for id, decision in state.decisions.items()})


def _open_decisions(state: RunState) -> RunState:
    """Texts of what waits, cut: who decides sees that there is more."""

    def cut(value: Any) -> Any:
        if isinstance(value, str):
            return value if len(value) <= _CUT else f"{value[:_CUT]} […]"
        if isinstance(value, list | tuple):
            return [cut(item) for item in value[:_CUT]]
        return {key: cut(item) for key, item in value.items()} if isinstance(value, Mapping) else value

    return replace(state, decisions={id: replace(d, facts=cut(d.facts)) for id, d in state.decisions.items()})
