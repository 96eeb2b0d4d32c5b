"""What a front end knows of the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from prdrunner_tui.kernel.commands import Command, Refusal, StartRun
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.state import RunState


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a run at an event, large texts of ended steps left out."""

    state: RunState


@dataclass(frozen=True, slots=True)
class Signal:
    """An unnumbered notice of which only the newest counts: how far a log is, what an agent does now."""

    run: str
    phase: str
    kind: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Resync:
    """Events after number ``after`` were dropped for this client; attach again."""

    run: str
    after: int


@dataclass(frozen=True, slots=True)
class Gone:
    """The engine is gone; nothing comes after this."""

    reason: str


@dataclass(frozen=True, slots=True)
class RunEvent:
    """A durable event of an attached run."""

    run: str
    recorded: Recorded


News = RunEvent | Signal | Resync | Gone


class EngineClient(Protocol):
    """A connection to an engine, by socket or in the same process."""

    async def start(self, command: StartRun, prd_file: str) -> Refusal | str:
        """Begin a run; its id. ``prd_file`` is the absolute path of the PRD, of which the run keeps a copy."""

    async def host(self, run: str) -> Refusal | str:
        """Let the engine host an existing run, which then goes on if it is not paused or ended."""

    async def submit(self, run: str, command: Command) -> Refusal | int:
        """Send a command; the number of the last event that came of it, once durable."""

    async def attach(self, run: str) -> Refusal | Snapshot:
        """The state now; from its event on, :meth:`news` brings the rest."""

    def news(self) -> AsyncIterator[News]:
        """Events and signals of the attached runs, in order; ends after :class:`Gone`."""

    async def query(self, run: str, what: str, args: Mapping[str, Any]) -> Refusal | Any:
        """Ask for something large; `engine.queries.QUERIES` says for what and how."""

    async def close(self) -> None:
        """Leave; runs go on."""
