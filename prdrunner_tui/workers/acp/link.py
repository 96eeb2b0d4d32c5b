"""The connection to an agent's program: JSON-RPC by lines over its pipes, matched by the protocol's own library.

The library (extra `acp`) is imported when the first turn needs it and not before: it costs half a second, in
which the agent's program is starting anyway.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.acp.outcome import AgentError
from prdrunner_tui.workers.acp.plain import mapping, text
from prdrunner_tui.workers.port import Process

LONGEST_LINE = 16 * 1024 * 1024
"""Bytes of the longest message that is read; a longer one is left out and told."""
_BREATH = 200
"""Messages after which the loop's other tasks get their turn."""

Handler = Callable[[str, Mapping[str, Any]], Awaitable[dict[str, Any]]]


class Refusal(Exception):
    """The agent answered a request with an error."""

    def __init__(self, error: AgentError) -> None:
        super().__init__(error.words())
        self.error = error


class Gone(Exception):
    """The agent's program has closed its output: there will be no answer."""


class Unknown(Exception):
    """The agent asks for something that was not offered to it."""


class AgentLink(Protocol):
    """What a turn does with the connection."""

    async def request(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send a request and wait for its answer; raises :class:`Refusal` or :class:`Gone`."""
        ...

    async def notify(self, method: str, params: Mapping[str, Any]) -> None:
        """Send a notification; without effect when the program is gone."""
        ...

    async def close(self) -> None:
        """End all that waits."""
        ...


def check_installed() -> None:
    """See that the library is there, without importing it.

    Raises:
        Problem: it is not, with the command that installs it.
    """
    if importlib.util.find_spec("acp") is None:
        hint = "pip install 'prdrunner[acp]'"
        raise Problem("the worker acp needs the package agent-client-protocol", hint=hint)


class LineCutter:
    """Cuts lines out of chunks; a line over `longest` bytes is dropped whole. Pure."""

    def __init__(self, longest: int = LONGEST_LINE) -> None:
        self._longest = longest
        self._part = bytearray()
        self._dropping = False
        self.dropped = 0
        """Lines that were too long, so far."""

    def feed(self, chunk: bytes) -> list[bytes]:
        """The lines that are whole now."""
        *whole, rest = chunk.split(b"\n")
        found = []
        for piece in whole:
            if not self._dropping and len(self._part) + len(piece) <= self._longest:
                found.append(bytes(self._part) + piece)
            elif not self._dropping:
                self.dropped += 1
            self._part.clear()
            self._dropping = False
        if not self._dropping:
            self._part += rest
            if len(self._part) > self._longest:
                self._part.clear()
                self._dropping = True
                self.dropped += 1
        return found


def read_message(line: bytes) -> dict[str, Any] | None:
    """The JSON-RPC message in a line, None for what is none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


class Pipe:
    """The library's transport over a process of the host: a dict for each line.

    Updates of the session do not go through the library, which makes a task of each; `on_update` takes them as
    they come and in their order. `on_odd` is told in words what was left out.
    """

    def __init__(
        self,
        process: Process,
        on_update: Callable[[Mapping[str, Any]], None],
        on_odd: Callable[[str], None],
    ) -> None:
        self._process = process
        self._on_update = on_update
        self._on_odd = on_odd
        self._cutter = LineCutter()
        self._lines: list[bytes] = []
        self._handled = 0

    async def send(self, message: dict[str, Any]) -> None:
        """Write a message."""
        await self._process.write(json.dumps(message, separators=(",", ":")).encode() + b"\n")

    async def receive(self) -> dict[str, Any] | None:
        """The next message that is no update, None at the end of the output."""
        while True:
            while self._lines:
                found = self._take(self._lines.pop())
                self._handled += 1
                if self._handled % _BREATH == 0:
                    await asyncio.sleep(0)
                if found is not None:
                    return found
            chunk = await self._process.read()
            if not chunk:
                return None
            dropped = self._cutter.dropped
            self._lines = self._cutter.feed(chunk)[::-1]
            if self._cutter.dropped > dropped:
                self._on_odd(f"a message of the agent over {LONGEST_LINE >> 20} MiB is left out")

    async def close(self) -> None:
        """Close the agent's stdin."""
        self._process.close_stdin()

    def _take(self, line: bytes) -> dict[str, Any] | None:
        if not line.strip():
            return None
        message = read_message(line)
        if message is None:
            shown = text(line[:120].decode("utf-8", "replace")).strip()
            self._on_odd(f"the agent put out a line that is no message: {shown}")
            return None
        if message.get("method") == "session/update" and "id" not in message:
            self._on_update(mapping(message.get("params")))
            return None
        if not isinstance(message.get("method", ""), str) or not isinstance(
            message.get("id"), int | str | None
        ):
            self._on_odd("the agent sent a message that is no JSON-RPC")
            return None
        return message


class _Link:
    """The link over the library's connection."""

    def __init__(self, pipe: Pipe, handler: Handler) -> None:
        from acp.connection import Connection
        from acp.exceptions import RequestError

        async def handle(method: str, params: Any, is_notification: bool) -> Any:
            try:
                return await handler(method, mapping(params))
            except Unknown:
                raise RequestError.method_not_found(method) from None

        self._error = RequestError
        self._connection = Connection(handle, pipe)

    async def request(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return mapping(await self._connection.send_request(method, dict(params)))
        except self._error as error:
            code = error.code if isinstance(error.code, int) else 0
            raise Refusal(AgentError(code, text(str(error)), error.data)) from None
        except ConnectionError:
            raise Gone from None

    async def notify(self, method: str, params: Mapping[str, Any]) -> None:
        try:
            await self._connection.send_notification(method, dict(params))
        except ConnectionError:
            pass

    async def close(self) -> None:
        await self._connection.close()


def connect(pipe: Pipe, handler: Handler) -> AgentLink:
    """Speak over a pipe. `handler` answers the agent's requests, and raises :class:`Unknown` for others."""
    return _Link(pipe, handler)
