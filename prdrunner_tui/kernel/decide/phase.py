"""What becomes of commands on a phase."""

from __future__ import annotations

from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.decide.guards import known_phase, live_phase, live_run, started
from prdrunner_tui.kernel.state import RUN_ENDED, Phase, RunState

Answer = list[events.Event] | Refusal


def _start(state: RunState, command: commands.StartPhase) -> Answer:
    run, phase = live_run(state), known_phase(state, command.phase)
    if isinstance(run, Refusal):
        return run
    if isinstance(phase, Refusal):
        return phase
    if run.status != "running":
        return Refusal("not_now", "the run is paused")
    if not run.base:
        return Refusal("not_now", f"{run.id} has no base commit yet")
    if phase.status != "pending":
        return Refusal("already", f"{phase.id} has started")
    if waits := [dep for dep in phase.plan.deps if state.phases[dep].status != "done"]:
        return Refusal("not_now", f"{phase.id} waits for {', '.join(waits)}")
    return [events.PhaseStarted(phase.id, run.tip)]


def _pause(state: RunState, command: commands.PausePhase) -> Answer:
    phase = live_phase(state, command.phase)
    if isinstance(phase, Refusal):
        return phase
    if phase.status == "paused":
        return Refusal(
            "already", f"{phase.id} is paused already", f"go on: prdrunner resume --phase {phase.id}"
        )
    return [events.PhasePaused(phase.id, command.by, command.reason or f"paused by {command.by.name}")]


def _resume(state: RunState, command: commands.ResumePhase) -> Answer:
    phase = live_phase(state, command.phase)
    if isinstance(phase, Refusal):
        return phase
    if phase.status != "paused":
        return Refusal("already", f"{phase.id} is not paused", "prdrunner status shows it")
    return [events.PhaseResumed(phase.id, command.by)]


def _stop(state: RunState, command: commands.StopPhase) -> Answer:
    phase = live_phase(state, command.phase)
    if isinstance(phase, Refusal):
        return phase
    if phase.commit:
        return Refusal("not_now", f"{phase.id} is committed as {phase.commit[:7]}", "what is committed stays")
    if phase.stopping:
        return Refusal("already", f"{phase.id} is being stopped", "prdrunner status shows it")
    return [events.PhaseStopping(phase.id, command.by, command.reason or f"stopped by {command.by.name}")]


def _end(state: RunState, command: commands.EndPhase) -> Answer:
    phase = live_phase(state, command.phase)
    if isinstance(phase, Refusal):
        return phase
    if phase.last is not None and phase.last.status == "running":
        return Refusal("not_now", f"{phase.id} is in {phase.last.name}")
    if command.outcome == "done" and not phase.commit:
        return Refusal("denied", f"{phase.id} has no commit")
    why = f"{phase.id} is {command.outcome}"
    gone = [events.DecisionWithdrawn(d.id, why) for d in state.open_decisions(phase.id)]
    unread = [
        events.MessageReceipt(m.id, "undeliverable", why)
        for m in state.messages.values()
        if m.phase == phase.id and m.receipt == "queued"
    ]
    return [*gone, *unread, events.PhaseEnded(phase.id, command.outcome, command.reason)]


def _instead(phase: Phase) -> str:
    if phase.status == "paused":
        return f"go on: prdrunner resume --phase {phase.id}"
    if phase.status == "running":
        return f"send its agent words: prdrunner message {phase.id} TEXT"
    return "prdrunner status shows it"


def _retry(state: RunState, command: commands.RetryPhase) -> Answer:
    run, phase = started(state), known_phase(state, command.phase)
    if isinstance(run, Refusal):
        return run
    if isinstance(phase, Refusal):
        return phase
    if phase.status not in ("failed", "stopped"):
        return Refusal("not_now", f"{phase.id} did not fail, it is {phase.status}", _instead(phase))
    answer: list[events.Event] = [events.RunReopened(command.by)] if run.status in RUN_ENDED else []
    limit = max(phase.iteration_limit, phase.iteration + 1)
    answer.append(events.PhaseRetried(phase.id, command.by, command.guidance))
    answer.append(events.IterationsExtended(phase.id, limit))
    return answer


DECIDERS = {
    commands.StartPhase: _start,
    commands.PausePhase: _pause,
    commands.ResumePhase: _resume,
    commands.StopPhase: _stop,
    commands.EndPhase: _end,
    commands.RetryPhase: _retry,
}
