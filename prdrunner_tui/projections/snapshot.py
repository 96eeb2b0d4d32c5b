"""A run's state made small enough to hand to a screen: what ended loses its bulk first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from prdrunner_tui.kernel.codec import canonical
from prdrunner_tui.kernel.state import Decision, Effect, Message, Phase, RunState, Step
from prdrunner_tui.kernel.values import from_json, to_json
from prdrunner_tui.text.cut import CUT

_CUT, _SHORT, _STUMP = 400, 80, 24
"""Characters that are left of a text, the first time that it is cut and later."""

_ENTRIES, _FEW = 400, 5
"""Entries that are left of a list in the facts of a decision."""

_KEPT = 200
"""Decisions and messages of the past that are left."""

_OVER = 3
"""How far over the limit a state may stay for the sake of what a person sees of it."""


def snapshot(state: RunState, limit: int) -> RunState:
    """``state`` with texts and results of ended things left out as far as needed to fit ``limit`` bytes of JSON.

    What waits for a person keeps the beginning of its texts, and ended decisions stay, up to three times the limit;
    beyond it they go too, so that a state fits whatever agents asked. Events fold on it as on the whole state.
    """
    for trim in (_ended_effects, _long_texts, _old_steps, _old_decisions, _open_decisions, _messages):
        if _size(state) <= limit:
            return state
        state = trim(state)
    for trim in (_last_decisions, _few_facts, _last_messages, _every_text, _no_facts):
        if _size(state) <= _OVER * limit:
            return state
        state = trim(state)
    return state


def _size(state: RunState) -> int:
    return len(canonical(to_json(state)).encode("utf-8", "surrogatepass"))


def _each_step(state: RunState, change: Callable[[Step], Step]) -> RunState:
    def changed(phase: Phase) -> Phase:
        return replace(phase, steps=tuple(change(s) if s.status != "running" else s for s in phase.steps))

    return replace(state, phases={id: changed(phase) for id, phase in state.phases.items()})


def _each_decision(state: RunState, change: Callable[[Decision], Decision]) -> RunState:
    return replace(state, decisions={id: change(decision) for id, decision in state.decisions.items()})


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
        return decision if decision.status == "open" else replace(_cut(decision, _CUT, 0), facts={})

    return _each_decision(state, bare)


def _open_decisions(state: RunState) -> RunState:
    """Texts of what waits, cut: who decides sees that there is more."""
    return _each_decision(state, partial(_cut, longest=_CUT, entries=_ENTRIES))


def _messages(state: RunState) -> RunState:
    def short(message: Message) -> Message:
        return replace(message, text=_short(message.text, _CUT), why=_short(message.why, _CUT))

    return replace(state, messages={id: short(message) for id, message in state.messages.items()})


def _last_decisions(state: RunState) -> RunState:
    """Those that wait, and the newest of the others."""
    over = [id for id, decision in state.decisions.items() if decision.status != "open"]
    gone = frozenset(over[:-_KEPT])
    left = {id: decision for id, decision in state.decisions.items() if id not in gone}
    return replace(state, decisions=left)


def _few_facts(state: RunState) -> RunState:
    return _each_decision(state, partial(_cut, longest=_SHORT, entries=_FEW))


def _last_messages(state: RunState) -> RunState:
    """Those on their way, and the newest of the others."""
    there = [id for id, one in state.messages.items() if one.receipt not in ("queued", "delivered")]
    gone = frozenset(there[:-_KEPT])
    return replace(state, messages={id: one for id, one in state.messages.items() if id not in gone})


def _every_text(state: RunState) -> RunState:
    """Every text of whatever it is that is so long."""
    return from_json(RunState, _shorter(to_json(state), _CUT, None))


def _no_facts(state: RunState) -> RunState:
    return _each_decision(state, partial(_cut, longest=_STUMP, entries=0))


def _cut(decision: Decision, longest: int, entries: int) -> Decision:
    """A decision of which texts and lists are cut."""
    return replace(
        decision,
        title=_short(decision.title, longest),
        reason=_short(decision.reason, longest),
        facts=_shorter(decision.facts, longest, entries),
    )


def _shorter(value: Any, longest: int, entries: int | None) -> Any:
    if isinstance(value, str):
        return _short(value, longest)
    if isinstance(value, list | tuple):
        return [_shorter(item, longest, entries) for item in value[:entries]]
    if isinstance(value, Mapping):
        return {key: _shorter(item, longest, entries) for key, item in value.items()}
    return value


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest + len(CUT) else text[:longest] + CUT
