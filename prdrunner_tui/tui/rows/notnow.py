"""Why a key that works at a place does nothing at this moment: the run, or the phase under the cursor, has no use for
it. Pure; what only a screen knows it says itself."""

from __future__ import annotations

from collections.abc import Callable

from prdrunner_tui.kernel.state import PHASE_ENDED, RUN_ENDED, Phase, RunState
from prdrunner_tui.tui.actions import BY_ID, GO
from prdrunner_tui.tui.rows.inboxbar import open_now

_OF_A_PHASE = frozenset(
    (
        "phase.message",
        "phase.pause",
        "phase.retry",
        "phase.stop",
        "phase.break",
        "phase.transcript",
        "layout.chat",
    )
)
_SAME = {"go.transcript": "phase.transcript"}
_WITHOUT_A_RUN = frozenset(("go.menu", "go.start", "go.runs"))
_OF_A_RUN_THAT_GOES_ON = frozenset(
    ("phase.message", "phase.pause", "phase.retry", "phase.stop", "phase.break")
)


_START = next(letter for letter, id in GO.items() if id == "go.start")


def _first_key(action: str) -> str:
    return BY_ID[action].keys[0]


def not_now(action: str, state: RunState, phase: str, key: Callable[[str], str] = _first_key) -> str:
    """The reason, in a few words, or an empty string where the action can be done.

    Args:
        action: its id.
        phase: the id of the phase that keys are about; empty where there is none.
        key: gives the key of an action, by its id, as the person's keymap has it.
    """
    if action.startswith("go.") and state.run is None and action not in _WITHOUT_A_RUN:
        return "no run is shown"
    found, action = state.phases.get(phase), _SAME.get(action, action)
    if action in _OF_A_PHASE:
        return _phase(action, state, found, key) if found is not None else "no phase here"
    over = state.run is None or state.run.status in RUN_ENDED
    if action == "run.pause" and over and not stopped(state):
        return "the run is over" if state.run is not None else "no run here"
    if action == "run.new" and not over:
        return f"this run goes on; {key('go.menu')} {_START} shows the start screen all the same"
    if action == "inbox.oldest" and not open_now(state):
        return "nothing waits for you"
    if action == "layout.review" and all(one.kind != "review" for one in open_now(state)):
        return "no change to review yet"
    return ""


def stopped(state: RunState) -> bool:
    """Whether the run was stopped by a person, and can be taken up again."""
    return state.run is not None and state.run.status == "stopped"


def _phase(action: str, state: RunState, phase: Phase, key: Callable[[str], str]) -> str:
    ended = phase.status in PHASE_ENDED
    over = state.run is not None and state.run.status in RUN_ENDED
    if over and not stopped(state) and not ended and action in _OF_A_RUN_THAT_GOES_ON:
        return (
            f"the run is over; {phase.id} was not started" if phase.started_at is None else "the run is over"
        )
    if stopped(state) and not ended and action in _OF_A_RUN_THAT_GOES_ON:
        return f"the run is stopped; {key('run.pause')} takes it up again"
    if action == "phase.message" and ended:
        return f"no agent here: {phase.id} is {phase.status}; {key('layout.chat')} shows what was said"
    if action == "phase.pause" and ended:
        return f"{phase.id} is {phase.status}"
    if action == "phase.pause" and phase.status != "paused" and state.run and state.run.status == "paused":
        return f"the run is paused; {key('run.pause')} resumes it"
    if action == "phase.retry" and phase.status not in ("failed", "stopped"):
        return f"{phase.id} did not fail"
    if action == "phase.stop" and (ended or phase.status == "pending"):
        return f"nothing to stop: {phase.id} " + (f"is {phase.status}" if ended else "has not started")
    if action == "phase.break" and ended:
        return f"{phase.id} is {phase.status}: it stops nowhere"
    if action == "phase.transcript" and not phase.steps:
        return f"{phase.id} has not started"
    return ""
