"""A terminal lends its environment to the workers of a run: a key that was corrected, a new PATH."""

from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.client.socket import connect
from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.engine.control import ControlServer
from prdrunner_tui.kernel.settings import Sandbox, Settings, WorkerChoice
from prdrunner_tui.steps.surroundings import of_the_terminal
from tests.engine.conftest import begin, waits
from tests.engine.test_control_socket import server
from tests.engine.test_sandbox import sandboxed

__all__ = ["server"]


def test_only_what_workers_get_is_lent_and_nothing_that_moves_our_own_files() -> None:
    environ = {
        "PATH": "/new", "HOME": "/other", "XDG_DATA_HOME": "/other", "TEAM_KEY": "k", "OPENAI_API_KEY": "q",
        "AWS_SECRET": "s", "LD_PRELOAD": "x",
    }  # fmt: skip
    qwen = WorkerChoice("acp", {"profile": "qwen"})
    settings = Settings(workers={"implement": qwen}, pass_env=("TEAM_*", "XDG_*", "HOME"))
    assert of_the_terminal(environ, settings) == {"PATH": "/new", "TEAM_KEY": "k", "OPENAI_API_KEY": "q"}


async def test_a_corrected_key_reaches_the_next_turn(
    engine: LocalEngine, project: Path, server: ControlServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM_KEY", "wrong")
    line = 'test "$TEAM_KEY" = right || exit 3; echo "# $OTHER_KEY" >> calc.py'
    driver = await begin(engine, sandboxed(project, line, Sandbox(), pass_env=("TEAM_*",)), project)
    state = await driver.until(waits)
    assert [decision.kind for decision in state.open_decisions()] == ["stuck"]
    client = await connect(engine.engine.state.socket)
    assert await client.lend("run-1", {"TEAM_KEY": "right", "OTHER_KEY": "not let through"}) == "run-1"
    await client.close()
    await driver.decide("approve", reason="it is right now")
    state = await driver.until(lambda state: [d.kind for d in state.open_decisions()] == ["review"])
    told = (engine.engine.state.run("run-1").workspace("one") / "calc.py").read_text()
    assert told.endswith("\n# \n")


async def test_nothing_is_lent_to_a_run_that_is_not_hosted(
    engine: LocalEngine, server: ControlServer
) -> None:
    client = await connect(engine.engine.state.socket)
    answer = await client.lend("run-9", {"PATH": "/x"})
    assert not isinstance(answer, str) and answer.code == "unknown"
    await client.close()
