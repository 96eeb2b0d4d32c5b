"""The one copy of the sample: used again when its run is over, left alone when a person works in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from prdrunner_tui.cli.demo import PRD, Copy, ready_copy
from prdrunner_tui.cli.starting import look_ahead, make_start
from prdrunner_tui.kernel.state import Actor
from prdrunner_tui.steps.prepare import Options
from tests.cli.conftest import Place, make_place

PLAY = ("demo", "--headless", "--yes", "--speed", "0")


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A repository without configuration, and this process in its environment."""
    made = make_place(tmp_path, config="")
    for name, value in made.env.items():
        monkeypatch.setenv(name, value)
    yield made
    made.kill_engine()


def test_one_copy_outside_the_repository_is_used_again(bare: Place) -> None:
    copy = bare.home / "data/prdrunner/demo-todo"
    for _ in range(2):
        said = bare.run(*PLAY, timeout=120)
        assert said.code == 0, said
        assert f"the sample is in {copy}" in said.out
    assert [folder.name for folder in copy.parent.iterdir() if folder.is_dir()] == ["demo-todo"]
    assert bare.git("status", "--porcelain") == ""
    assert len(Place(copy, bare.home).git("branch", "--list", "prdrunner/*").splitlines()) == 2


def test_the_demo_plays_its_recording_whatever_the_own_configuration_says_of_a_step(bare: Place) -> None:
    own = bare.home / "config/prdrunner/config.yaml"
    own.parent.mkdir(parents=True)
    real = f"'command: touch {bare.home}/started'"
    own.write_text(f"workers: {{default: {real}, plan_impl: {real}, implement: {real}, review: {real}}}\n")
    said = bare.run(*PLAY, timeout=120)
    assert said.code == 0, said
    assert "recording, no agent" in said.out
    assert not (bare.home / "started").exists()


@pytest.mark.parametrize("own", ["workers: {implement: qwen}", "workers: {review: 'command: true'}"])
async def test_the_cockpit_starts_the_demo_with_its_recording_alone(bare: Place, own: str) -> None:
    config = bare.home / "config/prdrunner/config.yaml"
    config.parent.mkdir(parents=True)
    config.write_text(own)
    folder = ready_copy(bare.home / "copies").folder
    outlook = await look_ahead(folder, folder / PRD, Options(speed=1.0))
    made = make_start(outlook, new=True, by=Actor("person", "ada"))
    assert {choice.worker for choice in made.settings.workers.values()} == {"scripted"}


def test_a_run_that_waits_is_gone_on_with(bare: Place) -> None:
    parent = bare.home / "data/prdrunner"
    folder = ready_copy(parent).folder
    begun = bare.run("run", "--prd-file", "docs/todo.md", "--detach", cwd=folder)
    assert begun.code == 0, begun
    run = begun.out.split()[0]
    assert ready_copy(parent) == Copy(folder, run)
    again = bare.run(*PLAY)
    assert again.code == 5
    assert f"{run} of the demo is unfinished" in again.problem[0]
    assert f"prdrunner resume --project-dir {folder}" in again.problem[1]
    assert bare.run("stop", "--project-dir", str(folder)).code == 0
    assert ready_copy(parent) == Copy(folder)


@pytest.mark.parametrize("change", ["edited", "added", "committed", "no repository"])
def test_what_a_person_changed_is_left_alone(bare: Place, tmp_path: Path, change: str) -> None:
    first = ready_copy(tmp_path / "copies").folder
    if change == "no repository":
        (first / ".git").rename(first / "gone")
    else:
        (first / ("README.md" if change == "edited" else "mine.txt")).write_text("mine\n")
    if change == "committed":
        copy = Place(first, bare.home)
        copy.git("add", ".")
        copy.git("commit", "-qm", "mine")
    before = sorted(path.name for path in first.iterdir())
    assert ready_copy(first.parent).folder.name == "demo-todo-2"
    assert ready_copy(first.parent).folder.name == "demo-todo-2"
    assert sorted(path.name for path in first.iterdir()) == before
