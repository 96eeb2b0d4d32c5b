"""Which states can be restored, and which were."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CheckpointTaken:
    """A state of a workspace can be restored from ``commit``."""

    id: str
    phase: str
    step: str
    iteration: int
    commit: str
    label: str


@dataclass(frozen=True, slots=True)
class RolledBack:
    """A workspace stands at a checkpoint again; what it held before is ``saved_as``."""

    phase: str
    checkpoint: str
    saved_as: str
    tree: str
