"""The oracle over one run, and over all runs of a repository."""

from __future__ import annotations

import asyncio
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.journal.registry import Registry
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.repo.git import Git
from prdrunner_tui.repo.rundir import RunDir, StateDir
from prdrunner_tui.steps.oracle import chain, commits, history, kept, processes
from prdrunner_tui.steps.oracle.violation import Violation

SECOND_LOOK_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Examined:
    """What was looked at of one run, and what is wrong; an empty ``run`` is one of which nothing became durable."""

    run: str
    state: RunState
    violations: tuple[Violation, ...]


async def examine_run(
    state_dir: StateDir, directory: RunDir, user: Path, *, ours_alone: bool = False
) -> Examined:
    """Check every invariant of one run. Beside a working engine only what is wrong at two looks is told: the log
    and git are not read at the same moment.

    Args:
        state_dir: of the repository.
        directory: of the run.
        user: the common git directory of the user's repository.
        ours_alone: nobody but the run may have touched its published branch.
    """
    first = await _look(state_dir, directory, user, ours_alone)
    if not first.violations or processes.lock_owner(state_dir.lock) is None:
        return first
    await asyncio.sleep(SECOND_LOOK_SECONDS)
    second = await _look(state_dir, directory, user, ours_alone)
    kept = tuple(violation for violation in second.violations if violation in first.violations)
    return Examined(second.run, second.state, kept)


async def _look(state_dir: StateDir, directory: RunDir, user: Path, ours_alone: bool) -> Examined:
    events, found = await asyncio.to_thread(chain.read_log, directory.database)
    state, broken = chain.fold_log(events)
    found += broken
    if state.run is None:
        # Nothing durable: a run that never began; nothing readable: one that has to be named.
        return Examined(directory.root.name if found else "", state, tuple(found))
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
    found = [
        await examine_run(state_dir, RunDir(folder), user, ours_alone=ours_alone)
        for folder in folders
        if (folder / "run.db").exists()
    ]
    known = {one.run for one in found}
    try:
        rows = Registry(state_dir.registry).newest()
    except sqlite3.Error as error:
        unread = Violation("I6", f"the list of runs cannot be read ({error})", "a row for each run")
        return [*found, Examined("", RunState(), (unread,))]
    for row in rows:
        if row.run not in known:
            lost = Violation("I7", f"{row.run} is in the registry, its log is gone", "a log for each run")
            found.append(Examined(row.run, RunState(), (lost,)))
    return found


def check_repository(state_dir: StateDir) -> list[Violation]:
    """What is wrong with a repository's state apart from its runs (I9)."""
    return processes.check_owner(state_dir.lock)
