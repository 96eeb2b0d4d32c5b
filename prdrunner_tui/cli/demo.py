"""``prdrunner demo``: a recorded run on a copy of a sample project."""

from __future__ import annotations

import itertools
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click

from prdrunner_tui.cli.loop import in_loop
from prdrunner_tui.cli.output import say
from prdrunner_tui.cli.place import project, registry_of
from prdrunner_tui.cli.run import begin
from prdrunner_tui.cli.screen import on_terminal, shown
from prdrunner_tui.cli.trust import data_dir
from prdrunner_tui.config.samples import samples_dir
from prdrunner_tui.repo.git import clean_environment
from prdrunner_tui.repo.locate import common_dir, repo_id
from prdrunner_tui.repo.rundir import StateDir, state_root
from prdrunner_tui.steps.prepare import Options
from prdrunner_tui.text.problem import Problem

SAMPLE = "python-todo"
PRD = "docs/todo.md"
PLAY = "prdrunner_tui.tui.start:play"
"""Starts the demo and shows it in the cockpit, in the launcher's child."""
_UNDER_WAY = ("running", "needs you", "paused")
_NAME, _ADDRESS = "prdrunner demo", "demo@localhost"


@click.command()
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="Where to; by default one copy in your data directory, which is used again.",
)
@click.option("--headless", is_flag=True, help="Print progress lines, also on a terminal.")
@click.option("--yes", is_flag=True, help="Approve gates and answer questions.")
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(min=0),
    metavar="FACTOR",
    help="1 as recorded, 0 without any waiting.",
)
def demo(directory: Path | None, headless: bool, yes: bool, speed: float) -> int:
    """Play a recorded run on a copy of a sample project: no agent, no network, no cost.

    On a terminal the cockpit shows it. It asks you before each commit, as a real run does; without the cockpit
    decide in a second terminal.
    """
    here = project(None)
    with_cockpit = not (headless or yes) and on_terminal()
    if directory is not None:
        copy = Copy(here / directory.expanduser())
        copy_sample(samples_dir() / SAMPLE, copy.folder)
    else:
        copy = ready_copy(data_dir())
    target = copy.folder
    if copy.run:
        say(f"{copy.run} of the demo is under way in {target}")
        if not with_cockpit:
            goes_on = f"prdrunner resume --project-dir {shlex.quote(str(target))}"
            hint = f"go on with it: {goes_on}; or play another one: prdrunner demo --directory DIR"
            raise Problem(f"{copy.run} of the demo is unfinished", hint=hint, code=5)
    else:
        say(f"the sample is in {target}; the agent in it is a recording")
    if with_cockpit:
        return shown(PLAY, [str(target), str(speed), copy.run])
    if not yes:
        say("it waits for you at each commit; decide in a second terminal")
    options = Options(speed=speed)
    return in_loop(begin(target, target / PRD, options, yes=yes, detach=False, new=True, quiet=True))


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the sample, and the run that is under way in it; empty where none is."""

    folder: Path
    run: str = ""


def ready_copy(parent: Path) -> Copy:
    """The copy of the sample below ``parent``, made where none can be used.

    One whose run is under way is that run's; one that is as it was copied is used again. What a person changed is
    theirs: the next name is taken.

    Raises:
        Problem: a copy cannot be made.
    """
    sample = samples_dir() / SAMPLE
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        hint = "prdrunner demo --directory DIR plays it elsewhere"
        raise Problem(f"cannot be made: {error.strerror}", where=str(parent), hint=hint, code=1) from None
    for folder in (parent / name for name in _names()):
        if not folder.exists():
            copy_sample(sample, folder)
            return Copy(folder)
        run = run_under_way(folder)
        if run or is_untouched(sample, folder):
            return Copy(folder, run)
    raise AssertionError  # the names never end


def run_under_way(folder: Path) -> str:
    """The newest run of a copy, where it waits, works or is paused; empty where none does."""
    common = common_dir(folder)
    if common is None or common.parent != folder.resolve():
        return ""  # a folder without a repository of its own is no copy
    newest = registry_of(StateDir(state_root() / repo_id(common))).newest(limit=1)
    return newest[0].run if newest and newest[0].status in _UNDER_WAY else ""


def is_untouched(sample: Path, folder: Path) -> bool:
    """Whether a copy is what `copy_sample` would make: the sample's files, in one commit, and nothing else."""
    files = [path.relative_to(sample) for path in sample.rglob("*") if path.is_file()]
    wanted = [name for name in files if "__pycache__" not in name.parts]
    try:
        if any((folder / name).read_bytes() != (sample / name).read_bytes() for name in wanted):
            return False
    except OSError:
        return False
    environment = clean_environment()
    if not (folder / ".git").is_dir():
        return False
    try:
        return (
            _git(folder, environment, "rev-list", "--count", "HEAD") == "1"
            and _git(folder, environment, "status", "--porcelain") == ""
        )
    except Problem:
        return False


def _names() -> Iterator[str]:
    return itertools.chain(["demo-todo"], (f"demo-todo-{number}" for number in itertools.count(2)))


def copy_sample(sample: Path, target: Path) -> None:
    """Copy a sample and make it a repository with one commit.

    Raises:
        Problem: there is something already, or git is missing.
    """
    if target.exists() and any(target.iterdir()):
        hint = "name another place with --directory DIR, or remove it first"
        raise Problem("there is something already", where=str(target), hint=hint, code=5)
    try:
        shutil.copytree(sample, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        environment = clean_environment()
        _git(target, environment, "init", "-q", "-b", "main")
        _git(target, environment, "config", "user.name", _NAME)
        _git(target, environment, "config", "user.email", _ADDRESS)
        _git(target, environment, "add", "-A")
        _git(target, environment, "commit", "-q", "-m", "A small todo list")
    except OSError as error:
        hint = "name another place with --directory DIR"
        raise Problem(f"cannot be made: {error.strerror}", where=str(target), hint=hint) from None


def _git(root: Path, environment: dict[str, str], *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=root, env=environment, capture_output=True, check=False
        )
    except FileNotFoundError:
        raise Problem("git is not installed", hint="install git 2.38 or newer") from None
    if done.returncode:
        why = done.stderr.decode(errors="replace").strip()
        raise Problem(
            f"git {arguments[0]}: {why}", where=str(root), hint="mend that, then do it again", code=1
        )
    return done.stdout.decode(errors="replace").strip()
