"""Faults that are not a kill of the engine: F04, F10, F17, F18, F25, by the real engine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from prdrunner_tui.client.socket import SocketClient, connect
from prdrunner_tui.embed.local import LocalClient, LocalEngine
from prdrunner_tui.journal.log import Log
from prdrunner_tui.kernel.commands import Refusal, StartRun
from prdrunner_tui.kernel.settings import Limits, WorkerChoice
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.repo.locate import repo_id
from prdrunner_tui.repo.rundir import StateDir
from prdrunner_tui.steps.oracle.examine import check_repository, examine
from prdrunner_tui.wire.client import RunEvent
from tests.crash import scenario

Client = SocketClient | LocalClient
DEADLINE = 30.0


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The repository of the scenario, with a state directory of its own."""
    monkeypatch.setenv("PRDRUNNER_STATE_DIR", str(tmp_path / "state"))
    scenario.make_project(tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def state_dir(project: Path, tmp_path: Path) -> StateDir:
    return StateDir(tmp_path / "state" / repo_id(project / ".git"))


@pytest.fixture
async def engine(project: Path) -> AsyncIterator[LocalEngine]:
    """An engine in this process."""
    opened = await LocalEngine.open(project)
    yield opened
    await opened.close()


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Engine processes that a test starts; none is left."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()


def start_engine(project: Path, log: Path) -> subprocess.Popen[bytes]:
    """``python -m prdrunner_tui.engine``, as a front end starts it."""
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", "prdrunner_tui.engine", str(project)],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )


async def wait_for(condition: Callable[[], object], what: str) -> None:
    """Wait until a condition holds that no event tells of."""
    until = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < until, what
        await asyncio.sleep(0.005)


async def attached(state_dir: StateDir) -> SocketClient:
    """A client of the engine process, as soon as there is one."""
    until = time.monotonic() + DEADLINE
    while True:
        with contextlib.suppress(ConnectionError, FileNotFoundError):
            return await connect(state_dir.socket)
        assert time.monotonic() < until, "no engine answers"
        await asyncio.sleep(0.01)


async def until(client: Client, condition: Callable[[RunState], bool], *, decide: bool = True) -> RunState:
    """Follow the run, deciding as the scenario's person does, until its state fulfils the condition."""
    async with asyncio.timeout(DEADLINE):
        while True:
            answer = await client.attach(scenario.RUN)
            assert not isinstance(answer, Refusal), answer
            if condition(answer.state):
                return answer.state
            command = scenario.decide(answer.state) if decide else None
            if command is not None:
                await client.submit(scenario.RUN, command)
                continue
            async for news in client.news():
                if isinstance(news, RunEvent):
                    break


def over(state: RunState) -> bool:
    return state.run is not None and state.run.status in ("done", "failed", "stopped")


async def begin(client: Client, project: Path, command: StartRun) -> None:
    assert await client.start(command, str(project / "prd.md")) == command.run


def by_shell(project: Path, script: str, **limits: float) -> StartRun:
    """A run whose worker is a shell command; only its first phase."""
    command = scenario.start_command(project, limits=Limits(**{"grace": 0.5, **limits}))  # type: ignore[arg-type]
    worker = WorkerChoice("command", {"command": f"sh -c {shlex.quote(script)}"}, "a shell")
    settings = replace(command.settings, workers={"implement": worker})
    return replace(command, phases=command.phases[:1], settings=settings)


def process_with(argument: str) -> int | None:
    """The pid of the process with this argument of its own."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if argument.encode() in (folder / "cmdline").read_bytes().split(b"\0"):
                return int(folder.name)
    return None


async def sound(state_dir: StateDir, project: Path) -> None:
    """The oracle finds nothing."""
    examined = await examine(state_dir, project / ".git", ours_alone=True)
    found = [*check_repository(state_dir), *(v for one in examined for v in one.violations)]
    assert [violation.line for violation in found] == []


async def test_f04_a_killed_agent_fails_its_step_and_the_retry_starts_from_the_checkpoint(
    project: Path, tmp_path: Path, engine: LocalEngine, state_dir: StateDir
) -> None:
    name = f"0.{os.getpid()}4"
    flag = shlex.quote(str(tmp_path / "flag"))
    first = f"touch {flag}; echo half > half.txt; exec sleep 9999 {name}"
    client = engine.client()
    script = (
        f"cat > /dev/null; if [ -e {flag} ]; then printf 'hello\\nagain\\n' > words.txt; else {first}; fi"
    )
    await begin(client, project, by_shell(project, script))
    await wait_for(lambda: process_with(name), "the agent runs")
    pid = process_with(name)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    state = await until(client, over)
    assert state.run is not None and state.run.status == "done", state.run
    goes = [s for s in state.phases["one"].steps if s.name == "implement"]
    assert [(s.iteration, s.attempt, s.status) for s in goes] == [(1, 1, "failed"), (1, 2, "ok")]
    assert "killed" in goes[0].summary
    files = scenario.git(project, "ls-tree", "--name-only", scenario.BRANCH).split()
    assert "half.txt" not in files
    saved = [c for c in state.checkpoints.values() if "before the return" in c.label]
    assert len(saved) == 1, "what the killed agent left is kept"
    await sound(state_dir, project)


async def test_f10_sigterm_ends_the_agents_and_leaves_the_run_paused(
    project: Path, tmp_path: Path, state_dir: StateDir, processes: list[subprocess.Popen[bytes]]
) -> None:
    name = f"0.{os.getpid()}10"
    processes.append(start_engine(project, tmp_path / "log"))
    client = await attached(state_dir)
    await begin(client, project, by_shell(project, f"cat > /dev/null; exec sleep 9999 {name}"))
    await wait_for(lambda: process_with(name), "the agent runs")
    began = time.monotonic()
    processes[0].send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(processes[0].wait, 10) == 0
    assert time.monotonic() - began < 10
    assert process_with(name) is None
    await client.close()
    processes.append(start_engine(project, tmp_path / "log"))
    client = await attached(state_dir)
    assert await client.host(scenario.RUN) == scenario.RUN
    state = await until(client, lambda state: True)
    assert state.run is not None
    assert (state.run.status, state.run.reason) == ("paused", "the engine was ended by SIGTERM")
    await client.close()
    processes[1].send_signal(signal.SIGTERM)
    await asyncio.to_thread(processes[1].wait, 10)
    await sound(state_dir, project)


async def test_f10_a_second_sigterm_ends_the_engine_at_once_and_the_hosts_end_their_agents(
    project: Path, tmp_path: Path, state_dir: StateDir, processes: list[subprocess.Popen[bytes]]
) -> None:
    name = f"0.{os.getpid()}11"
    processes.append(start_engine(project, tmp_path / "log"))
    client = await attached(state_dir)
    stubborn = f"trap '' TERM; cat > /dev/null; touch {shlex.quote(str(tmp_path / 'on'))}; sleep 9999 {name}"
    await begin(client, project, by_shell(project, f"{stubborn}; sleep 9999", grace=3.0, orphan_grace=0.2))
    await wait_for(lambda: process_with(name), "the agent runs")
    processes[0].send_signal(signal.SIGTERM)
    await wait_for(lambda: _paused(state_dir), "the first signal pauses the run")
    began = time.monotonic()
    processes[0].send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(processes[0].wait, 10) == 128 + signal.SIGTERM
    assert time.monotonic() - began < 1.0
    await client.close()
    await wait_for(lambda: process_with(name) is None, "the host ends its agent without an engine")


def _paused(state_dir: StateDir) -> bool:
    log = Log(state_dir.run(scenario.RUN).database, read_only=True)
    try:
        return any(row.name == "RunPaused" for row in log.rows())
    finally:
        log.close()


async def test_f17_a_lock_of_the_users_is_waited_for_and_never_removed(
    project: Path, engine: LocalEngine, state_dir: StateDir
) -> None:
    index_lock = project / ".git" / "index.lock"
    index_lock.touch()
    ref_lock = project / ".git" / "refs" / "heads" / f"{scenario.BRANCH}.lock"
    ref_lock.parent.mkdir(parents=True)
    ref_lock.touch()
    client = engine.client()
    await begin(client, project, scenario.start_command(project))

    def publishes(state: RunState) -> bool:
        return any(e.kind == "publish" and e.status == "intended" for e in state.run_effects.values())

    await until(client, publishes)
    packs = project / ".git" / "objects" / "pack"
    await wait_for(lambda: any(packs.glob("*.keep")), "only the ref is left to move")
    assert ref_lock.exists() and index_lock.exists()
    ref_lock.unlink()
    state = await until(client, over)
    assert state.run is not None and state.run.status == "done", state.run
    assert index_lock.exists()
    index_lock.unlink()
    await sound(state_dir, project)


async def test_f17_a_lock_that_our_own_git_left_is_swept(project: Path, state_dir: StateDir) -> None:
    opened = await LocalEngine.open(project)
    await opened.close()
    left = state_dir.trusted / "refs" / "prdrunner" / "runs" / scenario.RUN / "tip.lock"
    left.parent.mkdir(parents=True)
    left.touch()
    opened = await LocalEngine.open(project)
    assert not left.exists()
    await opened.close()


@pytest.mark.parametrize("how", ["deleted", "replaced by a link", "moved"])
async def test_f18_a_lost_workspace_is_made_again_at_its_checkpoint(
    how: str, project: Path, tmp_path: Path, engine: LocalEngine, state_dir: StateDir
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious.txt").write_text("mine\n")
    away = shlex.quote(str(tmp_path / "moved away"))
    lose = {
        "deleted": 'rm -rf "$ws"',
        "replaced by a link": f'rm -rf "$ws"; ln -s {shlex.quote(str(outside))} "$ws"',
        "moved": f'mv "$ws" {away}',
    }[how]
    flag = shlex.quote(str(tmp_path / "flag"))
    once = f'if [ ! -e {flag} ]; then touch {flag}; ws="$PWD"; cd /; {lose}; exit 0; fi'
    client = engine.client()
    script = f"cat > /dev/null; {once}; printf 'hello\\nagain\\n' > words.txt"
    await begin(client, project, by_shell(project, script))
    state = await until(client, over)
    assert state.run is not None and state.run.status == "done", state.run
    goes = [s for s in state.phases["one"].steps if s.name == "implement"]
    assert [s.status for s in goes] == ["failed", "ok"]
    assert "workspace" in goes[0].summary
    assert [path.name for path in outside.iterdir()] == ["precious.txt"]
    assert (outside / "precious.txt").read_text() == "mine\n"
    await sound(state_dir, project)


async def test_f25_of_ten_engines_started_at_once_one_owns_the_repository(
    project: Path, tmp_path: Path, state_dir: StateDir, processes: list[subprocess.Popen[bytes]]
) -> None:
    linked = tmp_path / "by another name"
    linked.symlink_to(project)
    processes += [start_engine(linked if n % 2 else project, tmp_path / "log") for n in range(10)]
    client = await attached(state_dir)
    await wait_for(lambda: sum(p.poll() is not None for p in processes) == 9, "nine give way")
    assert sorted(p.returncode for p in processes if p.returncode is not None) == [5] * 9
    owner = next(p for p in processes if p.returncode is None)
    assert state_dir.lock.read_text().strip() == str(owner.pid)
    assert (tmp_path / "log").read_text().count(f"another engine owns this repository: pid {owner.pid}") == 9
    await client.close()
    owner.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(owner.wait, 10) == 0
