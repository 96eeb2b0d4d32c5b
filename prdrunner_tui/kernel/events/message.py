"""What a person wrote to workers, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass

from prdrunner_tui.kernel.state import Actor, ReceiptStatus


@dataclass(frozen=True, slots=True)
class MessageSent:
    """A person wrote to a phase's worker."""

    id: str
    phase: str
    kind: str
    text: str
    by: Actor


@dataclass(frozen=True, slots=True)
class MessageReceipt:
    """What became of a message."""

    id: str
    receipt: ReceiptStatus
    why: str = ""
