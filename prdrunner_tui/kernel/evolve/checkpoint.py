"""How the checkpoints change."""

from __future__ import annotations

from dataclasses import replace

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.evolve.phase import with_phase
from prdrunner_tui.kernel.state import Checkpoint, RunState


def _taken(state: RunState, event: events.CheckpointTaken, at: float) -> RunState:
    taken = Checkpoint(event.id, event.phase, event.step, event.iteration, event.commit, event.label, at)
    return replace(state, checkpoints={**state.checkpoints, taken.id: taken})


def _rolled_back(state: RunState, event: events.RolledBack, at: float) -> RunState:
    return with_phase(state, event.phase, tree=event.tree)


EVOLVERS = {events.CheckpointTaken: _taken, events.RolledBack: _rolled_back}
