"""A run of one phase by a real agent program in a little project: its model is ours, its cockpit is on a screen."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from prdrunner_tui.agents.environment import QUIET
from prdrunner_tui.agents.procs import living
from prdrunner_tui.kernel.settings import Check, Limits, PhasePlan, WorkerChoice
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.repo.discover import discover
from prdrunner_tui.repo.rundir import StateDir, open_state
from tests.agents.install import PROGRAMS
from tests.agents.model_server import Ask, ModelServer, Reply
from tests.agents.programs import Agent
from tests.tui.conftest import Stage, screen_text
from tests.unit.agents.conftest import wait_until

PYTEST = f"{sys.executable} -m pytest -q -p no:cacheprovider"
_REPORT = re.compile(r"as JSON to the file (\S+) and nowhere else")


class Whole:
    """The project, its agent's home, and what its model says: `says`, one reply a request, step by step."""

    def __init__(self, agent: Agent, project: Path, home: Path, environ: Callable[[str, str], None]) -> None:
        self.agent = agent
        self.project = project
        self.home = home
        self.server = ModelServer(self._script)
        self.stage = Stage(project, "local")
        self.says: dict[str, list[Reply]] = {}
        self.otherwise: dict[str, Reply] = {}
        self.holds: list[threading.Event] = []
        self._prepare(environ)
        self.before = self.outside()

    def _prepare(self, environ: Callable[[str, str], None]) -> None:
        self.agent.settle(self.home)
        environ("HOME", str(self.home))
        for name, value in {**QUIET, **self.agent.env(self.server.url, self.home)}.items():
            environ(name, value)

    # What the model says.

    def plan(self, ask: Ask, summary: str = "a test and a function") -> Reply:
        """Write the plan that the step asks for."""
        change = {"path": "calc.py", "action": "modify", "note": "sub"}
        return self._report(ask, {"summary": summary, "approach": "small", "changes": [change]})

    def review(self, ask: Ask) -> Reply:
        """Write a review without issues."""
        return self._report(ask, {"summary": "it is good", "issues": []})

    def _report(self, ask: Ask, report: dict[str, Any]) -> Reply:
        if ask.round:
            return Reply("It is written.")
        where = _REPORT.findall(ask.prompt)[-1]
        return Reply("Writing it.", calls=[self.agent.write(Path(where), json.dumps(report))])

    def write(self, workspace: Path, name: str, text: str) -> Any:
        """The call that writes a file."""
        return self.agent.write(workspace / name, text)

    def hold(self) -> threading.Event:
        """Something to wait for; released at the end in any case."""
        self.holds.append(threading.Event())
        return self.holds[-1]

    def _script(self, ask: Ask) -> Reply:
        if "Plan how to implement" in ask.prompt:
            return self.plan(ask)
        if "Review the changes" in ask.prompt:
            return self.review(ask)
        left = self.says.get("implement", [])
        return left.pop(0) if left else self.otherwise.get("implement", Reply("All done."))

    # The run.

    def settings(self, *, roles: Iterable[str] = ("implement",), **options: Any) -> dict[str, Any]:
        """Settings of the run: who does what, and our own check by pytest."""
        given = {"profile": self.agent.name, "argv": self.agent.argv(self.server.url), **options}
        given["env"] = dict(self.agent.env(self.server.url, self.home))
        worker = WorkerChoice("acp", given, self.agent.name)
        return {
            "workers": dict.fromkeys(roles, worker),
            "checks": (Check("pytest", PYTEST, timeout=120.0),),
            "limits": Limits(turn=240.0, idle=120.0, grace=5.0),
            "phases": (PhasePlan("one", "Feature one", description="Subtraction."),),
        }

    def workspace(self, state: RunState) -> Path:
        """Where the agent works."""
        assert self.stage.engine is not None
        return self.stage.engine.engine.state.run("run-1").workspace("one")

    async def state(self) -> StateDir:
        """The state directory of the project."""
        return open_state((await discover(self.project)).repo_id)

    # What must be so afterwards.

    def outside(self) -> dict[str, str]:
        """Everything that no agent may change: the user's project with its .git, and what lies beside it."""
        found = {}
        for path in sorted(self.project.parent.rglob("*")):
            parts = path.relative_to(self.project.parent).parts
            if parts[0] != "state" and path.is_file():
                found["/".join(parts)] = hashlib.sha256(path.read_bytes()).hexdigest()
        return found

    def left(self) -> list[int]:
        """Processes that belong to this run's agents."""
        mine = f"HOME={self.home}".encode()
        found = []
        for pid in living():
            env = _environment(pid)
            if mine in env and any(entry.startswith(b"PRDRUNNER_JOB=") for entry in env):
                found.append(pid)
        return found

    async def clean(self, screen: Any = None) -> None:
        """Nobody is left, nothing outside changed but our branch, and nothing foreign moves the screen."""
        await wait_until(lambda: self.left() == [], 10.0)
        ours = {"project/.git/refs/heads/prdrunner/run-1", "project/.git/logs/refs/heads/prdrunner/run-1"}
        after = {name: sha for name, sha in self.outside().items() if name not in ours}
        changed = {name for name, sha in after.items() if self.before.get(name) != sha}
        assert {name for name in changed if not name.startswith("project/.git/objects/")} == set()
        assert self.before.keys() <= after.keys()
        if screen is not None:
            assert all(c.isprintable() for line in screen_text(screen) for c in line)

    async def close(self) -> None:
        """Release everybody, end the engine."""
        for hold in self.holds:
            hold.set()
        await self.stage.close()


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def git(project: Path, *words: str) -> str:
    """What git says in the user's project."""
    done = subprocess.run(["git", *words], cwd=project, capture_output=True, text=True, check=True)
    return done.stdout


def installed(name: str) -> Iterator[str]:
    """The reasons why an agent cannot be run here."""
    if not os.environ.get("PRDRUNNER_REAL_AGENTS"):
        yield "real agents are run by make agents, every one by make agents-all"
    if why := PROGRAMS[name].missing:
        yield why
