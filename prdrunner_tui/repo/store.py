"""The trusted store of a repository: an object store that workspaces borrow, and a bare git dir with our refs.

The two are apart so that an agent, which can see the object store's path in its clone, finds no refs there.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.repo import refs
from prdrunner_tui.repo.discover import Repo
from prdrunner_tui.repo.git import Git, GitError
from prdrunner_tui.repo.objects import copy_objects, read_blobs, sync_directory, write_durably
from prdrunner_tui.repo.rundir import StateDir
from prdrunner_tui.text.problem import Problem

_ABSORBED = f"{refs.ROOT}/absorbed"


@dataclass(frozen=True, slots=True)
class Store:
    """The opened store.

    Attributes:
        state: where everything lies.
        object_format: ``sha1`` or ``sha256``.
        git: the target of commands: ``trusted.git`` with the object store as its object directory.
    """

    state: StateDir
    object_format: str
    git: Git

    @property
    def objects(self) -> Path:
        """The object directory that workspaces borrow."""
        return self.state.store / "objects"

    @property
    def null_oid(self) -> str:
        """The id that means "no such object" in compare-and-swap."""
        return "0" * (64 if self.object_format == "sha256" else 40)

    async def resolve(self, name: str) -> str | None:
        """The object id of a ref or revision, or None."""
        said = await self.git.run("rev-parse", "--verify", "-q", "--end-of-options", name, check=False)
        return said.line or None if said.code == 0 else None

    async def tree_of(self, treeish: str) -> str:
        """The tree id of a commit or tree.

        Raises:
            GitError: there is no such object.
        """
        name = f"{treeish}^{{tree}}"
        return (await self.git.run("rev-parse", "--verify", "-q", "--end-of-options", name)).line

    async def keep(self, ref: str, oid: str) -> None:
        """Points a ref of ours at an object, whatever it named before."""
        await self.git.run("update-ref", "--no-deref", ref, oid)

    async def list_refs(self, prefix: str) -> tuple[tuple[str, str], ...]:
        """The refs under a folder as (name, object id), sorted by name."""
        said = await self.git.run("for-each-ref", "--format=%(refname) %(objectname)", prefix)
        pairs = (line.split(" ") for line in os.fsdecode(said.stdout).splitlines())
        return tuple((name, oid) for name, oid in pairs)

    async def read_blobs(self, oids: Sequence[str]) -> dict[str, bytes]:
        """As `objects.read_blobs`."""
        return await read_blobs(self.git, oids)


async def open_store(state: StateDir, object_format: str, *, owner: bool = False) -> Store:
    """Opens the store, making what is missing; repeating it after a crash at any point is safe.

    Args:
        state: the repository's state directory.
        object_format: of the user's repository.
        owner: the caller holds the engine lock and no git of ours runs, so leftovers may be swept.

    Raises:
        Problem: the store was made for another object format.
    """
    await asyncio.to_thread(_make, state, object_format, owner)
    return Store(state, object_format, Git(state.trusted, objects=state.store / "objects"))


def _make(state: StateDir, object_format: str, owner: bool) -> None:
    if owner:
        sweep(state)
    for inner in ("info", "pack"):
        (state.store / "objects" / inner).mkdir(mode=0o700, parents=True, exist_ok=True)
    config = _config(object_format)
    trusted = state.trusted
    if not (trusted / "HEAD").exists():
        boundary("store.before")
        temporary = state.root / f".trusted.{os.getpid()}.tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        for folder in ("refs", "objects/info", "info"):
            (temporary / folder).mkdir(mode=0o700, parents=True)
        write_durably(temporary / "config", config)
        # Lets plain `git --git-dir` read the store too; our own commands write straight into it.
        alternates = b"../../store/objects\n"
        write_durably(temporary / "objects" / "info" / "alternates", alternates)
        write_durably(temporary / "HEAD", b"ref: refs/heads/none\n")
        temporary.rename(trusted)
        sync_directory(state.root)
        boundary("store.after")
    elif (trusted / "config").read_bytes() != config:
        if object_format.encode() not in (trusted / "config").read_bytes() and object_format != "sha1":
            raise Problem(
                f"the repository changed its object format to {object_format}",
                where=str(state.root),
                hint="move this state directory away",
                code=1,
            )
        write_durably(trusted / "config", config)


def _config(object_format: str) -> bytes:
    lines = [
        "[core]",
        "\tbare = true",
        "\tfsync = all",
        "\thooksPath = /dev/null",
        "\tlogAllRefUpdates = false",
    ]
    if object_format == "sha1":
        lines.insert(1, "\trepositoryformatversion = 0")
    else:
        lines.insert(1, "\trepositoryformatversion = 1")
        lines += ["[extensions]", f"\tobjectFormat = {object_format}"]
    lines += ["[gc]", "\tauto = 0", "[maintenance]", "\tauto = false", ""]
    return "\n".join(lines).encode()


def sweep(state: StateDir) -> tuple[Path, ...]:
    """Removes the locks and temporary files that a killed git of ours left; returns what was removed.

    Only for the holder of the engine lock, when no git of ours runs. Nothing outside the state directory and
    nothing inside a workspace is touched.
    """
    found: list[Path] = [*state.trusted.rglob("*.lock")]
    found += state.store.glob("objects/pack/tmp_*")
    found += state.store.glob("objects/??/tmp_obj_*")
    found += state.store.glob("objects/tmp_objdir-*")
    found += state.slots.glob("*/index.lock")
    found += state.runs.glob("*/ws-private/*/*.lock")
    found += state.runs.glob("*/ws-private/*/scratch-*")
    found += state.runs.glob("*/ws/.new-*")
    found += state.root.glob(".trusted.*.tmp")
    for path in found:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return tuple(found)


async def absorb(store: Store, repo: Repo, commit: str) -> None:
    """Copies a commit of the user's repository with its history into the store; nothing is linked.

    The user's git directory is only read, and its configuration takes no part: git runs in ours with the
    user's object directory. Idempotent, and cheap when the commit, or an ancestor, is there already.

    Raises:
        GitError: objects are missing or damaged in the user's repository.
    """
    marker = f"{_ABSORBED}/{commit}"
    if await store.resolve(marker) is not None:
        return
    await asyncio.to_thread(_carry_shallow, store, repo)
    have = [oid for _, oid in await store.list_refs(_ABSORBED)]
    source = Git(store.git.git_dir, objects=repo.objects, alternates=(store.objects,))
    boundary("store.absorb.before")
    try:
        await copy_objects(source, store.git, want=[commit], have=have)
    except GitError as error:
        raise Problem(
            f"commit {commit[:12]} cannot be copied: {error.message}",
            where=str(repo.root),
            hint="git fsck tells what is missing",
            code=1,
        ) from error
    boundary("store.absorb.objects")
    await store.keep(marker, commit)
    boundary("store.absorb.after")


def _carry_shallow(store: Store, repo: Repo) -> None:
    if not repo.shallow:
        return
    target = store.state.trusted / "shallow"
    known = target.read_bytes().split() if target.exists() else []
    cuts = sorted({*known, *(repo.common_dir / "shallow").read_bytes().split()})
    if cuts != known:
        write_durably(target, b"".join(cut + b"\n" for cut in cuts))
