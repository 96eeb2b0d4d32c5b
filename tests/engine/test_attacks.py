"""Attacks on the engine's ground: the state directory, the socket, what an agent leaves; A09, A11 and I9."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
from pathlib import Path

import pytest

from prdrunner_tui.client.socket import connect
from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.engine.control import ControlServer
from prdrunner_tui.engine.engine import Engine
from prdrunner_tui.kernel.settings import Limits, WorkerChoice
from prdrunner_tui.repo import workspace as workspaces
from prdrunner_tui.repo.discover import discover
from prdrunner_tui.repo.items import suspicious
from prdrunner_tui.repo.rundir import StateDir
from prdrunner_tui.repo.workspace import WorkspaceLost
from prdrunner_tui.text.problem import Problem
from tests.engine.conftest import begin, git, start_command, waits

LIMITS = Limits(turn=20.0, idle=20.0, output=200_000, grace=0.3)


def by_command(line: str) -> dict[str, object]:
    return {"limits": LIMITS, "workers": {"implement": WorkerChoice("command", {"command": line})}}


async def test_a09_what_the_import_left_out_stands_in_the_review(engine: LocalEngine, project: Path) -> None:
    line = (
        "echo '# more' >> calc.py; mkfifo pipe; truncate -s 200M huge;"
        " mkdir inner; git init -q inner; echo work > inner/file"
    )
    driver = await begin(engine, start_command(project, "", **by_command(line)), project)
    (decision,) = (await driver.until(waits)).open_decisions()
    left_out = "\n".join(decision.facts["left_out"])
    assert decision.kind == "review"
    assert "inner/ (nested repository)" in left_out and "huge (too large" in left_out, left_out
    assert "pipe (special file" in left_out, left_out


@pytest.mark.parametrize("name", ["invoice\u202egpj.py", "a\u200bb", "x\u2066y"])
def test_a01_a_name_that_fools_the_eye_is_held_for_a_person(name: str) -> None:
    assert "invisible" in suspicious(name.encode())


@pytest.mark.parametrize("name", ["café.py", "漢字.md", "[bold]", "a b"])
def test_an_ordinary_name_is_not_suspicious(name: str) -> None:
    assert suspicious(name.encode()) == ""


@pytest.mark.parametrize("separator", ["\u2028", "\x85", "\x1c"])
async def test_a20_a_repository_below_a_name_that_python_splits_at_is_found(
    project: Path, tmp_path: Path, separator: str
) -> None:
    odd = tmp_path / f"a{separator}b"
    shutil.copytree(project, odd)
    found = await discover(odd)
    assert found.root == odd and found.head_commit == git(odd, "rev-parse", "HEAD")


async def test_a20_a_newline_in_the_path_is_one_clear_line(project: Path, tmp_path: Path) -> None:
    shutil.copytree(project, tmp_path / "a\nb")
    with pytest.raises(Problem, match="newline in its name"):
        await discover(tmp_path / "a\nb")


@pytest.mark.parametrize("record", [b"", b"\xff{", b"[]", b"{}", b'{"run": "x"}'])
async def test_a24_a_damaged_record_of_a_workspace_is_a_lost_workspace(
    engine: LocalEngine, project: Path, record: bytes
) -> None:
    driver = await begin(engine, start_command(project, "", **by_command("echo '# x' >> calc.py")), project)
    await driver.until(waits)
    directory = engine.engine.state.run("run-1")
    (directory.private("one") / "workspace.json").write_bytes(record)
    with pytest.raises(WorkspaceLost, match="damaged record"):
        workspaces.load(directory, "one")


async def test_i9_an_engine_whose_state_directory_was_replaced_no_longer_owns_it(tmp_path: Path) -> None:
    state = StateDir(tmp_path / "state")
    state.runs.mkdir(parents=True)
    engine = Engine(state)
    engine.lock()
    server = ControlServer(engine, state.socket, lambda: None)
    await server.open()
    assert engine.owns
    shutil.rmtree(state.root)
    assert not engine.owns
    state.runs.mkdir(parents=True)
    other = Engine(state)
    other.lock()
    second = ControlServer(other, state.socket, lambda: None)
    await second.open()
    assert other.owns and not engine.owns
    await server.close()
    await engine.close("replaced")
    assert state.socket.exists(), "the old engine took the new one's socket away"
    await second.close()
    await other.close("done")
    assert not state.socket.exists()


async def test_a11_an_engine_that_is_stopped_is_told_of_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind("engine.sock")
        silent.listen()
        with pytest.raises(Problem, match="does not answer"):
            async with asyncio.timeout(10):
                await connect(Path(os.fspath(tmp_path)) / "engine.sock", patience=0.1)
