"""The oracle over one run, and over all runs of a repository."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.journal.registry import Registry
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.repo.git import Git
from prdrunner_tui.repo.rundir import RunDir, StateDir
from prdrunner_tui.steps.oracle import chain, commits, history, kept, processes
from prdrunner_tui.steps.oracle.violation import Violation


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at of one run, and what is wrong; an empty ``run`` is one of which nothing became durable."""

    run: str
    state: RunState
    violations: tuple[Violation, ...]


async def examine_run(
    state_dir: StateDir, directory: RunDir, user: Path, *, ours_alone: bool = False
) -> Examined:
    """Check every invariant of one run.

    Args:
        state_dir: of the repository.
        directory: of the run.
        user: the common git directory of the user's repository.
        ours_alone: nobody but the run may have touched its published branch.
    """
    events, found = await asyncio.to_thread(chain.read_log, directory.database)
    state, broken = chain.fold_log(events)
    found += broken
    if state.run is None:
        return Examined("", state, tuple(found))
    found += history.check_history(events)
    hosted = processes.lock_owner(state_dir.lock) is not None
    found += chain.check_row(Registry(state_dir.registry), directory, state, hosted=hosted)
    store = Git(state_dir.trusted, objects=state_dir.store / "objects")
    found += await commits.check_commits(store, events, state)
    found += await commits.check_published(Git(user), events, state, ours_alone=ours_alone)
    found += await kept.check_kept(store, events, state)
    found += await asyncio.to_thread(processes.check_processes, directory.jobs, state)
    return Examined(state.run.id, state, tuple(dict.fromkeys(found)))


async def examine(state_dir: StateDir, user: Path, *, ours_alone: bool = False) -> list[Examined]:
    """Check every run of a repository, in the order of their directories' names."""
    folders = sorted(state_dir.runs.iterdir()) if state_dir.runs.is_dir() else []
    return [
        await examine_run(state_dir, RunDir(folder), user, ours_alone=ours_alone)
        for folder in folders
        if (folder / "run.db").exists()
    ]


def check_repository(state_dir: StateDir) -> list[Violation]:
    """What is wrong with a repository's state apart from its runs (I9)."""
    return processes.check_owner(state_dir.lock)
