"""The directory in which a phase's agent works: a clone of its own that only borrows our object store."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.repo.git import Git
from prdrunner_tui.repo.identity import Person
from prdrunner_tui.repo.objects import write_durably
from prdrunner_tui.repo.rundir import RunDir
from prdrunner_tui.repo.store import Store
from prdrunner_tui.repo.switch import Aside
from prdrunner_tui.repo.worktree import Limits, Source
from prdrunner_tui.text.problem import Problem

BRANCH = "work"
"""The one branch of a fresh workspace."""

AGENT = Person("prdrunner agent", "agent@prdrunner.invalid")
"""Who an agent's own commits are by, where the caller names nobody."""


class WorkspaceLost(Problem):
    """The workspace is not what we made: deleted, moved, or something else in its place.

    Attributes:
        reason: ``missing``, ``replaced``, ``link`` or ``unrecorded``.
    """

    def __init__(self, root: Path, reason: str) -> None:
        words = {
            "missing": "was deleted or moved",
            "replaced": "was replaced by another directory or file",
            "link": "was replaced by a symlink, or lies behind one",
            "unrecorded": "has a damaged record",
        }
        super().__init__(
            f"the workspace {words[reason]}",
            where=str(root),
            hint="it is made again from the last checkpoint",
            code=1,
        )
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace that was made.

    Attributes:
        run: the run's id.
        phase: the phase's id.
        root: the directory; stable for the life of the phase.
        private: what we keep about it, outside of it.
        base: the commit the work stands on.
        base_tree: that commit's tree.
        device: st_dev of the directory that we made.
        inode: st_ino of the directory that we made.
        leave_out: gitignore patterns that are never imported.
    """

    run: str
    phase: str
    root: Path
    private: Path
    base: str
    base_tree: str
    device: int
    inode: int
    leave_out: tuple[str, ...] = ()

    @property
    def index(self) -> Path:
        """Our own index of it."""
        return self.private / "index"

    @property
    def excludes(self) -> Path:
        """The user's ignore patterns, as a file."""
        return self.private / "excludes"

    def aside(self) -> Aside:
        """Where things in the way of a restore go; nothing there is ever removed."""
        return Aside(self.private / "aside")

    def source(self, limits: Limits | None = None) -> Source:
        """The workspace as a thing to import."""
        return Source(
            root=self.root,
            index=self.index,
            private=self.private,
            base=self.base_tree,
            excludes=self.excludes,
            leave_out=self.leave_out,
            limits=limits or Limits(),
        )

    def check(self) -> None:
        """Makes sure that the directory is the one that we made.

        Raises:
            WorkspaceLost: it is not.
        """
        try:
            found = self.root.lstat()
        except OSError as error:
            raise WorkspaceLost(self.root, "missing") from error
        if stat.S_ISLNK(found.st_mode) or os.path.realpath(self.root) != os.path.abspath(self.root):  # noqa: PTH100
            raise WorkspaceLost(self.root, "link")
        if not stat.S_ISDIR(found.st_mode) or (found.st_dev, found.st_ino) != (self.device, self.inode):
            raise WorkspaceLost(self.root, "replaced")


def load(run_dir: RunDir, phase: str) -> Workspace | None:
    """The workspace of a phase as it was recorded, or None; whether it is still there is `Workspace.check`.

    Raises:
        WorkspaceLost: the record is damaged.
    """
    private = run_dir.private(phase)
    try:
        return _read_record(run_dir, phase, json.loads((private / "workspace.json").read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise WorkspaceLost(run_dir.workspace(phase), "unrecorded") from error


def _read_record(run_dir: RunDir, phase: str, record: Any) -> Workspace:
    return Workspace(
        run=record["run"],
        phase=record["phase"],
        root=Path(os.path.realpath(run_dir.root)) / run_dir.workspace(phase).relative_to(run_dir.root),
        private=run_dir.private(phase),
        base=record["base"],
        base_tree=record["base_tree"],
        device=record["device"],
        inode=record["inode"],
        leave_out=tuple(record["leave_out"]),
    )


def save(workspace: Workspace) -> None:
    """Records what a workspace is, durably."""
    names = ("run", "phase", "base", "base_tree", "device", "inode")
    record = {name: getattr(workspace, name) for name in names}
    record["leave_out"] = list(workspace.leave_out)
    write_durably(workspace.private / "workspace.json", json.dumps(record).encode())


async def create(
    store: Store,
    run_dir: RunDir,
    *,
    run: str,
    phase: str,
    commit: str,
    person: Person | None = None,
    excludes: bytes = b"",
    leave_out: tuple[str, ...] = (),
) -> Workspace:
    """Makes the workspace of a phase at ``commit``, or finds the one that was made before.

    Args:
        store: holds the commit.
        run_dir: where it goes.
        run: the run's id.
        phase: the phase's id.
        commit: what is checked out, on the branch `BRANCH`.
        person: whom the agent's own commits name.
        excludes: the user's ignore patterns (`Identity.excludes`).
        leave_out: gitignore patterns of directories that are never imported (``keep`` of the environment).

    Killed at any point, it can be called again. A lost workspace is not made again by this: call `abandon` first.

    Raises:
        WorkspaceLost: the recorded workspace is gone.
    """
    temporary = run_dir.workspaces / f".new-{run_dir.workspace(phase).name}"
    known = load(run_dir, phase)
    if known is not None:
        if not known.root.exists() and temporary.exists() and temporary.stat().st_ino == known.inode:
            await asyncio.to_thread(temporary.rename, known.root)
        known.check()
        return known
    boundary("workspace.before")
    tree = await store.tree_of(commit)
    private = run_dir.private(phase)
    await asyncio.to_thread(_prepare, store, temporary, private, commit, person or AGENT, excludes)
    place = Git(temporary / ".git")
    await place.run(
        "read-tree", "--reset", "-u", commit, work_tree=temporary, config=[("core.fsync", "none")]
    )
    # A fresh index spares the first import from reading every file.
    await asyncio.to_thread(shutil.copyfile, temporary / ".git" / "index", private / "index")
    made = temporary.lstat()
    root = Path(os.path.realpath(run_dir.root)) / run_dir.workspace(phase).relative_to(run_dir.root)
    workspace = Workspace(run, phase, root, private, commit, tree, made.st_dev, made.st_ino, leave_out)
    await asyncio.to_thread(save, workspace)
    boundary("workspace.recorded")
    await asyncio.to_thread(temporary.rename, workspace.root)
    boundary("workspace.after")
    return workspace


def abandon(run_dir: RunDir, phase: str) -> None:
    """Forgets a workspace, so that `create` makes a new one; what is at its place is moved aside, not deleted."""
    private = run_dir.private(phase)
    root = run_dir.workspace(phase)
    if os.path.lexists(root):
        Aside(private / "aside").take(os.fsencode(root.parent), os.fsencode(root.name))
    (private / "workspace.json").unlink(missing_ok=True)
    (private / "index").unlink(missing_ok=True)


def _prepare(
    store: Store, temporary: Path, private: Path, commit: str, person: Person, excludes: bytes
) -> None:
    # A leftover of a killed call: no agent has seen it.
    shutil.rmtree(temporary, ignore_errors=True)
    private.mkdir(mode=0o700, parents=True, exist_ok=True)
    git_dir = temporary / ".git"
    for folder in ("refs/heads", "refs/tags", "objects/info", "objects/pack", "info"):
        (git_dir / folder).mkdir(parents=True)
    (git_dir / "config").write_text(_clone_config(store.object_format, person), "utf-8")
    (git_dir / "HEAD").write_text(f"ref: refs/heads/{BRANCH}\n")
    (git_dir / "refs" / "heads" / BRANCH).write_text(f"{commit}\n")
    (git_dir / "info" / "exclude").write_bytes(excludes)
    alternates = os.fsencode(os.path.realpath(store.objects)) + b"\n"
    (git_dir / "objects" / "info" / "alternates").write_bytes(alternates)
    shallow = store.state.trusted / "shallow"
    if shallow.exists():
        shutil.copyfile(shallow, git_dir / "shallow")
    write_durably(private / "excludes", excludes)


def _clone_config(object_format: str, person: Person) -> str:
    def quoted(text: str) -> str:
        plain = text.replace("\n", " ").replace("\0", "")
        return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'

    version = 1 if object_format != "sha1" else 0
    lines = [
        "[core]",
        f"\trepositoryformatversion = {version}",
        "\tbare = false",
        "\tlogallrefupdates = true",
    ]
    # The user's global hooks are not for an agent's clone.
    lines.append("\thooksPath = /dev/null")
    if version:
        lines += ["[extensions]", f"\tobjectFormat = {object_format}"]
    lines += ["[user]", f"\tname = {quoted(person.name)}", f"\temail = {quoted(person.email)}"]
    lines += ["[commit]", "\tgpgSign = false", "[tag]", "\tgpgSign = false"]
    lines += ["[gc]", "\tauto = 0", "[maintenance]", "\tauto = false", ""]
    return "\n".join(lines)


def rebased(workspace: Workspace, commit: str, tree: str) -> Workspace:
    """The same workspace on another base."""
    return replace(workspace, base=commit, base_tree=tree)
