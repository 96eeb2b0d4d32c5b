"""What the cockpit knows of one run, kept up to date from an engine client. No screen, no textual."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

from prdrunner_tui.kernel.commands import Command, Refusal
from prdrunner_tui.kernel.events import Event, StepBegan, StepEnded
from prdrunner_tui.kernel.evolve import evolve
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.wire.client import EngineClient, Gone, News, Resync, RunEvent, Signal

Topic = Literal["state", "signals", "output", "connection"]
"""What changed: the folded state, what agents say they do, how far an output is, the connection."""

LOOK, PATIENCE = 3.0, 3.0
"""Seconds between two looks at whether the engine answers, and those that it has for it."""

_LONGEST = 1000
_SENTENCE_ENDS = re.compile(r"[.!?:]\s+|\n")
_SAYS = {
    "edited": lambda u: f"editing {u.get('path', '')}",
    "command_started": lambda u: f"runs {u.get('command', '')}",
    "tool_started": lambda u: str(u.get("title", "")),
    "said": lambda u: str(u.get("text", "")),
}


class Feed:
    """A run, its agents' latest words, and the connection to its engine.

    Args:
        connect: gives a client of the engine, started where there is none.
        run: the run's id.
        changed: told what changed, on the loop, after each batch of news.
        clock: the wall clock, in seconds since 1970.

    Attributes:
        heard: when something came of each phase's agents and checks last, in seconds since 1970.
        gone_since: when the engine went; None while it is there.
        gone_why: in its words, if it had any.
        silent_since: since when it has not answered though it is there; None while it does.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[EngineClient]],
        run: str,
        changed: Callable[[frozenset[Topic]], None],
        clock: Callable[[], float],
    ) -> None:
        self.run = run
        self.state = RunState()
        self.doing: dict[str, str] = {}
        self.heard: dict[str, float] = {}
        self.output: Mapping[str, Sequence[str]] = {}
        self._speaking: dict[str, str] = {}
        self.gone_since: float | None = None
        self.gone_why = ""
        self.silent_since: float | None = None
        self._connect = connect
        self._changed = changed
        self._clock = clock
        self._client: EngineClient | None = None

    async def open(self, connect: Callable[[], Awaitable[EngineClient]] | None = None) -> Refusal | None:
        """Reach the engine, let it host the run, and take its state; a refusal when it will not.

        Raises:
            Problem: the engine does not start or does not answer.
        """
        self._client = await (connect or self._connect)()
        hosted = await self._client.host(self.run)
        if isinstance(hosted, Refusal):
            return hosted
        return await self._attach(self._client)

    async def follow(self) -> None:
        """Take news until the engine is gone or this is cancelled; `open` has to have gone well before."""
        client = self._client
        assert client is not None
        watching = asyncio.get_running_loop().create_task(self._watch(client))
        try:
            async for news in client.news():
                topics = await self._take(client, news)
                if topics:
                    self._changed(topics)
                if isinstance(news, Gone):
                    return
        finally:
            watching.cancel()

    async def reconnect(self, connect: Callable[[], Awaitable[EngineClient]] | None = None) -> Refusal | None:
        """As `open`, after the engine was gone.

        Args:
            connect: another way to a client, for this time.
        """
        await self.close()
        refused = await self.open(connect)
        if refused is None:
            self.gone_since, self.gone_why = None, ""
            self._changed(frozenset(("state", "connection")))
        return refused

    async def submit(self, command: Command) -> Refusal | int:
        """Send a command of the person's for this run."""
        if self._client is None or self.gone_since is not None:
            return Refusal("not_now", "the engine is gone", "r reconnects")
        return await self._client.submit(self.run, command)

    async def ask(self, what: str, args: Mapping[str, Any]) -> Refusal | Any:
        """Ask for something large; see `EngineClient.query`."""
        if self._client is None or self.gone_since is not None:
            return Refusal("not_now", "the engine is gone", "r reconnects")
        return await self._client.query(self.run, what, args)

    async def close(self) -> None:
        """Leave; the run goes on."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    async def _watch(self, client: EngineClient) -> None:
        """Look from time to time whether the engine answers."""
        while True:
            await asyncio.sleep(LOOK)
            asked = self._clock()
            answer = asyncio.ensure_future(client.query(self.run, "alive", {}))
            try:
                await asyncio.wait((answer,), timeout=PATIENCE)
                if not answer.done():
                    self.silent_since = asked
                    self._changed(frozenset(("connection",)))
                    await asyncio.wait((answer,))
                    self.silent_since = None
                    self._changed(frozenset(("connection",)))
            finally:
                answer.cancel()

    async def _attach(self, client: EngineClient) -> Refusal | None:
        answer = await client.attach(self.run)
        if isinstance(answer, Refusal):
            return answer
        self.state = answer.state
        # How long it was silent before is not known.
        self.heard = dict.fromkeys(self.state.phases, self._clock())
        return None

    async def _take(self, client: EngineClient, news: News) -> frozenset[Topic]:
        match news:
            case RunEvent(run=self.run, recorded=recorded) if recorded.seq == self.state.seq + 1:
                self.state = evolve(self.state, recorded)
                self._forget(recorded.event)
                return frozenset(("state",))
            case Signal(run=self.run):
                return self._signal(news)
            case Resync(run=self.run) | RunEvent(run=self.run) if self._missed(news):
                refused = await self._attach(client)
                if refused is not None:
                    return self._lost(refused.message)
                return frozenset(("state", "output"))
            case Gone():
                return self._lost(news.reason)
        return frozenset()

    def _missed(self, news: News) -> bool:
        """Whether events between the state and the news never came."""
        return isinstance(news, Resync) or (isinstance(news, RunEvent) and news.recorded.seq > self.state.seq)

    def _signal(self, signal: Signal) -> frozenset[Topic]:
        self.heard[signal.phase] = self._clock()
        if signal.kind == "progress":
            return frozenset(("output",))
        says = _SAYS.get(signal.kind)
        if says is None:
            return frozenset()
        text = says(signal.data)
        if signal.kind == "said":
            text = self._sentence(signal.phase, text)
        else:
            self._speaking[signal.phase] = ""
        if text.strip():
            self.doing[signal.phase] = text.strip().splitlines()[-1]
        return frozenset(("signals",))

    def _sentence(self, phase: str, piece: str) -> str:
        """What an agent says now, of which this is the next piece; empty as long as its beginning is not known.

        Agents say a sentence in pieces. Who comes while one is said has missed its beginning.
        """
        if phase in self._speaking:
            said = self._speaking[phase] + piece
        else:
            found = _SENTENCE_ENDS.search(piece)
            if found is None:
                return ""
            said = piece[found.end() :]
        self._speaking[phase] = said = said[-_LONGEST:]
        return said

    def _forget(self, event: Event) -> None:
        """Another step begins or ended: what was done and said before is over."""
        if isinstance(event, StepBegan | StepEnded):
            self.doing.pop(event.phase, None)
            self._speaking[event.phase] = ""

    def _lost(self, why: str) -> frozenset[Topic]:
        self.gone_since, self.gone_why, self.silent_since = self._clock(), why, None
        return frozenset(("connection",))
