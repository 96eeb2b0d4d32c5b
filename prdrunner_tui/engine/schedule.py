"""What a run wants next, over all its phases. Pure."""

from __future__ import annotations

from prdrunner_tui.kernel.commands import Command, EndRun, IntendEffect, StartPhase
from prdrunner_tui.kernel.state import PHASE_ENDED, Phase, RunState
from prdrunner_tui.kernel.subjects import publish_key
from prdrunner_tui.steps.view import INTERRUPTED
from prdrunner_tui.steps.workflow import next_command


def proposals(state: RunState) -> list[Command]:
    """The commands that would take the run on, none while everything waits; each is for another phase or the run."""
    run = state.run
    if run is None or run.status in ("done", "failed"):
        return []
    if not run.base:
        return _prepare(state)
    active = [phase for phase in state.phases.values() if phase.status in ("running", "paused")]
    wanted = [command for phase in active if (command := next_command(state, phase)) is not None]
    if wanted or active or run.status != "running":
        return wanted
    startable = next((phase for phase in state.phases.values() if _can_start(state, phase)), None)
    if startable is not None:
        return [StartPhase(startable.id)]
    return _finish(state)


def _prepare(state: RunState) -> list[Command]:
    """Take the base commit into the trusted store before anything else."""
    run = state.run
    assert run is not None
    attempts = [effect for effect in state.run_effects.values() if effect.kind == "prepare"]
    if run.status != "running" or (attempts and attempts[-1].status == "intended"):
        return []
    if attempts and not attempts[-1].error.startswith(INTERRUPTED):
        return [EndRun("failed", attempts[-1].error)]
    args = {"head": run.head, "take_along": run.take_along}
    return [IntendEffect("", f"run/prepare/{len(attempts) + 1}", "prepare", args)]


def _can_start(state: RunState, phase: Phase) -> bool:
    return phase.status == "pending" and all(state.phases[dep].status == "done" for dep in phase.plan.deps)


def _finish(state: RunState) -> list[Command]:
    """Publish and end, once no phase can go on."""
    run = state.run
    assert run is not None
    if reason := failure(state):
        return [EndRun("failed", reason)]
    attempts = [effect for effect in state.run_effects.values() if effect.kind == "publish"]
    if any(effect.status == "intended" for effect in attempts):
        return []
    if run.tip in (run.base, run.published):
        return [EndRun("done")]
    # A person may have published an older commit meanwhile, and a cut-off attempt is no failure.
    error = next((effect.error for effect in reversed(attempts) if effect.args["commit"] == run.tip), "")
    if error and not error.startswith(INTERRUPTED):
        return [EndRun("failed", f"not published: {error}")]
    args = {"branch": run.branch, "commit": run.tip}
    return [IntendEffect("", publish_key(state), "publish", args)]


def failure(state: RunState) -> str:
    """Why a run in which nothing can go on has failed, or an empty string when it is done."""
    bad = [phase for phase in state.phases.values() if phase.status in PHASE_ENDED and phase.status != "done"]
    lost = [phase for phase in bad if phase.status != "skipped"]
    blocked = [phase for phase in state.phases.values() if phase.status == "pending"]
    parts = [f"{phase.id} {phase.status}" + (f": {phase.reason}" if phase.reason else "") for phase in lost]
    for phase in blocked:
        waits = [dep for dep in phase.plan.deps if state.phases[dep].status != "done"]
        parts.append(f"{phase.id} waits for {', '.join(waits)}")
    return "; ".join(parts)
