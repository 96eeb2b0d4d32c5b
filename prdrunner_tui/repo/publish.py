"""Publishing: the run's commits become a branch in the user's repository, and nothing else changes there."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.repo import refs
from prdrunner_tui.repo.commit import is_ancestor
from prdrunner_tui.repo.discover import Repo
from prdrunner_tui.repo.git import Git, GitResult
from prdrunner_tui.repo.identity import Person
from prdrunner_tui.repo.objects import copy_objects, missing
from prdrunner_tui.repo.store import Store
from prdrunner_tui.text.problem import Problem

REFUSED = 5
"""Exit code of a refusal."""


@dataclass(frozen=True, slots=True)
class Published:
    """The branch in the user's repository.

    Attributes:
        branch: its short name.
        commit: where it is.
        outcome: ``created``, ``advanced`` or ``done_before``.
    """

    branch: str
    commit: str
    outcome: Literal["created", "advanced", "done_before"]


async def publish(
    store: Store, repo: Repo, *, run: str, commit: str, person: Person, wait: float = 10.0
) -> Published:
    """Makes or advances the branch ``prdrunner/<run>`` in the user's repository; safe to repeat.

    HEAD, the index, the work tree, other refs, hooks and configuration stay as they are. Objects come first, as a
    pack that is kept from the user's gc until the ref holds it.

    Args:
        store: holds the commit.
        repo: the user's repository.
        run: the run's id.
        commit: the run's tip.
        person: for the branch's reflog, where the user keeps reflogs.
        wait: seconds to wait for a ref lock that somebody holds.

    Raises:
        Problem: the branch went elsewhere, is checked out, its name is taken, or its lock is held.
    """
    ref = refs.published(run)
    branch = ref.removeprefix("refs/heads/")
    boundary("publish.before")
    there = Git(repo.common_dir, config=_shared(repo))
    now = await _resolve(there, ref)
    reason = f"prdrunner publishes {refs.component(run)}"
    if now == commit:
        await asyncio.to_thread(_release, repo.objects, reason)
        return Published(branch, commit, "done_before")
    await asyncio.to_thread(_refuse_checked_out, repo, ref, branch)
    await _copy(store, repo, commit, reason)
    boundary("publish.objects")
    try:
        if now is not None and not await is_ancestor(there, now, commit):
            if await is_ancestor(there, commit, now):
                return Published(branch, now, "done_before")
            raise Problem(
                f"branch {branch} has commits that are not the run's",
                where=str(repo.root),
                hint=f"rename it (git branch -m {branch} NAME), then publish again",
                code=REFUSED,
            )
        await _move(there, ref, commit, now or store.null_oid, person, wait=wait, where=str(repo.root))
    finally:
        await asyncio.to_thread(_release, repo.objects, reason)
    boundary("publish.after")
    return Published(branch, commit, "advanced" if now else "created")


def _shared(repo: Repo) -> tuple[tuple[str, str], ...]:
    # Whether refs have reflogs and who may write files is the user's choice, even for our branch.
    logs = repo.value("core.logallrefupdates") or "true"
    shared = repo.value("core.sharedrepository")
    return (("core.logAllRefUpdates", logs), *((("core.sharedRepository", shared),) if shared else ()))


async def _resolve(git: Git, ref: str) -> str | None:
    said = await git.run("rev-parse", "--verify", "-q", "--end-of-options", ref, check=False)
    return said.line if said.code == 0 else None


async def _copy(store: Store, repo: Repo, commit: str, reason: str) -> None:
    objects = repo.objects
    theirs = Git(store.git.git_dir, objects=objects, config=_shared(repo))
    # What the user's HEAD reaches need not travel; where the user threw it away, everything does.
    known = repo.head_commit
    both = Git(store.git.git_dir, objects=store.objects, alternates=(objects,))
    have = [known] if not await missing(theirs, [known]) else []
    await copy_objects(both, theirs, want=[commit], have=have, keep=reason)


def _release(objects: Path, reason: str) -> None:
    """Gives our packs to the user's gc; also those that a killed publishing of the same run left."""
    for keep in (objects / "pack").glob("pack-*.keep"):
        if keep.stat().st_size < 1024 and keep.read_text("utf-8", "replace").strip() == reason:
            keep.unlink(missing_ok=True)


def _refuse_checked_out(repo: Repo, ref: str, branch: str) -> None:
    heads = [repo.common_dir / "HEAD", *(repo.common_dir / "worktrees").glob("*/HEAD")]
    for head in heads:
        try:
            text = head.read_text("utf-8", "surrogateescape").strip()
        except OSError:
            continue
        if text == f"ref: {ref}":
            raise Problem(
                f"branch {branch} is checked out; moving it would change your files",
                where=str(repo.root),
                hint="git switch to another branch, then publish again",
                code=REFUSED,
            )


async def _move(git: Git, ref: str, new: str, old: str, person: Person, *, wait: float, where: str) -> None:
    deadline, pause = time.monotonic() + wait, 0.05
    env = {
        "GIT_COMMITTER_NAME": person.name,
        "GIT_COMMITTER_EMAIL": person.email,
    }
    while True:
        said = await git.run(
            "update-ref", "--no-deref", "-m", "prdrunner publish", ref, new, old, env=env, check=False
        )
        if said.code == 0:
            return
        locked = b".lock'" in said.stderr and b"File exists" in said.stderr
        if not locked or time.monotonic() >= deadline:
            raise _refused(git, ref, said, locked=locked, where=where)
        await asyncio.sleep(min(pause, max(0.0, deadline - time.monotonic())))
        pause = min(pause * 2, 1.0)


def _refused(git: Git, ref: str, said: GitResult, *, locked: bool, where: str) -> Problem:
    branch = ref.removeprefix("refs/heads/")
    if locked:
        lock = git.git_dir / f"{ref}.lock"
        return Problem(
            f"branch {branch} is locked ({lock_owner(lock)})",
            where=str(lock),
            hint="wait for that git, or remove the lock if none runs; then publish again",
            code=REFUSED,
        )
    text = said.stderr.decode("utf-8", "replace").strip().splitlines()
    first = text[0].removeprefix("fatal: ") if text else f"git exit {said.code}"
    if "exists; cannot create" in first:
        return Problem(
            f"branch {branch} cannot be made beside a branch of another name: {first}",
            where=where,
            hint="rename that branch, then publish again",
            code=REFUSED,
        )
    return Problem(f"branch {branch} could not be moved: {first}", where=where, code=REFUSED)


def lock_owner(lock: Path) -> str:
    """Who holds a lock file of the user's, as far as it can be told: a process and its pid, else its age."""
    try:
        found = lock.stat()
    except OSError:
        return "released meanwhile"
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            for handle in (entry / "fd").iterdir():
                opened = handle.stat()
                if (opened.st_ino, opened.st_dev) == (found.st_ino, found.st_dev):
                    name = (entry / "comm").read_text().strip()
                    return f"held by {name}, pid {entry.name}"
        except OSError:
            continue
    age = max(0, int(time.time() - found.st_mtime))
    return f"no process found that holds it, {age} s old"
