"""Named crash points."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from prdrunner_tui.journal import faults


@pytest.fixture(autouse=True)
def _no_hook() -> object:
    yield  # type: ignore[misc]
    faults.install(None)


def test_a_boundary_carries_its_phase_and_step() -> None:
    passed: list[str] = []
    faults.boundary("nobody listens")
    faults.install(passed.append)
    faults.boundary("a")
    with faults.scope("one", "verify"):
        faults.boundary("b")
        with faults.scope("run", ""):
            faults.boundary("c")
    faults.boundary("d")
    assert passed == ["a", "one/verify/b", "run/c", "d"]


def test_a_process_kills_itself_the_second_time_it_passes_a_name(tmp_path: Path) -> None:
    record = tmp_path / "record"
    pid = os.fork()
    if not pid:
        faults.install_from_environment({faults.RECORD_VARIABLE: str(record), faults.KILL_VARIABLE: "a#2"})
        for name in ("a", "b", "a", "b"):
            faults.boundary(name)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert record.read_text().splitlines() == ["a#1", "b#1", "a#2"]
