"""A08, A09, A10: what an agent leaves in a workspace becomes a tree, and nothing of it runs."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from prdrunner_tui.repo.importing import import_tree
from prdrunner_tui.repo.worktree import Limits

from .conftest import Project, git, make_repo, open_project, snapshot, write

Canary = Callable[[str], str]
Ran = Callable[[], list[str]]


def kinds(items: object) -> set[tuple[str, bytes]]:
    return {(item.kind, item.path) for item in items}  # type: ignore[attr-defined]


async def test_untouched_workspace_imports_as_its_base(project: Project) -> None:
    workspace = await project.workspace()
    imported = await import_tree(project.store, workspace)
    assert imported.tree == workspace.base_tree
    assert (imported.items, imported.agent.refs, imported.agent.notes) == ((), (), ())


async def test_a09_zoo(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = tmp_path / "outside"
    write(outside, {"secret": "s", "deep/mod.py": "stolen = 1\n"})
    workspace = await project.workspace()
    root = workspace.root
    os.mkfifo(root / "pipe")
    os.mkfifo(root / "src/pipe")
    (root / "lonely").mkdir()
    os.mkfifo(root / "lonely/pipe")
    monkeypatch.chdir(root)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("sock")
    (root / "passwd").symlink_to("/etc/passwd")
    (root / "dangling").symlink_to("nowhere")
    names = [
        b"new\nline",
        b"-rf",
        b"esc\x1b[31m",
        b"bad\xff\xfe",
        b"quote\"'",
        b" lead",
        b"glob*?[",
        b":(top)x",
    ]
    for name in names:
        (root / os.fsdecode(name)).write_bytes(b"x")
    with open(root / "huge.bin", "wb") as file:
        file.truncate(1 << 40)
    (root / "README.md").chmod(0o755)
    git(root, "init", "-q", "nested")
    write(root / "nested", {"inner.txt": "kept"})
    git(root, "init", "-q", "src")
    # A tracked directory becomes a link that leads to a look-alike outside.
    (root / "src/deep/mod.py").unlink()
    (root / "src/deep").rmdir()
    (root / "src/deep").symlink_to(outside / "deep")

    imported = await import_tree(project.store, workspace)
    files = await project.files(imported.tree)
    assert {name: files.get(name) for name in names} == dict.fromkeys(names, b"x")
    assert files[b"passwd"] == b"/etc/passwd" and files[b"dangling"] == b"nowhere"
    assert files[b"src/deep"] == os.fsencode(outside / "deep")
    assert not {b"huge.bin", b"pipe", b"sock", b"src/deep/mod.py", b"nested/inner.txt"} & files.keys()
    assert kinds(imported.items) == {
        ("special_file", b"pipe"),
        ("special_file", b"src/pipe"),
        ("special_file", b"lonely/pipe"),
        ("special_file", b"sock"),
        ("too_large", b"huge.bin"),
        ("nested_repository", b"nested/"),
        ("nested_repository", b"src/"),
    }
    listed = git(project.state.trusted, "ls-tree", imported.tree, "README.md")
    assert listed.startswith("100755")
    assert (outside / "deep/mod.py").read_text() == "stolen = 1\n"

    for name in names:
        (root / os.fsdecode(name)).unlink()
    (root / "src/deep").unlink()
    write(root, {"src/deep": "a file now"})
    again = await project.files((await import_tree(project.store, workspace)).tree)
    assert again[b"src/deep"] == b"a file now" and not set(names) & again.keys()


async def test_a10_nothing_of_the_workspace_runs(
    project: Project, canary: Canary, canaries_that_ran: Ran
) -> None:
    workspace = await project.workspace()
    root = workspace.root
    for number, where in enumerate((root, root / "nested", root / "src/deep")):
        if number:
            git(root, "init", "-q", str(where))
            git(where, "commit", "-q", "--allow-empty", "-m", "x")
        settings = {
            "core.fsmonitor": "fsmonitor",
            "filter.evil.clean": "clean",
            "filter.evil.smudge": "smudge",
            "filter.evil.process": "process",
            "diff.evil.textconv": "textconv",
            "diff.external": "external",
            "core.pager": "pager",
            "core.editor": "editor",
            "core.sshCommand": "ssh",
            "core.alternateRefsCommand": "alternate",
            "uploadpack.packObjectsHook": "packobjects",
            "gpg.program": "gpg",
            "merge.evil.driver": "driver",
            "alias.update-index": "!alias",
            "credential.helper": "credential",
        }
        for key, name in settings.items():
            git(where, "config", key, canary(f"{name}{number}"))
        git(where, "config", "filter.evil.required", "true")
        hooks = where / ".git/hooks"
        hooks.mkdir(exist_ok=True)
        for name in (
            "post-index-change",
            "reference-transaction",
            "post-checkout",
            "pre-commit",
            "pre-auto-gc",
        ):
            (hooks / name).symlink_to(canary(f"{name}{number}"))
        git(where, "config", "core.hooksPath", str(hooks))
    write(root, {".gitattributes": "* filter=evil diff=evil merge=evil\n", "src/app.py": "changed\n"})
    write(root, {".git/info/attributes": "* filter=evil\n", "nested/x": "1", "src/deep/y": "2"})
    for _ in range(2):
        imported = await import_tree(project.store, workspace)
        (root / "src/app.py").write_text("changed again\n")
    assert canaries_that_ran() == []
    assert (await project.files(imported.tree))[b"src/deep/y"] == b"2"


async def test_a10_submodule_of_the_base_is_left_alone(
    tmp_path: Path, canary: Canary, canaries_that_ran: Ran
) -> None:
    inner = make_repo(tmp_path / "inner", {"a": "1"})
    root = make_repo(tmp_path / "user", {"f": "1"})
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(inner), "sub")
    git(root, "commit", "-qm", "sub")
    project = await open_project(root, tmp_path / "state")
    assert any("submodules" in note for note in project.repo.notes)
    workspace = await project.workspace()
    where = workspace.root / "sub"
    assert (await import_tree(project.store, workspace)).tree == workspace.base_tree
    git(workspace.root, "-c", "protocol.file.allow=always", "clone", "-q", str(inner), "sub")
    git(where, "config", "core.fsmonitor", canary("fsmonitor"))
    write(where, {"a": "2"})
    git(where, "commit", "-qam", "moved")
    (tmp_path / "canary/fsmonitor.ran").unlink(missing_ok=True)
    write(workspace.root, {"f": "2"})
    imported = await import_tree(project.store, workspace)
    assert kinds(imported.items) == {("submodule", b"sub")}
    before, after = await project.files(workspace.base_tree), await project.files(imported.tree)
    assert after == {**before, b"f": b"2"}
    assert canaries_that_ran() == []


async def test_a09_forged_git_file_and_a_stolen_git_dir(project: Project, tmp_path: Path) -> None:
    workspace = await project.workspace()
    other = make_repo(tmp_path / "other", {"o": "1"})
    before = snapshot(other), snapshot(project.root)
    (workspace.root / ".git").rename(tmp_path / "moved")
    (workspace.root / ".git").write_text(f"gitdir: {other}/.git\n")
    write(workspace.root, {"new": "1"})
    imported = await import_tree(project.store, workspace)
    assert b"new" in await project.files(imported.tree)
    assert imported.ambiguous == (".git in the workspace was removed or replaced",)
    assert (snapshot(other), snapshot(project.root)) == before


@pytest.mark.parametrize("where", [".gitattributes", "src/.gitattributes", "fresh/.gitattributes"])
async def test_the_agents_attributes_do_not_change_the_bytes(tmp_path: Path, where: str) -> None:
    base = {"a.txt": "one\r\ntwo\r\n", "src/b.txt": "x\r\n", "kept.bin": b"\0\r\n", "m.sh": "run\n"}
    root = make_repo(tmp_path / "user", base)
    project = await open_project(root, tmp_path / "state")
    workspace = await project.workspace()
    write(
        workspace.root,
        {where: "* text eol=lf ident\n", "a.txt": "one\r\nthree\r\n", "src/b.txt": "y $Id$\r\n"},
    )
    write(workspace.root, {"fresh/c.txt": "c\r\n"})
    for name in ("a.txt", "src/b.txt"):
        git(workspace.root, "add", name)
    (workspace.root / "m.sh").chmod(0o755)
    imported = await import_tree(project.store, workspace)
    assert await project.files(imported.tree) == {
        b"a.txt": b"one\r\nthree\r\n",
        b"src/b.txt": b"y $Id$\r\n",
        b"kept.bin": b"\0\r\n",
        b"m.sh": b"run\n",
        b"fresh/c.txt": b"c\r\n",
        where.encode(): b"* text eol=lf ident\n",
    }
    assert git(project.state.trusted, "ls-tree", imported.tree, "m.sh").startswith("100755")
    # Afterwards, without the agent's file, the ordinary way has to find the same bytes.
    (workspace.root / where).unlink()
    again = await project.files((await import_tree(project.store, workspace)).tree)
    assert again[b"a.txt"] == b"one\r\nthree\r\n" and where.encode() not in again


async def test_base_attributes_hold_and_removing_them_changes_nothing(tmp_path: Path) -> None:
    root = make_repo(
        tmp_path / "user", {".gitattributes": "*.txt text=auto\n*.win text eol=crlf\n", "a.txt": "1\n"}
    )
    write(root, {"w.win": "1\r\n"})
    git(root, "add", "-A")
    git(root, "commit", "-qm", "win")
    project = await open_project(root, tmp_path / "state")
    workspace = await project.workspace()
    assert (workspace.root / "w.win").read_bytes() == b"1\r\n"
    assert (await import_tree(project.store, workspace)).tree == workspace.base_tree
    write(workspace.root, {"a.txt": "1\r\n2\r\n", "w.win": "1\r\n2\r\n"})
    kept = await project.files((await import_tree(project.store, workspace)).tree)
    assert (kept[b"a.txt"], kept[b"w.win"]) == (b"1\n2\n", b"1\n2\n")
    (workspace.root / ".gitattributes").unlink()
    removed = await project.files((await import_tree(project.store, workspace)).tree)
    assert removed == {b"a.txt": b"1\n2\n", b"w.win": b"1\n2\n"}


async def test_a_changed_gitignore_hides_nothing_unseen(project: Project) -> None:
    workspace = await project.workspace()
    write(
        workspace.root,
        {".gitignore": "*.log\nbuild/\nhidden.py\n*magic\nnode_modules/\n", "hidden.py": "evil"},
    )
    write(workspace.root, {":(top)magic": "1", "src/*.log": "1"})
    write(
        workspace.root, {"node_modules/a/i.js": "1", "node_modules/b.js": "1", "build/o": "1", "x.log": "1"}
    )
    imported = await import_tree(project.store, workspace)
    assert kinds(imported.items) == {
        ("hidden", name) for name in (b":(top)magic", b"hidden.py", b"node_modules/")
    }
    assert b"hidden.py" not in await project.files(imported.tree)
    (workspace.root / ".gitignore").write_text("")
    shown = await import_tree(project.store, workspace)
    assert {b"build/o", b"x.log", b"hidden.py"} <= (await project.files(shown.tree)).keys()
    assert shown.items == ()


async def test_the_users_excludes_hold_and_the_agents_do_not(project: Project) -> None:
    workspace = await project.workspace(excludes=b"*.swp\n", leave_out=("/.venv/", "**/cache/"))
    write(workspace.root, {"a.swp": "1", "agent.txt": "1", ".venv/x": "1", "src/cache/y": "1"})
    write(workspace.root, {".git/info/exclude": "agent.txt\n"})
    write(workspace.root, {".gitignore": "!.venv\n!cache\n"})
    imported = await import_tree(project.store, workspace)
    added = (await project.files(imported.tree)).keys() - (await project.files(workspace.base_tree)).keys()
    assert added == {b"agent.txt"}


async def test_a09_a_pipe_named_like_a_rule_file_does_not_hang_the_import(project: Project) -> None:
    workspace = await project.workspace()
    (workspace.root / ".gitignore").unlink()
    (workspace.root / "fresh").mkdir()
    for name in (".gitignore", "src/.gitattributes", "fresh/.gitignore"):
        os.mkfifo(workspace.root / name)
    write(workspace.root, {"fresh/a": "1"})
    imported = await import_tree(project.store, workspace)
    files = await project.files(imported.tree)
    assert b"fresh/a" in files and b".gitignore" not in files
    moved = {(item.kind, item.path) for item in imported.items if "moved aside" in item.detail}
    assert moved == {("special_file", p) for p in (b".gitignore", b"src/.gitattributes", b"fresh/.gitignore")}
    assert (workspace.private / "aside/1/fresh/.gitignore").is_fifo()


async def test_limits_leave_the_rest_as_it_was(project: Project) -> None:
    workspace = await project.workspace()
    write(workspace.root, {"README.md": "x" * 2000, "a": "1" * 900, "b": "2" * 900})
    imported = await import_tree(project.store, workspace, limits=Limits(file=1000, total=1000))
    assert kinds(imported.items) == {("too_large", b"README.md"), ("too_large", b"b")}
    assert (await project.files(imported.tree))[b"README.md"] == b"# hello\n"


async def test_a_damaged_index_is_made_again(project: Project) -> None:
    workspace = await project.workspace()
    workspace.index.write_bytes(b"garbage")
    workspace.index.with_name("index.lock").touch()
    write(workspace.root, {"n": "1"})
    assert b"n" in await project.files((await import_tree(project.store, workspace)).tree)


async def test_the_agents_own_git_work_is_kept_and_told(project: Project) -> None:
    workspace = await project.workspace()
    root = workspace.root
    write(root, {"one": "1"})
    git(root, "add", "one")
    git(root, "commit", "-qm", "mine")
    imported = await import_tree(project.store, workspace)
    assert imported.ambiguous == ()
    assert imported.agent.notes == ("the agent made commits of its own; its files are what counts",)
    first = git(root, "rev-parse", "HEAD")
    write(root, {"two": "2"})
    git(root, "stash", "-q", "-u")
    git(root, "switch", "-q", "-c", "other")
    git(root, "commit", "-q", "--amend", "-m", "amended")
    git(root, "pack-refs", "--all")
    imported = await import_tree(project.store, workspace)
    assert imported.ambiguous == (
        "the agent left its clone on other, not on work",
        "the agent stashed changes that are not in its files",
    )
    kept = {ref.name: ref.commit for ref in imported.agent.refs}
    assert kept.keys() == {b"refs/heads/other", b"refs/heads/work", b"refs/stash", b"stash@0"}
    assert kept[b"refs/heads/work"] == first
    for ref in imported.agent.refs:
        assert await project.store.resolve(ref.kept) == ref.commit
    (root / ".git/MERGE_HEAD").write_text(first)
    (root / ".git/HEAD").write_text(kept[b"refs/heads/other"] + "\n")
    later = await import_tree(project.store, workspace)
    assert later.ambiguous[0] == "the agent left its clone on no branch, not on work"
    assert "a merge is not finished in the agent's clone" in later.ambiguous


async def test_damaged_agent_objects_are_ambiguous_not_fatal(project: Project) -> None:
    workspace = await project.workspace()
    (workspace.root / ".git/refs/heads/work").write_text("1" * 40 + "\n")
    imported = await import_tree(project.store, workspace)
    assert imported.tree == workspace.base_tree
    assert imported.ambiguous[0].startswith("the agent's own commits could not be read")


async def test_thousand_changed_files_in_a_sha256_repository(tmp_path: Path) -> None:
    root = make_repo(
        tmp_path / "user", {f"d{n % 20}/f{n}": f"{n}\n" for n in range(1000)}, object_format="sha256"
    )
    project = await open_project(root, tmp_path / "state")
    workspace = await project.workspace()
    for number in range(1000):
        (workspace.root / f"d{number % 20}/f{number}").write_text(f"{number + 1}\n")
    imported = await import_tree(project.store, workspace)
    files = await project.files(imported.tree)
    assert len(imported.tree) == 64 and files[b"d7/f7"] == b"8\n"
    git(workspace.root, "commit", "-qam", "all")
    assert (await import_tree(project.store, workspace)).agent.refs[0].commit == git(
        workspace.root, "rev-parse", "HEAD"
    )
