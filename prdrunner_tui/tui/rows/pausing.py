"""Pauses in words: what is paused, by whom, which key resumes it, and what still ends before the pause begins."""

from __future__ import annotations

from prdrunner_tui.kernel.state import PHASE_ENDED, Effect, Phase, RunState
from prdrunner_tui.projections.overview import DOING, Overview, overview
from prdrunner_tui.tui.rows.scene import Scene

AT_NEXT_TURN = "pauses at its next turn"


def winding_down(state: RunState, phase: Phase) -> Effect | None:
    """What a paused phase, or one of a paused run, still has under way; ``None`` where it stands."""
    run = state.run
    if run is None or phase.last is None or phase.status in PHASE_ENDED:
        return None
    if phase.status != "paused" and run.status != "paused":
        return None
    return next((effect for effect in phase.last.effects if effect.status == "intended"), None)


def run_winds_down(state: RunState) -> bool:
    """Whether a run that was paused still has a turn or another effect of a phase under way."""
    paused = state.run is not None and state.run.status == "paused"
    return paused and any(winding_down(state, phase) is not None for phase in state.phases.values())


def at_work(state: RunState) -> frozenset[str]:
    """The phases in which something is under way and waits for nobody, also where a pause was asked for."""
    if state.run is None:
        return frozenset()
    return frozenset(
        row.id
        for row in overview(state).phases
        if row.state == "running" or winding_down(state, state.phases[row.id]) is not None
    )


def only_paused(seen: Overview) -> bool:
    """Whether a run that is not paused itself stands because all that could go on is."""
    states = {row.state for row in seen.phases}
    return seen.state == "running" and "paused" in states and "running" not in states


def pause_words(state: RunState, phase: Phase, scene: Scene) -> str:
    """The state of a phase that is paused, or will be: by what, and the key that resumes it."""
    run = state.run
    run_too = run is not None and run.status == "paused"
    effect = winding_down(state, phase)
    one, whole = scene.key("phase.pause"), scene.key("run.pause")
    key = whole if phase.status != "paused" else f"{one}, then {whole}" if run_too else one
    if effect is not None:
        ends = (
            AT_NEXT_TURN
            if effect.kind == "turn"
            else f"pauses after this: {DOING.get(effect.kind, effect.kind)}"
        )
        return f"{ends} ({key} takes it back)"
    if phase.status != "paused":
        return f"the run is paused ({key} resumes)"
    reason = phase.reason
    if scene.me is not None and reason == f"paused by {scene.me.name}":
        reason = "paused by you"
    elif not reason.startswith("paused"):
        reason = f"paused: {reason}" if reason else "paused"
    return f"{reason} ({key} resumes)"
