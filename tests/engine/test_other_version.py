"""A run that another version of prdrunner began, with options of its agent that this one does not know."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.agents.results import segment_path
from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.journal.segments import SegmentReader
from prdrunner_tui.kernel.state import Effect, RunState
from prdrunner_tui.repo.discover import discover
from prdrunner_tui.repo.rundir import open_state
from tests.engine.conftest import begin, start_command, waits
from tests.engine.test_sessions import WROTE, speaks


async def run(project: Path, engine: LocalEngine, **options: Any) -> RunState:
    """A run until it waits for a person."""
    worker = speaks(project, [[WROTE]], **options)
    command = start_command(project, "", workers={"implement": worker}, same_failure_limit=1)
    driver = await begin(engine, command, project)
    return await driver.until(waits)


def turns(state: RunState) -> list[Effect]:
    return [one for step in state.phases["one"].steps for one in step.effects if one.kind == "turn"]


async def test_it_goes_on_without_them_and_its_log_says_so(project: Path, engine: LocalEngine) -> None:
    state = await run(project, engine, colour="blue")
    assert [decision.kind for decision in state.open_decisions()] == ["review"]
    jobs = open_state((await discover(project)).repo_id).run("run-1").jobs
    (turn,) = turns(state)
    lines = SegmentReader(segment_path(jobs / directory_name(turn.key, 1))).lines(0, 100)
    notices = [text.decode() for _, kind, text in lines if kind == "note" and b"colour" in text]
    assert notices == ["this prdrunner does without what the run's options say of 'colour'"]


async def test_an_agent_never_begins_without_what_may_restrict_it(project: Path, engine: LocalEngine) -> None:
    state = await run(project, engine, deny_tools=["shell"])
    step = next(step for step in state.phases["one"].steps if step.name == "implement")
    assert step.status == "failed" and "an agent profile has no 'deny_tools'" in step.summary
    assert state.open_decisions() and not (project.parent / "sent").exists()
