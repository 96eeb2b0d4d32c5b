"""F19, F21: candidates, conflicts, and commits that happen once."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from prdrunner_tui.repo.commit import advance, build_commit
from prdrunner_tui.repo.diffs import FileChange, diff_trees, patch_text
from prdrunner_tui.repo.git import Git, GitError, parse_version, run
from prdrunner_tui.repo.identity import Person
from prdrunner_tui.repo.importing import import_tree
from prdrunner_tui.repo.integrate import Candidate, Conflict, integrate
from prdrunner_tui.repo.items import change_items, points_outside, protected, suspicious
from prdrunner_tui.text.problem import Problem

from .conftest import DATE, PERSON, Project, git, make_repo, open_project, write

REF = "refs/prdrunner/runs/r1/tip"


async def tree_with(
    project: Project, phase: str, files: dict[str, str | bytes], gone: tuple[str, ...] = ()
) -> str:
    workspace = await project.workspace(phase)
    for name in gone:
        (workspace.root / name).unlink()
    write(workspace.root, files)
    return (await import_tree(project.store, workspace)).tree


async def commit(
    project: Project, tree: str, parent: str | None, message: bytes = b"m", **options: object
) -> str:
    who = {"author": PERSON, "committer": PERSON, "date": DATE, **options}
    return await build_commit(project.store, tree=tree, parent=parent, message=message, **who)  # type: ignore[arg-type]


async def test_integration_merges_both_sides_and_is_deterministic(project: Project) -> None:
    base = project.repo.head_commit
    one = await tree_with(project, "one", {"src/app.py": "one\n", "one.txt": "1"})
    two = await tree_with(project, "two", {"README.md": "two\n"}, gone=("src/deep/mod.py",))
    both = await integrate(project.store, base=base, phase=two, tip=one)
    assert isinstance(both, Candidate) and not both.fast
    assert await project.files(both.tree) == {
        b".gitignore": b"*.log\nbuild/\n",
        b"README.md": b"two\n",
        b"one.txt": b"1",
        b"src/app.py": b"one\n",
    }
    assert await integrate(project.store, base=base, phase=two, tip=one) == both
    assert await integrate(project.store, base=base, phase=one, tip=one) == Candidate(one, fast=True)
    unchanged = await project.store.tree_of(base)
    assert await integrate(project.store, base=base, phase=unchanged, tip=one) == Candidate(one, fast=True)
    assert await integrate(project.store, base=base, phase=one, tip=base) == Candidate(one, fast=True)


@pytest.mark.parametrize(
    ("ours", "theirs", "path", "sides"),
    [
        ({"src/app.py": "a\n"}, {"src/app.py": "b\n"}, b"src/app.py", (True, True, True)),
        ({"new.txt": "a\n"}, {"new.txt": "b\n"}, b"new.txt", (False, True, True)),
        ({"src/app.py": "a\n"}, {"src/app.py": None}, b"src/app.py", (True, True, False)),
        ({"bin": b"\0a"}, {"bin": b"\0b"}, b"bin", (False, True, True)),
    ],
)
async def test_f21_conflicts_are_told_and_never_resolved(
    project: Project,
    ours: dict[str, str | bytes],
    theirs: dict[str, str | bytes | None],
    path: bytes,
    sides: tuple[bool, bool, bool],
) -> None:
    tip = await tree_with(project, "tip", ours)
    changed = {name: content for name, content in theirs.items() if content is not None}
    phase = await tree_with(project, "phase", changed, gone=tuple(theirs.keys() - changed.keys()))
    conflict = await integrate(project.store, base=project.repo.head_commit, phase=phase, tip=tip)
    assert isinstance(conflict, Conflict)
    assert [found.path for found in conflict.paths] == [path]
    found = conflict.paths[0]
    assert (found.base is not None, found.tip is not None, found.phase is not None) == sides
    assert (
        conflict.notes and path in conflict.notes[0].paths and conflict.notes[0].kind.startswith("CONFLICT")
    )


async def test_merge_attributes_and_drivers_take_no_part(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "user", {".gitattributes": "* merge=union\n", "a": "1\n"})
    project = await open_project(root, tmp_path / "state")
    one = await tree_with(project, "one", {"a": "2\n"})
    two = await tree_with(project, "two", {"a": "3\n"})
    merged = await integrate(project.store, base=project.repo.head_commit, phase=two, tip=one)
    assert isinstance(merged, Conflict)


async def test_a_commit_has_the_same_id_every_time(project: Project) -> None:
    base = project.repo.head_commit
    tree = await tree_with(project, "p", {"a": "1"})
    message = "Ünïcode\n\nTrailer: x\n".encode()
    first = await commit(project, tree, base, message)
    assert first == await commit(project, tree, base, message)
    assert first != await commit(project, tree, base, message, date="1700000001 +0200")
    shown = git(project.state.trusted, "log", "-1", "--format=%an|%ae|%cn|%at|%B", first)
    assert shown == "Ada|ada@example.org|Ada|1700000000|Ünïcode\n\nTrailer: x"


async def test_a_commit_without_a_name_is_refused(project: Project) -> None:
    tree = await project.store.tree_of(project.repo.head_commit)
    for person in (Person("", "a@b"), Person(" <> ", "a@b"), Person("A", "")):
        with pytest.raises(Problem, match="needs the author's name"):
            await commit(project, tree, None, author=person)
    with pytest.raises(Problem, match="NUL"):
        await commit(project, tree, None, b"a\0b")


async def test_f19_compare_and_swap(project: Project) -> None:
    base = project.repo.head_commit
    tree = await tree_with(project, "p", {"a": "1"})
    mine, other = await commit(project, tree, base), await commit(project, tree, base, b"other")
    later = await commit(project, tree, mine, b"later")
    store = project.store
    assert await advance(store, REF, mine, base) == "superseded"
    assert await advance(store, REF, base, None) == "moved"
    assert await advance(store, REF, mine, base) == "moved"
    assert await advance(store, REF, other, base) == "superseded"
    assert await store.resolve(REF) == mine
    assert await advance(store, REF, later, mine) == "moved"
    assert await advance(store, REF, mine, base) == "done_before"
    await store.keep(REF, other)
    assert await advance(store, REF, mine, base) == "superseded"
    racers = await asyncio.gather(
        *(advance(store, "refs/prdrunner/runs/r2/tip", oid, None) for oid in (mine, other)),
        return_exceptions=True,
    )
    assert racers.count("moved") == 1
    assert all(racer in ("moved", "superseded") or isinstance(racer, GitError) for racer in racers)


async def test_diff_reads_every_kind_of_change(project: Project) -> None:
    workspace = await project.workspace()
    root = workspace.root
    write(root, {"bin": b"\0", "tab\tnew\nline": "1\n", "src/moved.py": "def main():\n    return 1\n"})
    (root / "src/app.py").unlink()
    (root / "README.md").chmod(0o755)
    (root / "src/deep/mod.py").unlink()
    (root / "src/deep/mod.py").symlink_to("../../../../etc")
    tree = (await import_tree(project.store, workspace)).tree
    found = {change.path: change for change in await diff_trees(project.store, workspace.base, tree)}
    assert {path: change.status for path, change in found.items()} == {
        b"README.md": "M",
        b"bin": "A",
        b"src/deep/mod.py": "T",
        b"src/moved.py": "R",
        b"tab\tnew\nline": "A",
    }
    assert found[b"bin"].binary and found[b"tab\tnew\nline"].added == 1
    moved = found[b"src/moved.py"]
    assert (moved.old_path, moved.similarity, moved.added) == (b"src/app.py", 100, 0)
    blobs = await project.store.read_blobs(
        tuple(change.new_blob for change in found.values() if change.new_mode)
    )
    items = change_items(tuple(found.values()), targets=blobs)
    assert {(item.kind, item.path) for item in items} == {
        ("mode", b"README.md"),
        ("type", b"src/deep/mod.py"),
        ("symlink_outside", b"src/deep/mod.py"),
        ("suspicious_name", b"tab\tnew\nline"),
    }
    patch = await patch_text(project.store, workspace.base, tree, [b"tab\tnew\nline"])
    assert patch.count(b"diff --git") == 1
    plain = await diff_trees(project.store, workspace.base, tree, renames=False)
    assert {change.status for change in plain} == {"A", "D", "M", "T"}


def test_protected_paths() -> None:
    paths = [
        b".gitattributes",
        b"a/.gitignore",
        b".prd_runner/config.yaml",
        b".claude/settings.json",
        b"AGENTS.md",
    ]
    paths += [b"x/CLAUDE.md", b".mcp.json", b".cursor/rules", b".github/workflows/ci.yml", b".gitlab-ci.yml"]
    assert protected(paths) == tuple(paths)
    assert protected([b"src/a.py", b"docs/x.md", b"claude.py", b"sub/Jenkinsfile"]) == ()
    extra = [b"docs/prd.md", b"scripts/"]
    assert protected([b"docs/prd.md", b"scripts/t.sh", b"docs/prd.md2"], extra) == (
        b"docs/prd.md",
        b"scripts/t.sh",
    )


def test_links_and_names() -> None:
    assert not points_outside(b"a/b", b"../c") and points_outside(b"a/b", b"../../c")
    assert points_outside(b"a", b"/etc") and points_outside(b"a/b", b"../.GIT/hooks")
    assert suspicious(b"a\x1b[0m") and suspicious(b"\xff") and suspicious(b"-rf") and suspicious(b"x/.GIT/y")
    assert suspicious(b"x/git~1") and suspicious(b".git ./x") and not suspicious("ünï/.gitignore".encode())


def test_gitlinks_are_items() -> None:
    change = FileChange(b"sub", b"sub", "M", 0o160000, 0o160000, "a" * 40, "b" * 40)
    assert [(item.kind, item.detail) for item in change_items([change])] == [
        ("submodule", f"{'a' * 12} to {'b' * 12}")
    ]


async def test_the_runner_kills_git_when_it_is_cancelled(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "t")
    (tmp_path / "pid").touch()
    alias = f"alias.wait=!echo $$ > '{tmp_path}/pid'; exec sleep 1000"
    task = asyncio.create_task(run(["wait"], git_dir=tmp_path / "t", config=[tuple(alias.split("=", 1))]))  # type: ignore[list-item]
    async with asyncio.timeout(10):
        while not (tmp_path / "pid").read_text().strip():
            await asyncio.sleep(0.005)
    pid = int((tmp_path / "pid").read_text())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(10):
        while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text():
            await asyncio.sleep(0.005)


async def test_errors_name_the_command_and_the_reason(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "t")
    with pytest.raises(GitError) as error:
        await Git(tmp_path / "t").run("cat-file", "-p", "nothing")
    assert error.value.exit_code == 128
    assert error.value.message == "git cat-file failed with exit 128: Not a valid object name nothing"
    with pytest.raises(Problem, match="does not exist"):
        await run(["version"], cwd=tmp_path / "missing")


def test_versions() -> None:
    assert parse_version("git version 2.39.5 (Apple Git-154)") == (2, 39, 5)
    assert parse_version("nothing") == ()
