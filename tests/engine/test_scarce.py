"""F33: memory and descriptors that run out end as a failed step or a paused run with the reason; nothing is lost."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from prdrunner_tui.embed.attach import attach_or_start
from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.kernel.commands import Refusal, ResumeRun
from prdrunner_tui.repo.discover import discover
from prdrunner_tui.repo.rundir import open_state
from prdrunner_tui.steps.oracle.processes import lock_owner
from tests.engine.conftest import ADA, Driver, over, start_command, waits
from tests.engine.test_agents_that_misbehave import first, run

EDITS = """\
recording: an edit
default:
  implement:
    - edit: {path: calc.py, write: "def add(a, b):\\n    return b + a\\n"}
"""


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("echo '# x' >> calc.py; kill -9 $$", "exit 137, killed"),
        ("ulimit -v 300000; exec python3 -c 'bytearray(10**10)'", "exit 1"),
        ("ulimit -n 8; exec python3 -c '[open(\"calc.py\") for _ in range(20)]; x = 1'", "exit 1"),
    ],
    ids=["killed", "memory", "descriptors"],
)
async def test_f33_an_agent_without_memory_or_descriptors_is_a_failed_step_with_the_reason(
    engine: LocalEngine, project: Path, line: str, reason: str
) -> None:
    _, state = await run(engine, project, line)
    step = first(state, "implement")
    assert step.status == "failed" and reason in step.summary


async def test_f33_an_engine_without_descriptors_says_so_and_goes_on_when_there_are_some(
    project: Path,
) -> None:
    place = open_state((await discover(project)).repo_id)
    client = await attach_or_start(project, place)
    owner = lock_owner(place.lock)
    assert owner is not None
    before = resource.prlimit(owner.pid, resource.RLIMIT_NOFILE)
    used = len(os.listdir(f"/proc/{owner.pid}/fd"))
    resource.prlimit(owner.pid, resource.RLIMIT_NOFILE, (used + 6, before[1]))
    driver = Driver(client, "run-1")  # type: ignore[arg-type]
    started = await client.start(start_command(project, EDITS), str(project / "prd.md"))
    assert started == "run-1"
    state = await driver.until(lambda s: s.run is not None and s.run.status != "running")
    assert state.run is not None and state.run.status == "paused"
    assert state.run.reason == "this engine may open no more files (ulimit -n); resume when there is more"
    resource.prlimit(owner.pid, resource.RLIMIT_NOFILE, before)
    assert not isinstance(await client.submit("run-1", ResumeRun(ADA)), Refusal)
    await driver.until(waits)
    await driver.decide()
    state = await driver.until(over)
    assert state.run is not None and state.run.status == "done"
    await client.close()
