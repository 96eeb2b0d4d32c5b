"""``prdrunner demo``: a recorded run on a copy of a sample project."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from pathlib import Path

import click

from prdrunner_tui.cli.loop import in_loop
from prdrunner_tui.cli.output import say
from prdrunner_tui.cli.place import project
from prdrunner_tui.cli.run import begin
from prdrunner_tui.cli.screen import on_terminal, shown
from prdrunner_tui.config.samples import samples_dir
from prdrunner_tui.repo.git import clean_environment
from prdrunner_tui.steps.prepare import Options
from prdrunner_tui.text.problem import Problem

SAMPLE = "python-todo"
PRD = "docs/todo.md"
PLAY = "prdrunner_tui.tui.start:play"
"""Starts the demo and shows it in the cockpit, in the launcher's child."""
_NAME, _ADDRESS = "prdrunner demo", "demo@localhost"


@click.command()
@click.option(
    "--directory",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="Where to; by default demo-todo here, or demo-todo-2 and so on when that is taken.",
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
    target = here / directory.expanduser() if directory is not None else free_place(here)
    copy_sample(samples_dir() / SAMPLE, target)
    say(f"copied the sample to {target}; the agent in it is a recording")
    if not (headless or yes) and on_terminal():
        return shown(PLAY, [str(target), str(speed)])
    if not yes:
        say("it waits for you at each commit; decide in a second terminal")
    options = Options(speed=speed)
    return in_loop(begin(target, target / PRD, options, yes=yes, detach=False, new=True, quiet=True))


def free_place(folder: Path) -> Path:
    """The first of demo-todo, demo-todo-2 ... that does not exist."""
    names = itertools.chain(["demo-todo"], (f"demo-todo-{number}" for number in itertools.count(2)))
    return next(folder / name for name in names if not (folder / name).exists())


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


def _git(root: Path, environment: dict[str, str], *arguments: str) -> None:
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
