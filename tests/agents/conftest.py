"""A real agent program in a little project, under the real agent host, against our own model server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.agents.environment import QUIET
from prdrunner_tui.agents.hosts import HostLink, Job, JobResult, Limits
from tests.agents.model_server import Ask, ModelServer, Reply
from tests.agents.programs import AGENTS, Agent
from tests.agents.whole import Whole, installed
from tests.engine.conftest import project
from tests.unit.agents.conftest import Bench, bench

_TURN = 180.0
"""Seconds after which a turn hangs on a question that a test does not answer."""

__all__ = ["AGENTS", "Agent", "Real", "bench", "project"]


class Real:
    """One agent with its project and home. `script` of the server is set by the test."""

    def __init__(self, agent: Agent, bench: Bench, home: Path) -> None:
        self.agent = agent
        self.bench = bench
        self.home = home
        self.script: Callable[[Ask], Reply] = lambda ask: Reply("Nothing to do.")
        self.server = ModelServer(lambda ask: self.script(ask))

    @property
    def workspace(self) -> Path:
        return self.bench.workspace

    def prepare(self) -> None:
        """A home with the agent's settings, and a project with one commit."""
        self.agent.settle(self.home)
        (self.workspace / "README.md").write_text("a little project\n")
        who = ["-c", "user.name=T", "-c", "user.email=t@example.org"]
        for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-qm", "begin"]):
            subprocess.run(["git", *words], cwd=self.workspace, check=True, env=self.environment())

    def environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "LANG": "C.UTF-8", **QUIET}

    def job(
        self, key: str = "k", *, prompt: str = "Build it now.", session: str | None = None, **rest: Any
    ) -> Job:
        options = {
            "profile": self.agent.name,
            "argv": self.agent.argv(self.server.url),
            "env": dict(self.agent.env(self.server.url, self.home)),
            **rest.pop("options", {}),
        }
        limits = Limits(grace=5.0, wall=120.0, idle=90.0)
        job = self.bench.turn(
            key, "acp", options, prompt=prompt, env=self.environment(), limits=limits, **rest
        )
        assert job.turn is not None
        turn = {**job.to_json()["turn"], "session": session}
        return Job.from_json({**job.to_json(), "turn": turn})

    async def launch(self, key: str = "k", **rest: Any) -> HostLink:
        return await self.bench.hosts.launch(self.job(key, **rest))

    async def turn(self, key: str = "k", **rest: Any) -> JobResult:
        link = await self.launch(key, **rest)
        async with asyncio.timeout(_TURN):
            return await link.result()

    def said(self) -> str:
        return "".join(u["text"] for u in self.bench.kinds("said"))


@pytest.fixture
def agent_home() -> Iterator[Path]:
    """A home directory. Not below /tmp: Codex makes no helpers of its own sandbox there, and none of its edits pass."""
    with tempfile.TemporaryDirectory(
        prefix="prdrunner-home-", dir="/var/tmp", ignore_cleanup_errors=True
    ) as made:
        yield Path(made)


@pytest.fixture(params=sorted(AGENTS))
async def real(request: pytest.FixtureRequest, bench: Bench, agent_home: Path) -> AsyncIterator[Real]:
    for why in installed(request.param):
        pytest.skip(why)
    made = Real(AGENTS[request.param], bench, agent_home)
    made.prepare()
    with made.server:
        yield made
    assert made.server.problems == []


@pytest.fixture(params=sorted(AGENTS))
async def whole(
    request: pytest.FixtureRequest, project: Path, agent_home: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Whole]:
    for why in installed(request.param):
        pytest.skip(why)
    made = Whole(AGENTS[request.param], project, agent_home, monkeypatch.setenv)
    with made.server:
        try:
            yield made
        finally:
            await made.close()
    assert made.server.problems == []
    assert made.left() == []
