"""A front end's connection to an engine in another process."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

from prdrunner_tui.kernel.codec import decode_event, encode_command
from prdrunner_tui.kernel.commands import Command, Refusal, StartRun
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.kernel.values import CodecError, from_json
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.wire.address import short_name
from prdrunner_tui.wire.client import Gone, News, Resync, RunEvent, Signal, Snapshot
from prdrunner_tui.wire.protocol import MAX_LINE, VERSION, WireError, decode, encode, refusal_from_json

PATIENCE = 15.0
"""Seconds for an engine's first answer; one that works answers in milliseconds."""

_GONE = Refusal("not_now", "the engine is gone", "prdrunner resume")


class SocketClient:
    """Implements EngineClient; use :func:`connect`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Refusal | Any]] = {}
        self._news: asyncio.Queue[News] = asyncio.Queue()
        self._over = False
        self._reading = asyncio.get_running_loop().create_task(self._read())

    async def start(self, command: StartRun, prd_file: str) -> Refusal | str:
        """See EngineClient."""
        answer = await self._ask("start", command=encode_command(command), prd_file=prd_file)
        return answer if isinstance(answer, Refusal) else str(answer)

    async def host(self, run: str) -> Refusal | str:
        """See EngineClient."""
        answer = await self._ask("host", run=run)
        return answer if isinstance(answer, Refusal) else str(answer)

    async def submit(self, run: str, command: Command) -> Refusal | int:
        """See EngineClient."""
        answer = await self._ask("submit", run=run, command=encode_command(command))
        return answer if isinstance(answer, Refusal) else int(answer)

    async def attach(self, run: str) -> Refusal | Snapshot:
        """See EngineClient."""
        answer = await self._ask("attach", run=run)
        if isinstance(answer, Refusal):
            return answer
        state = from_json(RunState, answer)
        self._forget(run, state.seq)
        return Snapshot(state)

    async def news(self) -> AsyncIterator[News]:
        """See EngineClient."""
        while True:
            news = await self._news.get()
            yield news
            if isinstance(news, Gone):
                self._news.put_nowait(news)
                return

    async def query(self, run: str, what: str, args: Mapping[str, Any]) -> Refusal | Any:
        """See EngineClient."""
        return await self._ask("query", run=run, what=what, args=dict(args))

    async def lend(self, run: str, environ: Mapping[str, str]) -> Refusal | str:
        """Let the workers of a run have these variables, as far as its settings let them through."""
        answer: Refusal | str = await self._ask("lend", run=run, environ=dict(environ))
        return answer

    async def shutdown(self) -> Refusal | Any:
        """Tell the engine to end its agents and itself; runs stay paused."""
        return await self._ask("shutdown")

    async def close(self) -> None:
        """See EngineClient."""
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def hello(self) -> Refusal | Any:
        """Agree on the version of the protocol."""
        return await self._ask("hello", version=VERSION)

    async def _ask(self, verb: str, **words: Any) -> Any:
        if self._over:
            return _GONE
        id = next(self._ids)
        answer: asyncio.Future[Refusal | Any] = asyncio.get_running_loop().create_future()
        self._waiting[id] = answer
        line = encode({"id": id, "do": verb, **words})
        if len(line) > MAX_LINE:
            self._waiting.pop(id)
            return Refusal("denied", f"{verb} is too long: {len(line):,} bytes")
        self._writer.write(line)
        try:
            await self._writer.drain()
        except ConnectionError:
            self._end("the connection broke")
        try:
            return await answer
        finally:
            # Who asked may have given up: then the answer finds nobody.
            self._waiting.pop(id, None)

    async def _read(self) -> None:
        why = "the engine ended"
        try:
            while line := await self._reader.readline():
                self._take(decode(line))
        except (ConnectionError, WireError, CodecError, ValueError) as error:
            why = f"the connection broke: {error}"
        finally:
            self._end(why)

    def _forget(self, run: str, seq: int) -> None:
        """Drop the waiting news of ``run`` that a new snapshot holds."""
        waiting = [self._news.get_nowait() for _ in range(self._news.qsize())]
        for news in waiting:
            if not (isinstance(news, RunEvent) and news.run == run and news.recorded.seq <= seq):
                self._news.put_nowait(news)

    def _take(self, message: dict[str, Any]) -> None:
        if event := message.get("event"):
            decoded = decode_event(event["name"], event["version"], event["data"])
            self._news.put_nowait(RunEvent(event["run"], Recorded(event["seq"], event["at"], decoded)))
        elif signal := message.get("signal"):
            self._news.put_nowait(from_json(Signal, signal))
        elif resync := message.get("resync"):
            self._news.put_nowait(Resync(resync["run"], resync["after"]))
        elif "gone" in message:
            self._end(str(message["gone"]))
        elif "refused" in message:
            refusal = refusal_from_json(message["refused"])
            if not message.get("id"):
                raise WireError(refusal.message)
            self._answer(message["id"], refusal)
        else:
            self._answer(message.get("id"), message.get("ok"))

    def _answer(self, id: Any, answer: Refusal | Any) -> None:
        waiting = self._waiting.pop(id, None) if isinstance(id, int) else None
        if waiting is not None and not waiting.done():
            waiting.set_result(answer)

    def _end(self, why: str) -> None:
        if self._over:
            return
        self._over = True
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_result(_GONE)
        self._waiting.clear()
        self._news.put_nowait(Gone(why))


async def connect(path: Path, *, patience: float = PATIENCE) -> SocketClient:
    """Connect to the engine that listens on ``path``, which has ``patience`` seconds to answer.

    Raises:
        OSError: there is none, or it is ending.
        Problem: it speaks another version, or it does not answer (stopped by a signal).
    """
    with short_name(path) as name:
        reader, writer = await asyncio.open_unix_connection(name, limit=4 * MAX_LINE)
    client = SocketClient(reader, writer)
    try:
        async with asyncio.timeout(patience):
            answer = await client.hello()
    except TimeoutError:
        await client.close()
        hint = "prdrunner doctor names its pid; if it is stopped: kill -CONT PID"
        raise Problem("the engine does not answer", where=str(path), hint=hint, code=4) from None
    if isinstance(answer, Refusal):
        await client.close()
        if answer is _GONE:
            # It ended between our connecting and its answer: that is no engine, not a wrong one.
            raise ConnectionResetError(answer.message)
        raise Problem(answer.message, hint=answer.hint, code=4)
    return client
