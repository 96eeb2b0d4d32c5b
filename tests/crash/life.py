"""One life of an engine in a forked process: it hosts the run, a client decides, until the run is over or a kill."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.journal import faults
from prdrunner_tui.kernel.commands import Refusal, ResumeRun
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.wire.client import RunEvent
from tests.crash import forkserver, scenario

LIFE_SECONDS = 60.0
"""After this long a life is a fault of its own."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where one case happens."""

    root: Path

    @property
    def project(self) -> Path:
        """The user's repository."""
        return self.root / "project"

    @property
    def state(self) -> Path:
        """The state directory, above the repository's own."""
        return self.root / "state"

    @property
    def acknowledged(self) -> Path:
        """A line for each decision that the engine acknowledged: id, status."""
        return self.root / "acknowledged"

    def record(self, life: int) -> Path:
        """The boundaries that a life passed."""
        return self.root / f"boundaries-{life}"

    def log(self, life: int) -> Path:
        """What the engine of a life wrote to its log."""
        return self.root / f"log-{life}"

    def forget(self, life: int) -> None:
        """Remove what was noted of a life."""
        for path in (self.record(life), self.log(life)):
            path.unlink(missing_ok=True)


def live(place: Place, life: int, kill: str = "", prepare: Callable[[], None] = lambda: None) -> int:
    """Fork a process that is the engine and its client; its wait status.

    Args:
        place: of the case.
        life: number of the engine's life in it, from 1; only the first may start the run.
        kill: the boundary ``name#k`` at which it kills itself.
        prepare: called in the process before the engine opens.
    """
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    code = 70
    try:
        log = os.open(place.log(life), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.setsid()
        logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)
        os.environ["PRDRUNNER_STATE_DIR"] = str(place.state)
        faults.install_from_environment(
            {faults.RECORD_VARIABLE: str(place.record(life)), faults.KILL_VARIABLE: kill}
        )
        forkserver.warm()
        prepare()
        asyncio.run(asyncio.wait_for(live_here(place), LIFE_SECONDS))
        code = 0
    except BaseException:  # noqa: BLE001 - the child of a fork must never return
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def finish_run(root: Path) -> Place:
    """A run that was approved, committed and published, in this process, without any crash."""
    place = Place(root)
    scenario.make_project(place.project)
    before = os.environ.get("PRDRUNNER_STATE_DIR")
    os.environ["PRDRUNNER_STATE_DIR"] = str(place.state)
    try:
        asyncio.run(live_here(place))
    finally:
        os.environ.pop("PRDRUNNER_STATE_DIR")
        if before is not None:
            os.environ["PRDRUNNER_STATE_DIR"] = before
    return place


async def live_here(place: Place) -> None:
    """Host the run in this process and decide for the person until it is over."""
    engine = await LocalEngine.open(place.project)
    try:
        client = engine.client()
        if scenario.RUN not in engine.engine.runs:
            known = await client.host(scenario.RUN)
            if not isinstance(known, Refusal):
                assert _over(await _look(client)), "an engine takes up a run that goes on by itself"
                return
            started = await client.start(scenario.start_command(place.project), str(place.project / "prd.md"))
            assert started == scenario.RUN, started
        state = await _look(client)
        if state.run is not None and state.run.status in ("paused", "stopped"):
            await client.submit(scenario.RUN, ResumeRun(scenario.ADA))
        while not _over(state):
            if (command := scenario.decide(state)) is not None:
                answer = await client.submit(scenario.RUN, command)
                if not isinstance(answer, Refusal):
                    _acknowledge(place, command.id, command.verb)
            else:
                async for news in client.news():
                    if isinstance(news, RunEvent):
                        break
            state = await _look(client)
    finally:
        await engine.close()


async def _look(client: object) -> RunState:
    answer = await client.attach(scenario.RUN)  # type: ignore[attr-defined]
    assert not isinstance(answer, Refusal), answer
    return answer.state  # type: ignore[no-any-return]


def _over(state: RunState) -> bool:
    return state.run is not None and state.run.status in ("done", "failed")


def _acknowledge(place: Place, decision: str, verb: str) -> None:
    with place.acknowledged.open("a") as file:
        file.write(json.dumps([decision, verb]) + "\n")
