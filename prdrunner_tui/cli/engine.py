"""Commands that need the engine: attach, send, say what came of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from prdrunner_tui.cli.loop import in_loop
from prdrunner_tui.client.socket import SocketClient
from prdrunner_tui.embed.attach import attach, attach_or_start
from prdrunner_tui.kernel.commands import Command, Refusal
from prdrunner_tui.kernel.state import Actor
from prdrunner_tui.repo.rundir import StateDir
from prdrunner_tui.text.problem import Problem

T = TypeVar("T")
EXIT_CODES = {"stale": 5, "denied": 5, "already": 5, "not_now": 5, "unknown": 4}


def me() -> Actor:
    """The person at this terminal; the engine fills in who that is."""
    try:
        terminal = os.ttyname(sys.stdin.fileno()).removeprefix("/dev/")
    except (OSError, ValueError):
        terminal = ""
    return Actor("person", "", terminal)


def accepted(answer: Refusal | T) -> T:
    """The answer.

    Raises:
        Problem: it is a refusal.
    """
    if isinstance(answer, Refusal):
        raise Problem(answer.message, hint=answer.hint, code=EXIT_CODES[answer.code])
    return answer


class NoEngine(Problem):
    """No engine hosts the run, and none is to be started for what was asked."""


async def with_engine(
    state: StateDir,
    project: Path,
    run: str,
    work: Callable[[SocketClient], Awaitable[T]],
    *,
    start: bool = True,
) -> T:
    """Do ``work`` with a client of the engine that hosts ``run``; an engine is started when none is there.

    Raises:
        NoEngine: there is none and ``start`` is off.
        Problem: it does not come up.
    """
    client = await attach_or_start(project, state) if start else await attach(state)
    if client is None:
        raise NoEngine(
            f"no engine hosts {run}, so nothing of it runs", hint="prdrunner resume goes on with it", code=4
        )
    try:
        accepted(await client.host(run))
        return await work(client)
    finally:
        await client.close()


def send(state: StateDir, project: Path, run: str, command: Command, *, start: bool = True) -> int:
    """Send one command to a run.

    Raises:
        Problem: it was refused.
    """

    async def work(client: SocketClient) -> int:
        return accepted(await client.submit(run, command))

    return in_loop(with_engine(state, project, run, work, start=start))
