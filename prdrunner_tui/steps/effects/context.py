"""What every effect of a run works with."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from prdrunner_tui.agents.hosts import AgentHosts, HostLink
from prdrunner_tui.kernel.state import Phase, Run, RunState
from prdrunner_tui.repo import workspace as workspaces
from prdrunner_tui.repo.discover import Repo
from prdrunner_tui.repo.identity import Identity
from prdrunner_tui.repo.rundir import RunDir
from prdrunner_tui.repo.store import Store
from prdrunner_tui.repo.workspace import Workspace
from prdrunner_tui.text.problem import Problem


class Interrupted(Exception):
    """An effect was ended with the run or the engine, not by its own fault; ``used`` is what it had used by then."""

    def __init__(self, why: str, used: Mapping[str, Any] | None = None) -> None:
        super().__init__(why)
        self.used = used or {}


class Slots:
    """The verification slots of one engine: each is used by one effect at a time, whatever run it belongs to."""

    def __init__(self) -> None:
        self._used: set[int] = set()
        self._freed = asyncio.Condition()

    @asynccontextmanager
    async def one_of(self, count: int) -> AsyncIterator[int]:
        """The lowest free slot of ``count``, numbered from 1; waits for one."""
        async with self._freed:
            await self._freed.wait_for(lambda: len(self._used & set(range(1, count + 1))) < count)
            number = next(n for n in range(1, count + 1) if n not in self._used)
            self._used.add(number)
        try:
            yield number
        finally:
            async with self._freed:
                self._used.discard(number)
                self._freed.notify_all()


@dataclass(slots=True)
class Context:
    """The world of one run.

    ``links`` holds the agent hosts of effects under way by job key; ``interrupted`` is why everything is being
    ended, or an empty string, ``stopping`` why single phases are. ``environ`` is that of the terminal which started the
    engine, with what others lent since.
    """

    directory: RunDir
    repo: Repo
    identity: Identity
    store: Store
    slots: Slots
    hosts: AgentHosts
    environ: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    links: dict[str, HostLink] = field(default_factory=dict)
    interrupted: str = ""
    stopping: Mapping[str, str] = field(default_factory=dict)

    def ending(self, phase: str) -> str:
        """Why what is under way in a phase is being ended; an empty string where it is not."""
        return self.interrupted or self.stopping.get(phase, "")

    def workspace(self, phase: str) -> Workspace:
        """The workspace of a phase.

        Raises:
            WorkspaceLost: it is not what we made.
            Problem: none was made.
        """
        found = workspaces.load(self.directory, phase)
        if found is None:
            raise Problem(f"{phase} has no workspace", code=1)
        found.check()
        return found


@dataclass(frozen=True, slots=True)
class Doing:
    """One effect being performed: its context, the state at its beginning, and where it belongs."""

    context: Context
    state: RunState
    phase_id: str
    key: str
    args: Mapping[str, object]
    at: float

    @property
    def run(self) -> Run:
        """The run."""
        assert self.state.run is not None
        return self.state.run

    @property
    def phase(self) -> Phase:
        """The phase; only for effects of a phase."""
        return self.state.phases[self.phase_id]

    @property
    def date(self) -> str:
        """The time of the intent as git writes dates, so that a repeated effect makes the same object."""
        return f"{int(self.at)} +0000"

    def text(self, name: str) -> str:
        """An argument as text."""
        return str(self.args[name])
