"""Effects on trees: workspace, import, checkpoint, restore, integrate, commit, publish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from prdrunner_tui.agents.environment import QUIET, agent_environment
from prdrunner_tui.changes.files import FileChange
from prdrunner_tui.kernel.settings import Author
from prdrunner_tui.repo import checkpoints, refs
from prdrunner_tui.repo import workspace as workspaces
from prdrunner_tui.repo.commit import advance, build_commit
from prdrunner_tui.repo.diffs import diff_trees
from prdrunner_tui.repo.dirty import take_along
from prdrunner_tui.repo.identity import Person
from prdrunner_tui.repo.importing import import_tree
from prdrunner_tui.repo.integrate import Conflict, integrate
from prdrunner_tui.repo.items import change_items
from prdrunner_tui.repo.lfs import refuse_smudged
from prdrunner_tui.repo.publish import publish
from prdrunner_tui.repo.setup import Setup
from prdrunner_tui.repo.store import absorb
from prdrunner_tui.repo.workspace import AGENT, Workspace, WorkspaceLost
from prdrunner_tui.rules.secrets import find_secrets
from prdrunner_tui.steps.effects.checks import repo_environment, run_setup
from prdrunner_tui.steps.effects.context import Context, Doing
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.repopath import RepoPath
from prdrunner_tui.text.units import lines

Result = Mapping[str, Any]
_MAX_FILES_TOLD = 500
_GROUP_FILES = 500
_GROUP_LINES = 20_000


async def prepare_run(doing: Doing) -> Result:
    """Copy the base commit into the trusted store, with the uncommitted files on top where they go along."""
    context, run = doing.context, doing.run
    head = doing.text("head")
    await absorb(context.store, context.repo, head)
    await refuse_smudged(context.store, context.repo)
    commit = head
    if doing.args["take_along"]:
        author = Person(run.author.name, run.author.email) if run.author else AGENT
        taken = await take_along(
            context.store, context.repo, context.identity, author=author, date=doing.date
        )
        commit = taken.commit
    await context.store.keep(refs.base(run.id), commit)
    if await context.store.resolve(refs.tip(run.id)) is None:
        await context.store.keep(refs.tip(run.id), commit)
    return {"commit": commit}


async def make_workspace(doing: Doing) -> Result:
    """Make the workspace of a phase, or make it again at the newest checkpoint when it was lost."""
    context, phase = doing.context, doing.phase_id
    try:
        workspace = await _create(doing)
    except WorkspaceLost:
        workspaces.abandon(context.directory, phase)
        workspace = await _create(doing)
        newest = [c for c in doing.state.checkpoints.values() if c.phase == phase]
        if newest:
            has = (await import_tree(context.store, workspace)).tree
            tree = await context.store.tree_of(newest[-1].commit)
            await checkpoints.put_tree(context.store, workspace, tree, has=has)
    environment = repo_environment(doing.run.settings.environment)
    failed = await run_setup(
        doing,
        Setup(workspace.private, workspace.root, environment),
        workspace.base_tree,
        {**QUIET, **agent_environment(context.environ, marker="")},
    )
    if failed is not None:
        raise Problem(failed, code=1)
    return {"path": str(workspace.root), "tree": workspace.base_tree}


async def _create(doing: Doing) -> Workspace:
    author = doing.run.author
    return await workspaces.create(
        doing.context.store,
        doing.context.directory,
        run=doing.run.id,
        phase=doing.phase_id,
        commit=doing.text("base"),
        person=Person(author.name, author.email) if author else None,
        excludes=doing.context.identity.excludes,
        leave_out=repo_environment(doing.run.settings.environment).leave_out(),
    )


async def import_workspace(doing: Doing) -> Result:
    """What the agent left, as a tree, and how it differs from the phase's base."""
    store = doing.context.store
    imported = await import_tree(store, doing.context.workspace(doing.phase_id))
    changes = await diff_trees(store, doing.phase.base, imported.tree)
    items = [{"kind": i.kind, "path": shown(i.path), "detail": i.detail} for i in imported.items[:100]]
    return {
        "tree": imported.tree,
        "summary": summary(changes),
        "files": file_rows(changes),
        "items": items,
        "ambiguous": list(imported.ambiguous),
    }


async def take_checkpoint(doing: Doing) -> Result:
    """Keep what the workspace holds."""
    workspace = doing.context.workspace(doing.phase_id)
    taken = await checkpoints.take(
        doing.context.store, workspace, checkpoint_id=doing.text("id"), data=_data(doing), date=doing.date
    )
    return {"commit": taken.checkpoint.commit, "tree": taken.checkpoint.tree}


async def restore(doing: Doing) -> Result:
    """Put the workspace back, after keeping what it holds."""
    store, workspace = doing.context.store, doing.context.workspace(doing.phase_id)
    to = doing.text("to")
    taken = await checkpoints.restore(
        store, workspace, to, checkpoint_id=doing.text("save_as"), data=_data(doing), date=doing.date
    )
    return {"saved": taken.checkpoint.commit, "tree": await store.tree_of(to)}


def _data(doing: Doing) -> dict[str, Any]:
    last = doing.phase.last
    assert last is not None
    label = str(doing.args.get("label") or f"before the return to {doing.args.get('checkpoint')}")
    return {"run": doing.run.id, "step": last.name, "iteration": last.iteration, "label": label}


async def make_candidate(doing: Doing) -> Result:
    """The phase's tree on the newest commit of the run's branch, and what in it a person has to see."""
    store, tip = doing.context.store, doing.text("tip")
    merged = await integrate(store, base=doing.text("base"), phase=doing.text("tree"), tip=tip)
    if isinstance(merged, Conflict):
        return {"conflicts": [shown(path.path) for path in merged.paths]}
    await store.keep(refs.candidate(doing.run.id, doing.phase_id, merged.tree), merged.tree)
    changes = await diff_trees(store, tip, merged.tree)
    return {
        "tree": merged.tree,
        "summary": summary(changes),
        "files": file_rows(changes),
        **await held_items(doing.context, changes, doing.run.settings.protected),
    }


def _groups(changes: Sequence[FileChange]) -> Iterator[list[FileChange]]:
    """Changes in groups that are small enough to be held in memory, by files and by lines."""
    group: list[FileChange] = []
    lines = 0
    for change in changes:
        group.append(change)
        lines += change.added
        if len(group) == _GROUP_FILES or lines > _GROUP_LINES:
            yield group
            group, lines = [], 0
    if group:
        yield group


async def held_items(
    context: Context, changes: tuple[FileChange, ...], extra: tuple[str, ...]
) -> dict[str, Any]:
    """What of a change no policy may approve: protected and odd items, and what looks like a secret."""
    links = tuple(change.new_blob for change in changes if change.new_mode == 0o120000)
    targets = await context.store.read_blobs(links)
    items = change_items(changes, extra=[RepoPath.from_json(path).raw for path in extra], targets=targets)
    held = ("protected", "symlink_outside", "submodule", "suspicious_name")
    protected = list(dict.fromkeys(shown(item.path) for item in items if item.kind in held))
    secrets: list[str] = []
    for group in _groups([change for change in changes if change.added and not change.binary]):
        # One git process a group: a change of many thousand files would otherwise start as many.
        blobs = await context.store.read_blobs(tuple(b for c in group for b in (c.old_blob, c.new_blob)))
        for change in group:
            old, new = blobs.get(change.old_blob, b""), blobs.get(change.new_blob, b"")
            secrets += [f"{shown(change.path)}:{line} ({kind})" for line, kind in find_secrets(old, new)]
    return {"protected": protected, "secrets": secrets}


async def make_commit(doing: Doing) -> Result:
    """The commit object, without any ref."""
    author = Author(*doing.args["author"])  # type: ignore[misc]
    person = Person(author.name, author.email)
    commit = await build_commit(
        doing.context.store,
        tree=doing.text("tree"),
        parent=doing.text("parent"),
        message=doing.text("message").encode(),
        author=person,
        committer=person,
        date=f"{doing.args['date']} +0000",
    )
    return {"commit": commit}


async def move_tip(doing: Doing) -> Result:
    """The compare-and-swap that makes the commit part of the branch, once."""
    outcome = await advance(doing.context.store, doing.text("ref"), doing.text("new"), doing.text("old"))
    return {"outcome": outcome}


async def publish_branch(doing: Doing) -> Result:
    """The branch in the user's repository."""
    context = doing.context
    author = doing.run.author
    assert author is not None
    person = Person(author.name, author.email)
    done = await publish(
        context.store, context.repo, run=doing.run.id, commit=doing.text("commit"), person=person
    )
    return {"outcome": done.outcome, "branch": done.branch}


def summary(changes: tuple[FileChange, ...]) -> str:
    """A change in a few words: ``+12/-3 in 2 files``."""
    counts = lines(sum(c.added for c in changes), sum(c.removed for c in changes))
    return f"{counts} in {len(changes)} file{'' if len(changes) == 1 else 's'}"


def file_rows(changes: tuple[FileChange, ...]) -> list[list[Any]]:
    """The changed files as [status, path, added, removed], the first ones when there are very many."""
    return [[c.status, shown(c.path), c.added, c.removed] for c in changes[:_MAX_FILES_TOLD]]


def shown(path: bytes) -> str:
    """A path as text that JSON can hold."""
    return path.decode("utf-8", "backslashreplace")
