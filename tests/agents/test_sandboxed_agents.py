"""Real agent programs in the sandbox: their own files below a hidden home, their sessions, and what stays hidden."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prdrunner_tui.agents.bubblewrap import bubblewrap
from prdrunner_tui.agents.environment import QUIET
from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.kernel.settings import Limits, Sandbox, WorkerChoice
from tests.agents.conftest import AGENTS
from tests.agents.install import PROGRAMS, cache
from tests.agents.model_server import Ask, ModelServer, Reply
from tests.engine.conftest import begin, project, start_command, waits

__all__ = ["project"]

LOOK = "ls -A $HOME/.ssh; cat $HOME/.ssh/id; echo x > {checkout}/.git/config; pwd > seen.txt"


@pytest.fixture
def home(agent_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory with a key and the sign-in files that the profiles name."""
    files = {
        ".ssh/id": "the-key",
        ".claude.json": '{"hasCompletedOnboarding": true}',
        ".claude/settings.json": "{}",
    }
    for name, text in files.items():
        (agent_home / name).parent.mkdir(parents=True, exist_ok=True)
        (agent_home / name).write_text(text)
    for name, value in {**QUIET, "PRDRUNNER_AGENTS": str(cache()), "HOME": str(agent_home)}.items():
        monkeypatch.setenv(name, value)
    return agent_home


@pytest.mark.parametrize("name", sorted(AGENTS))
async def test_a_whole_turn_in_the_sandbox(
    name: str, project: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program, agent = PROGRAMS[name], AGENTS[name]
    if not os.environ.get("PRDRUNNER_REAL_AGENTS"):
        pytest.skip("real agents are run by make agents, every one by make agents-all")
    if program.missing or not bubblewrap().usable:
        pytest.skip(program.missing or f"THE SANDBOX IS NOT TESTED: {bubblewrap().why}")
    agent.settle(home)
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    command = LOOK.format(checkout=project)

    def script(ask: Ask) -> Reply:
        target = engine.engine.state.run("run-1").workspace("one") / "calc.py"
        return [
            Reply("Looking.", calls=[agent.run(command)]),
            Reply("Writing.", calls=[agent.write(target.with_name("new.py"), "NEW = 1\n")]),
            Reply("All done."),
        ][min(ask.round, 2)]

    with ModelServer(script) as server:
        env = {k: v for k, v in agent.env(server.url, home).items() if k != "CLAUDE_CONFIG_DIR"}
        options = {
            "profile": name,
            "argv": agent.argv(server.url),
            "env": env,
        }
        engine = await LocalEngine.open(project)
        try:
            start = start_command(
                project,
                "",
                workers={"implement": WorkerChoice("acp", options, name)},
                sandbox=Sandbox("required"),
                limits=Limits(turn=120.0),
            )
            driver = await begin(engine, start, project)
            for title in (f"{agent.asks}: {command}", *agent.asked_without_its_fence()):
                (asked,) = (await driver.until(waits, 120)).open_decisions()
                assert asked.kind == "permission" and asked.title.startswith(title), asked
                await driver.decide()
            state = await driver.until(lambda s: [d.kind for d in s.open_decisions()] == ["review"], 120)
            turn = next(e for s in state.phases["one"].steps for e in s.effects if e.kind == "turn")
            directory = engine.engine.state.run("run-1")
            workspace = directory.workspace("one")
            assert turn.result["outcome"] == "ended", turn.result
            assert (workspace / "new.py").read_text() == "NEW = 1\n"
            assert (workspace / "seen.txt").read_text().strip() == str(workspace)
            kept = directory.root / "homes" / "one" / "implement"
            assert not agent.sessions or list(kept.rglob(agent.sessions)), "no session was kept"
        finally:
            await engine.close()
    assert all(ask.mentions(agent.instructions) for ask in server.asks)
    assert server.problems == [] and not any(ask.mentions("the-key") for ask in server.asks)
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before
