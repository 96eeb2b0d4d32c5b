"""The query `history`: what the other runs of the repository took that ended."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.engine import past
from prdrunner_tui.journal.log import Log
from prdrunner_tui.journal.registry import Registry, row_of
from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.commands import Refusal, ResumeRun, StartRun, StopRun
from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.kernel.state import Actor
from prdrunner_tui.projections.history import RunFacts, facts_from_json, run_facts
from prdrunner_tui.repo.rundir import StateDir
from tests.engine.conftest import ADA, Driver, begin, over, start_command, waits
from tests.unit.tui.sample_run import review, started

EDITS = """\
recording: an edit
default:
  implement:
    default:
      - command: printf 'x = "%s"\\n' "$PRDRUNNER_PHASE" >> calc.py
"""


def command(project: Path, number: int) -> StartRun:
    """A run of one phase."""
    made = start_command(project, EDITS, phases=(PhasePlan("one", "Feature one"),))
    return replace(made, run=f"run-{number}", branch=f"prdrunner/run-{number}", another=True)


async def done(engine: LocalEngine, project: Path, number: int) -> Driver:
    """A run that ended well."""
    driver = await begin(engine, command(project, number), project)
    await driver.until(waits)
    await driver.decide()
    await driver.until(over)
    return driver


async def under_way(engine: LocalEngine, project: Path, number: int = 9) -> Driver:
    """A run that waits for a person."""
    driver = await begin(engine, command(project, number), project)
    await driver.until(waits)
    return driver


async def asked(driver: Driver) -> tuple[RunFacts, ...]:
    answer = await driver.client.query(driver.run, "history", {})
    assert not isinstance(answer, Refusal), answer
    return facts_from_json(answer)


async def settled(engine: LocalEngine, *runs: str) -> None:
    """Wait until the list of runs says that they ended."""
    registry = Registry(engine.engine.state.registry)
    async with asyncio.timeout(30):
        while not all((row := registry.get(run)) is not None and row.ended_at for run in runs):
            await asyncio.sleep(0.01)


async def test_ended_runs_come_newest_first_without_this_one_and_without_those_under_way(
    engine: LocalEngine, project: Path
) -> None:
    first, second = await done(engine, project, 1), await done(engine, project, 2)
    await settled(engine, "run-1", "run-2")
    here = await under_way(engine, project)
    await under_way(engine, project, 8)
    runs = await asked(here)
    expected = [run_facts(one.state, one.state.at) for one in (second, first)]
    assert [replace(run, took=()) for run in runs] == [replace(run, took=()) for run in expected]
    assert [len(run.took) for run in runs] == [1, 1]
    assert all(0 < run.took[0] <= told.took[0] + 1e-6 for run, told in zip(runs, expected, strict=True))
    assert [run.run for run in await asked(first)] == ["run-2"]


async def test_a_log_that_cannot_be_read_is_left_out(engine: LocalEngine, project: Path) -> None:
    await done(engine, project, 1)
    await done(engine, project, 2)
    await settled(engine, "run-1", "run-2")
    here = await under_way(engine, project)
    await engine.engine._close("run-1", "test")
    log = engine.engine.state.run("run-1").database
    log.write_bytes(b"this is no database" * 100)
    assert [run.run for run in await asked(here)] == ["run-2"]


async def test_what_ended_is_read_once_and_again_when_it_went_on(
    engine: LocalEngine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def noting(directory: Any, stop: threading.Event) -> Any:
        read.append(directory.root.name)
        return facts(directory, stop)

    facts = past._facts
    monkeypatch.setattr(past, "_facts", noting)
    stopped = await under_way(engine, project, 1)
    assert not isinstance(await stopped.client.submit("run-1", StopRun(ADA, "enough")), Refusal)
    await stopped.until(over)
    await settled(engine, "run-1")
    here = await under_way(engine, project)
    (before,) = await asked(here)
    assert (await asked(here), await asked(here)) == ((before,), (before,))
    assert read == ["run-1"] and before.status == "stopped"
    both = await asyncio.gather(asked(here), asked(here))
    assert list(both) == [(before,), (before,)]
    assert read == ["run-1"]
    assert not isinstance(await stopped.client.submit("run-1", ResumeRun(ADA)), Refusal)
    await stopped.until(waits)
    assert await asked(here) == ()
    await stopped.decide()
    await stopped.until(over)
    await settled(engine, "run-1")
    (after,) = await asked(here)
    assert after.status == "done" and len(after.took) == 1
    assert read == ["run-1", "run-1"]


async def test_a_pause_is_no_work(tmp_path: Path) -> None:
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "b"))
    log.add(10, events.RunPaused(ADA, "lunch")).add(5000, events.RunResumed(ADA))
    log.add(5010, events.PhasePaused("one", ADA, "")).add(9000, events.PhaseResumed("one", ADA))
    log.add(9005, review(phase="one")).add(
        9900, events.DecisionMade("d1", "approved", Actor("policy", "--yes"))
    )
    log.add(9905, events.PhaseEnded("one", "done", "")).add(9906, events.RunEnded("done", ""))
    state = StateDir(tmp_path)
    state.run("run-7f3a").root.mkdir(parents=True)
    written = Log(state.run("run-7f3a").database)
    written.append(log.recorded)
    written.close()
    Registry(state.registry).put(row_of(log.state()))
    (run,) = await past.Past(state).runs(without="")
    assert run.took == (30.0,) and run.seconds == 9906
    assert await past.Past(state).runs(without="run-7f3a") == []


async def test_a_list_of_runs_that_cannot_be_read_is_a_refusal(engine: LocalEngine, project: Path) -> None:
    here = await under_way(engine, project)
    registry = engine.engine.state.registry
    for name in (registry, *registry.parent.glob("registry.db-*")):
        name.write_bytes(b"this is no database" * 100)
    answer = await here.client.query(here.run, "history", {})
    assert isinstance(answer, Refusal) and "the list of runs cannot be read" in answer.message


async def test_who_gives_up_ends_the_reading(
    engine: LocalEngine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await done(engine, project, 1)
    await settled(engine, "run-1")
    here = await under_way(engine, project)
    began, stops = threading.Event(), list[threading.Event]()

    def slow(directory: Any, stop: threading.Event) -> None:
        stops.append(stop)
        began.set()
        assert stop.wait(30)

    monkeypatch.setattr(past, "_facts", slow)
    asking = asyncio.create_task(asked(here))
    await asyncio.to_thread(began.wait, 30)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert stops[0].is_set()
    monkeypatch.undo()
    assert [run.run for run in await asked(here)] == ["run-1"]
