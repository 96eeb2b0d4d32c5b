"""Agents in the sandbox: a real engine, a real host, a real bubblewrap, and an agent that tries every way out."""

from __future__ import annotations

import json
import logging
import os
import shlex
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.agents.bubblewrap import Bubblewrap, bubblewrap
from prdrunner_tui.agents.environment import ALLOWED, QUIET
from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.agents.results import read_result, segment_path
from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.engine.control import ControlServer
from prdrunner_tui.journal.segments import SegmentReader
from prdrunner_tui.kernel.settings import Limits, Sandbox, WorkerChoice
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.repo.rundir import RunDir
from prdrunner_tui.steps import confine
from tests.engine import attacker
from tests.engine.conftest import Driver, begin, git, start_command, waits

LIMITS = Limits(turn=60.0, idle=60.0, output=200_000, grace=0.5)
KEY = "the-private-key-of-ada"

needs_bubblewrap = pytest.mark.skipif(
    not bubblewrap().usable, reason=f"THE SANDBOX IS NOT TESTED: {bubblewrap().why}"
)


@dataclass
class World:
    """What lies outside the sandbox, and what was done to it."""

    home: Path
    terminal: str
    server: socket.socket
    socket: socket.socket
    visitors: list[str] = field(default_factory=list)

    def facts(self, project: Path, state: Path) -> dict[str, Any]:
        return {
            "checkout": str(project),
            "state": str(state),
            "system": "/etc/hosts",
            "key": str(self.home / ".ssh" / "id"),
            "engine": os.getpid(),
            "socket": self.socket.getsockname(),
            "port": self.server.getsockname()[1],
            "terminal": self.terminal,
        }


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A home directory with a key, a server of this machine, a socket, a terminal, and secrets in the environment."""
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    (home / ".ssh" / "id").write_text(KEY)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("SENTINEL_TOKEN", "sentinel-of-the-environment")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent.sock"))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/0/bus")
    ours, theirs = os.openpty()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "agent.sock"))
        local.listen()
        made = World(home, os.ttyname(theirs), server, local)

        def count(listener: socket.socket, name: str) -> None:
            while True:
                try:
                    listener.accept()[0].close()
                except OSError:
                    return
                made.visitors.append(name)

        for listener, name in ((server, "tcp"), (local, "unix")):
            threading.Thread(target=count, args=(listener, name), daemon=True).start()
        yield made
        for listener in (server, local):
            listener.shutdown(socket.SHUT_RDWR)
    os.close(ours)
    os.close(theirs)


def sandboxed(project: Path, line: str, sandbox: Sandbox, **changes: Any) -> Any:
    worker = {"implement": WorkerChoice("command", {"command": line})}
    return start_command(project, "", **{"workers": worker, "limits": LIMITS, "sandbox": sandbox, **changes})


def turn_of(state: RunState) -> Any:
    return next(e for s in state.phases["one"].steps for e in s.effects if e.kind == "turn")


async def attacked(
    engine: LocalEngine, project: Path, world: World, sandbox: Sandbox
) -> tuple[Driver, dict[str, str], dict[str, str]]:
    """A run whose agent is the attacker; what it says of its attacks and of its work."""
    state = engine.engine.state
    (state.runs / "run-of-somebody-else").mkdir()
    facts = project.parent / "facts.json"
    facts.write_text(json.dumps(world.facts(project, state.root)))
    line = shlex.join(["python3", str(Path(attacker.__file__)), str(facts)])
    driver = await begin(engine, sandboxed(project, line, sandbox), project)
    done = await driver.until(waits)
    workspace = state.run("run-1").workspace("one")
    assert (workspace / "works.json").exists(), turn_of(done).result
    told = [json.loads((workspace / name).read_text()) for name in ("attacks.json", "works.json")]
    return driver, told[0], told[1]


@needs_bubblewrap
async def test_A12_A15_an_agent_that_obeys_a_hostile_repository_has_no_effect_outside_its_workspace(
    engine: LocalEngine, project: Path, world: World
) -> None:
    state = engine.engine.state
    server = ControlServer(engine.engine, state.socket, lambda: None)
    await server.open()
    kept = {path: path.read_bytes() for path in (project / ".git" / "config", project / "calc.py")}
    hosts = Path("/etc/hosts").read_bytes()
    refs = git(project, "for-each-ref")
    seen = Sandbox("required", network=False, read=(str(project),))
    driver, attacks, works = await attacked(engine, project, world, seen)
    await server.close()

    assert {name: how for name, how in attacks.items() if how.startswith("done")} == {}
    assert works.pop("commit") == "nothing there"
    assert {name: how for name, how in works.items() if not how.startswith("done")} == {}
    assert works["history"].startswith("done: work of the agent"), works
    assert works["temporary"] == works["home"] == "done: here\n"
    assert {path: path.read_bytes() for path in kept} == kept and git(project, "for-each-ref") == refs
    assert Path("/etc/hosts").read_bytes() == hosts
    assert not (project / ".git" / "hooks" / "pre-commit").exists()
    assert world.visitors == [] and list(world.home.iterdir()) == [world.home / ".ssh"]
    assert not (state.store / "objects" / "info" / "alternates").exists()
    trusted = git(state.trusted, "for-each-ref", "--format=%(refname)")
    assert "evil" not in trusted
    run = (await driver.until(waits)).run
    assert run is not None and run.status == "running"
    assert [d.kind for d in driver.state.open_decisions()] == ["review"], "the agent decided for itself"


@needs_bubblewrap
async def test_A12_the_same_attacks_without_a_sandbox_do_get_through_so_that_this_test_can_fail(
    engine: LocalEngine, project: Path, world: World
) -> None:
    facts = {**world.facts(project, engine.engine.state.root), "system": str(project.parent / "system")}
    world.facts = lambda *_: facts  # type: ignore[method-assign]
    _, attacks, _ = await attacked(engine, project, world, Sandbox())
    through = {name for name, how in attacks.items() if how.startswith("done")}
    assert through >= {
        "write the configuration of the checkout's git",
        "write a hook into the checkout",
        "read a key",
        "list the other runs",
        "reach the socket of its host",
        "reach a server of this machine",
        "reach a socket in /tmp",
    }, attacks


@needs_bubblewrap
async def test_the_network_is_there_unless_it_is_off_and_the_home_may_be_shown(
    engine: LocalEngine, project: Path, world: World
) -> None:
    port = world.server.getsockname()[1]
    reach = f"import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
    line = f"python3 -c {shlex.quote(reach)} && cat $HOME/.ssh/id && ! touch $HOME/.ssh/id && echo '# x' >> calc.py"
    shown = Sandbox("required", home_visible=True)
    driver = await begin(engine, sandboxed(project, line, shown), project)
    result = turn_of(await driver.until(waits)).result
    assert result["outcome"] == "ended" and KEY in result["tail"], result
    assert world.visitors == ["tcp"] and (world.home / ".ssh" / "id").read_text() == KEY


@needs_bubblewrap
async def test_a_program_and_its_script_below_the_hidden_home_are_found(
    engine: LocalEngine, project: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = world.home / "node" / "v20"
    package = prefix / "lib" / "node_modules" / "agent"
    package.mkdir(parents=True)
    (prefix / "bin").mkdir()
    (package / "words.txt").write_text("# from the package\n")
    (package / "cli.sh").write_text(
        '#!/bin/sh\ncat "$(dirname "$(readlink -f "$0")")/words.txt" "$1" >> calc.py\n'
    )
    (package / "cli.sh").chmod(0o755)
    (prefix / "bin" / "agent").symlink_to("../lib/node_modules/agent/cli.sh")
    (world.home / "node" / "current").symlink_to("v20")
    (world.home / "project").mkdir()
    script = world.home / "project" / "task.txt"
    script.write_text("# from the command line\n")
    (world.home / "project" / ".env").write_text("not to be seen")
    (world.home / ".local" / "share").mkdir(parents=True)
    (world.home / ".local" / "share" / "mine").write_text("opened by the person")
    monkeypatch.setenv("PATH", f"{world.home}/node/current/bin:{os.environ['PATH']}")
    hidden = f"! cat {world.home}/project/.env && ! ls {world.home}/.ssh && ! touch $HOME/.local/x"
    line = f"agent {script} && {hidden} && cat $HOME/.local/share/mine"
    seen = Sandbox("required", read=("~/.local", "~/nowhere"), write=("~/nothing",))
    driver = await begin(engine, sandboxed(project, line, seen), project)
    result = turn_of(await driver.until(waits)).result
    assert result["outcome"] == "ended", result
    text = (engine.engine.state.run("run-1").workspace("one") / "calc.py").read_text()
    assert text.endswith("# from the package\n# from the command line\n")


@needs_bubblewrap
async def test_a_reviewer_in_the_sandbox_hands_in_its_report_and_can_replace_it(
    engine: LocalEngine, project: Path, world: World
) -> None:
    report = '{"summary": "well made", "issues": []}'
    review = f"cd $(dirname $PRDRUNNER_RESULT_FILE) && echo {shlex.quote(report)} > new && mv new report.json"
    workers = {
        "implement": WorkerChoice("command", {"command": "echo '# more' >> calc.py", "prompt": "file"}),
        "review": WorkerChoice(
            "command", {"command": f'test -s "$PRDRUNNER_PROMPT_FILE" && {review}', "prompt": "file"}
        ),
    }
    command = sandboxed(project, "", Sandbox("required", network=False), workers=workers)
    state = await (await begin(engine, command, project)).until(waits)
    turns = [e.result for s in state.phases["one"].steps for e in s.effects if e.kind == "turn"]
    assert [turn["outcome"] for turn in turns] == ["ended", "ended"], turns
    assert turns[1]["data"] == {"summary": "well made", "issues": []}


async def test_a_required_sandbox_that_cannot_be_had_stops_the_turn_before_its_agent(
    engine: LocalEngine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        confine, "bubblewrap", lambda: Bubblewrap("", why="bwrap is not installed", hint="install it")
    )
    command = sandboxed(project, "echo '# x' >> calc.py", Sandbox("required"))
    state = await (await begin(engine, command, project)).until(lambda s: waits(s) or _trouble(s))
    assert "sandbox.mode is required: bwrap is not installed" in json.dumps(
        [[d.title, dict(d.facts)] for d in state.open_decisions()] + [[state.run.reason if state.run else ""]]
    )
    workspace = RunDir(engine.engine.state.run("run-1").root).workspace("one")
    assert "# x" not in (workspace / "calc.py").read_text()


def _trouble(state: RunState) -> bool:
    return state.run is not None and state.run.status != "running"


async def test_a_wanted_sandbox_that_cannot_be_had_is_told_of_once_and_done_without(
    engine: LocalEngine, project: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    confine._go_on_without.cache_clear()
    monkeypatch.setattr(confine, "bubblewrap", lambda: Bubblewrap("", why="bwrap is not installed"))
    workers = {
        role: WorkerChoice("command", {"command": "echo '# x' >> calc.py"})
        for role in ("implement", "review")
    }
    command = sandboxed(project, "", Sandbox("auto"), workers=workers)
    with caplog.at_level(logging.WARNING):
        state = await (await begin(engine, command, project)).until(waits)
    assert turn_of(state).result["outcome"] == "ended"
    told = [record.getMessage() for record in caplog.records if "sandbox" in record.getMessage()]
    assert told == ["agents run without a sandbox: bwrap is not installed"]


SECRETS = (
    *("AWS_SECRET_ACCESS_KEY", "ANTHROPIC_API_KEY", "GH_TOKEN", "SSH_AUTH_SOCK", "DOCKER_HOST", "DISPLAY"),
    *("DBUS_SESSION_BUS_ADDRESS", "VIRTUAL_ENV", "NODE_OPTIONS_OF_MINE", "GIT_AUTHOR_EMAIL", "DATABASE_URL"),
)


@pytest.mark.parametrize("mode", ["off", pytest.param("required", marks=needs_bubblewrap)])
async def test_A16_an_agent_sees_the_variables_that_are_let_through_and_no_other(
    mode: Any, engine: LocalEngine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, f"sentinel-{name}")
    monkeypatch.setenv("TEAM_KEY", "named and let through")
    line = "env -0 > own; for p in /proc/[0-9]*; do cat $p/environ; done > others 2>&1; true"
    command = sandboxed(project, line, Sandbox(mode), pass_env=("TEAM_*",))
    state = await (await begin(engine, command, project)).until(waits)
    assert turn_of(state).result["outcome"] == "ended"
    workspace = engine.engine.state.run("run-1").workspace("one")
    seen = dict(entry.split(b"=", 1) for entry in (workspace / "own").read_bytes().split(b"\0") if entry)
    names = {name.decode() for name in seen}
    assert seen[b"TEAM_KEY"] == b"named and let through" and not names & set(SECRETS)
    allowed = (*ALLOWED, *QUIET, "PRDRUNNER_*", "TEAM_*", "PWD", "OLDPWD", "SHLVL", "_")
    assert not [name for name in names if not any(fnmatchcase(name, pattern) for pattern in allowed)]
    if mode == "required" or turn_isolated(engine):
        # Nothing that it can see of other processes has them either: not its keeper, not bubblewrap.
        assert b"sentinel-" not in (workspace / "others").read_bytes()


def turn_isolated(engine: LocalEngine) -> bool:
    """Whether the host of the run's turn had a pid namespace for it."""
    (directory,) = (path for path in engine.engine.state.run("run-1").jobs.iterdir() if "turn" in path.name)
    result = read_result(directory)
    return result is not None and result.isolation == "pidns"


@needs_bubblewrap
@pytest.mark.parametrize("opened", ["read", "write"])
async def test_neither_the_state_nor_the_checkout_can_be_opened_to_agents(
    opened: str, engine: LocalEngine, project: Path
) -> None:
    closed = engine.engine.state.root if opened == "read" else project / ".git"
    wanted = replace(Sandbox("required"), **{opened: (str(closed),)})  # type: ignore[arg-type]
    command = sandboxed(project, "touch calc.py", wanted)
    state = await (await begin(engine, command, project)).until(lambda s: waits(s) or _trouble(s))
    told = json.dumps([[d.title, dict(d.facts)] for d in state.open_decisions()])
    assert f"sandbox: {closed} is closed to agents" in told + (state.run.reason if state.run else "")


@pytest.mark.parametrize(
    ("mode", "found", "opening"),
    [
        ("off", True, ""),
        pytest.param("auto", True, "in the sandbox, network off\n", marks=needs_bubblewrap),
        ("auto", False, "no sandbox: bwrap is not installed\n"),
    ],
)
async def test_the_log_of_a_turn_begins_with_whether_it_is_in_a_sandbox(
    mode: Any,
    found: bool,
    opening: str,
    engine: LocalEngine,
    project: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not found:
        monkeypatch.setattr(confine, "bubblewrap", lambda: Bubblewrap("", why="bwrap is not installed"))
    line = "echo begun; echo '# x' >> calc.py"
    state = await (
        await begin(engine, sandboxed(project, line, Sandbox(mode, network=False)), project)
    ).until(waits)
    directory = engine.engine.state.run("run-1").jobs / directory_name(turn_of(state).key, 1)
    assert SegmentReader(segment_path(directory)).content() == f"{opening}begun\n".encode()
