"""A11: whatever comes over the control socket is answered or cut off, and the engine goes on."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.client.socket import connect
from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.engine import session
from prdrunner_tui.engine.control import MAX_CONNECTIONS, ControlServer
from prdrunner_tui.kernel.commands import PauseRun, Refusal, SendMessage
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.wire.address import short_name
from prdrunner_tui.wire.client import Gone
from prdrunner_tui.wire.protocol import MAX_DEPTH, MAX_LINE, VERSION
from tests.engine.conftest import ADA, begin, start_command
from tests.engine.test_clients import EDITS

Say = Callable[..., Any]


@pytest.fixture
async def server(engine: LocalEngine) -> AsyncIterator[ControlServer]:
    """The control socket of an engine on this loop."""
    opened = ControlServer(engine.engine, engine.engine.state.socket, lambda: None, hello_seconds=0.3)
    await opened.open()
    yield opened
    await opened.close()


class Raw:
    """A connection on which anything can be said."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, line: bytes | dict[str, Any]) -> None:
        """Send a line."""
        self.writer.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
        await self.writer.drain()

    async def hear(self) -> dict[str, Any] | None:
        """The next line, or None at the end."""
        async with asyncio.timeout(5):
            line = await self.reader.readline()
        answer: dict[str, Any] | None = json.loads(line) if line else None
        return answer

    async def hello(self) -> None:
        """Greet as a client does."""
        await self.say({"id": 0, "do": "hello", "version": VERSION})
        assert (await self.hear() or {})["ok"]["version"] == VERSION

    async def close(self) -> None:
        """Leave."""
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            pass


@pytest.fixture
async def raw(engine: LocalEngine, server: ControlServer) -> AsyncIterator[Callable[[], Any]]:
    """Opens raw connections."""
    opened: list[Raw] = []

    async def make() -> Raw:
        with short_name(engine.engine.state.socket) as name:
            reader, writer = await asyncio.open_unix_connection(name, limit=4 * MAX_LINE)
        opened.append(Raw(reader, writer))
        return opened[-1]

    yield make
    for one in opened:
        await one.close()


async def gone(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds."""
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"\0\0\0\n", "not JSON"),
        (b"\xff\xfe\n", "not JSON"),
        (b"GET / HTTP/1.1\r\n\r\n", "not JSON"),
        (b"[1]\n", "a message is an object"),
        (b"[" * (MAX_DEPTH + 9) + b"]" * (MAX_DEPTH + 9) + b"\n", "nested deeper"),
        (b'{"a":' * 40 + b"1" + b"}" * 40 + b"\n", "nested deeper"),
        (b'"' + b"x" * (MAX_LINE + 10) + b'"\n', "a line of more than"),
        (b"x" * (2 * MAX_LINE), "a line of more than"),
    ],
    ids=["nul", "no text", "http", "list", "deep list", "deep object", "long line", "no end"],
)
async def test_what_is_no_message_ends_the_connection_with_a_reason(
    raw: Say, server: ControlServer, line: bytes, why: str
) -> None:
    peer = await raw()
    try:
        await peer.say(line)
        answer = await peer.hear()
    except ConnectionError:
        # What was not read when the connection ended may cost the peer its answer.
        assert len(line) > MAX_LINE
    else:
        assert answer is not None and answer["refused"]["code"] == "denied"
        assert why in answer["refused"]["message"]
    await gone(lambda: server.connected == 0)
    await (await raw()).hello()


async def test_a_peer_that_says_nothing_or_half_a_line_is_let_go(raw: Say, server: ControlServer) -> None:
    silent, half = await raw(), await raw()
    await half.say(b'{"id": 1, "do":')
    for peer in (silent, half):
        answer = await peer.hear()
        assert answer is not None and "no line at all" in answer["refused"]["message"]
    await gone(lambda: server.connected == 0)


@pytest.mark.parametrize(
    "words",
    [
        {},
        {"do": 1},
        {"do": []},
        {"do": "nope"},
        {"do": "attach"},
        {"do": "attach", "run": ["x"]},
        {"do": "host", "run": "../../../etc"},
        {"do": "host", "run": "a\0b"},
        {"do": "submit", "run": "run-1"},
        {"do": "submit", "run": "run-1", "command": {"command": "PauseRun"}},
        {
            "do": "submit",
            "run": "run-1",
            "command": {"command": "PauseRun", "by": {"kind": "person"}, "x": 1},
        },
        {"do": "submit", "run": "run-1", "command": [1]},
        {"do": "query", "run": "run-1", "what": "log", "args": [1, 2]},
        {"do": "query", "run": "run-1", "what": "log", "args": "ab"},
        {"do": "start", "command": {"command": "PauseRun", "by": {"kind": "person"}}, "prd_file": "/x"},
        {"do": "start", "command": {"command": "StartRun"}, "prd_file": "/x"},
    ],
    ids=[str(number) for number in range(16)],
)
async def test_a_wrong_request_is_refused_and_the_connection_goes_on(raw: Say, words: dict[str, Any]) -> None:
    peer = await raw()
    await peer.hello()
    await peer.say({"id": 7, **words})
    answer = await peer.hear()
    assert answer is not None and answer["id"] == 7 and answer["refused"]["message"], answer
    await peer.hello()


async def test_starting_with_a_file_that_cannot_be_read_is_refused(
    raw: Say, project: Path, tmp_path: Path
) -> None:
    from prdrunner_tui.kernel.codec import encode_command

    peer = await raw()
    await peer.hello()
    for prd in ("/nowhere/prd.md", "a\0b", str(tmp_path)):
        await peer.say(
            {
                "id": 1,
                "do": "start",
                "command": encode_command(start_command(project, EDITS)),
                "prd_file": prd,
            }
        )
        answer = await peer.hear()
        assert answer is not None and answer["refused"]["message"], (prd, answer)
    await peer.hello()


async def test_another_version_is_told_so_and_gets_no_further(raw: Say, engine: LocalEngine) -> None:
    peer = await raw()
    await peer.say({"id": 1, "do": "hello", "version": VERSION + 1})
    answer = await peer.hear()
    assert answer is not None and f"speaks version {VERSION}" in answer["refused"]["message"]
    await peer.say({"id": 2, "do": "host", "run": "run-1"})
    answer = await peer.hear()
    assert answer is not None and "hello" in answer["refused"]["message"]


async def test_a_client_of_another_version_ends_with_one_line(
    server: ControlServer, engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("prdrunner_tui.client.socket.VERSION", 99)
    with pytest.raises(Problem, match="speaks version"):
        await connect(engine.engine.state.socket)


async def test_more_connections_than_there_is_room_for_are_refused_and_the_rest_work(
    raw: Say, server: ControlServer
) -> None:
    server._hello_seconds = 30.0
    peers = [await raw() for _ in range(MAX_CONNECTIONS)]
    for peer in peers:
        await peer.hello()
    for _ in range(200 - MAX_CONNECTIONS):
        answer = await (await raw()).hear()
        assert answer is not None and "front ends are attached" in answer["refused"]["message"]
    await peers[0].hello()
    await peers[1].close()
    await gone(lambda: server.connected < MAX_CONNECTIONS)
    await (await raw()).hello()


async def test_a_peer_that_never_reads_holds_nobody_up(
    project: Path, engine: LocalEngine, server: ControlServer, raw: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "MAX_BACKLOG", 16)
    driver = await begin(engine, start_command(project, EDITS), project)
    stuck = await raw()
    await stuck.hello()
    await stuck.say({"id": 1, "do": "attach", "run": "run-1"})
    stuck.writer.transport.pause_reading()  # type: ignore[attr-defined]
    words = "x" * 100_000
    for _ in range(60):
        assert isinstance(
            await driver.client.submit("run-1", SendMessage("one", "correction", words, ADA)), int
        )
    async with asyncio.timeout(5):
        await server.close()


async def test_a_peer_that_asks_without_reading_and_leaves_frees_its_place(
    raw: Say, server: ControlServer
) -> None:
    peer = await raw()
    await peer.hello()
    peer.writer.transport.pause_reading()  # type: ignore[attr-defined]
    for number in range(3000):
        peer.writer.write(json.dumps({"id": "y" * 4000, "do": f"nope {number}"}).encode() + b"\n")
    await asyncio.sleep(0)
    peer.writer.transport.abort()
    await gone(lambda: server.connected == 0)


AGENT = """
import asyncio, json, sys
async def main():
    reader, writer = await asyncio.open_unix_connection(sys.argv[1])
    for words in ({"do": "hello", "version": %d}, *json.loads(sys.argv[2])):
        writer.write(json.dumps({"id": 1, **words}).encode() + b"\\n")
        print((await reader.readline()).decode().strip(), flush=True)
    writer.close()
asyncio.run(main())
""".replace("%d", str(VERSION))


async def test_a_process_of_an_agent_cannot_decide_even_through_a_child_without_the_marker(
    project: Path, engine: LocalEngine, server: ControlServer
) -> None:
    await begin(engine, start_command(project, EDITS), project)
    pause = {"do": "submit", "run": "run-1", "command": {"command": "PauseRun", "by": {"kind": "person"}}}
    lend = {"do": "lend", "run": "run-1", "environ": {"PATH": os.environ["PATH"]}}
    asked = json.dumps([pause, lend, {"do": "shutdown"}, {"do": "query", "run": "run-1", "what": "digest"}])
    socket = engine.engine.state.socket
    # By its name: a directory of tests can lie so deep that the whole path is too long for a socket.
    own = [sys.executable, "-c", AGENT, socket.name, asked]
    wrapped = ["sh", "-c", 'env -u PRDRUNNER_JOB "$@"; exit $?', "sh", *own]
    for command, marked in ((own, True), (wrapped, True), (own, False)):
        env = {**os.environ, **({"PRDRUNNER_JOB": "job-1"} if marked else {})}
        child = await asyncio.create_subprocess_exec(
            *command, env=env, stdout=subprocess.PIPE, cwd=socket.parent
        )
        out, _ = await child.communicate()
        answers = [json.loads(line) for line in out.splitlines()]
        refused = ["refused" in answer for answer in answers]
        assert refused == ([False, True, True, True, False] if marked else [False] * 5), answers
        if marked:
            assert "an agent cannot decide" in answers[1]["refused"]["message"]


async def test_the_socket_is_private_and_its_path_may_be_long(engine: LocalEngine, tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    deep.mkdir(parents=True)
    path = deep / "engine.sock"
    path.write_text("left by a dead engine")
    server = ControlServer(engine.engine, path, lambda: None)
    await server.open()
    try:
        found = path.stat()
        assert stat.S_ISSOCK(found.st_mode) and stat.S_IMODE(found.st_mode) == 0o600
        client = await connect(path)
        answer = await client.submit("nope", PauseRun(ADA))
        assert isinstance(answer, Refusal) and answer.code == "unknown"
        await client.close()
    finally:
        await server.close()
    assert not path.exists()


async def test_an_engine_that_ends_says_why(engine: LocalEngine, project: Path) -> None:
    server = ControlServer(engine.engine, engine.engine.state.socket, lambda: None)
    await server.open()
    client = await connect(engine.engine.state.socket)
    await server.close("the log of run-1 cannot be written: database or disk is full")
    async with asyncio.timeout(5):
        news = [one async for one in client.news()]
    assert news == [Gone("the log of run-1 cannot be written: database or disk is full")]
    await client.close()
