"""What came before a decision, in words: what a person said the last time, how the last check ended, what it took."""

from __future__ import annotations

from prdrunner_tui.kernel.state import Actor, Decision, RunState
from prdrunner_tui.projections.history import worked
from prdrunner_tui.projections.metrics import phase_change
from prdrunner_tui.text.units import cost_words, duration, lines
from prdrunner_tui.tui.rows.words import decided, plural

_SENDS_BACK = frozenset({"review", "gate", "large_change", "nothing_ran"})
"""Kinds by which a person sends the work of a phase back with a reason."""


def said_before(state: RunState, decision: Decision, me: Actor | None) -> str:
    """``iteration 1, rejected by you: REASON``: the newest rejection of a phase's work before a decision came.

    Empty where there is none, or where no words were given.
    """
    rejected = [
        one
        for one in state.decisions.values()
        if one.phase == decision.phase
        and one.kind in _SENDS_BACK
        and one.status == "rejected"
        and one.decided_at is not None
        and one.decided_at <= decision.opened_at
    ]
    last = max(rejected, key=lambda one: one.decided_at or 0.0, default=None)
    return f"iteration {last.iteration}, {decided(last, me)}" if last is not None and last.reason else ""


def so_far(state: RunState, decision: Decision) -> str:
    """``1 file, +48/-0, iteration 2 of 5, 3 turns, 2m 30s worked, $0.38``: what the phase of a decision took."""
    phase = state.phases.get(decision.phase)
    if phase is None:
        return ""
    change, spent = phase_change(phase), state.budget.phases.get(phase.id)
    told = [f"{plural(change.files, 'file')}, {lines(change.added, change.removed)}"] if change else []
    if phase.iteration:
        limit = f" of {phase.iteration_limit}" if phase.iteration_limit else ""
        told.append(f"iteration {phase.iteration}{limit}")
    if spent is not None:
        told.append(plural(spent.turns, "turn"))
    if phase.started_at is not None:
        # Until it was asked: what a person takes to decide is no work.
        told.append(f"{duration(worked(state, phase, decision.opened_at))} worked")
    if spent is not None:
        told.append(cost_words(spent.usd, spent.unpriced))
    return ", ".join(told)


def last_check(state: RunState, decision: Decision) -> tuple[str, str]:
    """How the newest verification of the phase of a decision ended, and the token of its look; empty without one."""
    phase = state.phases.get(decision.phase)
    steps = reversed(phase.steps) if phase is not None else ()
    step = next((one for one in steps if one.name == "verify" and one.ended_at is not None), None)
    if step is None:
        return "", "text"
    token = "text" if step.status == "ok" else "fail"
    return f"iteration {step.iteration}: {step.summary or step.status}", token
