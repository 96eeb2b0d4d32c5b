"""F18, I5: workspaces that vanish, checkpoints, restore, and moving to a new base."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from prdrunner_tui.journal import faults
from prdrunner_tui.repo import checkpoints, workspace
from prdrunner_tui.repo.commit import build_commit
from prdrunner_tui.repo.importing import import_tree
from prdrunner_tui.repo.integrate import Conflict
from prdrunner_tui.repo.rebase import move_base, reset_to
from prdrunner_tui.repo.store import open_store
from prdrunner_tui.repo.workspace import WorkspaceLost

from .conftest import DATE, PERSON, Project, git, snapshot, write


async def commit_of(project: Project, files: dict[str, str | bytes], phase: str) -> str:
    """A commit on HEAD with the given files written over it."""
    source = await project.workspace(phase)
    write(source.root, files)
    tree = (await import_tree(project.store, source)).tree
    who = {"author": PERSON, "committer": PERSON, "date": DATE}
    return await build_commit(project.store, tree=tree, parent=project.repo.head_commit, message=b"m", **who)


async def test_create_is_idempotent_and_private(project: Project) -> None:
    first = await project.workspace()
    write(first.root, {"n": "1"})
    assert await project.workspace() == first
    assert (first.root / "n").exists()
    other = await project.workspace("a/../b c")
    assert other.root.parent == first.root.parent and other.root.name == "a%2F%2E%2E%2Fb%20c"
    assert git(first.root, "config", "--get", "user.name") == "Ada"
    # The agent's refs and objects are its own.
    git(first.root, "update-ref", "-d", "refs/heads/work")
    git(first.root, "gc", "-q", "--prune=now")
    assert git(other.root, "status", "--porcelain") == "" and git(project.root, "fsck") == ""


@pytest.mark.parametrize("name", ["workspace.before", "workspace.recorded", "workspace.after"])
async def test_create_survives_a_stop_at_each_boundary(project: Project, name: str) -> None:
    class Stopped(BaseException):
        pass

    def stop(passed: str) -> None:
        if passed == name:
            raise Stopped

    faults.install(stop)
    try:
        with pytest.raises(Stopped):
            await project.workspace()
    finally:
        faults.install(None)
    made = await project.workspace()
    made.check()
    assert git(made.root, "status", "--porcelain") == ""
    assert [path.name for path in project.run_dir.workspaces.iterdir()] == ["p1"]


@pytest.mark.parametrize("how", ["deleted", "link", "replaced", "file", "moved_parent"])
async def test_f18_lost_workspace(project: Project, tmp_path: Path, how: str) -> None:
    made = await project.workspace()
    outside = tmp_path / "outside"
    write(outside, {"precious": "1"})
    before = snapshot(outside)
    made.root.rename(tmp_path / "away")
    expected = "replaced"
    if how == "deleted":
        expected = "missing"
    elif how == "link":
        made.root.symlink_to(outside)
        expected = "link"
    elif how == "replaced":
        made.root.mkdir()
    elif how == "file":
        made.root.write_text("x")
    else:
        parent = made.root.parent
        (tmp_path / "away").rename(made.root)
        parent.rename(tmp_path / "ws")
        parent.symlink_to(tmp_path / "ws")
        expected = "link"
    calls = (
        import_tree(project.store, made),
        project.workspace(),
        checkpoints.take(project.store, made, checkpoint_id="c", data={}, date=DATE),
        checkpoints.restore(project.store, made, made.base, checkpoint_id="d", data={}, date=DATE),
        move_base(project.store, made, made.base),
    )
    for call in calls:
        with pytest.raises(WorkspaceLost) as lost:
            await call
        assert lost.value.reason == expected
    if how != "moved_parent":
        workspace.abandon(project.run_dir, "p1")
        again = await project.workspace()
        assert git(again.root, "status", "--porcelain") == ""
    assert snapshot(outside) == before


async def test_checkpoint_and_restore_lose_nothing(project: Project) -> None:
    made = await project.workspace()
    write(made.root, {"src/app.py": "v1\n", "new.txt": "1"})
    taken = await checkpoints.take(
        project.store, made, checkpoint_id="c1", data={"step": "implement"}, date=DATE
    )
    assert (
        await checkpoints.take(project.store, made, checkpoint_id="c1", data={}, date=DATE)
    ).checkpoint == taken.checkpoint

    (made.root / "new.txt").unlink()
    write(
        made.root,
        {"new.txt/inner": "a directory now", "src/app.py": "v2\n", "later.txt": "2", "x.log": "ignored"},
    )
    undo = await checkpoints.restore(
        project.store, made, taken.checkpoint.commit, checkpoint_id="c2", data={"why": "rollback"}, date=DATE
    )
    assert (made.root / "src/app.py").read_text() == "v1\n" and (made.root / "new.txt").read_text() == "1"
    assert not (made.root / "later.txt").exists() and (made.root / "x.log").exists()
    assert (await import_tree(project.store, made)).tree == taken.checkpoint.tree

    await checkpoints.restore(
        project.store, made, undo.checkpoint.tree, checkpoint_id="c3", data={}, date=DATE
    )
    assert (made.root / "new.txt/inner").read_text() == "a directory now"
    assert (made.root / "later.txt").read_text() == "2"
    listed = await checkpoints.list_checkpoints(project.store, "r1")
    assert [found.id for found in listed] == ["c1", "c2", "c3"]
    assert listed[0].data == {"step": "implement", "phase": "p1"} and listed[0].base == made.base
    assert await checkpoints.show(project.store, "r1", "c2") == undo.checkpoint
    assert await checkpoints.show(project.store, "r1", "c") is None


async def test_restore_moves_what_a_checkpoint_cannot_hold_out_of_the_way(project: Project) -> None:
    made = await project.workspace()
    write(made.root, {"spot": "file", "dir/f": "1", "x.txt": "1"})
    taken = await checkpoints.take(project.store, made, checkpoint_id="c1", data={}, date=DATE)
    (made.root / "spot").unlink()
    git(made.root, "init", "-q", "spot")
    write(made.root, {"spot/inner": "only here"})
    (made.root / "dir/f").unlink()
    (made.root / "dir").rmdir()
    os.mkfifo(made.root / "dir")
    await checkpoints.restore(
        project.store, made, taken.checkpoint.tree, checkpoint_id="c2", data={}, date=DATE
    )
    assert (made.root / "spot").read_text() == "file" and (made.root / "dir/f").read_text() == "1"
    assert (made.private / "aside/1/spot/inner").read_text() == "only here"
    assert (made.private / "aside/1/dir").is_fifo()


async def test_restore_keeps_a_file_that_is_too_large_to_import(project: Project) -> None:
    made = await project.workspace()
    with open(made.root / "README.md", "r+b") as file:
        file.truncate(101 << 20)
    taken = await checkpoints.restore(project.store, made, made.base, checkpoint_id="c", data={}, date=DATE)
    assert [(item.kind, item.path) for item in taken.items] == [("too_large", b"README.md")]
    assert (made.root / "README.md").read_text() == "# hello\n"
    assert (made.private / "aside/1/README.md").stat().st_size == 101 << 20


async def test_move_base_brings_changes_along_and_keeps_the_agents_commits(project: Project) -> None:
    new = await commit_of(project, {"README.md": "# tip\n"}, "other")
    made = await project.workspace()
    write(made.root, {"src/app.py": "mine\n", "mine.txt": "1"})
    git(made.root, "commit", "-qam", "agent commit")
    theirs = git(made.root, "rev-parse", "HEAD")
    moved = await move_base(project.store, made, new)
    assert not isinstance(moved, Conflict)
    assert moved.base == new and workspace.load(project.run_dir, "p1") == moved
    assert (made.root / "README.md").read_text() == "# tip\n" and (made.root / "mine.txt").exists()
    assert git(made.root, "rev-parse", "HEAD") == new
    assert git(made.root, "status", "--porcelain").splitlines() == ["M src/app.py", "?? mine.txt"]
    agents = await project.store.list_refs("refs/prdrunner/agent")
    assert theirs in {oid for _, oid in agents}
    assert await move_base(project.store, moved, new) == moved


async def test_move_base_changes_nothing_on_a_conflict(project: Project) -> None:
    new = await commit_of(project, {"src/app.py": "theirs\n"}, "other")
    made = await project.workspace()
    write(made.root, {"src/app.py": "mine\n"})
    before = snapshot(made.root)
    conflict = await move_base(project.store, made, new)
    assert isinstance(conflict, Conflict)
    assert [path.path for path in conflict.paths] == [b"src/app.py"]
    assert snapshot(made.root) == before
    resolved = await reset_to(project.store, made, new, new)
    assert (made.root / "src/app.py").read_text() == "theirs\n" and resolved.base == new


async def test_stolen_git_dir_is_not_written_through(project: Project, tmp_path: Path) -> None:
    new = await commit_of(project, {"README.md": "# tip\n"}, "other")
    made = await project.workspace()
    (made.root / ".git").rename(tmp_path / "away")
    (made.root / ".git").symlink_to(project.root / ".git")
    before = snapshot(project.root)
    assert not isinstance(await move_base(project.store, made, new), Conflict)
    assert snapshot(project.root) == before


async def test_store_is_swept_only_by_its_owner(project: Project) -> None:
    lock = project.state.trusted / "refs/prdrunner/x.lock"
    lock.touch()
    await open_store(project.state, "sha1")
    assert lock.exists()
    await open_store(project.state, "sha1", owner=True)
    assert not lock.exists()
