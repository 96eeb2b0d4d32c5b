"""``prdrunner tui``, ``attach`` and ``reset-terminal``: the cockpit, and a terminal that something left in disorder."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from prdrunner_tui.cli.place import project, project_option, row_of, run_option, state_of

F = TypeVar("F", bound=Callable[..., object])


def look_options(command: F) -> F:
    """``--theme`` and ``--ascii``."""
    plain = click.option("--ascii", "plain", is_flag=True, help="No characters but those of ASCII.")
    theme = click.option(
        "--theme", default="", metavar="NAME", help="dark, light, high-contrast, colour-blind, or your own."
    )
    return theme(plain(command))


@click.command()
@look_options
@project_option
def tui(theme: str, plain: bool, project_dir: Path | None) -> int:
    """Show the PRDs and runs of this repository, and begin or open one."""
    from prdrunner_tui.tui.launch import main

    folder = project(project_dir)
    state_of(project_dir)
    return main([str(folder), "", theme, "ascii" if plain else ""])


@click.command()
@look_options
@run_option
@project_option
def attach(theme: str, plain: bool, run_id: str, project_dir: Path | None) -> int:
    """Show a run in the cockpit; the engine goes on when you leave."""
    return _show(run_id, theme, plain, project_dir)


def _show(run_id: str, theme: str, plain: bool, project_dir: Path | None) -> int:
    from prdrunner_tui.tui.launch import main

    folder = project(project_dir)
    row = row_of(state_of(project_dir), run_id)
    return main([str(folder), row.run, theme, "ascii" if plain else ""])


@click.command()
@click.argument("run_id", metavar="RUN")
@look_options
@project_option
def join(run_id: str, theme: str, plain: bool, project_dir: Path | None) -> int:
    """Show a run that another terminal shows too; the first decision counts, and each sees what the others do."""
    return _show(run_id, theme, plain, project_dir)


@click.command("reset-terminal")
def reset_terminal() -> None:
    """Put the modes of a terminal back in order that a program which ended badly left behind."""
    from prdrunner_tui.tui.modes import RESET, make_sane

    sys.stdout.write(RESET.decode("ascii"))
    sys.stdout.flush()
    if sys.stdin.isatty():
        make_sane(sys.stdin.fileno())
