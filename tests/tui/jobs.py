"""What the tests of the pool have done in a worker; it imports little, because the worker imports it."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path
from typing import NoReturn


def wait_at(gate: str) -> str:
    """Say that the call has begun, by writing to a fifo, and end when the other side has read it and written back."""
    Path(f"{gate}.begun").write_bytes(b"x")
    return Path(gate).read_text()


def never() -> object:
    """A regular expression that takes longer than anyone lives, and holds the interpreter."""
    return re.match(r"(a+)+$", "a" * 60 + "b")


def never_but_first_tell(path: str) -> object:
    """`never`, after writing the pid into a fifo."""
    Path(path).write_text(str(os.getpid()))
    return never()


def die() -> None:
    """What the kernel does when memory is short."""
    os.kill(os.getpid(), signal.SIGKILL)


def leave() -> NoReturn:
    """End the process."""
    os._exit(3)


def ask_to_leave() -> NoReturn:
    """End the interpreter, as a command would."""
    sys.exit("enough")


def refuse(word: str) -> NoReturn:
    """Raise something ordinary."""
    raise LookupError(word)


class Stubborn(Exception):
    """An exception that can not be made again from its pickle."""

    def __init__(self, one: str, *, two: str) -> None:
        super().__init__(f"{one} and {two}")


def refuse_stubbornly() -> NoReturn:
    """Raise `Stubborn`."""
    raise Stubborn("this", two="that")


def unspeakable() -> object:
    """Return what has no pickle."""
    return lambda: None


def surroundings() -> dict[str, object]:
    """What the worker sees of the world it was started in."""
    try:
        os.close(os.open("/dev/tty", os.O_RDWR))
        terminal = True
    except OSError:
        terminal = False
    files = {}
    for name in os.listdir("/dev/fd"):
        try:
            files[int(name)] = os.readlink(f"/proc/self/fd/{name}")
        except OSError:
            continue
    return {
        "leads its session": os.getsid(0) == os.getpid(),
        "terminal": terminal,
        "files": files,
        "directory": os.getcwd(),
        "modules": sorted(sys.modules),
        "interrupt": signal.getsignal(signal.SIGINT) is signal.SIG_IGN,
    }
