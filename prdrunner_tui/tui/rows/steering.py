"""What a message does to the turn that is under way, said before it is sent."""

from __future__ import annotations

from collections.abc import Mapping

from prdrunner_tui.kernel.state import PHASE_ENDED, RunState
from prdrunner_tui.tui.rows.words import worker_words

_DOES: Mapping[str, str] = {
    "mid_turn": "a message joins the turn",
    "next_turn": "a message waits until the turn has ended",
    "restart": "a message ends the turn, it goes on with your words",
    "none": "takes no message in a turn, the next one gets it",
}
"""By how the worker takes messages (`workers.port.Steer`)."""

_INTERRUPT = "this ends the turn, it goes on with your words"
_LATER = "no turn is under way, the next one gets the message"


def steering(state: RunState, phase: str, steers: Mapping[str, str], *, interrupt: bool = False) -> str:
    """What a message to a phase does now, in at most a line; empty where nobody is there or nothing is known.

    Args:
        steers: how the worker of a role takes messages, by the role.
        interrupt: whether the message is one that stops the agent.
    """
    one = state.phases.get(phase)
    if one is None or one.status in PHASE_ENDED or state.run is None:
        return ""
    effects = one.last.effects if one.last is not None else ()
    role = next((str(e.args.get("role", "")) for e in effects if e.kind == "turn" and not e.ended_at), None)
    if role is None:
        return _LATER
    steer, choice = steers.get(role), state.run.settings.workers.get(role)
    if steer is None or choice is None:
        return ""
    does = _INTERRUPT if interrupt and steer != "none" else _DOES[steer]
    return f"{worker_words(choice)}: {does}"
