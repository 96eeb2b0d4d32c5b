"""The oracle beside an engine that works: it raises no false alarm, and what holds the repository stays untouched."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from prdrunner_tui.repo.locate import repo_id
from prdrunner_tui.repo.rundir import StateDir
from prdrunner_tui.steps.oracle.examine import check_repository, examine
from tests.crash.life import Place, live_here
from tests.crash.scenario import make_project


async def test_no_false_alarm_at_any_moment_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(tmp_path)
    make_project(place.project)
    monkeypatch.setenv("PRDRUNNER_STATE_DIR", str(place.state))
    state = StateDir(place.state / repo_id(place.project / ".git"))
    working = asyncio.ensure_future(live_here(place))
    looks, alarms = 0, []
    while not working.done():
        await asyncio.wait({working}, timeout=0.05)
        examined = await examine(state, place.project / ".git", ours_alone=True)
        found = [*check_repository(state), *(v for one in examined for v in one.violations)]
        alarms += [violation.line for violation in found]
        looks += bool(examined and examined[0].run)
    await working
    assert alarms == []
    assert looks >= 3
