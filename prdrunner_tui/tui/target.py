"""What the cockpit shows, and how it reaches the engine and the store of a repository."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.cli.place import state_of
from prdrunner_tui.cli.waiting import aside_of
from prdrunner_tui.embed.attach import attach, attach_or_start
from prdrunner_tui.repo.diffs import patch_text
from prdrunner_tui.repo.discover import discover
from prdrunner_tui.repo.rundir import open_state
from prdrunner_tui.repo.store import open_store
from prdrunner_tui.wire.client import EngineClient


@dataclass(frozen=True, slots=True)
class Target:
    """What the cockpit shows.

    Attributes:
        repo: the name of the repository.
        run: the run's id; empty for the start screen.
        connect: gives a client of the engine.
        patch: reads the patch between two trees of the store.
        memory: the file that keeps how the panes stood; None for none.
        find: gives a client of an engine that is there already, and starts none.
        aside: what other commands need to find the repository from here, e.g. `` --project-dir DIR``.
    """

    repo: str
    run: str
    connect: Callable[[], Awaitable[EngineClient]]
    patch: Callable[[str, str], Awaitable[bytes]]
    memory: Path | None = None
    find: Callable[[], Awaitable[EngineClient | None]] | None = None
    aside: str = ""


def target_of(project: Path, run: str) -> Target:
    """The target for a run of the repository that holds ``project``; its engine is a process of its own."""

    async def connect() -> EngineClient:
        repo = await discover(project)
        return await attach_or_start(repo.root, open_state(repo.repo_id))

    async def find() -> EngineClient | None:
        return await attach(state_of(project))

    async def patch(old: str, new: str) -> bytes:
        repo = await discover(project)
        store = await open_store(open_state(repo.repo_id), repo.object_format)
        return await patch_text(store, old, new)

    memory = state_of(project).root / "cockpit.json"
    return Target(project.name, run, connect, patch, memory, find, aside_of(project))
