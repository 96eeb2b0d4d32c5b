"""A real repository, a real engine in this process, and a run in it."""

from __future__ import annotations

import asyncio
import hashlib
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.embed.local import LocalClient, LocalEngine
from prdrunner_tui.kernel.commands import Decide, Refusal, StartRun
from prdrunner_tui.kernel.settings import Author, Check, Gate, PhasePlan, Settings, WorkerChoice
from prdrunner_tui.kernel.state import Actor, RunState
from prdrunner_tui.repo.rundir import StateDir
from prdrunner_tui.steps.oracle.processes import lock_owner
from prdrunner_tui.wire.client import RunEvent

ADA = Actor("person", "ada")
CHECK = Check("unit", "python3 -m unittest -v", timeout=60)


def git(root: Path, *args: str) -> str:
    """Run git as a user would, without any configuration of this machine."""
    env = {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    done = subprocess.run(
        ["git", *identity, *args], cwd=root, env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A little repository with one test, and a state directory of its own."""
    monkeypatch.setenv("PRDRUNNER_STATE_DIR", str(tmp_path / "state"))
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    (root / "calc.py").write_text("def add(a, b):\n    return a + b\n")
    (root / "test_calc.py").write_text(
        "import unittest\nfrom calc import add\n\n\nclass T(unittest.TestCase):\n"
        "    def test_add(self):\n        self.assertEqual(add(1, 2), 3)\n"
    )
    (root / "prd.md").write_text("# Calc\n\n## Feature one\n\nAdd things.\n")
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    return root


def start_command(project: Path, recording: str, **changes: Any) -> StartRun:
    """A run of the phases given, by a recording."""
    phases = changes.pop("phases", (PhasePlan("one", "Feature one"),))
    scripted = WorkerChoice("scripted", {"recording": recording, "speed": 0.0}, "recording")
    base: dict[str, Any] = {
        "workers": {"implement": scripted},
        "gates": {"before_commit": Gate(show=("diff", "tests", "review"))},
        "checks": (CHECK,),
        "author": Author("Ada", "ada@example.org"),
    }
    prd = project / "prd.md"
    return StartRun(
        "run-1",
        "prd.md",
        hashlib.sha256(prd.read_bytes()).hexdigest(),
        git(project, "rev-parse", "HEAD"),
        False,
        "prdrunner/run-1",
        tuple(phases),
        Settings(**{**base, **changes}),
        ADA,
    )


class Driver:
    """Follows a run through a client."""

    def __init__(self, client: LocalClient, run: str) -> None:
        self.client = client
        self.run = run
        self.state = RunState()

    async def until(self, condition: Callable[[RunState], bool], seconds: float = 60) -> RunState:
        """Wait until the state, looked at anew after each event, fulfils the condition."""
        async with asyncio.timeout(seconds):
            await self._attach()
            if condition(self.state):
                return self.state
            async for news in self.client.news():
                if isinstance(news, RunEvent):
                    await self._attach()
                    if condition(self.state):
                        return self.state
        raise AssertionError("the engine is gone")

    async def decide(self, verb: str = "approve", reason: str = "", protected: bool = False) -> None:
        """Decide the oldest open decision."""
        decision = self.state.open_decisions()[0]
        answer = await self.client.submit(
            self.run,
            Decide(decision.id, verb, decision.content_hash, ADA, reason, protected),  # type: ignore[arg-type]
        )
        assert not isinstance(answer, Refusal), answer

    async def _attach(self) -> None:
        answer = await self.client.attach(self.run)
        assert not isinstance(answer, Refusal), answer
        self.state = answer.state


@pytest.fixture
async def engine(project: Path) -> AsyncIterator[LocalEngine]:
    """An engine of the project in this process."""
    opened = await LocalEngine.open(project)
    yield opened
    await opened.close()


async def begin(engine: LocalEngine, command: StartRun, project: Path) -> Driver:
    """Start a run and follow it."""
    client = engine.client()
    answer = await client.start(command, str(project / "prd.md"))
    assert answer == command.run, answer
    return Driver(client, command.run)


def waits(state: RunState) -> bool:
    """Whether something waits for a person, or the run is over."""
    return bool(state.open_decisions()) or (state.run is not None and state.run.status in ("done", "failed"))


def over(state: RunState) -> bool:
    """Whether the run is over."""
    return state.run is not None and state.run.status in ("done", "failed", "stopped")


async def gone(state: StateDir) -> None:
    """Wait until the engine of a state directory has ended."""
    async with asyncio.timeout(30):
        while (owner := lock_owner(state.lock)) is not None and owner.alive:
            await asyncio.sleep(0.02)
