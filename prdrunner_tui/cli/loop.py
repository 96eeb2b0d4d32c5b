"""Running a command's coroutine so that it cleans up however it is ended."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

import click

T = TypeVar("T")
_ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)


def in_loop(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end; a SIGTERM or a terminal that closes cancels it.

    Raises:
        click.exceptions.Exit: it was ended by a signal.
    """
    ended = 0

    async def guarded() -> T:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def end(number: int) -> None:
            nonlocal ended
            ended = number
            task.cancel()

        for number in _ENDING:
            # Under nohup a hang-up is ignored, and stays so.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, end, number)
        return await coroutine

    try:
        return asyncio.run(guarded())
    except asyncio.CancelledError:
        if ended:
            raise click.exceptions.Exit(128 + ended) from None
        raise
