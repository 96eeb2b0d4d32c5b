"""Where a command works: the project, its state, its runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from prdrunner_tui.text.problem import Problem

if TYPE_CHECKING:
    from prdrunner_tui.journal.registry import Registry, RunRow
    from prdrunner_tui.kernel.state import RunState
    from prdrunner_tui.repo.rundir import StateDir

F = TypeVar("F", bound=Callable[..., object])
NO_RUN = 4


def project_option(command: F) -> F:
    """``--project-dir``, everywhere the same."""
    return click.option(
        "--project-dir",
        type=click.Path(path_type=Path),
        default=None,
        metavar="DIR",
        help="The repository to work in; the working directory by default.",
    )(command)


def run_option(command: F) -> F:
    """``--run-id``."""
    return click.option(
        "--run-id", default="", metavar="RUN", help="The run; the one under way, or the newest, by default."
    )(command)


def json_option(command: F) -> F:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def project(given: Path | None) -> Path:
    """The directory to work in.

    Raises:
        Problem: it does not exist.
    """
    try:
        folder = Path.cwd() if given is None else given.expanduser().absolute()
    except FileNotFoundError:
        raise Problem("the working directory no longer exists", hint="cd to a directory that does") from None
    if not folder.is_dir():
        raise Problem(
            "no such directory", where=str(folder), hint="--project-dir names a directory in a repository"
        )
    return folder


def state_of(given: Path | None) -> StateDir:
    """The state directory of the repository, without starting git; it may not exist yet.

    Raises:
        Problem: there is no repository.
    """
    from prdrunner_tui.repo.locate import common_dir, repo_id
    from prdrunner_tui.repo.rundir import StateDir, state_root

    folder = project(given)
    found = common_dir(folder)
    if found is None:
        raise Problem(
            "this is not a git work tree",
            where=str(folder),
            hint="cd into one, or name it with --project-dir DIR; git init makes one",
        )
    return StateDir(state_root() / repo_id(found))


def registry_of(state: StateDir) -> Registry:
    """The registry of a repository's runs."""
    from prdrunner_tui.journal.registry import Registry

    return Registry(state.registry)


def row_of(state: StateDir, run: str) -> RunRow:
    """The row of a run, of the newest one without a name.

    Raises:
        Problem: there is none.
    """
    registry = registry_of(state)
    if run:
        row = registry.get(run)
        if row is None:
            known = [other.run for other in registry.newest(limit=50)]
            from prdrunner_tui.text.suggest import did_you_mean

            hint = did_you_mean(run, known) or "prdrunner runs list shows what there is"
            raise Problem(f"no run {run[:60]}", hint=hint, code=NO_RUN)
        return row
    newest = registry.newest(limit=1)
    if not newest:
        raise Problem(
            "no run yet in this repository", hint="start one: prdrunner run --prd-file FILE", code=NO_RUN
        )
    return newest[0]


def read_log_problem(error: Exception) -> Problem:
    """What to say of a log that cannot be read."""
    return Problem(str(error), hint="prdrunner doctor looks at it", code=1)


def folded(state: StateDir, run: str) -> RunState:
    """The state of a run, read from its log without an engine.

    Raises:
        Problem: the log cannot be read.
    """
    from prdrunner_tui.journal.log import Log, LogError
    from prdrunner_tui.kernel.evolve import fold

    try:
        log = Log(state.run(run).database, read_only=True)
        try:
            return fold(log.read())
        finally:
            log.close()
    except LogError as error:
        raise read_log_problem(error) from None
