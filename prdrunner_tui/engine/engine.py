"""The engine of one repository: the only process that writes its runs, and the home of all that are active."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from prdrunner_tui.engine import rows
from prdrunner_tui.engine.daybook import DayBook, until_tomorrow
from prdrunner_tui.engine.host import Clock, RunHost
from prdrunner_tui.engine.past import Past
from prdrunner_tui.engine.reconcile import Effects, Reconciler
from prdrunner_tui.engine.recover import recover
from prdrunner_tui.journal.log import Log, LogError
from prdrunner_tui.journal.registry import Registry, RunRow, refuse_another, row_of
from prdrunner_tui.kernel.commands import Command, PauseRun, Refusal, StartRun
from prdrunner_tui.kernel.events import Recorded, RunStarted, UsageRecorded
from prdrunner_tui.kernel.state import RUN_ENDED, Actor
from prdrunner_tui.repo.rundir import RunDir, StateDir
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.wire.client import Signal

logger = logging.getLogger(__name__)

_LOCK_PATIENCE = 0.3

LINGER = 2.0
"""Seconds for which an engine without an active run and without a terminal stays."""

_PROGRAM = Actor("program", "prdrunner")


class SystemClock:
    """The machine's clock."""

    def time(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def call_later(self, delay: float, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` by the loop's monotonic clock."""
        return asyncio.get_running_loop().call_later(delay, callback).cancel


class HostedRun:
    """A run that this engine keeps going."""

    def __init__(
        self, host: RunHost, effects: Effects, reconciler: Reconciler, directory: RunDir, past: Past
    ) -> None:
        self.host = host
        self.effects = effects
        self.reconciler = reconciler
        self.directory = directory
        self.past = past

    @property
    def active(self) -> bool:
        """Whether the run is running, or something of it still is."""
        run = self.host.state.run
        return (run is not None and run.status == "running") or not self.reconciler.idle


class Session(Protocol):
    """A front end that is attached."""

    def signal(self, signal: Signal) -> None:
        """Take a notice."""


Notice = Callable[[str, str, Mapping[str, Any]], None]
"""Takes a notice of an agent: (phase, kind, data)."""

MakeEffects = Callable[[RunDir, Callable[[Command], object], Notice], Effects]
"""Makes what performs the effects of the run in a directory; commands and notices go to the functions given."""


class Engine:
    """Hosts runs under one state directory.

    Args:
        state: the repository's state directory.
        clock: time.
    """

    def __init__(self, state: StateDir, clock: Clock | None = None) -> None:
        self.state = state
        self.clock = clock or SystemClock()
        self.registry = Registry(state.registry)
        self.past = Past(state)
        self.runs: dict[str, HostedRun] = {}
        self.failed = asyncio.Event()
        self.failure = ""
        self.stirred = asyncio.Event()
        self.sessions: set[Session] = set()
        self._make_effects: MakeEffects | None = None
        self._lock: int | None = None
        self._opening: dict[str, asyncio.Lock] = {}
        self._starting = asyncio.Lock()
        self._row_due: set[str] = set()
        self._closing = False
        self._days = DayBook(self.registry.newest)
        self._days_due = False
        self._midnight: Callable[[], None] = lambda: None

    def lock(self) -> None:
        """Become the repository's engine.

        Raises:
            Problem: another engine is (its pid is named).
        """
        self._lock = _take_lock(self.state.lock)

    @property
    def owns(self) -> bool:
        """Whether the lock that is held is still the repository's: nobody removed or replaced the state directory."""
        if self._lock is None:
            return False
        try:
            return os.path.samestat(os.fstat(self._lock), self.state.lock.stat())
        except OSError:
            return False

    async def open(self, make_effects: MakeEffects) -> None:
        """Take up the runs that were running. The lock must be held."""
        assert self._lock is not None
        self._make_effects = make_effects
        await asyncio.to_thread(self._settle_rows)
        for row in self.registry.newest(status="running") + self.registry.newest(status="needs you"):
            try:
                answer = await self.host(row.run)
            except LogError as error:
                # One damaged run must not keep the others from going on; doctor tells of it.
                logger.error("run %s cannot be taken up: %s", row.run, error)
                continue
            if isinstance(answer, Refusal):
                logger.error("run %s cannot be taken up: %s", row.run, answer.message)

    async def start(self, command: StartRun, prd_file: str) -> Refusal | str:
        """Begin a run and keep a copy of its PRD.

        Raises:
            LogError: the log cannot be written.
        """
        async with self._starting:
            if not command.another and (unfinished := self._unfinished(command.prd)) is not None:
                return unfinished
            return await self._start(command, prd_file)

    def _unfinished(self, prd: str) -> Refusal | None:
        """Why no other run of a PRD begins now: one of it is unfinished."""
        row = self.registry.unfinished(prd)
        return None if row is None else refuse_another(row)

    async def _start(self, command: StartRun, prd_file: str) -> Refusal | str:
        async with self._opening.setdefault(command.run, asyncio.Lock()):
            directory = self.state.run(command.run)
            if command.run in self.runs or rows.begun(directory):
                return Refusal("already", f"{command.run} exists")
            text = await asyncio.to_thread(Path(prd_file).read_bytes)
            if hashlib.sha256(text).hexdigest() != command.prd_sha256:
                return Refusal("stale", f"{command.prd} changed while the run started", "start it again")
            # An engine that died before the first event was durable promised nothing; what it left is nobody's.
            shutil.rmtree(directory.root, ignore_errors=True)
            for folder in (directory.root, directory.files, directory.jobs):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            (directory.files / "prd").write_bytes(text)
            hosted = await self._open(command.run, directory)
            answer = await hosted.host.take(command)
            if isinstance(answer, Refusal):
                await self._close(command.run, "not started")
                shutil.rmtree(directory.root, ignore_errors=True)
                return answer
            # From here on the run is somebody's: whoever looks for it must find it, also after a crash.
            self._write_row(hosted)
            return command.run

    async def host(self, run: str) -> Refusal | str:
        """Host an existing run.

        Raises:
            LogError: its log cannot be read.
        """
        async with self._opening.setdefault(run, asyncio.Lock()):
            if run in self.runs:
                return run
            directory = self.state.run(run)
            if not rows.begun(directory):
                return Refusal("unknown", f"no run {run}", "prdrunner runs list")
            hosted = await self._open(run, directory)
            hosted.reconciler.poke()
            return run

    @property
    def busy(self) -> bool:
        """Whether some run is active."""
        return any(hosted.active for hosted in self.runs.values())

    async def close(self, reason: str) -> None:
        """End agents by the ladder, leave every run paused with ``reason``, and give the repository up."""
        self._closing = True
        self._midnight()
        for hosted in self.runs.values():
            run = hosted.host.state.run
            if run is not None and run.status == "running":
                hosted.host.submit(PauseRun(_PROGRAM, reason))
        await asyncio.gather(*(self._close(run, reason) for run in list(self.runs)))
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _settle_rows(self) -> None:
        """Make the rows anew of runs that an engine hosted when it died: it may not have come to write them."""
        for directory in rows.unsettled(self.state.runs):
            try:
                row = rows.row_from_log(directory)
            except LogError as error:
                logger.error("registry: %s", error)
                continue
            if row is None or self._put(row):
                rows.mark_settled(directory)

    async def _open(self, run: str, directory: RunDir) -> HostedRun:
        log = Log(directory.database)
        rows.mark_hosted(directory)
        host = RunHost(log, self.clock, partial(self._log_failed, run))
        assert self._make_effects is not None
        effects = self._make_effects(directory, host.submit, partial(self._tell, run))
        await recover(host, effects)
        hosted = HostedRun(host, effects, Reconciler(host, effects, self.clock), directory, self.past)
        self.runs[run] = hosted
        host.listen(lambda recorded: self._note(run, recorded))
        self._count_days()
        return hosted

    def _log_failed(self, run: str, error: Exception) -> None:
        self.failure = f"the log of {run} cannot be written: {error}"
        self.failed.set()

    async def _close(self, run: str, reason: str) -> None:
        hosted = self.runs.pop(run)
        await hosted.reconciler.close(reason)
        await hosted.effects.close()
        await hosted.host.close()
        if self._write_row(hosted):
            rows.mark_settled(hosted.directory)

    def _tell(self, run: str, phase: str, kind: str, data: Mapping[str, Any]) -> None:
        for session in tuple(self.sessions):
            session.signal(Signal(run, phase, kind, data))

    def _note(self, run: str, recorded: Recorded) -> None:
        self.stirred.set()
        if isinstance(recorded.event, UsageRecorded | RunStarted) and not self._days_due:
            self._days_due = True
            asyncio.get_running_loop().call_soon(self._count_days)
        if run not in self._row_due:
            self._row_due.add(run)
            asyncio.get_running_loop().call_later(0.05, self._row, run)

    def _count_days(self) -> None:
        """Tell every run what the others used today, now and again when the next day has begun."""
        self._days_due = False
        self._midnight()
        if self._closing or not self.runs:
            return
        now = self.clock.time()
        self._midnight = self.clock.call_later(until_tomorrow(now), self._count_days)
        states = {run: hosted.host.state for run, hosted in self.runs.items()}
        going = [
            run
            for run, state in states.items()
            if state.run is not None and state.run.status not in RUN_ENDED
        ]
        for run, command in self._days.counts(now, states).items():
            if run in going:
                self.runs[run].host.submit(command)

    def note_now(self, run: str) -> None:
        """Bring the registry's row of a run up to date at once."""
        self._row(run)

    def _row(self, run: str) -> None:
        self._row_due.discard(run)
        hosted = self.runs.get(run)
        if hosted is not None:
            self._write_row(hosted)

    def _write_row(self, hosted: HostedRun) -> bool:
        state = hosted.host.state
        return state.run is None or self._put(row_of(state))

    def _put(self, row: RunRow) -> bool:
        if self._lock is not None and not self.owns:
            # The registry that lies there now is another one's.
            return False
        try:
            self.registry.put(row)
        except (OSError, sqlite3.Error) as error:
            logger.error("registry: %s", error)
            return False
        return True


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _take_lock(path: Path) -> int:
    """Hold the file's lock; it goes with the process, however that ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    # Who only looks whether there is an owner holds the lock for a moment.
    deadline = time.monotonic() + _LOCK_PATIENCE
    while not (held := _try_lock(descriptor)) and time.monotonic() < deadline:
        time.sleep(0.01)
    if not held:
        owner = os.read(descriptor, 32).decode(errors="replace").strip()
        os.close(descriptor)
        raise Problem(
            f"another engine owns this repository: pid {owner}",
            hint="prdrunner status shows its runs",
            code=5,
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
