"""What becomes of commands on the run."""

from __future__ import annotations

import re

from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.decide.guards import live_run, started
from prdrunner_tui.kernel.settings import Author
from prdrunner_tui.kernel.state import PHASE_ENDED, RunState
from prdrunner_tui.kernel.subjects import publish_key

Answer = list[events.Event] | Refusal


def _start(state: RunState, command: commands.StartRun) -> Answer:
    if state.run is not None:
        return Refusal("already", f"{state.run.id} has started")
    if not command.phases:
        return Refusal("denied", "a run needs at least one phase")
    return [events.RunStarted(**{name: getattr(command, name) for name in events.RunStarted.__match_args__})]


def _pause(state: RunState, command: commands.PauseRun) -> Answer:
    run = live_run(state)
    if isinstance(run, Refusal):
        return run
    if run.status == "paused":
        return Refusal("already", f"{run.id} is paused already", "go on: prdrunner resume")
    return [events.RunPaused(command.by, command.reason or f"paused by {command.by.name}")]


def _resume(state: RunState, command: commands.ResumeRun) -> Answer:
    run = started(state)
    if isinstance(run, Refusal):
        return run
    if run.status == "paused":
        return [events.RunResumed(command.by)]
    if run.status == "stopped":
        return [events.RunReopened(command.by)]
    if run.status == "failed":
        return Refusal("not_now", f"{run.id} failed", "take a failed phase up again: prdrunner retry PHASE")
    word = "is done" if run.status == "done" else "is running"
    return Refusal("already", f"{run.id} {word}", "prdrunner status shows it")


def _stop(state: RunState, command: commands.StopRun) -> Answer:
    run = live_run(state)
    if isinstance(run, Refusal):
        return run
    return [events.RunStopped(command.by, command.reason or f"stopped by {command.by.name}")]


def _end(state: RunState, command: commands.EndRun) -> Answer:
    run = live_run(state)
    if isinstance(run, Refusal):
        return run
    if command.outcome == "done" and any(p.status not in PHASE_ENDED for p in state.phases.values()):
        return Refusal("denied", "a run is done only when every phase has ended")
    return [events.RunEnded(command.outcome, command.reason)]


def decide_author(text: str) -> Answer:
    """Name the author of the run's commits from ``Name <address>``."""
    found = re.fullmatch(r"\s*([^<>\n\0]*[^<>\s\0])\s*<\s*([^<>\s\0]+)\s*>\s*", text)
    if found is None:
        return Refusal(
            "denied", "an author is a name and an address", 'for example "Ada Lovelace <ada@example.org>"'
        )
    return [events.AuthorNamed(Author(found[1], found[2]))]


def _publish(state: RunState, command: commands.IntendPublish) -> Answer:
    run = started(state)
    if isinstance(run, Refusal):
        return run
    if run.tip == run.base:
        return Refusal("not_now", f"{run.id} has no commit yet", "each phase makes one; prdrunner status")
    if run.published == run.tip:
        return Refusal("already", f"{run.branch} is at {run.tip[:7]} already", f"git log {run.branch}")
    if any(effect.status == "intended" for effect in state.run_effects.values()):
        return Refusal("not_now", f"{run.id} is being published")
    args = {"branch": run.branch, "commit": run.tip}
    return [events.EffectIntended("", publish_key(state), "publish", args)]


DECIDERS = {
    commands.StartRun: _start,
    commands.PauseRun: _pause,
    commands.ResumeRun: _resume,
    commands.StopRun: _stop,
    commands.EndRun: _end,
    commands.IntendPublish: _publish,
}
