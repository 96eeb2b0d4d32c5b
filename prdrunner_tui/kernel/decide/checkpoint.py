"""What becomes of commands on checkpoints."""

from __future__ import annotations

from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.decide.guards import started
from prdrunner_tui.kernel.state import RUN_ENDED, RunState
from prdrunner_tui.kernel.subjects import checkpoint_id

Answer = list[events.Event] | Refusal


def _roll_back(state: RunState, command: commands.RollBack) -> Answer:
    run = started(state)
    if isinstance(run, Refusal):
        return run
    checkpoint = state.checkpoints.get(command.checkpoint)
    if checkpoint is None:
        known = ", ".join(state.checkpoints) or "none yet"
        return Refusal("unknown", f"no checkpoint {command.checkpoint}", f"there is {known}")
    phase = state.phases[checkpoint.phase]
    if phase.commit:
        return Refusal("not_now", f"{phase.id} is committed as {phase.commit[:7]}", "what is committed stays")
    if phase.last is not None and any(effect.status == "intended" for effect in phase.last.effects):
        return Refusal(
            "not_now",
            f"{phase.id} is in {phase.last.name}",
            "prdrunner pause, then again when its turn is over",
        )
    answer: list[events.Event] = []
    if run.status in RUN_ENDED:
        answer.append(events.RunReopened(command.by))
    answer.extend(
        events.DecisionWithdrawn(decision.id, f"rolled back to {checkpoint.id}")
        for decision in state.open_decisions(phase.id)
    )
    if phase.last is not None and phase.last.status == "running":
        answer.append(events.StepEnded(phase.id, "stopped", f"rolled back to {checkpoint.id}"))
    if phase.status in ("failed", "stopped", "skipped"):
        answer.append(events.PhaseRetried(phase.id, command.by))
    iteration = max(phase.iteration, 1)
    attempt = 1 + sum(step.name == "rollback" and step.iteration == iteration for step in phase.steps)
    saved = checkpoint_id(state)
    key = f"{phase.id}/rollback/{iteration}.{attempt}/restore"
    args = {"checkpoint": checkpoint.id, "to": checkpoint.commit, "save_as": saved}
    answer.append(events.StepBegan(phase.id, "rollback", iteration, attempt))
    answer.append(events.EffectIntended(phase.id, key, "restore", args))
    return answer


DECIDERS = {commands.RollBack: _roll_back}
