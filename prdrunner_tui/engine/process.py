"""The engine as a process: what it is made of, how long it stays, how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prdrunner_tui.agents.hosts import AgentHosts
from prdrunner_tui.engine.control import ControlServer
from prdrunner_tui.engine.engine import LINGER, Engine, MakeEffects, Notice
from prdrunner_tui.journal.faults import install_from_environment
from prdrunner_tui.kernel.commands import Command
from prdrunner_tui.repo.discover import Repo, discover
from prdrunner_tui.repo.identity import read_identity
from prdrunner_tui.repo.rundir import RunDir, open_state
from prdrunner_tui.repo.store import Store, open_store
from prdrunner_tui.steps.effects.context import Context, Slots
from prdrunner_tui.steps.effects.perform import RunEffects
from prdrunner_tui.text.problem import Problem

logger = logging.getLogger(__name__)
_LOOK = 30.0
"""Seconds after which an engine that is in use looks again whether it is; whatever happens tells it at once."""

EXIT_DURABILITY = 74
"""Exit code of an engine whose log could not be written; sysexits calls it EX_IOERR."""


def effects_factory(repo: Repo, store: Store) -> MakeEffects:
    """What makes the effects of a run of ``repo``."""
    identity = read_identity(repo)
    slots = Slots()

    def make(directory: RunDir, submit: Callable[[Command], object], notice: Notice) -> RunEffects:
        effects: list[RunEffects] = []
        directory.jobs.mkdir(mode=0o700, parents=True, exist_ok=True)
        hosts = AgentHosts(
            directory.jobs,
            token=_token(directory),
            on_update=lambda key, update: effects[0].heard(key, update),
        )
        effects.append(RunEffects(Context(directory, repo, identity, store, slots, hosts), submit, notice))
        return effects[0]

    return make


def _token(directory: RunDir) -> str:
    """The secret by which a run's agent hosts know an engine; it outlives the engine."""
    path = directory.files / "token"
    directory.files.mkdir(mode=0o700, parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text()


async def open_engine(project: Path) -> tuple[Engine, Repo]:
    """An engine for the repository that holds ``project``, which owns it from now on.

    Raises:
        Problem: the repository or the state directory cannot be used, or another engine owns it.
    """
    repo = await discover(project)
    state = open_state(repo.repo_id)
    engine = Engine(state)
    engine.lock()
    try:
        store = await open_store(state, repo.object_format, owner=True)
        await engine.open(effects_factory(repo, store))
    except BaseException:
        await engine.close("the engine did not start")
        raise
    return engine, repo


async def serve(project: Path) -> int:
    """Run the engine until nothing is left to host and nobody is attached; the exit code."""
    loop = asyncio.get_running_loop()
    ending: asyncio.Future[str] = loop.create_future()

    def end(reason: str) -> None:
        if not ending.done():
            ending.set_result(reason)
        else:
            os._exit(128 + signal.SIGTERM)

    for number, words in ((signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "SIGINT"), (signal.SIGHUP, "SIGHUP")):
        loop.add_signal_handler(number, end, f"the engine was ended by {words}")
    engine, _ = await open_engine(project)
    server = ControlServer(engine, engine.state.socket, lambda: end("the engine was told to end"))
    await server.open()
    try:
        await _until_done(engine, server, ending)
    finally:
        why = ending.result() if ending.done() else "nothing to do"
        await server.close(engine.failure or why)
        if not engine.failed.is_set():
            await engine.close(why)
    return EXIT_DURABILITY if engine.failed.is_set() else 0


async def _until_done(engine: Engine, server: ControlServer, ending: asyncio.Future[str]) -> None:
    """Wait for a signal, a failure of the log, or LINGER seconds of nothing to do."""
    failed = asyncio.ensure_future(engine.failed.wait())
    stirred = asyncio.ensure_future(engine.stirred.wait())
    try:
        while True:
            stirred.cancel()
            engine.stirred.clear()
            stirred = asyncio.ensure_future(engine.stirred.wait())
            unused = not engine.busy and not server.connected
            patience = LINGER if unused else _LOOK
            waits: tuple[asyncio.Future[Any], ...] = (ending, failed, stirred)
            await asyncio.wait(waits, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if ending.done() or failed.done() or (unused and not stirred.done()):
                return
            if not engine.owns:
                # What it writes nobody can read any more, and another engine may own the repository by now.
                logger.error("the state directory was removed or replaced; the engine ends")
                ending.set_result("the state directory was removed or replaced")
                return
    finally:
        failed.cancel()
        stirred.cancel()


def main(arguments: list[str]) -> int:
    """``python -m prdrunner_tui.engine PROJECT``: the engine of the repository that holds PROJECT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    install_from_environment()
    try:
        return asyncio.run(serve(Path(arguments[0])))
    except Problem as problem:
        logger.error("%s", problem)
        return problem.code
