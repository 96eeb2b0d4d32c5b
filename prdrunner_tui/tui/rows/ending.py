"""How a run ended, in words: a run that ended because a person stopped a phase of it did not fail."""

from __future__ import annotations

from collections.abc import Iterable

from prdrunner_tui.kernel.state import RunState


def run_word(status: str, phases: Iterable[str]) -> str:
    """The word for a run: its status, but ``stopped`` for one that failed for no other reason than a person's stop.

    Args:
        phases: the states of its phases.
    """
    if status != "failed":
        return status
    states = frozenset(phases)
    return "stopped" if "stopped" in states and "failed" not in states else status


def ended_words(state: RunState, retry: str) -> str:
    """What came of a run that has ended: ``the run is done``; of one that a person ended which key takes it up again.

    Args:
        retry: the key that takes a phase up again.
    """
    run = state.run
    assert run is not None
    states = [phase.status for phase in state.phases.values()]
    stopped = [phase.id for phase in state.phases.values() if phase.status == "stopped"]
    told = "has failed" if run.status == "failed" else f"is {run.status}"
    if run.status == "failed" and run_word(run.status, states) == "stopped":
        one = len(stopped) == 1
        named = (
            f"{stopped[0]} was stopped; {retry} on it"
            if one
            else f"{len(stopped)} phases were stopped; {retry} on one"
        )
        told = f"has ended: {named} takes it up again"
    return f"the run {told}" + (f", published: git merge {run.branch}" if run.published else "")
