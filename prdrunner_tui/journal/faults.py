"""Named crash points, so that every durable step of the program can be killed and recovered in a test.

A boundary's full name is ``phase/step/boundary`` where a scope is set, else just ``boundary``; the k-th time that
a process passes the same full name is ``name#k``. Normal runs pay one ``is None`` test a boundary.
"""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

RECORD_VARIABLE = "PRDRUNNER_FAULTS_RECORD"
"""Environment variable: a file to which the name of each boundary passed is appended."""

KILL_VARIABLE = "PRDRUNNER_FAULTS_KILL"
"""Environment variable: the boundary ``name#k`` at which the process kills itself with SIGKILL."""

_scope: ContextVar[str] = ContextVar("boundary_scope", default="")
_hook: Callable[[str], None] | None = None


def boundary(name: str) -> None:
    """Pass the boundary ``name``: nothing happens unless a hook is installed."""
    if _hook is not None:
        scope = _scope.get()
        _hook(f"{scope}/{name}" if scope else name)


@contextmanager
def scope(phase: str, step: str) -> Iterator[None]:
    """Name the phase and step to which the boundaries passed inside belong, tasks started inside included."""
    token = _scope.set("/".join(part for part in (phase, step) if part))
    try:
        yield
    finally:
        _scope.reset(token)


def install(hook: Callable[[str], None] | None) -> None:
    """Call ``hook`` with the full name at each boundary from now on; ``None`` takes the hook away."""
    global _hook
    _hook = hook


def installed() -> bool:
    """Whether a hook is installed."""
    return _hook is not None


def install_from_environment(environ: dict[str, str] | os._Environ[str] = os.environ) -> None:
    """Install the recording or the killing hook that the environment asks for, if any."""
    record, kill = environ.get(RECORD_VARIABLE), environ.get(KILL_VARIABLE)
    if not record and not kill:
        return
    seen: Counter[str] = Counter()
    log = (
        os.open(Path(record), os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if record
        else None
    )

    def hook(name: str) -> None:
        seen[name] += 1
        numbered = f"{name}#{seen[name]}"
        if log is not None:
            os.write(log, f"{numbered}\n".encode())
        if numbered == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    install(hook)
