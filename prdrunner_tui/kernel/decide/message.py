"""What becomes of messages to workers."""

from __future__ import annotations

from prdrunner_tui.kernel import commands, events
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.decide.guards import known_phase, live_run
from prdrunner_tui.kernel.state import MESSAGE_KINDS, PHASE_ENDED, RunState

Answer = list[events.Event] | Refusal


def _send(state: RunState, command: commands.SendMessage) -> Answer:
    run, phase = live_run(state), known_phase(state, command.phase)
    if isinstance(run, Refusal):
        return run
    if isinstance(phase, Refusal):
        return phase
    if phase.status in PHASE_ENDED:
        hint = "prdrunner status shows what is under way"
        return Refusal("not_now", f"no agent here: {phase.id} is {phase.status}", hint)
    if not command.text.strip():
        return Refusal("denied", "the message is empty", f"prdrunner message {phase.id} TEXT")
    if command.kind not in MESSAGE_KINDS:
        return Refusal(
            "denied", f"no kind of message {command.kind}", f"kinds are {', '.join(MESSAGE_KINDS)}"
        )
    number = len(state.messages) + 1
    return [events.MessageSent(f"m{number}", phase.id, command.kind, command.text, command.by)]


def _withdraw(state: RunState, command: commands.WithdrawMessage) -> Answer:
    message = state.messages.get(command.id)
    if message is None:
        return Refusal("unknown", f"no message {command.id}")
    if message.receipt != "queued":
        return Refusal("not_now", f"{command.id} is {message.receipt} already")
    return [events.MessageReceipt(message.id, "withdrawn", f"by {command.by.name}")]


def _receipt(state: RunState, command: commands.RecordReceipt) -> Answer:
    message = state.messages.get(command.id)
    if message is None:
        return Refusal("unknown", f"no message {command.id}")
    if message.receipt == command.receipt:
        return Refusal("already", f"{command.id} is {message.receipt}")
    return [events.MessageReceipt(command.id, command.receipt, command.why)]


DECIDERS = {
    commands.SendMessage: _send,
    commands.WithdrawMessage: _withdraw,
    commands.RecordReceipt: _receipt,
}
