"""F03: git itself is killed at each of its renames, and the same call made again ends well."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from prdrunner_tui.repo import refs
from prdrunner_tui.repo.commit import advance, build_commit
from prdrunner_tui.repo.git import GitError
from prdrunner_tui.repo.importing import import_tree
from prdrunner_tui.repo.publish import publish
from prdrunner_tui.repo.store import open_store

from .conftest import DATE, PERSON, Project, git, requires_strace, write


def killing_git(folder: Path, command: str, call: str, count: int) -> str:
    """A directory for PATH whose git dies by SIGKILL in its ``count``-th system call of a kind."""
    real = shutil.which("git")
    script = folder / f"{command}-{call}-{count}" / "git"
    script.parent.mkdir(parents=True)
    inject = f"strace -qq -o /dev/null -e trace={call} -e inject={call}:signal=KILL:when={count}"
    script.write_text(
        f'#!/bin/sh\ncase " $* " in\n*" {command} "*) exec {inject} {real} "$@";;\nesac\nexec {real} "$@"\n'
    )
    script.chmod(0o755)
    return f"{script.parent}{os.pathsep}{os.environ['PATH']}"


@requires_strace
@pytest.mark.parametrize(
    ("command", "call"),
    [("update-ref", "rename"), ("update-index", "rename"), ("update-index", "link"), ("commit-tree", "link")],
)
async def test_f03_killed_git(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, call: str
) -> None:
    workspace = await project.workspace()
    base = project.repo.head_commit
    tip = refs.tip("r1")
    await project.store.keep(tip, base)
    path = os.environ["PATH"]
    fired = 0
    for count in (1, 2):
        write(workspace.root, {f"{command}{call}{count}.txt": f"{command} {call} {count}\n"})

        async def once(number: int = count) -> str:
            imported = await import_tree(project.store, workspace)
            return await build_commit(
                project.store,
                tree=imported.tree,
                parent=base,
                message=b"m%d" % number,
                author=PERSON,
                committer=PERSON,
                date=DATE,
            )

        monkeypatch.setenv("PATH", killing_git(tmp_path / "bin", command, call, count))
        try:
            new = await once()
            await advance(project.store, tip, new, base)
        except GitError as error:
            assert error.exit_code in (-9, 137)
            fired += 1
        monkeypatch.setenv("PATH", path)
        store = await open_store(project.state, "sha1", owner=True)
        new = await once()
        assert await advance(store, tip, new, base) in ("moved", "done_before")
        assert await store.resolve(tip) == new
        assert git(project.state.trusted, "fsck", "--no-dangling") == ""
        await store.keep(tip, base)
    assert fired > 0


@requires_strace
async def test_f03_publish_killed_at_the_ref(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = await project.workspace()
    write(workspace.root, {"n": "1"})
    tree = (await import_tree(project.store, workspace)).tree
    who = {"author": PERSON, "committer": PERSON, "date": DATE}
    commit = await build_commit(project.store, tree=tree, parent=workspace.base, message=b"m", **who)
    arguments = {"run": "r1", "commit": commit, "person": PERSON}
    path = os.environ["PATH"]
    monkeypatch.setenv("PATH", killing_git(tmp_path / "bin", "update-ref", "rename", 1))
    with pytest.raises(Exception, match="could not be moved"):
        await publish(project.store, project.repo, **arguments)
    monkeypatch.setenv("PATH", path)
    # The lock is in the user's repository: told, never removed.
    with pytest.raises(Exception, match="is locked"):
        await publish(project.store, project.repo, wait=0.0, **arguments)
    (project.root / ".git/refs/heads/prdrunner/r1.lock").unlink()
    assert (await publish(project.store, project.repo, **arguments)).outcome == "created"
    git(project.root, "fsck", "--strict")
