"""Any repository is read, and nothing in it changes or runs."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from prdrunner_tui.changes.result import Put
from prdrunner_tui.repo.building import build_tree
from prdrunner_tui.repo.git import GitError
from prdrunner_tui.repo.reading import ReadOnlyRepo, open_for_reading
from prdrunner_tui.text.problem import Problem

from .conftest import git, make_repo, write

Canary = Callable[[str], str]
Ran = Callable[[], list[str]]


@pytest.fixture(autouse=True)
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary directories go; whatever a test does, none may be left."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two commits on main, an annotated tag, a file and a directory."""
    root = make_repo(tmp_path / "user", {"a": "1\n", "src/b.txt": "2\n"})
    write(root, {"a": "changed\n", "src/c.txt": "3\n"})
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "second")
    git(root, "tag", "-a", "-m", "first release", "v1", "HEAD~1")
    return root


def everything(root: Path) -> dict[bytes, tuple[int, int, int, str]]:
    """All that is below a directory: mode, times of content and of inode, a hash of the content."""
    found = {}
    for where, folders, names in os.walk(os.fsencode(root)):
        for name in (b".", *folders, *names):
            path = where + b"/" + name
            status = os.lstat(path)
            content = b""
            if stat.S_ISLNK(status.st_mode):
                content = os.readlink(path)
            elif stat.S_ISREG(status.st_mode):
                with open(path, "rb") as file:
                    content = file.read()
            digest = hashlib.sha1(content).hexdigest()
            found[path] = (status.st_mode, status.st_mtime_ns, status.st_ctime_ns, digest)
    return found


async def tree(start: Path, name: str = "HEAD") -> str:
    async with open_for_reading(start) as repo:
        return (await repo.tree(name)).tree


async def refusal(start: Path, name: str) -> Problem:
    async with open_for_reading(start) as repo:
        with pytest.raises(Problem) as problem:
            await repo.tree(name)
    assert not isinstance(problem.value, GitError) and "\n" not in str(problem.value)
    return problem.value


@pytest.mark.parametrize(
    "name",
    [
        "HEAD",
        "@",
        "HEAD~1",
        "HEAD^",
        "main",
        "heads/main",
        "refs/heads/main",
        "v1",
        "v1^{}",
        "v1^{commit}",
        "v1~0",
        "v1-0-g{short}",
        "{short}",
        "{full}",
        "{FULL}",
        "{full}^{tree}",
        "HEAD^{tree}",
        "HEAD:",
        "HEAD:src",
        "v1:src",
        "main@{upstream}",
        "@{u}~1:src",
        "main@{0}",
        "@{1}",
        "main@{2033-01-01 10:00:00}",
        "HEAD^{/base}",
        "we{ird",
        "-dash",
        "--all",
        "-dash:src",
    ],
)
async def test_a_name_means_what_git_says(root: Path, name: str) -> None:
    git(root, "branch", "upstream")
    git(root, "branch", "-q", "--set-upstream-to=upstream", "main")
    git(root, "branch", "we{ird")
    for odd in ("-dash", "--all"):
        git(root, "update-ref", f"refs/tags/{odd}", "HEAD~1")
    full = git(root, "rev-parse", "HEAD")
    for placeholder, text in (("{short}", full[:8]), ("{full}", full), ("{FULL}", full.upper())):
        name = name.replace(placeholder, text)
    async with open_for_reading(root / "src") as repo:
        found = await repo.tree(name)
    assert found.name == name
    assert found.oid == git(root, "rev-parse", "--verify", "--end-of-options", name)
    assert found.tree == git(root, "rev-parse", "--verify", "--end-of-options", f"{found.oid}^{{tree}}")


@pytest.mark.parametrize(
    ("name", "message", "hint"),
    [
        ("nothing", "no commit, tag or directory is called 'nothing'", "COMMIT:DIRECTORY"),
        ("HEAD~9", "no commit, tag or directory is called 'HEAD~9'", ""),
        ("HEAD:nothing", "no commit, tag or directory is called 'HEAD:nothing'", ""),
        ("HEAD:a", "'HEAD:a' is a file", "directory"),
        ("blobtag", "'blobtag' is a file", "directory"),
        ("main..HEAD", "'main..HEAD' is a range", "one commit"),
        ("HEAD~1..HEAD", "'HEAD~1..HEAD' is a range", "one commit"),
        ("HEAD^@", "no commit, tag or directory is called 'HEAD^@'", ""),
        ("^main", "no commit, tag or directory is called '^main'", ""),
        ("", "no commit, tag or directory is called ''", ""),
        ("a\0b", "no commit, tag or directory is called 'a^@b'", ""),
        ("\ud800", "no commit, tag or directory", ""),
        (":a", "':a' names something in the index, not a commit", "HEAD:DIRECTORY"),
        (":/second", "':/second' names something in the index, not a commit", "HEAD^{/TEXT}"),
        ("main@{upstream}", "'main@{upstream}': no upstream configured for branch 'main'", ""),
        ("--git-dir", "no commit, tag or directory is called '--git-dir'", ""),
        ("two\nlines\x1b[31m", "is called 'two", ""),
        ("f" * 40, f"there is no object {'f' * 40}", "git log"),
        ("f" * 40 + "~1", f"'{'f' * 40}~1': object {'f' * 12} is missing", "fsck"),
    ],
)
async def test_a_name_of_nothing_is_refused_in_one_line(
    root: Path, name: str, message: str, hint: str
) -> None:
    git(root, "tag", "blobtag", "HEAD:a")
    problem = await refusal(root, name)
    assert message in problem.message and hint in problem.hint and "\x1b" not in problem.message
    assert problem.where == str(root)


async def test_every_kind_of_repository(root: Path, tmp_path: Path) -> None:
    expected = git(root, "rev-parse", "HEAD^{tree}")
    first = git(root, "rev-parse", "HEAD~1^{tree}")
    assert await tree(root / ".git") == await tree(root / ".git" / "refs") == expected
    git(tmp_path, "clone", "-q", "--bare", str(root), "bare.git")
    assert await tree(tmp_path / "bare.git", "main") == expected
    git(root, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"), "HEAD~1")
    assert await tree(tmp_path / "linked") == first
    git(tmp_path, "clone", "-q", "--shared", str(root), "borrower")
    assert await tree(tmp_path / "borrower") == expected
    git(tmp_path, "clone", "-q", "--shared", "borrower", 'odd:"na\nme\\')
    assert await tree(tmp_path / 'odd:"na\nme\\') == expected
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{root}", "shallow")
    assert await tree(tmp_path / "shallow") == expected
    assert "shallow" in (await refusal(tmp_path / "shallow", "HEAD~1")).hint
    outer = make_repo(tmp_path / "outer", {"x": "x"})
    git(outer, "submodule", "--quiet", "add", str(root), "inner")
    assert (outer / "inner/.git").is_file() and await tree(outer / "inner" / "src") == expected
    sha256 = make_repo(tmp_path / "sha256", {"a": "1"}, object_format="sha256")
    async with open_for_reading(sha256) as repo:
        assert repo.object_format == "sha256"
        assert (await repo.tree("HEAD")).tree == git(sha256, "rev-parse", "HEAD^{tree}")
    git(tmp_path, "init", "-q", "unborn")
    assert (await refusal(tmp_path / "unborn", "HEAD")).message == "the repository has no commit yet"
    empty = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    assert await tree(tmp_path / "unborn", empty) == empty


async def test_a_head_of_a_submodule_is_not_here(root: Path, tmp_path: Path) -> None:
    outer = make_repo(tmp_path / "outer", {"x": "x"})
    git(outer, "submodule", "--quiet", "add", str(root), "inner")
    git(outer, "commit", "-q", "-m", "inner")
    assert "is missing" in (await refusal(outer, "HEAD:inner")).message


async def test_no_repository(tmp_path: Path) -> None:
    for start, message in ((tmp_path, "not a git repository"), (tmp_path / "gone", "no such directory")):
        with pytest.raises(Problem, match=message):
            async with open_for_reading(start):
                raise AssertionError("opened")


async def test_objects_of_the_repository_are_seen_and_its_settings_are_not(root: Path) -> None:
    git(root, "replace", "HEAD", "HEAD~1")
    git(root, "config", "diff.noprefix", "true")
    second = git(root, "--no-replace-objects", "rev-parse", "HEAD")
    first = git(root, "--no-replace-objects", "rev-parse", f"{second}~1")
    (root / ".git/info/grafts").write_text(f"{second}\n")
    assert git(root, "rev-parse", "HEAD^{tree}") == git(root, "rev-parse", "v1^{tree}")
    async with open_for_reading(root) as repo:
        found = await repo.tree("HEAD")
        listed = (await repo.git.run("ls-tree", "--name-only", "-r", found.tree)).line.split()
        assert listed == ["a", "src/b.txt", "src/c.txt"]
        assert (await repo.tree("HEAD~1")).oid == first
        assert (await repo.git.run("config", "diff.noprefix", check=False)).code == 1


async def test_a_commit_graph_that_lies_is_not_believed(root: Path) -> None:
    head, tree_of_head = git(root, "rev-parse", "HEAD"), git(root, "rev-parse", "HEAD^{tree}")
    git(root, "commit-graph", "write", "--reachable")
    graph = root / ".git/objects/info/commit-graph"
    data = graph.read_bytes()
    # The first parent stands behind the tree; this number means that there is none.
    place = data.index(bytes.fromhex(tree_of_head)) + 20
    graph.chmod(0o644)
    graph.write_bytes(data[:place] + bytes.fromhex("70000000") + data[place + 4 :])
    assert git(root, "rev-list", "HEAD") == head
    async with open_for_reading(root) as repo:
        assert len((await repo.git.run("rev-list", head)).line.split()) == 2


async def use(repo: ReadOnlyRepo, scratch: Path) -> None:
    """What readers do, with every switch on that lets git run something."""
    for name in ("HEAD", "main", "v1", "HEAD:src", "main@{upstream}", "@{0}"):
        await repo.tree(name)
    new, old = (await repo.tree("HEAD")), (await repo.tree("HEAD~1"))
    await repo.tree(new.oid[:8])
    said = await repo.git.run("diff", "--ext-diff", "--textconv", old.tree, new.tree)
    assert b"+changed" in said.stdout
    await repo.git.run("diff-tree", "-r", "-p", "--raw", "-z", old.tree, new.tree)
    await repo.git.run("log", "--show-signature", "--textconv", "-p", new.oid)
    await repo.git.run("cat-file", "--filters", "--path=a.evil", f"{new.oid}:a")
    await repo.git.run("cat-file", "--textconv", "--path=a.evil", f"{new.oid}:a")
    await repo.git.run("merge-tree", "--write-tree", old.oid, new.oid)
    edits = {
        b"a": Put(0o100644, b"changed\n"),
        b"src/b.txt": Put(0o100644, b"new\n"),
        b".gitattributes": None,
    }
    await build_tree(repo.git, new.tree, edits, scratch=scratch)


async def test_attack_no_program_that_the_repository_names_runs(
    root: Path, tmp_path: Path, scratch: Path, canary: Canary, canaries_that_ran: Ran
) -> None:
    write(root, {".gitattributes": "* diff=evil filter=evil merge=evil\n", "a": "changed again\n"})
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "third")
    write(root, {"a": "changed\n"})
    git(root, "commit", "-q", "-am", "fourth")
    git(root, "branch", "upstream", "HEAD~1")
    git(root, "branch", "-q", "--set-upstream-to=upstream", "main")
    elsewhere = tmp_path / "elsewhere"
    write(elsewhere, {".gitattributes": "* diff=evil filter=evil\n", "a": "other\n"})
    write(root, {".git/info/attributes": "* diff=evil filter=evil merge=evil\n"})
    hooks = root / ".git" / "hooks"
    hooks.mkdir(exist_ok=True)
    for hook in ("post-index-change", "reference-transaction", "post-checkout", "pre-auto-gc"):
        (hooks / hook).write_text(f"#!/bin/sh\nexec {canary('hook')}\n")
        (hooks / hook).chmod(0o755)
    settings = {
        "core.fsmonitor": canary("fsmonitor"),
        "core.pager": canary("pager"),
        "core.editor": canary("editor"),
        "core.sshCommand": canary("ssh"),
        "core.askPass": canary("askpass"),
        "core.gitProxy": canary("proxy"),
        "core.alternateRefsCommand": canary("alternate"),
        "core.worktree": str(elsewhere),
        "diff.external": canary("external"),
        "diff.evil.textconv": canary("textconv"),
        "diff.evil.command": canary("command"),
        "filter.evil.clean": canary("clean"),
        "filter.evil.smudge": canary("smudge"),
        "filter.evil.process": canary("process"),
        "merge.evil.driver": canary("driver"),
        "alias.rev-parse": f"!{canary('alias')}",
        "alias.cat-file": f"!{canary('alias')}",
        "gpg.program": canary("gpg"),
        "log.showSignature": "true",
        "credential.helper": canary("credential"),
        "uploadpack.packObjectsHook": canary("packobjects"),
        "pager.rev-parse": canary("pager"),
        "trace2.eventTarget": str(tmp_path / "canary" / "trace.ran"),
        "remote.origin.url": f"ext::{canary('ext')} %S",
        "remote.origin.uploadpack": canary("uploadpack"),
        "remote.origin.vcs": "evil",
        "remote.origin.promisor": "true",
    }
    included = root / ".git" / "more"
    for name, value in settings.items():
        git(root, "config", "--file", str(included), name, value)
    with open(root / ".git/config", "a") as config:
        config.write("[include]\n\tpath = more\n")
    before = everything(root), everything(elsewhere)
    for start in (root, root / "src", root / ".git"):
        async with open_for_reading(start) as repo:
            await use(repo, scratch)
    # merge-tree writes objects that exist already, and git marks such an object as fresh.
    assert (without_object_times(everything(root)), everything(elsewhere)) == (
        without_object_times(before[0]),
        before[1],
    )
    assert canaries_that_ran() == []
    git(root, "diff", "--ext-diff", "HEAD~1", "HEAD")
    git(root, "status", check=False)
    assert {"command.ran", "fsmonitor.ran"} <= set(canaries_that_ran())


def without_object_times(
    found: dict[bytes, tuple[int, int, int, str]],
) -> dict[bytes, tuple[int, int, int, str]]:
    return {path: (row[0], 0, 0, row[3]) if b"/objects/" in path else row for path, row in found.items()}


@pytest.mark.parametrize("packed", [False, True])
async def test_attack_not_even_a_time_changes(root: Path, scratch: Path, packed: bool) -> None:
    if packed:
        git(root, "repack", "-q", "-a", "-d")
    before = everything(root)
    async with open_for_reading(root) as repo:
        new = await repo.tree("HEAD")
        for name in ("HEAD~1", "v1", "main@{0}", new.oid[:7]):
            await repo.tree(name)
        known = {b"copy of a": Put(0o100644, b"changed\n"), b"src/c.txt": None}
        many = {b"many/%d" % number: Put(0o100644, b"%d\n" % number) for number in range(150)}
        for edits in (known, many, {**known, **many}):
            await build_tree(repo.git, new.tree, edits, scratch=scratch)
        await repo.require([new.oid, new.tree])
    assert everything(root) == before


async def test_attack_a_partial_clone_fetches_nothing(
    root: Path, tmp_path: Path, canary: Canary, canaries_that_ran: Ran
) -> None:
    write(root, {"src/deep/d.txt": "4\n"})
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "deep")
    git(root, "config", "uploadpack.allowFilter", "true")
    git(root, "config", "uploadpack.allowAnySHA1InWant", "true")
    clones = {}
    for name, filter_spec in (("treeless", "tree:0"), ("flat", "tree:2"), ("blobless", "blob:none")):
        git(tmp_path, "clone", "-q", "-n", f"--filter={filter_spec}", f"file://{root}", name)
        clones[name] = tmp_path / name
        git(clones[name], "config", "remote.origin.uploadpack", f"{canary('uploadpack')} </dev/null")
    before = {name: everything(path) for name, path in clones.items()}
    for name, asked in (
        ("treeless", "HEAD"),
        ("treeless", "HEAD:src"),
        ("flat", "HEAD"),
        ("flat", "HEAD:src/deep"),
    ):
        problem = await refusal(clones[name], asked)
        assert problem.code == 1 and "is missing" in problem.message and "partial clone" in problem.hint
    async with open_for_reading(clones["blobless"]) as repo:
        assert (await repo.tree("HEAD")).tree == git(root, "rev-parse", "HEAD^{tree}")
        blobs = [git(root, "rev-parse", f"HEAD:{name}") for name in ("a", "src/b.txt")]
        with pytest.raises(Problem, match=r"2 objects are missing.*partial clone"):
            await repo.require(blobs)
        with pytest.raises(Problem, match=f"object {blobs[0][:12]} is missing"):
            await repo.require(blobs[:1])
    assert {name: everything(path) for name, path in clones.items()} == before
    assert canaries_that_ran() == []
    git(clones["treeless"], "rev-parse", "HEAD:src", check=False)
    assert canaries_that_ran() == ["uploadpack.ran"]


async def test_a_damaged_repository_is_told_apart_from_a_partial_clone(root: Path) -> None:
    gone = git(root, "rev-parse", "HEAD^{tree}")
    (root / ".git/objects" / gone[:2] / gone[2:]).unlink()
    problem = await refusal(root, "HEAD")
    assert f"object {gone[:12]} is missing" in problem.message and "fsck" in problem.hint


async def test_the_temporary_directory_goes_on_errors_and_cancellation(root: Path, scratch: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        async with open_for_reading(root):
            assert len(list(scratch.iterdir())) == 1
            raise ZeroDivisionError
    assert list(scratch.iterdir()) == []
    opened = asyncio.Event()

    async def stay() -> None:
        async with open_for_reading(root) as repo:
            await repo.tree("HEAD")
            opened.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stay())
    await opened.wait()
    assert len(list(scratch.iterdir())) == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(scratch.iterdir()) == []
