"""Importing an agent's work: the tree of its workspace, what is not in it, and what it did with git."""

from __future__ import annotations

from dataclasses import dataclass

from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.repo import refs
from prdrunner_tui.repo.agentrefs import AgentRefs, collect
from prdrunner_tui.repo.git import together
from prdrunner_tui.repo.items import Item
from prdrunner_tui.repo.store import Store
from prdrunner_tui.repo.workspace import Workspace
from prdrunner_tui.repo.worktree import Limits, read_work_tree


@dataclass(frozen=True, slots=True)
class Imported:
    """An imported workspace.

    Attributes:
        tree: the tree of all tracked and untracked files; kept by a ref of its own.
        items: what is not in the tree, or is there in another way than the agent may think.
        agent: the agent's own commits, branches and stashes.
    """

    tree: str
    items: tuple[Item, ...]
    agent: AgentRefs

    @property
    def ambiguous(self) -> tuple[str, ...]:
        """Why a person has to say what the agent's work is; empty in the ordinary case."""
        return self.agent.ambiguous


async def import_tree(store: Store, workspace: Workspace, *, limits: Limits | None = None) -> Imported:
    """Imports a workspace; the agent's processes must be gone.

    Runs nothing of the workspace: no hook, filter, fsmonitor, submodule or nested repository.

    Raises:
        WorkspaceLost: the workspace is not the one that we made.
        GitError: git failed.
    """
    workspace.check()
    boundary("import.before")
    snapshot, agent = await together(
        read_work_tree(store, workspace.source(limits)), collect(store, workspace)
    )
    # Whoever swapped the directory meanwhile has not made us read another one's files unnoticed.
    workspace.check()
    await store.keep(refs.imported(workspace.run, workspace.phase, snapshot.tree), snapshot.tree)
    boundary("import.after")
    return Imported(snapshot.tree, snapshot.items, agent)
