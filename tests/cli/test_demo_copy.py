"""The one copy of the sample: used again when its run is over, left alone when a person works in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from prdrunner_tui.cli.demo import Copy, ready_copy
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
