"""Taking a run up again: what recovery does before the reconciler goes on as always."""

from __future__ import annotations

from typing import Protocol

from prdrunner_tui.engine.host import RunHost
from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.kernel.state import RunState


class Recoverable(Protocol):
    """Effects that may have gone on, or been cut off, while no engine lived."""

    async def recover(self, state: RunState) -> None:
        """Sweep what a dead engine left half done, take up jobs that go on, end those that nothing waits for."""


async def recover(host: RunHost, effects: Recoverable) -> None:
    """Make the world fit to go on from ``host.state``. The intents without a result are left to the reconciler."""
    if host.state.run is None:
        return
    boundary("recover.before")
    await effects.recover(host.state)
    boundary("recover.after")
