"""What a turn's sandbox opens of the home directory for the program of an agent profile."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from prdrunner_tui.agents.bubblewrap import Bubblewrap
from prdrunner_tui.agents.environment import ALLOWED, agent_environment
from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.agents.sandbox import Sandbox
from prdrunner_tui.kernel.settings import Sandbox as Chosen
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.steps import confine as confining
from prdrunner_tui.steps.effects.context import Doing
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers.acp.profile import profile


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home directory with a key and the credentials of two places of Codex."""
    monkeypatch.setattr(confining, "bubblewrap", lambda: Bubblewrap("/usr/bin/bwrap", "9.9"))
    made = Path(os.path.realpath(tmp_path)) / "home"
    for name in (
        ".ssh/auth.json",
        ".ssh/config.toml",
        ".codex/auth.json",
        "codex/auth.json",
        "codex/AGENTS.md",
    ):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(name)
    return made


def confined(home: Path, options: Mapping[str, Any], **environ: str) -> Sandbox:
    """The sandbox of a turn of that acp worker, as it is made from the person's environment."""
    state = home / ".local/state/prdrunner/abc"
    run = state / "runs/run-1"
    root = home / "project"
    for folder in (run, root / ".git", run / "workspace"):
        folder.mkdir(parents=True)
    person = {"PATH": "/usr/bin:/bin", "HOME": str(home), **environ}
    context = SimpleNamespace(
        environ=person,
        store=SimpleNamespace(state=SimpleNamespace(root=state), objects=state / "store/objects"),
        directory=SimpleNamespace(root=run, files=run / "files", jobs=run / "jobs"),
        repo=SimpleNamespace(root=root, common_dir=root / ".git"),
        workspace=lambda phase: SimpleNamespace(root=run / "workspace"),
    )
    doing = SimpleNamespace(
        context=context,
        run=SimpleNamespace(settings=SimpleNamespace(sandbox=Chosen("required"))),
        phase_id="one",
        key="turn/one/1",
        text=lambda name: "implement",
    )
    wanted = profile("codex-acp").wanted()
    env = agent_environment(person, marker="", allow=(*ALLOWED, *wanted))
    made = confining.confine(cast(Doing, doing), WorkerChoice("acp", options), env, None)
    assert made is not None
    return made


def opened(sandbox: Sandbox, home: Path) -> set[str]:
    """What is seen of the home directory's files as it is, or as a copy, or writable."""
    paths = {*sandbox.read, *sandbox.write, *sandbox.copy, *sandbox.keep}
    inside = {str(Path(path).relative_to(home)) for path in paths if Path(path).is_relative_to(home)}
    return {path for path in inside if not path.startswith(".local/state/")}


def test_a_turn_that_belongs_to_no_run_has_the_sandbox_of_one_that_does(home: Path) -> None:
    of_a_run = confined(home, {"profile": "codex-acp"})
    state, root = home / ".local/state/prdrunner", home / "project"
    run = state / "abc/runs/run-1"
    person = {"PATH": "/usr/bin:/bin", "HOME": str(home)}
    homes = run / "homes/one/implement"
    ground = confining.Ground(Chosen("required"), person, (state,), root, (root, root / ".git"), homes)
    read = (
        state / "abc/store/objects",
        run / "files/prd",
        run / "jobs" / directory_name("turn/one/1", 1) / "scratch",
    )
    choice = WorkerChoice("acp", {"profile": "codex-acp"})
    made = confining.confine_turn(ground, choice, person, read=read, write=(run / "workspace",))
    assert made == of_a_run and made.guard[0] == str(state)


@pytest.mark.parametrize("usable", [True, False])
def test_why_there_is_no_sandbox(monkeypatch: pytest.MonkeyPatch, usable: bool) -> None:
    found = Bubblewrap("/usr/bin/bwrap" if usable else "", why="" if usable else "bwrap is not installed")
    monkeypatch.setattr(confining, "bubblewrap", lambda: found)
    assert confining.missing(Chosen("off")) == "sandbox.mode is off"
    assert confining.missing(Chosen("auto")) == found.why
    if usable:
        assert confining.missing(Chosen("required")) == ""
    else:
        with pytest.raises(Problem, match="required: bwrap is not installed"):
            confining.missing(Chosen("required"))


@pytest.mark.parametrize("place", ["{home}/.ssh", "{home}/codex"])
def test_what_a_profile_sets_in_its_env_opens_nothing(home: Path, place: str) -> None:
    options = {"profile": "codex-acp", "env": {"CODEX_HOME": place.format(home=home)}}
    sandbox = confined(home, options)
    assert opened(sandbox, home) == {".codex/auth.json", ".codex/sessions"}
    assert str(home / ".codex/auth.json") in sandbox.write


def test_nor_does_a_variable_that_it_takes_from_another_one(home: Path) -> None:
    options = {"profile": "codex-acp", "env": {"CODEX_HOME": {"from": "XDG_CONFIG_HOME"}}}
    sandbox = confined(home, options, XDG_CONFIG_HOME=str(home / ".ssh"))
    assert opened(sandbox, home) == {".codex/auth.json", ".codex/sessions"}


def test_a_variable_of_the_person_is_followed_whatever_the_profile_says_of_it(home: Path) -> None:
    options = {"profile": "codex-acp", "env": {"CODEX_HOME": str(home / ".ssh")}}
    sandbox = confined(home, options, CODEX_HOME=str(home / "codex"))
    assert opened(sandbox, home) == {
        *(".codex/auth.json", ".codex/sessions"),
        *("codex/auth.json", "codex/AGENTS.md", "codex/sessions"),
    }
    assert str(home / "codex/auth.json") in sandbox.write
