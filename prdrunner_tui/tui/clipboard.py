"""The clipboard of the desktop that this program runs on, beside that of the terminal (OSC 52)."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import sys
from collections.abc import Mapping, Sequence

from prdrunner_tui.repo.program import start_program
from prdrunner_tui.tui.pacing import is_remote

_PATIENCE = 2.0
_OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def plain(text: str) -> str:
    """A text without what a terminal or a shell would obey when it is pasted; line feeds and tabs stay."""
    return _OBEYED.sub("", text).encode("utf-8", "replace").decode()


def command(environ: Mapping[str, str], platform: str = sys.platform) -> Sequence[str]:
    """The program that takes a text for the clipboard; empty where there is no desktop, or it is not the person's."""
    if is_remote(environ):
        return ()
    if platform == "darwin":
        return ("pbcopy",)
    ways = (
        ("WAYLAND_DISPLAY", ("wl-copy",)),
        ("DISPLAY", ("xclip", "-selection", "clipboard")),
        ("DISPLAY", ("xsel", "--clipboard", "--input")),
    )
    for display, words in ways:
        program = shutil.which(words[0], path=environ.get("PATH")) if environ.get(display) else None
        if program:
            return program, *words[1:]
    return ()


async def copy(text: str, environ: Mapping[str, str]) -> bool:
    """Give a text to the desktop's clipboard; whether a program took it.

    `wl-copy` and `xclip` go on in the background until something else is copied, so their output is not waited for.
    """
    words = command(environ)
    if not words:
        return False
    quiet = asyncio.subprocess.DEVNULL
    with contextlib.suppress(OSError, TimeoutError):
        program = await start_program(words, stdin=asyncio.subprocess.PIPE, stdout=quiet, stderr=quiet)
        try:
            await asyncio.wait_for(program.communicate(text.encode("utf-8", "replace")), _PATIENCE)
        except TimeoutError:
            program.kill()
            await program.wait()
            raise
        return program.returncode == 0
    return False
