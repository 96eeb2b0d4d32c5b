"""How a message changes."""

from __future__ import annotations

from dataclasses import replace

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.state import Message, RunState


def _sent(state: RunState, event: events.MessageSent, at: float) -> RunState:
    message = Message(event.id, event.phase, event.kind, event.text, event.by, at)
    return replace(state, messages={**state.messages, message.id: message})


def _receipt(state: RunState, event: events.MessageReceipt, at: float) -> RunState:
    message = replace(state.messages[event.id], receipt=event.receipt, why=event.why)
    return replace(state, messages={**state.messages, message.id: message})


EVOLVERS = {events.MessageSent: _sent, events.MessageReceipt: _receipt}
