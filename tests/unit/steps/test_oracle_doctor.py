"""``prdrunner doctor``: its lines, its exit codes, and that it disturbs no engine."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from prdrunner_tui.agents.bubblewrap import Bubblewrap
from prdrunner_tui.cli import health
from prdrunner_tui.cli.main import run
from prdrunner_tui.journal.registry import hosted_mark
from prdrunner_tui.repo.locate import repo_id
from prdrunner_tui.repo.rundir import StateDir
from tests.crash import scenario
from tests.crash.life import Place, finish_run


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A run that was approved, committed and published."""
    return finish_run(tmp_path_factory.mktemp("finished"))


@pytest.fixture
def copy(finished: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StateDir:
    """The state of a copy of that run, in the place where the copy's repository has it."""
    place = Place(tmp_path / "copy")
    shutil.copytree(finished.root, place.root, symlinks=True)
    there = next(place.state.iterdir())
    state = StateDir(there.rename(place.state / repo_id(place.project / ".git")))
    monkeypatch.setenv("PRDRUNNER_STATE_DIR", str(place.state))
    monkeypatch.chdir(place.project)
    return state


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def line(found: list[str], name: str) -> str:
    return next(text for text in found if text.split()[1] == name)


def test_all_is_well_with_a_finished_run(copy: StateDir, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    found = lines(capsys)
    assert line(found, "engine") == "ok    engine     none runs, none is needed"
    assert line(found, "log").startswith("ok    log        hash chains whole, ")
    assert "2 commits, each has its approval" in line(found, "commits")
    assert line(found, "workspaces").startswith("ok ")
    assert line(found, "processes") == "ok    processes  0 agent hosts, all ours"
    assert not [text for text in found if text.startswith("fail")]


def test_what_is_broken_is_named_and_the_exit_code_is_1(
    copy: StateDir, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario.git(
        copy.root,
        "--git-dir",
        str(copy.trusted),
        "update-ref",
        "-d",
        f"refs/prdrunner/runs/{scenario.RUN}/tip",
    )
    assert run(["doctor"]) == 1
    found = lines(capsys)
    assert line(found, "commits").startswith(f"fail  commits    {scenario.RUN}: I2: ")
    assert "1 failed" in found[-1]


def test_json_says_the_same(copy: StateDir, capsys: pytest.CaptureFixture[str]) -> None:
    copy.run(scenario.RUN).database.unlink()
    assert run(["doctor", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    failed = [finding for finding in said["findings"] if finding["level"] == "fail"]
    assert said["failed"] == len(failed) == 1
    assert failed[0]["text"].startswith(f"{scenario.RUN}: I7: ")


def test_a_commit_of_the_users_own_on_the_branch_is_his(
    copy: StateDir, capsys: pytest.CaptureFixture[str]
) -> None:
    branch = f"refs/heads/{scenario.BRANCH}"
    here = Path.cwd()
    mine = scenario.git(here, "commit-tree", f"{branch}^{{tree}}", "-p", branch, "-m", "mine")
    scenario.git(here, "update-ref", branch, mine)
    assert run(["doctor"]) == 0
    assert line(lines(capsys), "commits").startswith("ok ")


def test_outside_a_repository_only_the_installation_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PRDRUNNER_STATE_DIR", str(tmp_path / "state"))
    assert run(["doctor", "--project-dir", str(tmp_path)]) == 0
    found = lines(capsys)
    assert line(found, "repository").startswith("ok    repository none at ")
    assert not (tmp_path / "state").exists(), "looking makes nothing"


def test_a_run_whose_engine_died_is_named(copy: StateDir, capsys: pytest.CaptureFixture[str]) -> None:
    from prdrunner_tui.journal.log import Log

    log = Log(copy.run(scenario.RUN).database)
    kept = [recorded for recorded in log.read() if type(recorded.event).__name__ == "RunStarted"]
    log.close()
    for path in copy.root.glob(f"runs/{scenario.RUN}/run.db*"):
        path.unlink()
    log = Log(copy.run(scenario.RUN).database)
    log.append(kept)
    log.close()
    hosted_mark(copy.run(scenario.RUN).root).touch()
    run(["doctor"])
    engine = line(lines(capsys), "engine")
    assert engine.startswith(f"warn  engine     none runs; the one of {scenario.RUN} died")
    assert f"prdrunner resume --run-id {scenario.RUN}" in engine


@pytest.fixture
def owned(copy: StateDir) -> Iterator[int]:
    """The engine lock, held by this process."""
    handle = os.open(copy.lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    os.ftruncate(handle, 0)
    os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
    yield os.getpid()
    os.close(handle)


def test_an_engine_that_runs_is_named(copy: StateDir, owned: int, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["doctor"]) == 0
    assert line(lines(capsys), "engine").startswith(f"ok    engine     pid {owned}")


@pytest.mark.parametrize(
    ("term", "level"), [("xterm-256color", "ok"), ("screen", "warn"), ("dumb", "warn"), ("", "warn")]
)
def test_the_terminal(term: str, level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", term)
    monkeypatch.delenv("COLORTERM", raising=False)
    found = next(finding for finding in health.installation() if finding.name == "terminal")
    assert found.level == level, found


def test_a_disk_that_is_nearly_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "WANTED_BYTES", 1 << 62)
    found = next(finding for finding in health.installation() if finding.name == "disk")
    assert found.level == "warn"
    monkeypatch.setattr(health, "NEEDED_BYTES", 1 << 61)
    found = next(finding for finding in health.installation() if finding.name == "disk")
    assert found.level == "fail"


@pytest.mark.parametrize(
    ("found", "wanted", "level", "words"),
    [
        (Bubblewrap("/usr/bin/bwrap", "0.8.0"), "off", "ok", "bubblewrap 0.8.0 works; sandbox.mode is off"),
        (Bubblewrap("/usr/bin/bwrap", "0.8.0"), "required", "ok", "sandbox.mode is required"),
        (
            Bubblewrap("", why="bwrap is not installed", hint="install it"),
            "off",
            "ok",
            "agents see what you see",
        ),
        (
            Bubblewrap("", why="bwrap is not installed", hint="install it"),
            "auto",
            "warn",
            "bwrap is not installed",
        ),
        (
            Bubblewrap("", why="bwrap is not installed", hint="install it"),
            "required",
            "fail",
            "not installed",
        ),
    ],
)
def test_a_missing_sandbox_is_a_fault_only_where_one_is_wanted(
    found: Bubblewrap, wanted: str, level: str, words: str
) -> None:
    told = health.sandbox(found, wanted)
    assert told.level == level and words in told.text and told.hint == found.hint


def test_the_sandbox_is_looked_at_with_the_persons_own_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr(health, "bubblewrap", lambda: Bubblewrap("", why="bwrap is not installed"))
    (tmp_path / "prdrunner").mkdir()
    for text, level in (("sandbox: {mode: required}", "fail"), ("sandbox: {mode: 7}", "ok")):
        (tmp_path / "prdrunner" / "config.yaml").write_text(text)
        assert next(f for f in health.installation() if f.name == "sandbox").level == level
