"""Starting a program so that nothing of it is left when whoever started it is cancelled meanwhile, and where to find
one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from pathlib import Path


def sound_path() -> str:
    """PATH without what depends on the working directory, which may be a repository with programs of its own."""
    entries = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(entry for entry in entries if os.path.isabs(entry))  # noqa: PTH117


async def start_program(
    argv: Sequence[str | bytes | Path],
    *,
    stdin: int,
    stdout: int,
    stderr: int,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> Process:
    """As `asyncio.create_subprocess_exec`, in a session of its own; cancelling it ends that whole session's group.

    asyncio alone ends nothing but the program then. What the program has started goes on, and while that holds the
    output, asyncio waits for its end: for ever, where it had not yet connected the pipe that it would close.

    Raises:
        OSError: it does not start.
    """
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *argv,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd=cwd,
            env=None if env is None else dict(env),
            start_new_session=True,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        while not starting.done():
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait([starting])
        if starting.exception() is None:
            await end_program(starting.result())
        raise


async def end_program(process: Process) -> None:
    """End a program of `start_program` with its group, unless it has ended, and let go of its pipes."""
    # The number of one that was collected may be somebody else's by now.
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    transport = getattr(process, "_transport", None)
    if transport is not None:
        # Waiting is for the end of the pipes too, which never comes where nobody reads one any more, or where
        # something that the program left holds it. Closing the whole transport would collect the program itself.
        for number in range(3):
            pipe = transport.get_pipe_transport(number)
            if pipe is not None:
                pipe.close()
    await process.wait()
    if transport is not None:
        transport.close()
