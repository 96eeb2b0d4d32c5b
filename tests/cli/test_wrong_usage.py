"""A20: whatever a person gives wrong ends with a documented code, one line, and a second one that says what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from prdrunner_tui.repo.locate import common_dir, repo_id
from tests.cli.conftest import InProcess, Place, Said, make_place

RUN = ("run", "--prd-file", "docs/prd.md")
SMALL: list[tuple[int, tuple[str, ...]]] = [
    (2, ("statsu",)),
    (2, ("--bogus",)),
    (2, ("run",)),
    (2, ("run", "--prd-file", "nope.md")),
    (2, ("run", "--prd-file", "docs")),
    (2, ("run", "--prd-file", "docs/prd.md", "--worker", "nosuch")),
    (2, ("run", "--prd-file", "docs/prd.md", "--worker", "command:")),
    (2, ("run", "--prd-file", "docs/prd.md", "--plan-file", "nope.yaml")),
    (2, ("run", "--prd-file", "docs/prd.md", "--bogus")),
    (2, ("run", "--prd-file", "docs/prd.md", "--project-dir", "/nonexistent")),
    (2, ("plan",)),
    (2, ("plan", "--prd-file", "nope.md")),
    (2, ("plan", "--prd-file", "docs/prd.md", "extra")),
    (2, ("plan", "--prd-file", "docs/prd.md", "--plan-file", "nope.yaml")),
    (2, ("status", "--bogus")),
    (2, ("status", "extra")),
    (2, ("status", "--project-dir", "/nonexistent")),
    (4, ("status", "--run-id", "run-none")),
    (4, ("resume", "--run-id", "run-none")),
    (4, ("pause", "--run-id", "run-none")),
    (4, ("stop", "--run-id", "run-none")),
    (4, ("publish", "--run-id", "run-none")),
    (4, ("approve", "--run-id", "run-none")),
    (4, ("show", "--run-id", "run-none")),
    (4, ("logs", "--run-id", "run-none")),
    (2, ("runs", "bogus")),
    (2, ("runs", "list", "--limit", "0")),
    (2, ("runs", "list", "--limit", "many")),
    (2, ("runs", "list", "--offset", "-1")),
    (2, ("runs", "list", "--status", "bogus")),
    (4, ("runs", "show", "run-none")),
    (2, ("logs", "--step", "bogus")),
    (2, ("logs", "--lines", "0")),
    (2, ("reject",)),
    (2, ("reject", "d1")),
    (2, ("answer",)),
    (2, ("answer", "d1")),
    (2, ("retry",)),
    (2, ("message",)),
    (2, ("checkpoint", "bogus")),
    (2, ("checkpoint", "show")),
    (2, ("completion",)),
    (2, ("completion", "tcsh")),
    (2, ("demo", "--speed", "-1")),
    (2, ("demo", "--bogus")),
    (5, ("demo", "--directory", ".")),
    (2, ("init", "--bogus")),
    (5, ("init",)),
    (2, ("trust", "--bogus")),
]
WITHOUT_RUN = [
    ("status",), ("resume",), ("pause",), ("stop",), ("publish",), ("logs",), ("show",), ("approve",), ("skip",),
    ("reject", "--reason", "no"), ("answer", "d1", "yes"), ("retry", "f-1"), ("message", "f-1", "hello"),
    ("checkpoint", "list"), ("checkpoint", "show", "cp-1"), ("checkpoint", "rollback", "cp-1"), ("runs", "show"),
]  # fmt: skip
WITH_RUN: list[tuple[int, tuple[str, ...]]] = [
    (5, RUN),
    (4, ("show", "d99")),
    (4, ("logs", "f-9")),
    (4, ("checkpoint", "show", "cp1")),
    (2, ("checkpoint", "rollback")),
    (4, ("checkpoint", "rollback", "cp-99")),
    (4, ("pause",)),
    (4, ("approve", "d99")),
    (5, ("approve", "d1", "--seen", "0000")),
    (5, ("skip", "d1")),
    (5, ("answer", "d1", "yes")),
    (5, ("reject", "d1", "--reason", "  ")),
    (5, ("retry", "multiply")),
    (5, ("retry", "halve")),
    (4, ("retry", "nope")),
    (5, ("publish",)),
    (2, ("message", "multiply")),
    (5, ("message", "multiply", " ")),
]
OUTSIDE = [
    ("status",), ("resume",), ("pause",), ("logs",), ("approve",), ("init",), ("trust",), ("show",), ("publish",),
    ("runs", "list"), ("checkpoint", "list"), RUN,
]  # fmt: skip


def check(said: Said, code: int) -> None:
    """Two lines, no traceback, the code."""
    assert said.code == code, said
    assert "Traceback" not in said.err
    assert len(said.problem) == 2, said.err
    assert said.problem[0].startswith("error: ")
    assert said.problem[1].startswith("       ")
    assert len(said.problem[1]) > 10


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A repository without any run, its configuration trusted."""
    made = make_place(tmp_path_factory.mktemp("quiet"))
    assert made.run("trust").code == 0
    return made


@pytest.mark.parametrize(
    ("code", "arguments"), SMALL, ids=lambda v: " ".join(v) if isinstance(v, tuple) else None
)
def test_a20_wrong_arguments(quiet: Place, give: InProcess, code: int, arguments: tuple[str, ...]) -> None:
    check(give(quiet, *arguments), code)


@pytest.mark.parametrize("arguments", WITHOUT_RUN, ids=" ".join)
def test_a20_no_run_yet(quiet: Place, give: InProcess, arguments: tuple[str, ...]) -> None:
    check(give(quiet, *arguments), 4)


@pytest.mark.parametrize("arguments", OUTSIDE, ids=" ".join)
def test_a20_outside_a_repository(
    quiet: Place, give: InProcess, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/prd.md").write_text("# T\n\n## F-1: One\n")
    check(give(quiet, *arguments, cwd=tmp_path), 2)


@pytest.mark.parametrize("arguments", OUTSIDE, ids=" ".join)
def test_a20_in_a_bare_repository(
    quiet: Place, give: InProcess, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    quiet.git("init", "-q", "--bare", str(tmp_path))
    prd = str(quiet.root / "docs/prd.md")
    check(give(quiet, *(prd if a == "docs/prd.md" else a for a in arguments), cwd=tmp_path), 2)


def test_a20_a_repository_without_a_commit(quiet: Place, give: InProcess, tmp_path: Path) -> None:
    quiet.git("init", "-q", str(tmp_path))
    (tmp_path / "prd.md").write_text("# T\n\n## F-1: One\n")
    said = give(quiet, "run", "--prd-file", "prd.md", "--worker", "command: true", cwd=tmp_path)
    check(said, 2)
    assert "no commit" in said.problem[0]


@pytest.mark.parametrize(
    "arguments", [("status",), ("demo",), ("plan", "--prd-file", "p.md"), RUN], ids=" ".join
)
def test_a20_the_working_directory_is_gone(quiet: Place, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    script = 'rmdir "$PWD"; exec "$@"'
    done = subprocess.run(
        ["sh", "-c", script, "sh", sys.executable, "-m", "prdrunner_tui", *arguments],
        cwd=gone,
        env=quiet.env,
        capture_output=True,
        text=True,
        check=False,
    )
    check(Said(done.returncode, done.stdout, done.stderr), 2)


def test_a20_without_git(quiet: Place) -> None:
    bare = Place(quiet.root, quiet.home, {"PATH": "/nonexistent"})
    said = bare.run(*RUN)
    check(said, 2)
    assert "git" in said.problem[0]
    check(bare.run("demo", "--directory", str(quiet.home / "demo")), 2)


@pytest.mark.parametrize(
    ("code", "arguments"), WITH_RUN, ids=lambda v: " ".join(v) if isinstance(v, tuple) else None
)
def test_a20_a_run_that_waits(waiting: Place, code: int, arguments: tuple[str, ...]) -> None:
    if arguments == ("pause",):
        waiting.kill_engine()
    check(waiting.run(*arguments), code)


def test_a20_nobody_reads_the_output(quiet: Place) -> None:
    command = f"{sys.executable} -m prdrunner_tui"
    for script, wanted in {
        f"{command} plan --prd-file docs/prd.md | true": "",
        f"{command} plan --prd-file docs/prd.md >&-": "",
        f"{command} plan --prd-file docs/prd.md > /dev/full": "error: No space left on device",
        f"{command} --help | head -1 > /dev/null": "",
    }.items():
        done = subprocess.run(
            ["sh", "-c", script], cwd=quiet.root, env=quiet.env, capture_output=True, text=True, check=False
        )
        assert "Traceback" not in done.stderr
        assert "Exception ignored" not in done.stderr
        assert done.stderr.startswith(wanted), done.stderr


def test_a20_a_broken_list_of_runs(tmp_path: Path, give: InProcess) -> None:
    place = make_place(tmp_path, config="")
    common = common_dir(place.root)
    assert common is not None
    state = place.home / "state" / repo_id(common)
    state.mkdir(parents=True)
    (state / "registry.db").write_bytes(b"no database at all" * 100)
    check(give(place, "status"), 1)


def test_a_mistyped_command_is_suggested(quiet: Place, give: InProcess) -> None:
    assert "did you mean status?" in give(quiet, "statsu").err


def test_help_names_every_command_and_the_exit_codes(quiet: Place, give: InProcess) -> None:
    from prdrunner_tui.cli.main import COMMANDS, SHORT

    said = give(quiet, "--help")
    assert said.code == 0
    assert set(COMMANDS) == set(SHORT)
    assert all(f"  {name} " in said.out for name in COMMANDS)
    assert "3 needs a person" in said.out
