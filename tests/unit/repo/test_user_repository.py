"""A20, F17, F20, I4: which repositories are taken, and that nothing in them is touched."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from prdrunner_tui.repo import git as git_module
from prdrunner_tui.repo import refs
from prdrunner_tui.repo.commit import build_commit
from prdrunner_tui.repo.dirty import DirtyFile, list_dirty, take_along
from prdrunner_tui.repo.discover import discover
from prdrunner_tui.repo.identity import Identity, read_identity
from prdrunner_tui.repo.importing import import_tree
from prdrunner_tui.repo.lfs import refuse_smudged
from prdrunner_tui.repo.publish import publish
from prdrunner_tui.repo.store import absorb, open_store
from prdrunner_tui.text.problem import Problem

from .conftest import DATE, PERSON, Project, git, make_repo, open_project, snapshot, write

NOBODY = Identity(None, None, None, None, False, b"")


async def refused(path: Path) -> str:
    with pytest.raises(Problem) as problem:
        await discover(path)
    assert problem.value.code == 2 and "\n" not in str(problem.value)
    return problem.value.message


async def test_a20_not_a_repository(tmp_path: Path) -> None:
    assert await refused(tmp_path) == "not a git repository"
    assert await refused(tmp_path / "missing") == "no such directory"


async def test_a20_bare_unborn_partial_alternates_and_git_dir(tmp_path: Path) -> None:
    full = make_repo(tmp_path / "full", {"a": "1"})
    git(tmp_path, "clone", "-q", "--bare", str(full), "bare")
    assert await refused(tmp_path / "bare") == "this is a bare repository"
    git(tmp_path, "init", "-q", "unborn")
    assert await refused(tmp_path / "unborn") == "the repository has no commit yet"
    git(tmp_path, "clone", "-q", "--shared", str(full), "borrower")
    assert "borrow objects" in await refused(tmp_path / "borrower")
    git(full, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{full}", "partial")
    assert "partial clones" in await refused(tmp_path / "partial")
    assert "git directory" in await refused(full / ".git")


async def test_a20_deleted_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "gone"
    here.mkdir()
    monkeypatch.chdir(here)
    here.rmdir()
    with pytest.raises(Problem, match="no longer exists"):
        await discover()


async def test_a20_no_git_and_old_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_module, "_version", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not installed" in await refused(tmp_path)
    old = tmp_path / "git"
    old.write_text("#!/bin/sh\necho git version 2.30.2\n")
    old.chmod(0o755)
    assert "too old" in await refused(tmp_path)


async def test_a20_repository_of_another_user(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a repository away")
    root = make_repo(tmp_path / "user", {"a": "1"})
    for path in (root, root / ".git"):
        os.chown(path, 12345, 12345)
    assert await refused(root) == "the repository belongs to another user"
    (tmp_path / "home/.gitconfig").write_text(f"[safe]\n\tdirectory = {root}\n")
    assert (await discover(root)).root == root


async def test_a20_shallow_detached_linked_and_merging(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "user", {"a": "1"})
    write(root, {"a": "2"})
    git(root, "commit", "-qam", "two")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{root}", "shallow")
    git(tmp_path / "shallow", "worktree", "add", "-q", "--detach", "../linked")
    (tmp_path / "shallow/.git/worktrees/linked/MERGE_HEAD").write_text("x")
    linked = await discover(tmp_path / "linked")
    main = await discover(tmp_path / "shallow")
    assert linked.repo_id == main.repo_id and linked.head_branch is None
    assert main.head_branch == "refs/heads/main" and main.notes == (
        "the history is shallow; agents see as much of it as you do",
    )
    assert len(linked.notes) == 4 and linked.notes[0].startswith("a merge is in progress")
    project = await open_project(tmp_path / "linked", tmp_path / "state")
    workspace = await project.workspace()
    assert git(workspace.root, "log", "--format=%s") == "two"
    commit = await new_commit(project)
    await publish(project.store, project.repo, run="r1", commit=commit, person=PERSON)
    assert git(main.root, "log", "--format=%s", "prdrunner/r1").splitlines() == ["m", "two"]


async def test_a20_lfs(tmp_path: Path) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12345\n"
    root = make_repo(
        tmp_path / "user", {".gitattributes": "*.bin filter=lfs -text\n", "a.bin": pointer, "b": "1"}
    )
    project = await open_project(root, tmp_path / "state")
    await refuse_smudged(project.store, project.repo)
    (root / "a.bin").write_bytes(b"\0" * 12345)
    with pytest.raises(Problem, match=r"LFS files are not supported yet: 'a\.bin'"):
        await refuse_smudged(project.store, project.repo)


async def test_identity_and_excludes_are_values(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "user", {"a": "1"})
    repo = await discover(root)
    assert read_identity(repo, {}).author is None
    (tmp_path / "home/ignore").write_text("*.swp")
    (tmp_path / "home/extra").write_text("[user]\n\tname = Grace\n\temail = g@example.org\n")
    (tmp_path / "home/.gitconfig").write_text(
        "[include]\n\tpath = extra\n[core]\n\texcludesFile = ~/ignore\n[commit]\n\tgpgSign\n[committer]\n\tname = Bot\n"
    )
    (root / ".git/info/exclude").write_text("mine\n")
    identity = read_identity(
        await discover(root), {"HOME": str(tmp_path / "home"), "GIT_AUTHOR_NAME": "Hopper"}
    )
    assert identity.author and (identity.author.name, identity.author.email) == ("Hopper", "g@example.org")
    assert identity.committer and identity.committer.name == "Bot"
    assert identity.excludes == b"*.swp\nmine\n"
    assert identity.sign_commits and "unsigned" in identity.signing_note


def plant(root: Path, canary: Callable[[str], str]) -> None:
    """Everything in a user's repository that git could be made to run."""
    keys = ("core.fsmonitor", "filter.x.clean", "filter.x.smudge", "filter.x.process", "diff.x.textconv")
    for key in (
        *keys,
        "core.pager",
        "core.editor",
        "gpg.program",
        "core.sshCommand",
        "uploadpack.packObjectsHook",
    ):
        git(root, "config", key, canary(key))
    git(root, "config", "commit.gpgSign", "true")
    git(root, "config", "log.showSignature", "true")
    (root / ".git/info/attributes").write_text("* filter=x diff=x\n")
    hooks = root / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    names = ("reference-transaction", "post-index-change", "pre-push", "post-update", "update", "pre-receive")
    for name in (*names, "post-receive", "post-checkout", "pre-auto-gc"):
        (hooks / name).unlink(missing_ok=True)
        (hooks / name).symlink_to(canary(name))


async def new_commit(project: Project, name: str = "published.txt") -> str:
    workspace = await project.workspace()
    write(workspace.root, {name: "1"})
    tree = (await import_tree(project.store, workspace)).tree
    who = {"author": PERSON, "committer": PERSON, "date": DATE}
    return await build_commit(project.store, tree=tree, parent=project.repo.head_commit, message=b"m", **who)


async def test_f20_the_users_checkout_is_byte_identical_and_runs_nothing(
    tmp_path: Path,
    files: dict[str, str | bytes],
    canary: Callable[[str], str],
    canaries_that_ran: Callable[[], list[str]],
) -> None:
    root = make_repo(tmp_path / "user", files)
    write(root, {"staged.txt": "s1", "src/app.py": "changed\n", "untracked.txt": "u", "x.log": "ignored"})
    git(root, "add", "staged.txt")
    write(root, {"staged.txt": "s2"})
    (root / "README.md").unlink()
    git(root, "stash", "store", git(root, "stash", "create"))
    plant(root, canary)
    before = snapshot(root)
    index_time = (root / ".git/index").stat().st_mtime_ns
    project = await open_project(root, tmp_path / "state")
    await refuse_smudged(project.store, project.repo)
    identity = read_identity(project.repo, {})
    dirty = await list_dirty(project.store, project.repo, identity)
    assert dirty == (
        DirtyFile(b"README.md", "deleted"),
        DirtyFile(b"src/app.py", "modified"),
        DirtyFile(b"staged.txt", "added", staged=True),
        DirtyFile(b"untracked.txt", "untracked"),
    )
    taken = await take_along(project.store, project.repo, identity, author=PERSON, date=DATE)
    kept = await project.files(taken.commit)
    assert (kept[b"staged.txt"], kept[b"untracked.txt"], kept[b"src/app.py"]) == (b"s2", b"u", b"changed\n")
    assert b"README.md" not in kept and b"x.log" not in kept
    workspace = await project.workspace(commit=taken.commit)
    assert (workspace.root / "untracked.txt").exists()
    commit = await new_commit(project)
    assert snapshot(root) == before and (root / ".git/index").stat().st_mtime_ns == index_time
    await publish(project.store, project.repo, run="r1", commit=commit, person=PERSON)
    assert canaries_that_ran() == []
    changed = {path for path, _ in set(snapshot(root).items()) ^ set(before.items())}
    assert changed and all("/.git/objects" in path or "heads/prdrunner" in path for path in changed)
    assert (root / ".git/index").stat().st_mtime_ns == index_time
    git(root, "fsck")


async def test_nothing_to_take_along_is_head_itself(project: Project) -> None:
    assert await list_dirty(project.store, project.repo, NOBODY) == ()
    taken = await take_along(project.store, project.repo, NOBODY, author=PERSON, date=DATE)
    assert taken.commit == project.repo.head_commit


async def test_a_conflicted_checkout_is_listed_and_its_files_can_be_taken(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "user", {"a": "1\n", "b": "1\n"})
    git(root, "switch", "-qc", "side")
    write(root, {"a": "2\n"})
    git(root, "commit", "-qam", "side")
    git(root, "switch", "-q", "main")
    write(root, {"a": "3\n"})
    git(root, "commit", "-qam", "main")
    git(root, "merge", "-q", "side", check=False)
    project = await open_project(root, tmp_path / "state")
    assert await list_dirty(project.store, project.repo, NOBODY) == (
        DirtyFile(b"a", "conflicted", staged=True),
    )
    taken = await take_along(project.store, project.repo, NOBODY, author=PERSON, date=DATE)
    assert b"<<<<<<<" in (await project.files(taken.commit))[b"a"]


async def test_a_split_index_and_autocrlf_are_read(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "user", {"a": "1\n", "b": "1\n"})
    git(root, "config", "core.autocrlf", "true")
    (root / "a").unlink()
    git(root, "checkout", "-q", "--", "a")
    git(root, "update-index", "--split-index")
    assert (root / "a").read_bytes() == b"1\r\n"
    os.utime(root / "a", (1, 1))
    (root / "c").write_bytes(b"1\r\n")
    project = await open_project(root, tmp_path / "state")
    assert await list_dirty(project.store, project.repo, NOBODY) == (DirtyFile(b"c", "untracked"),)
    taken = await take_along(project.store, project.repo, NOBODY, author=PERSON, date=DATE)
    assert await project.files(taken.commit) == {b"a": b"1\n", b"b": b"1\n", b"c": b"1\n"}


async def test_publish_again_is_done_before_and_a_longer_run_advances(project: Project) -> None:
    commit = await new_commit(project)
    arguments = {"run": "r1", "person": PERSON}
    assert (await publish(project.store, project.repo, commit=commit, **arguments)).outcome == "created"
    assert (await publish(project.store, project.repo, commit=commit, **arguments)).outcome == "done_before"
    tree = await project.store.tree_of(commit)
    who = {"author": PERSON, "committer": PERSON, "date": DATE}
    more = await build_commit(project.store, tree=tree, parent=commit, message=b"more", **who)
    assert (await publish(project.store, project.repo, commit=more, **arguments)).outcome == "advanced"
    assert git(project.root, "log", "--format=%s", "prdrunner/r1").splitlines() == ["more", "m", "base"]
    assert list((project.root / ".git/objects/pack").glob("*.keep")) == []


async def test_publish_refuses_what_is_not_the_runs(project: Project) -> None:
    commit = await new_commit(project)

    async def refusal() -> str:
        with pytest.raises(Problem) as problem:
            await publish(project.store, project.repo, run="r1", commit=commit, person=PERSON, wait=0.1)
        assert problem.value.code == 5 and "\n" not in str(problem.value)
        return problem.value.message

    git(project.root, "branch", "prdrunner")
    assert "beside a branch of another name" in await refusal()
    git(project.root, "branch", "-D", "prdrunner")
    git(project.root, "switch", "-qc", "prdrunner/r1")
    assert "checked out" in await refusal()
    git(project.root, "commit", "-q", "--allow-empty", "-m", "mine")
    git(project.root, "switch", "-q", "main")
    assert "commits that are not the run's" in await refusal()
    git(project.root, "branch", "-D", "prdrunner/r1")


async def test_f17_a_lock_of_the_users_is_reported_and_left(project: Project) -> None:
    commit = await new_commit(project)
    lock = project.root / ".git/refs/heads/prdrunner/r1.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    (project.root / ".git/index.lock").touch()
    arguments = {"run": "r1", "commit": commit, "person": PERSON}
    with pytest.raises(Problem, match=r"is locked \(no process found that holds it, \d+ s old\)"):
        await publish(project.store, project.repo, wait=0.1, **arguments)
    with open(lock), pytest.raises(Problem, match=rf"held by .*, pid {os.getpid()}"):
        await publish(project.store, project.repo, wait=0.0, **arguments)
    assert lock.exists()
    holder = subprocess.Popen(["sh", "-c", f"read x; rm '{lock}'"], stdin=subprocess.PIPE)
    assert holder.stdin is not None
    holder.stdin.write(b"go\n")
    holder.stdin.close()
    published = await publish(project.store, project.repo, wait=10, **arguments)
    assert published.outcome == "created" and (project.root / ".git/index.lock").exists()
    holder.wait()


async def test_absorb_copies_and_never_links(project: Project) -> None:
    inodes = {path.stat().st_ino for path in (project.root / ".git/objects").rglob("*") if path.is_file()}
    ours = [path for path in project.store.objects.rglob("*") if path.is_file()]
    assert ours and not {path.stat().st_ino for path in ours} & inodes
    write(project.root, {"more": "1"})
    git(project.root, "add", "-A")
    git(project.root, "commit", "-qm", "more")
    again = await open_store(project.state, "sha1")
    repo = await discover(project.root)
    for _ in range(2):
        await absorb(again, repo, repo.head_commit)
    git(project.root, "gc", "-q", "--prune=now")
    assert (await project.files(repo.head_commit))[b"more"] == b"1"
    assert git(project.state.trusted, "fsck", "--connectivity-only") == ""


async def test_a_damaged_user_repository_is_one_line(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "user", {"a": "1"})
    blob = git(root, "rev-parse", "HEAD:a")
    (root / ".git/objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(Problem, match="cannot be copied"):
        await open_project(root, tmp_path / "state")


def test_ref_components_are_valid_and_distinct(tmp_path: Path) -> None:
    names = [
        "a",
        "A",
        "a.b",
        "a..b",
        ".a",
        "a.",
        "a.lock",
        "-a",
        "a b",
        "a~b",
        "ü",
        "%",
        "a/b",
        "@{",
        "",
        "a\nb",
        "x@",
    ]
    made = [refs.component(name) for name in names]
    assert len(set(made)) == len(names)
    git(tmp_path, "init", "-q", "--bare", "t")
    for component in made:
        git(tmp_path / "t", "check-ref-format", f"refs/prdrunner/{component}")
