"""How the newest step of a phase changes, and its effects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.evolve.phase import with_phase
from prdrunner_tui.kernel.state import Effect, RunState, Step


def _began(state: RunState, event: events.StepBegan, at: float) -> RunState:
    step = Step(event.step, event.iteration, event.attempt, "running", at, event.feedback)
    return with_phase(state, event.phase, steps=(*state.phases[event.phase].steps, step))


def _ended(state: RunState, event: events.StepEnded, at: float) -> RunState:
    *before, last = state.phases[event.phase].steps
    ended = replace(
        last,
        status=event.status,
        ended_at=at,
        summary=event.summary,
        signature=event.signature,
        evidence=event.evidence,
    )
    return with_phase(state, event.phase, steps=(*before, ended))


def _intended(state: RunState, event: events.EffectIntended, at: float) -> RunState:
    effect = Effect(event.key, event.kind, event.args, "intended", at)
    if not event.phase:
        return replace(state, run_effects={**state.run_effects, event.key: effect})
    *before, last = state.phases[event.phase].steps
    return with_phase(state, event.phase, steps=(*before, replace(last, effects=(*last.effects, effect))))


def _session(state: RunState, event: events.SessionOpened, at: float) -> RunState:
    return _with_effect(state, event.phase, event.key, lambda effect: replace(effect, session=event.session))


def _done(state: RunState, event: events.EffectDone, at: float) -> RunState:
    change = lambda effect: replace(effect, status="done", result=event.result, ended_at=at)  # noqa: E731
    return _with_effect(state, event.phase, event.key, change)


def _failed(state: RunState, event: events.EffectFailed, at: float) -> RunState:
    change = lambda effect: replace(effect, status="failed", error=event.error, ended_at=at)  # noqa: E731
    return _with_effect(state, event.phase, event.key, change)


def _with_effect(state: RunState, phase: str, key: str, change: Callable[[Effect], Effect]) -> RunState:
    if not phase:
        return replace(state, run_effects={**state.run_effects, key: change(state.run_effects[key])})
    *before, last = state.phases[phase].steps
    effects = tuple(change(effect) if effect.key == key else effect for effect in last.effects)
    return with_phase(state, phase, steps=(*before, replace(last, effects=effects)))


EVOLVERS = {
    events.StepBegan: _began,
    events.StepEnded: _ended,
    events.EffectIntended: _intended,
    events.SessionOpened: _session,
    events.EffectDone: _done,
    events.EffectFailed: _failed,
}
