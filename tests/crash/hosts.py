"""Cases in which not the engine dies but an agent host, or a process of its tree, right after it was launched."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

from prdrunner_tui.agents.lease import alive, read_lease, signal_host
from prdrunner_tui.agents.procs import send_signal
from prdrunner_tui.journal import faults
from tests.crash.cases import GONE_SECONDS, Outcome, Reference, finish, fresh
from tests.crash.life import Place

TARGETS = ("host", "keeper")
"""What is killed: the process that speaks for the agent, or the one above the agent's tree."""


def kill_at(template: Path, root: Path, boundary: str, target: str, reference: Reference) -> Outcome:
    """Kill the host or the keeper of the newest job when the engine passes ``boundary``; the engine lives on."""
    outcome = Outcome(f"{boundary} ({target} killed)")
    began = time.monotonic()
    place = fresh(template, root)
    told = place.root / "killed"
    finish(
        outcome, place, 1, reference, outcome.boundary, prepare=lambda: _arm(place, boundary, target, told)
    )
    if told.exists():
        outcome.kills += 1
    else:
        outcome.violations.append(f"{outcome.boundary}: did not fire")
    if not outcome.violations:
        shutil.rmtree(root, ignore_errors=True)
    outcome.seconds = time.monotonic() - began
    return outcome


def _arm(place: Place, boundary: str, target: str, told: Path) -> None:
    """Put the killing in front of what notes the boundaries, in the process of the engine."""
    seen: dict[str, int] = {}

    def hook(name: str) -> None:
        seen[name] = seen.get(name, 0) + 1
        if f"{name}#{seen[name]}" == boundary:
            told.write_text(str(_kill(place, target)))

    faults.install(hook)


def _kill(place: Place, target: str) -> int:
    folders = [path.parent for path in place.state.glob("*/runs/*/jobs/*/lease.json")]
    newest = max(folders, key=lambda folder: (folder / "lease.json").stat().st_mtime_ns)
    lease = read_lease(newest)
    assert lease is not None
    if target == "keeper":
        send_signal(lease.keeper, lease.keeper_started, signal.SIGKILL)
        return lease.keeper
    signal_host(lease, signal.SIGKILL)
    _wait(lambda: not alive(lease))
    return lease.pid


def _wait(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + GONE_SECONDS
    while not condition() and time.monotonic() < until:
        os.sched_yield()
