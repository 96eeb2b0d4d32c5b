"""Real hosts, real processes: helpers for the tests of the agent host."""

from __future__ import annotations

import asyncio
import os
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.agents.hosts import AgentHosts, Check, HostLink, Job, Limits
from prdrunner_tui.agents.procs import carries, living
from prdrunner_tui.journal.segments import SegmentReader
from prdrunner_tui.workers.port import Turn

TOKEN = "run-token-0123456789"


async def wait_until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """The first true value of the condition; fails after a while."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "waited too long"
        await asyncio.sleep(0.005)
    return value


def carriers(marker: str) -> list[int]:
    """All living processes that carry a job's marker."""
    return [pid for pid in living() if carries(pid, "PRDRUNNER_JOB", marker)]


@dataclass
class Bench:
    """Hosts under a fresh root, and what they told."""

    root: Path
    workspace: Path
    hosts: AgentHosts
    updates: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    others: list[AgentHosts] = field(default_factory=list)

    def turn(
        self,
        key: str,
        worker: str,
        options: Mapping[str, Any],
        *,
        prompt: str = "do it\n",
        env: Mapping[str, str] | None = None,
        result_file: str | None = None,
        **rest: Any,
    ) -> Job:
        turn = Turn(
            key, "r1", "phase-1", "implement", 1, str(self.workspace), prompt, result_file, options=options
        )
        return Job(key, "turn", self.env(env), worker=worker, turn=turn, **self.defaults(rest))

    def command(self, key: str, line: str, **rest: Any) -> Job:
        way = rest.pop("way", "stdin")
        return self.turn(key, "command", {"command": line, "prompt": way}, **rest)

    def script(self, key: str, actions: str, **rest: Any) -> Job:
        text = f"recording: a test\ndefault:\n  implement:\n{actions}"
        return self.turn(key, "scripted", {"recording": text, "speed": 0}, **rest)

    def check(self, key: str, line: str, **rest: Any) -> Job:
        return Job(
            key, "check", self.env(None), check=Check(line, str(self.workspace)), **self.defaults(rest)
        )

    def env(self, more: Mapping[str, str] | None) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.root), **(more or {})}

    def defaults(self, rest: dict[str, Any]) -> dict[str, Any]:
        return {"limits": Limits(grace=0.3, wall=30.0), "marker": uuid.uuid4().hex, **rest}

    def another(self, token: str = TOKEN) -> AgentHosts:
        """The next engine over the same jobs."""
        hosts = AgentHosts(
            self.hosts.root, token=token, on_update=lambda key, update: self.updates.append((key, update))
        )
        self.others.append(hosts)
        return hosts

    def kinds(self, kind: str) -> list[dict[str, Any]]:
        return [u for _, u in self.updates if u["kind"] == kind]

    async def told(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The first update of that kind with those fields, as soon as it is there."""

        def find() -> dict[str, Any] | None:
            return next((u for u in self.kinds(kind) if all(u.get(k) == v for k, v in fields.items())), None)

        found: dict[str, Any] = await wait_until(find)
        return found


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    updates: list[tuple[str, dict[str, Any]]] = []
    hosts = AgentHosts(
        tmp_path / "jobs", token=TOKEN, on_update=lambda key, update: updates.append((key, update))
    )
    made = Bench(tmp_path, workspace, hosts, updates)
    yield made
    for each in [hosts, *made.others]:
        await each.close(end_jobs=True, reason="the test is over")


def log_of(link: HostLink) -> bytes:
    """The raw output of a job."""
    return SegmentReader(link.segment).content()
