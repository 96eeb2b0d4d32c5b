"""An engine in this process: for tests, for embedding, and where a second process is not wanted."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from weakref import WeakSet

from prdrunner_tui.engine.engine import Engine
from prdrunner_tui.engine.process import open_engine
from prdrunner_tui.engine.session import Session
from prdrunner_tui.kernel.commands import Command, Refusal, StartRun
from prdrunner_tui.kernel.state import Actor
from prdrunner_tui.wire.client import Gone, News, Snapshot


class LocalClient:
    """Implements EngineClient over an engine on this loop."""

    def __init__(self, engine: Engine) -> None:
        self._wake = asyncio.Event()
        self._session = Session(engine, Actor("person", getpass.getuser()), self._wake.set)
        self._over = False
        self._why = ""

    async def start(self, command: StartRun, prd_file: str) -> Refusal | str:
        """See EngineClient."""
        return await self._session.start(command, prd_file)

    async def host(self, run: str) -> Refusal | str:
        """See EngineClient."""
        return await self._session.host(run)

    async def submit(self, run: str, command: Command) -> Refusal | int:
        """See EngineClient."""
        return await self._session.submit(run, command)

    async def attach(self, run: str) -> Refusal | Snapshot:
        """See EngineClient."""
        return await self._session.attach(run)

    async def news(self) -> AsyncIterator[News]:
        """See EngineClient."""
        while True:
            for item in self._session.take_news():
                yield item
            if self._over:
                yield Gone(self._why)
                return
            await self._wake.wait()
            self._wake.clear()

    async def query(self, run: str, what: str, args: Mapping[str, Any]) -> Refusal | Any:
        """See EngineClient."""
        return await self._session.query(run, what, args)

    async def close(self) -> None:
        """See EngineClient."""
        self._session.close()
        self.ended()

    def ended(self, why: str = "") -> None:
        """The engine is gone, or this client wants no more of it."""
        self._over, self._why = True, why
        self._wake.set()


class LocalEngine:
    """An engine of this process, and clients of it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._clients: WeakSet[LocalClient] = WeakSet()

    @classmethod
    async def open(cls, project: Path) -> LocalEngine:
        """Own the repository that holds ``project``.

        Raises:
            Problem: it cannot be used, or another engine owns it.
        """
        engine, _ = await open_engine(project)
        return cls(engine)

    def client(self) -> LocalClient:
        """A new client; it is told when the engine ends."""
        client = LocalClient(self.engine)
        self._clients.add(client)
        return client

    async def close(self, reason: str = "the program ended") -> None:
        """End agents, leave runs paused, give the repository up."""
        await self.engine.close(reason)
        for client in self._clients:
            client.ended(reason)
