"""Reasons to refuse that several commands share."""

from __future__ import annotations

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.state import PHASE_ENDED, RUN_ENDED, Phase, Run, RunState

_WAS = {"failed": "failed", "stopped": "is stopped"}


def started(state: RunState) -> Run | Refusal:
    """The run, or the refusal that there is none."""
    return state.run or Refusal("unknown", "the run has not started")


def live_run(state: RunState) -> Run | Refusal:
    """The run if it has not ended."""
    run = started(state)
    if isinstance(run, Run) and run.status in RUN_ENDED:
        return Refusal("not_now", _ended(run), _way_on(run))
    return run


def _ended(run: Run) -> str:
    return f"{run.id} is done" if run.status == "done" else f"{run.id} {_WAS[run.status]}"


def _way_on(run: Run) -> str:
    if run.status == "done":
        return "a new run: prdrunner run --prd-file FILE"
    if run.status == "failed":
        return "take a failed phase up again: prdrunner retry PHASE"
    return f"take it up again: prdrunner resume --run-id {run.id}"


def known_phase(state: RunState, phase: str) -> Phase | Refusal:
    """The phase of that id."""
    found = state.phases.get(phase)
    if found is None:
        names = ", ".join(state.phases)
        return Refusal("unknown", f"no phase {phase}", f"the phases are {names}" if names else "")
    return found


def live_phase(state: RunState, phase: str) -> Phase | Refusal:
    """The phase if both it and the run have begun and not ended."""
    run = live_run(state)
    if isinstance(run, Refusal):
        return run
    found = known_phase(state, phase)
    if isinstance(found, Phase) and found.status == "pending":
        return Refusal("not_now", f"{phase} has not started", "prdrunner status shows what it waits for")
    if isinstance(found, Phase) and found.status in PHASE_ENDED:
        return Refusal("not_now", f"{phase} is {found.status}", "prdrunner status shows what is under way")
    return found


def moving_phase(state: RunState, phase: str) -> Phase | Refusal:
    """The phase if neither it nor the run is paused or ended."""
    found = live_phase(state, phase)
    if isinstance(found, Refusal):
        return found
    if state.run is not None and state.run.status == "paused":
        return Refusal("not_now", "the run is paused", "go on: prdrunner resume")
    if found.status == "paused":
        return Refusal("not_now", f"{phase} is paused", f"go on: prdrunner resume --phase {phase}")
    return found
