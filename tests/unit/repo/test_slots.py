"""A23, design section 5: a slot holds exactly the tree, its kept directories come from its own setup, and stay pure."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from prdrunner_tui.repo import purity
from prdrunner_tui.repo.basetree import list_tree
from prdrunner_tui.repo.environment import Environment, check_environment, copy_in, find_ports, setup_key
from prdrunner_tui.repo.importing import import_tree
from prdrunner_tui.repo.setup import Setup
from prdrunner_tui.repo.slots import Slot, port_variables
from prdrunner_tui.text.problem import Problem

from .conftest import Project, git, make_repo, open_project, snapshot, write


async def tree_with(project: Project, phase: str, files: dict[str, str | bytes]) -> str:
    workspace = await project.workspace(phase)
    write(workspace.root, files)
    return (await import_tree(project.store, workspace)).tree


def read_all(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


async def test_switching_back_and_forth(project: Project) -> None:
    one = await tree_with(
        project, "one", {"src/app.py": "one\n", "only/one.txt": "1", "run.sh": "#!/bin/sh\n"}
    )
    two = await tree_with(project, "two", {"src/app.py": "two\n", "only": "a file"})
    slot = Slot(project.store, 0)
    for tree in (one, two, one, two):
        await slot.switch(tree)
        wanted = {os.fsdecode(path): data for path, data in (await project.files(tree)).items()}
        assert read_all(slot.tree) == wanted
        assert await slot.verify_unchanged(tree) == ()
    inode = slot.tree.stat().st_ino
    await slot.switch(one)
    assert slot.tree.stat().st_ino == inode


async def test_leftovers_are_moved_aside_and_kept_directories_stay(project: Project) -> None:
    slot = Slot(project.store, 0, Environment(setup=("true",), keep=(".venv", "**/node_modules")))
    base = project.repo.head_commit
    await slot.switch(base)
    write(slot.tree, {".venv/bin/x": "v", "packages/a/node_modules/m/i.js": "n", "packages/a/junk": "j"})
    write(slot.tree, {"build/o": "ignored", "junk/deep/er": "1", "src/__pycache__/app.pyc": "stale"})
    git(slot.tree, "init", "-q", "nested")
    os.mkfifo(slot.tree / "pipe")
    (slot.tree / ".gitignore").unlink()
    os.mkfifo(slot.tree / ".gitignore")
    (slot.tree / "link").symlink_to("/etc")
    await slot.switch(base)
    left = set(os.listdir(slot.tree))
    assert left == {".gitignore", "README.md", "src", ".venv", "packages"}
    assert read_all(slot.tree / "packages") == {"a/node_modules/m/i.js": b"n"}
    assert slot.setup.kept() == (b".venv", b"packages/a/node_modules")
    aside = slot.root / "aside/1"
    assert (
        (aside / "junk/deep/er").exists()
        and (aside / "packages/a/junk").exists()
        and (aside / "nested/.git").exists()
    )
    for number in range(6):
        write(slot.tree, {f"junk{number}": "1"})
        await slot.switch(base)
    assert len(list((slot.root / "aside").iterdir())) == 3


async def test_tampering_is_seen_whatever_the_timestamps_say(project: Project) -> None:
    slot = Slot(project.store, 0)
    base = project.repo.head_commit
    await slot.switch(base)
    target = slot.tree / "src/app.py"
    before = target.stat()
    # The same length and modification time, and an index that is made to believe it.
    target.write_text(target.read_text().replace("1", "2"))
    os.utime(target, ns=(before.st_atime_ns, before.st_mtime_ns))
    git(
        slot.tree,
        f"--git-dir={project.state.trusted}",
        "--work-tree=.",
        "-c",
        "core.trustctime=false",
        "status",
    )
    data = bytearray(slot.index.read_bytes())
    assert bytes(data[:4]) == b"DIRC"
    (slot.tree / "README.md").chmod(0o755)
    (slot.tree / "src/deep/mod.py").unlink()
    (slot.tree / "src/deep/mod.py").symlink_to("/etc/hostname")
    found = {(difference.path, difference.how) for difference in await slot.verify_unchanged(base)}
    assert found == {(b"src/app.py", "content"), (b"README.md", "mode"), (b"src/deep/mod.py", "type")}
    await slot.switch(base)
    assert await slot.verify_unchanged(base) == ()
    assert target.read_text() == "def main():\n    return 1\n"


async def test_a_file_that_git_takes_for_unchanged_is_written_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With size, times and inode forged into the index only reading the bytes tells."""
    slot = Slot(project.store, 0)
    base = project.repo.head_commit
    await slot.switch(base)
    target = slot.tree / "src/app.py"
    blob = git(project.state.trusted, "rev-parse", f"{base}:src/app.py")
    target.write_text("def main():\n    return 9\n")
    await project.store.git.run(
        "update-index", "-q", "--really-refresh", index=slot.index, work_tree=slot.tree, check=False
    )
    await project.store.git.run("update-index", "src/app.py", index=slot.index, work_tree=slot.tree)
    index = slot.index.read_bytes()
    now = git(project.state.trusted, "hash-object", str(target))
    forged = index.replace(bytes.fromhex(now), bytes.fromhex(blob))[:-20]
    import hashlib

    slot.index.write_bytes(forged + hashlib.sha1(forged).digest())
    await slot.switch(base)
    assert target.read_text() == "def main():\n    return 1\n"


async def test_a_link_in_place_of_a_directory_is_never_followed(project: Project, tmp_path: Path) -> None:
    slot = Slot(project.store, 0)
    base = project.repo.head_commit
    await slot.switch(base)
    outside = tmp_path / "outside"
    write(outside, {"app.py": "x", "deep/mod.py": "X = 1\n", "more": "1"})
    before = snapshot(outside)
    (slot.tree / "src").rename(tmp_path / "moved")
    (slot.tree / "src").symlink_to(outside)
    assert (b"src/deep/mod.py", "missing") in {(d.path, d.how) for d in await slot.verify_unchanged(base)}
    await slot.switch(base)
    assert not (slot.tree / "src").is_symlink() and snapshot(outside) == before
    slot.tree.rename(tmp_path / "tree")
    slot.tree.symlink_to(outside)
    await slot.switch(base)
    assert await slot.verify_unchanged(base) == () and snapshot(outside) == before


async def test_a_damaged_slot_index_and_a_read_only_leftover(project: Project) -> None:
    slot = Slot(project.store, 0)
    base = project.repo.head_commit
    await slot.switch(base)
    slot.index.write_bytes(b"garbage")
    slot.index.with_name("index.lock").touch()
    await slot.switch(base)
    assert await slot.verify_unchanged(base) == ()


async def test_line_endings_of_the_tree_are_what_a_checkout_writes(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        ".gitattributes": "*.win text eol=crlf\n*.id ident\n",
        "a.win": "1\n2\n",
        "b.id": "$Id$\n",
    }
    root = make_repo(tmp_path / "user", {**files, "new\nline.win": "1\n"})
    project = await open_project(root, tmp_path / "state")
    slot = Slot(project.store, 0)
    await slot.switch(project.repo.head_commit)
    assert (slot.tree / "a.win").read_bytes() == b"1\r\n2\r\n"
    assert (slot.tree / "b.id").read_bytes().startswith(b"$Id: ")
    (slot.tree / "a.win").write_bytes(b"1\n2\r\n")
    assert [d.path for d in await slot.verify_unchanged(project.repo.head_commit)] == [b"a.win"]


async def test_setup_is_keyed_by_commands_and_lock_files(project: Project) -> None:
    with_lock = await tree_with(project, "a", {"web/package-lock.json": "1"})
    with_other = await tree_with(project, "b", {"web/package-lock.json": "2", "src/app.py": "x"})
    with_code = await tree_with(project, "c", {"web/package-lock.json": "1", "src/app.py": "x"})
    environment = Environment(setup=("make env",), keep=(".venv",))
    keys = [
        setup_key(environment, await list_tree(project.store, tree))
        for tree in (with_lock, with_other, with_code)
    ]
    assert keys[0] == keys[2] != keys[1]
    slot = Slot(project.store, 1, environment)
    assert await Slot(project.store, 1).setup_needed(with_lock) is None
    await slot.switch(with_lock)
    key = await slot.setup_needed(with_lock)
    assert key is not None
    slot.setup.begin()
    write(slot.tree, {".venv/made": "by setup"})
    slot.setup.mark_done(key)
    await slot.switch(with_code)
    assert await slot.setup_needed(with_code) is None and (slot.tree / ".venv/made").exists()
    assert await slot.setup_needed(with_other) == keys[1]
    slot.setup.begin()
    assert not (slot.tree / ".venv").exists() and await slot.setup_needed(with_code) == key
    # The same for a workspace.
    workspace = await project.workspace("a")
    setup = Setup(workspace.private, workspace.root, environment)
    assert setup.needed(await list_tree(project.store, workspace.base)) is not None


async def test_the_environment_of_a_check(project: Project, tmp_path: Path) -> None:
    home = tmp_path / "person"
    (home / ".rustup").mkdir(parents=True)
    base = {
        "PATH": f"/venv/bin{os.pathsep}/usr/bin",
        "HOME": str(home),
        "VIRTUAL_ENV": "/venv",
        "PYTHONPATH": "/evil",
        "NODE_PATH": "/evil",
        "OPENAI_API_KEY": "secret",
        "LC_ALL": "C.UTF-8",
        "MY_TOKEN": "wanted",
    }
    slot = Slot(project.store, 0, Environment(ports=3))
    tree = await project.store.tree_of(project.repo.head_commit)
    env = slot.variables(tree, base, passed_on=["MY_*"])
    assert env["PATH"] == "/usr/bin" and env["MY_TOKEN"] == "wanted" and env["LC_ALL"] == "C.UTF-8"
    assert not {"VIRTUAL_ENV", "PYTHONPATH", "NODE_PATH", "OPENAI_API_KEY"} & env.keys()
    assert env["RUSTUP_HOME"] == str(home / ".rustup")
    assert all(
        Path(env[name]).is_relative_to(slot.root) for name in ("HOME", "TMPDIR", "PYTHONPYCACHEPREFIX")
    )
    assert env["PYTHONPYCACHEPREFIX"].endswith(tree)
    assert int(env["PRDRUNNER_PORT_COUNT"]) == 3
    for number in range(8):
        Path(slot.variables(f"{number:040x}", base)["PYTHONPYCACHEPREFIX"]).mkdir()
    assert len(list((slot.root / "pycache").iterdir())) == 4
    assert "PATH" in check_environment({}, home=tmp_path, tmp=tmp_path, pycache=tmp_path)


def test_ports_are_free() -> None:
    base = find_ports(4, start=25_000)
    assert base is not None
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", base + 1))
        again = find_ports(4, start=base)
        assert again is not None and not again <= base + 1 < again + 4
    assert port_variables(2, salt="x")["PRDRUNNER_PORT_COUNT"] == "2"


async def test_copying_from_the_checkout(project: Project, tmp_path: Path) -> None:
    write(project.root, {".env": "A=1", "fixtures/big.bin": "b"})
    slot = Slot(project.store, 0, Environment(copy=(".env", "fixtures", "absent")))
    absent = await slot.switch(project.repo.head_commit, checkout=project.root)
    assert absent == ("absent",)
    write(slot.tree, {".env": "changed by a check"})
    await slot.switch(project.repo.head_commit, checkout=project.root)
    assert (slot.tree / ".env").read_text() == "A=1" and (slot.tree / "fixtures/big.bin").exists()
    tracked = await list_tree(project.store, project.repo.head_commit)
    for path in ("../x", "/etc/passwd", "a/../../x", ".git/config", "src", "README.md", ""):
        with pytest.raises(Problem, match=r"environment\.copy"):
            copy_in(project.root, slot.tree, [path], tracked)


def test_leave_out_patterns() -> None:
    environment = Environment(keep=(".venv", "**/node_modules"), copy=(".env",))
    assert environment.leave_out() == ("/.venv/", "**/node_modules/", "/.env")
    assert (
        environment.keeps(b"a/b/node_modules")
        and environment.keeps(b".venv")
        and not environment.keeps(b"a/.venv")
    )


def make_venv(folder: Path) -> Path:
    venv.create(folder, with_pip=False, symlinks=True)
    return next(folder.glob("lib/python3*/site-packages"))


def test_a_venv_made_in_the_slot_is_pure(tmp_path: Path) -> None:
    tree, outside = tmp_path / "slot/tree", tmp_path / "agent"
    write(tree, {"src/pkg/__init__.py": "X = 1\n"})
    write(outside, {"src/pkg/__init__.py": "X = 2\n"})
    site = make_venv(tree / ".venv")
    assert purity.check(tree, [b".venv"]) == ()
    python = tree / ".venv/bin/python"
    said = subprocess.run(
        [python, "-c", "import sys; print(sys.prefix)"], capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == str(tree / ".venv")

    # An editable install of the slot itself, in each of its forms, is what setup is expected to make.
    own, other = str(tree / "src"), str(outside / "src")
    finder = "MAPPING: dict[str, str] = {{'pkg': '{}/pkg'}}\nNAMESPACES = {{}}\n"
    for root, expected in (
        (own, set()),
        (other, {"pth", "editable_finder", "direct_url", "egg_link", "shebang"}),
    ):
        write(site, {"__editable__.pkg.pth": f"{root}\n", "__editable___pkg_finder.py": finder.format(root)})
        write(
            site,
            {
                "pkg.egg-link": f"{root}\n../\n",
                "comment.pth": "# x\nimport sys; sys.x = 1\n/does/not/exist\n",
            },
        )
        url = f'{{"url": "file://{root}", "dir_info": {{"editable": true}}}}'
        write(site, {"pkg.dist-info/direct_url.json": url})
        if expected:
            make_venv(outside / ".venv")
            write(tree, {".venv/bin/tool": f"#!{outside}/.venv/bin/python\n"})
        assert {found.how for found in purity.check(tree, [b".venv"])} == expected
    first = purity.check(tree, [b".venv"])[0]
    assert str(first).endswith(first.target) and first.path.startswith(".venv/")


def test_npm_links(tmp_path: Path) -> None:
    tree, outside = tmp_path / "tree", tmp_path / "agent"
    write(tree, {"packages/a/index.js": "1", "node_modules/left/index.js": "1"})
    write(outside, {"packages/b/index.js": "1"})
    (tree / "node_modules/a").symlink_to("../packages/a")
    assert purity.check(tree, [b"node_modules"]) == ()
    (tree / "node_modules/@scope").mkdir()
    (tree / "node_modules/@scope/b").symlink_to(outside / "packages/b")
    assert [(found.how, found.path) for found in purity.check(tree, [b"node_modules"])] == [
        ("link", "node_modules/@scope/b")
    ]


async def test_stale_bytecode_is_never_run(project: Project) -> None:
    """Quick switches within one second; with a shared cache most of them run the wrong tree's code."""
    trees = [
        await tree_with(project, f"p{n}", {"mod.py": f"X = {n}\n", "main.py": "import mod; print(mod.X)\n"})
        for n in (1, 2)
    ]
    slot = Slot(project.store, 0)
    for _ in range(3):
        for number, tree in enumerate(trees, 1):
            await slot.switch(tree)
            env = slot.variables(tree, os.environ)
            said = subprocess.run(
                [sys.executable, "main.py"], cwd=slot.tree, env=env, capture_output=True, text=True
            )
            assert said.stdout.strip() == str(number)
    assert stat.S_IMODE(slot.root.stat().st_mode) == 0o700
