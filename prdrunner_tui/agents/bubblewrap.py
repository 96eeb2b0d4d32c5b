"""Whether bubblewrap can be used here: it is run once, as it would be for an agent."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache

from prdrunner_tui.agents.sandbox import Sandbox, wrap
from prdrunner_tui.repo.program import sound_path

_PATIENCE = 10.0
_HINTS = (
    ("uid map", "user namespaces are restricted here; an AppArmor profile for bwrap allows them to it"),
    (
        "namespace",
        "user namespaces are off here; sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone",
    ),
    ("proc", "a container hides parts of /proc; start it with its masks off, or leave the sandbox to it"),
)


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """What was found. `program` is its path, "" where it cannot be used; then `why` says why and `hint` what helps."""

    program: str
    version: str = ""
    why: str = ""
    hint: str = ""

    @property
    def usable(self) -> bool:
        """Whether agents can be run in it."""
        return bool(self.program)


@cache
def bubblewrap() -> Bubblewrap:
    """The bubblewrap of this machine, tried once for this process; blocks, at most ten seconds."""
    return look(shutil.which("bwrap", path=sound_path()))


def look(program: str | None) -> Bubblewrap:
    """Try a program that may be bubblewrap; blocks, at most ten seconds."""
    if sys.platform != "linux":
        return Bubblewrap("", why="bubblewrap is for Linux", hint="run prdrunner in a container of its own")
    if program is None:
        return Bubblewrap(
            "", why="bwrap is not installed", hint="install bubblewrap, for example apt install bubblewrap"
        )
    tried = wrap(Sandbox(program, hide=("/run",), network=False), ["/bin/sh", "-c", "exit 0"], "/")
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=_PATIENCE, check=False
        )
        done = subprocess.run(
            tried.argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        return Bubblewrap("", why=f"bwrap does not answer within {_PATIENCE:.0f}s")
    except OSError as error:
        return Bubblewrap("", why=f"bwrap cannot be run: {error.strerror}")
    version = said.stdout.strip().rpartition(" ")[2][:20]
    if done.returncode == 0:
        return Bubblewrap(program, version)
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    why = (lines[-1] if lines else f"exit {done.returncode}").removeprefix("bwrap: ")[:200]
    hint = next((words for part, words in _HINTS if part in why.lower()), "")
    return Bubblewrap("", version, f"bwrap does not work here: {why}", hint)
