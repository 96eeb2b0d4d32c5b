"""The control socket: one task reads a connection's requests, another writes its answers and news."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from prdrunner_tui.engine.engine import Engine
from prdrunner_tui.engine.peers import actor, inside_agent, peer
from prdrunner_tui.engine.session import Session
from prdrunner_tui.journal.log import LogError
from prdrunner_tui.kernel.codec import decode_command, encode_event
from prdrunner_tui.kernel.commands import Refusal, StartRun
from prdrunner_tui.kernel.values import CodecError, to_json
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.wire.address import short_name
from prdrunner_tui.wire.client import News, Resync, RunEvent, Signal, Snapshot
from prdrunner_tui.wire.protocol import MAX_LINE, VERSION, WireError, decode, encode, refusal_to_json

logger = logging.getLogger(__name__)

MAX_CONNECTIONS = 64
_MAX_UNANSWERED = 256
HELLO_SECONDS = 10.0
"""What a peer gets to say its first line."""

_PARTING_SECONDS = 1.0
"""What a peer that does not read gets to take its last answer, so that it cannot hold the engine up."""
_LONGEST_WHY = 1000
Message = dict[str, Any]


class ControlServer:
    """Listens on a socket file of mode 0600."""

    def __init__(
        self,
        engine: Engine,
        path: Path,
        on_shutdown: Callable[[], None],
        *,
        hello_seconds: float = HELLO_SECONDS,
    ) -> None:
        self._hello_seconds = hello_seconds
        self._engine = engine
        self._path = path
        self._on_shutdown = on_shutdown
        self._server: asyncio.Server | None = None
        self._bound: os.stat_result | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._why = ""

    @property
    def connected(self) -> int:
        """Front ends that are here."""
        return len(self._connections)

    async def open(self) -> None:
        """Bind and listen; a socket file of a dead engine is replaced, since the caller holds the engine lock."""
        self._path.unlink(missing_ok=True)
        listener = socket.socket(
            socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
        )
        # The mode of the socket before it has a name: so nobody can connect in between.
        os.fchmod(listener.fileno(), 0o600)
        with short_name(self._path) as name:
            listener.bind(name)
        self._bound = self._path.lstat()
        self._server = await asyncio.start_unix_server(self._connected, sock=listener, limit=MAX_LINE)

    async def close(self, why: str = "the engine ended") -> None:
        """Stop listening and let every front end go, which is told why."""
        self._why = why
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        # Where the state directory was replaced, the socket of that name is another engine's.
        with contextlib.suppress(OSError):
            if self._bound is not None and os.path.samestat(self._bound, self._path.lstat()):
                self._path.unlink()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(task)
        self._engine.stirred.set()
        task.add_done_callback(self._left)

    def _left(self, task: asyncio.Task[None]) -> None:
        self._connections.discard(task)
        self._engine.stirred.set()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if len(self._connections) > MAX_CONNECTIONS:
                refusal = Refusal("denied", f"{MAX_CONNECTIONS} front ends are attached")
                writer.write(encode({"id": None, "refused": refusal_to_json(refusal)}))
            else:
                connection = _Connection(self._engine, reader, writer, self._on_shutdown)
                await connection.run(self._hello_seconds)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            await _part(writer, self._why)


async def _part(writer: asyncio.StreamWriter, why: str) -> None:
    if why:
        writer.write(encode({"gone": why[:_LONGEST_WHY]}))
    writer.close()
    with contextlib.suppress(ConnectionError, asyncio.CancelledError, TimeoutError):
        await asyncio.wait_for(writer.wait_closed(), _PARTING_SECONDS)
        return
    writer.transport.abort()


class _Connection:
    def __init__(
        self,
        engine: Engine,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        on_shutdown: Callable[[], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._pid, uid = peer(writer.get_extra_info("socket"))
        self._stranger = uid not in (os.geteuid(), 0)
        self._wake = asyncio.Event()
        self._read_up = asyncio.Event()
        self._read_up.set()
        self._answers: deque[Message] = deque()
        self._agreed = False
        self._session = Session(engine, actor(uid), self._wake.set)
        self._on_shutdown = on_shutdown
        self._verbs: Mapping[str, Callable[[Message], Awaitable[Refusal | Any]]] = {
            "hello": self._hello,
            "start": self._start,
            "host": lambda m: self._session.host(str(m["run"])),
            "submit": lambda m: self._session.submit(str(m["run"]), decode_command(m["command"])),
            "lend": self._lend,
            "attach": self._attach,
            "query": lambda m: self._session.query(str(m["run"]), str(m["what"]), dict(m.get("args") or {})),
            "shutdown": self._shutdown,
        }

    async def run(self, hello_seconds: float) -> None:
        writing = asyncio.get_running_loop().create_task(self._write())
        try:
            await self._read(hello_seconds)
        finally:
            self._session.close()
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _read(self, hello_seconds: float) -> None:
        greeted = False
        while True:
            try:
                async with asyncio.timeout(None if greeted else hello_seconds):
                    line = await self._reader.readuntil(b"\n")
            except (asyncio.LimitOverrunError, TimeoutError):
                return await self._last_word(f"a line of more than {MAX_LINE:,} bytes, or no line at all")
            try:
                message = decode(line)
            except WireError as error:
                return await self._last_word(str(error))
            greeted = True
            self._answer(message.get("id"), await self._handle(message))
            if len(self._answers) >= _MAX_UNANSWERED:
                # A peer that asks without reading its answers is not read either.
                self._read_up.clear()
            await self._read_up.wait()

    async def _handle(self, message: Message) -> Refusal | Any:
        verb = self._verbs.get(str(message.get("do")))
        if verb is None:
            return Refusal("unknown", f"nothing is called {str(message.get('do'))[:40]}")
        if self._stranger:
            return Refusal("denied", "this engine belongs to another user")
        if not self._agreed and message["do"] != "hello":
            return Refusal("denied", "say hello first")
        if message["do"] in ("start", "submit", "shutdown", "host", "lend") and inside_agent(self._pid):
            return Refusal("denied", "an agent cannot decide or steer; ask the person")
        try:
            return await verb(message)
        except (CodecError, KeyError, TypeError, ValueError, OverflowError) as error:
            return Refusal("denied", f"{message['do']}: {error}")
        except (Problem, LogError, OSError) as error:
            return Refusal("not_now", str(error))

    async def _hello(self, message: Message) -> Refusal | Any:
        if message.get("version") != VERSION:
            hint = "end the old program, or wait until its runs have ended"
            return Refusal(
                "denied", f"this engine speaks version {VERSION}, not {message.get('version')}", hint
            )
        self._agreed = True
        return {"version": VERSION, "pid": os.getpid()}

    async def _start(self, message: Message) -> Refusal | Any:
        command = decode_command(message["command"])
        if not isinstance(command, StartRun):
            return Refusal("denied", "start takes StartRun")
        return await self._session.start(command, str(message["prd_file"]))

    async def _lend(self, message: Message) -> Refusal | Any:
        environ = {
            name: value for name, value in dict(message["environ"]).items() if "\0" not in name + value
        }
        return await self._session.lend(str(message["run"]), environ)

    async def _attach(self, message: Message) -> Refusal | Any:
        answer = await self._session.attach(str(message["run"]))
        return to_json(answer.state) if isinstance(answer, Snapshot) else answer

    async def _shutdown(self, message: Message) -> Refusal | Any:
        self._on_shutdown()
        return "shutting down"

    def _answer(self, id: Any, answer: Refusal | Any) -> None:
        shown = {"refused": refusal_to_json(answer)} if isinstance(answer, Refusal) else {"ok": answer}
        self._answers.append({"id": id, **shown})
        self._wake.set()

    async def _last_word(self, why: str) -> None:
        refusal = Refusal("denied", why)
        self._writer.write(encode({"id": None, "refused": refusal_to_json(refusal)}))
        with contextlib.suppress(ConnectionError, TimeoutError):
            await asyncio.wait_for(self._writer.drain(), _PARTING_SECONDS)

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            lines = _news_lines(self._session.take_news())
            lines += [_answer_line(answer) for answer in self._answers]
            self._answers.clear()
            self._writer.write(b"".join(lines))
            try:
                await self._writer.drain()
            except ConnectionError:
                return
            finally:
                self._read_up.set()


def _news_lines(news: Iterable[News]) -> list[bytes]:
    """News as lines, none of them longer than what is read.

    A notice that is longer is left out: another one follows. An event that is longer becomes a Resync, and the run's
    events behind it wait for the attaching that answers it.
    """
    lines: list[bytes] = []
    behind: set[str] = set()
    for item in news:
        if isinstance(item, RunEvent) and item.run in behind:
            continue
        line = encode(_news_to_json(item))
        if len(line) > MAX_LINE:
            if not isinstance(item, RunEvent):
                continue
            behind.add(item.run)
            line = encode(_news_to_json(Resync(item.run, item.recorded.seq - 1)))
        lines.append(line)
    return lines


def _answer_line(answer: Message) -> bytes:
    """An answer as a line; a refusal where it is longer than what is read, so that the connection goes on."""
    line = encode(answer)
    if len(line) <= MAX_LINE:
        return line
    why = Refusal("not_now", f"the answer is too long: {len(line):,} bytes, at most {MAX_LINE:,} are taken")
    return encode({"id": answer["id"], "refused": refusal_to_json(why)})


def _news_to_json(news: News) -> Message:
    match news:
        case RunEvent(run, recorded):
            name, version, data = encode_event(recorded.event)
            shown = {
                "run": run,
                "seq": recorded.seq,
                "at": recorded.at,
                "name": name,
                "version": version,
                "data": data,
            }
            return {"event": shown}
        case Signal():
            return {"signal": to_json(news)}
        case Resync(run, after):
            return {"resync": {"run": run, "after": after}}
        case _:
            return {"gone": to_json(news)}
