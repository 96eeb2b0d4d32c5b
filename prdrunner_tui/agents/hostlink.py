"""The engine's link to one agent host: what it tells, what it is told, and its result."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias

from prdrunner_tui.agents.connect import connect
from prdrunner_tui.agents.job import JobResult
from prdrunner_tui.agents.lease import alive, read_lease
from prdrunner_tui.agents.lines import LONGEST, LineError, decode_line, encode_line
from prdrunner_tui.agents.results import lost_result, read_result, segment_path
from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.kernel.values import CodecError
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.updates import UsageReported, from_json

LinkState: TypeAlias = Literal["connecting", "running", "ended", "refused"]

_RETRY = 0.05


class HostLink:
    """The link to the host of one job. It reconnects by itself while the host lives.

    Attributes:
        key, attempt: the job's.
        directory: the job's directory; `segment` the file with its raw output.
        state: "connecting", "running" (a host answered), "ended" (there is a result), "refused" (the host did not
            accept the run's token).
    """

    def __init__(
        self,
        key: str,
        attempt: int,
        directory: Path,
        *,
        token: str,
        on_update: Callable[[str, dict[str, Any]], None],
    ) -> None:
        self.key = key
        self.attempt = attempt
        self.directory = directory
        self.segment = segment_path(directory)
        self.state: LinkState = "connecting"
        self._token = token
        self._on_update = on_update
        self._result: asyncio.Future[JobResult] = asyncio.get_running_loop().create_future()
        self._settled = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None
        self._orders: list[dict[str, Any]] = []
        self._messages: dict[str, dict[str, Any]] = {}
        self._answers: dict[str, dict[str, Any]] = {}
        self._usage: UsageReported | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect; called once by AgentHosts."""
        self._task = asyncio.get_running_loop().create_task(self._follow(), name=f"host {self.key}")
        self._task.add_done_callback(self._followed)

    async def result(self) -> JobResult:
        """The result of the job, when it is there.

        Raises:
            Problem: the host runs but refuses the run's token.
            CancelledError: the link was closed before there was one.
            Exception: what `on_update` raised, or OSError where the result of a lost host cannot be written.
        """
        result = await asyncio.shield(self._result)
        boundary("host.result")
        return result

    def send_message(self, message_id: str, text: str, kind: str = "message") -> None:
        """Say something to the running agent; its receipts come as updates.

        It is sent again after a reconnect until a receipt has come.
        """
        order = {"t": "message", "id": message_id, "kind": kind, "text": text}
        self._messages[message_id] = order
        self._send(order)

    def answer(self, question_id: str, text: str) -> None:
        """Answer an open question; without effect when it is no longer open."""
        order = {"t": "answer", "id": question_id, "text": text}
        self._answers[question_id] = order
        self._send(order)

    def permission(
        self, request_id: str, *, allow: bool, option: str | None = None, reason: str = ""
    ) -> None:
        """Answer an open permission request; `option` is one of the agent's choices."""
        order = {"t": "permission", "id": request_id, "allow": allow, "option": option, "reason": reason}
        self._answers[request_id] = order
        self._send(order)

    def cancel(self, reason: str) -> None:
        """End the job politely: the agent's own cancel first, then the ladder."""
        self._order({"t": "cancel", "reason": reason})

    def end(self, reason: str) -> None:
        """End the job now: the ladder without the agent's own cancel."""
        self._order({"t": "end", "reason": reason})

    async def settled(self) -> None:
        """Wait until the host has answered, refused, or there is a result."""
        await self._settled.wait()

    async def finished(self) -> None:
        """Wait until nothing more can come: a result, or a host that refuses us."""
        await asyncio.wait([self._result])

    async def close(self) -> None:
        """Let go of the host without ending it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if not self._result.done():
            self._result.cancel()
        elif not self._result.cancelled():
            self._result.exception()

    def _order(self, order: dict[str, Any]) -> None:
        self._orders.append(order)
        self._send(order)

    def _send(self, order: dict[str, Any]) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(encode_line(order))

    def _followed(self, task: asyncio.Task[None]) -> None:
        """What broke the link (the callback, a disk that takes no result) is raised where the result is awaited."""
        if not task.cancelled() and (error := task.exception()) is not None and not self._result.done():
            self._result.set_exception(error)
            self._settled.set()

    async def _follow(self) -> None:
        while True:
            lease = read_lease(self.directory)
            if lease is None or not alive(lease):
                result = read_result(self.directory)
                if result is None:
                    result = await asyncio.to_thread(
                        lost_result, self.directory, self.key, self.attempt, lease, self._usage
                    )
                self._finish(result)
                return
            try:
                reader, writer = await connect(self.directory, lease.socket, limit=LONGEST)
            except OSError:
                await asyncio.sleep(_RETRY)
                continue
            try:
                self._writer = writer
                writer.write(encode_line({"t": "hello", "token": self._token}))
                await self._converse(reader)
            except (OSError, LineError, ValueError, asyncio.IncompleteReadError):
                pass
            finally:
                self._writer = None
                writer.close()
                try:
                    await writer.wait_closed()
                except OSError:
                    pass
            if self.state == "refused" or self._result.done():
                return
            await asyncio.sleep(0.002)

    async def _converse(self, reader: asyncio.StreamReader) -> None:
        while line := await reader.readline():
            message = decode_line(line)
            what = message.get("t")
            if what == "hello":
                self._greeted(message)
            elif what == "update":
                self._updated(message.get("update"))
            elif what == "progress":
                self._on_update(self.key, {"kind": "progress", **{k: message.get(k) for k in _PROGRESS}})
            elif what == "refused":
                self.state = "refused"
                self._settled.set()
                if not self._result.done():
                    self._result.set_exception(
                        Problem(
                            "the agent host does not accept this run's token",
                            where=str(self.directory),
                            code=5,
                        )
                    )
                return
            elif what == "done":
                result = read_result(self.directory)
                if result is not None:
                    self._finish(result)
                return

    def _greeted(self, message: dict[str, Any]) -> None:
        self.state = "running"
        for order in [*self._orders, *self._messages.values()]:
            self._send(order)
        self._on_update(
            self.key, {"kind": "host", **{k: message.get(k) for k in ("pid", "isolation", "state")}}
        )
        self._settled.set()

    def _updated(self, update: object) -> None:
        if not isinstance(update, dict):
            return
        kind = update.get("kind")
        if kind == "receipt":
            self._messages.pop(str(update.get("message_id")), None)
        elif kind == "usage":
            with contextlib.suppress(CodecError):
                told = from_json({name: value for name, value in update.items() if name != "replay"})
                self._usage = told if isinstance(told, UsageReported) else self._usage
        elif kind in ("asked", "permission_asked"):
            answer = self._answers.get(str(update.get("id")))
            if not update.get("replay"):
                # Another question with the same id: what was answered before is no answer to it.
                self._answers.pop(str(update.get("id")), None)
            elif answer is not None:
                self._send(answer)
        self._on_update(self.key, update)

    def _finish(self, result: JobResult) -> None:
        self.state = "ended"
        if not self._result.done():
            self._result.set_result(result)
        self._settled.set()


_PROGRESS = ("size", "seen", "lines", "truncated")
