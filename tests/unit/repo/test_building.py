"""A tree from a base and edits is the tree that git itself makes of the same files."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from prdrunner_tui.changes.result import Put
from prdrunner_tui.repo.building import build_tree
from prdrunner_tui.repo.git import Git, GitError
from prdrunner_tui.text.problem import Problem

from .conftest import Project, git, make_repo, requires_strace, snapshot, write

EMPTY = {
    "sha1": "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    "sha256": "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}
SUBMODULE = "1234567890" * 4
ODD_NAMES = [
    b"new\nline",
    b'quote"d',
    b'"quoted"',
    b"tab\there",
    b"back\\slash",
    b"\\n",
    b"bad\xff\xfe",
    "unicode 🎉 ü".encode(),
    b"-dash",
    b"--",
    b" lead",
    b"trail ",
    b"esc\x1b[31m",
    b"cr\r",
    b"glob*?[",
    b":(top)x",
    b"%s",
    b"#",
    b"...",
    b"a" * 255,
    b"\x01\x7f",
]

Files = Mapping[bytes, tuple[int, bytes | str]]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def bare(tmp_path: Path) -> Git:
    git(tmp_path, "init", "-q", "--bare", "bare.git")
    return Git(tmp_path / "bare.git")


def mktree(git_dir: Path, files: Files) -> str:
    """The tree of some files, made from the leaves up by ``git mktree``."""
    entries: list[bytes] = []
    below: dict[bytes, dict[bytes, tuple[int, bytes | str]]] = {}
    for path, (mode, content) in files.items():
        first, slash, rest = path.partition(b"/")
        if slash:
            below.setdefault(first, {})[rest] = (mode, content)
            continue
        oid = content
        if isinstance(content, bytes):
            oid = git(git_dir, "hash-object", "-w", "--no-filters", "--stdin", input=content)
        kind = b"commit" if mode == 0o160000 else b"blob"
        entries.append(b"%06o %s %s\t%s" % (mode, kind, str(oid).encode(), first))
    for name, inner in below.items():
        entries.append(b"040000 tree %s\t%s" % (mktree(git_dir, inner).encode(), name))
    return git(git_dir, "mktree", "-z", "--missing", input=b"".join(entry + b"\0" for entry in entries))


def edited(base: Files, edits: Mapping[bytes, Put | None]) -> Files:
    files = {path: entry for path, entry in base.items() if path not in edits}
    return files | {path: (put.mode, put.content) for path, put in edits.items() if put is not None}


BASE: Files = {
    b"README": (0o100644, b"hello\n"),
    b"bin/run": (0o100755, b"#!/bin/sh\n"),
    b"link": (0o120000, b"README"),
    b"dep": (0o160000, SUBMODULE),
    b"src/a.py": (0o100644, b"a = 1\r\n"),
    b"src/deep/b.py": (0o100644, b"b = 1\n"),
    b"src/deep/c.py": (0o100644, b""),
    b"src.py": (0o100644, b"between\n"),
    b"lonely/only": (0o100644, b"x"),
}


@pytest.mark.parametrize(
    "edits",
    [
        {b"README": Put(0o100644, b"changed")},
        {b"src/a.py": Put(0o100644, b"$Id$\r\n\0\xff\n")},
        {b"README": Put(0o100755, b"hello\n"), b"bin/run": Put(0o100644, b"#!/bin/sh\n")},
        {b"README": None, b"new/deep/er/file": Put(0o100644, b"n")},
        {b"lonely/only": None},
        {b"src/deep/b.py": None, b"src/deep/c.py": None},
        {b"src/a.py": None, b"src/deep/b.py": None, b"src/deep/c.py": None},
        {b"link": Put(0o120000, b"../else\nwhere")},
        {b"link": Put(0o100644, b"a file now"), b"README": Put(0o120000, b"src")},
        {b"dep": Put(0o160000, "abcdef7890" * 4)},
        {b"dep": None, b"dep/inside": Put(0o100644, b"a directory now")},
        {b"dep": Put(0o100644, b"a file now"), b"other": Put(0o160000, SUBMODULE)},
        # A file becomes a directory, whichever stands first among the edits, and the other way round.
        {b"README": None, b"README/x/y": Put(0o100644, b"1"), b"README/z": Put(0o100644, b"2")},
        {b"README/x/y": Put(0o100644, b"1"), b"README": None},
        {b"src/deep": Put(0o100644, b"f"), b"src/deep/b.py": None, b"src/deep/c.py": None},
        {b"lonely/only": None, b"lonely": Put(0o120000, b"src")},
        {b"not there": None, b"src/not there": None, b"README/not there": None, b"no/where": None},
        {b"README": Put(0o100644, b"hello\n")},
        {b"src/deep/b.py": None, b"src/deep/b.py/c": Put(0o100644, b"")},
        {
            b".gitattributes": Put(0o100644, b"* text=auto eol=crlf ident\n"),
            b"x": Put(0o100644, b"$Id: 1$\r\n"),
        },
    ],
)
async def test_edits_against_mktree(bare: Git, scratch: Path, edits: dict[bytes, Put | None]) -> None:
    base = mktree(bare.git_dir, BASE)
    built = await build_tree(bare, base, edits, scratch=scratch)
    assert git(bare.git_dir, "cat-file", "-t", built) == "tree"
    assert built == mktree(bare.git_dir, edited(BASE, edits))
    git(bare.git_dir, "fsck", "--strict", "--no-dangling")
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
async def test_odd_paths_against_a_checkout(tmp_path: Path, scratch: Path, object_format: str) -> None:
    root = make_repo(tmp_path / "user", {"keep": "k", "dir/keep": "k"}, object_format=object_format)
    base = git(root, "rev-parse", "HEAD^{tree}")
    edits = {}
    for number, name in enumerate(ODD_NAMES):
        for path in (name, b"dir/" + name, b"in " + name[:200] + b"/" + name):
            data = b"%d\r\n\0%s" % (number, name)
            file = os.fsencode(root) + b"/" + path
            os.makedirs(os.path.dirname(file), exist_ok=True)
            with open(file, "wb") as handle:
                handle.write(data)
            edits[path] = Put(0o100644, data)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "odd")
    expected = git(root, "rev-parse", "HEAD^{tree}")
    fresh = make_repo(tmp_path / "fresh", {"keep": "k", "dir/keep": "k"}, object_format=object_format)
    target = Git(fresh / ".git")
    assert await build_tree(target, base, edits, scratch=scratch) == expected
    assert await build_tree(target, expected, dict.fromkeys(edits), scratch=scratch) == base
    assert await build_tree(target, EMPTY[object_format], {b"keep": Put(0o100644, b"k")}, scratch=scratch)
    everything = dict.fromkeys([b"keep", b"dir/keep"])
    assert await build_tree(target, base, everything, scratch=scratch) == EMPTY[object_format]


names = st.binary(min_size=1, max_size=6).filter(
    lambda name: not {0, 0x2F} & set(name) and name not in (b".", b"..") and b"git" not in name.lower()
)
letters = st.sampled_from([b"a", b"b", b"a.b", b"a-"])
paths = st.lists(st.one_of(letters, names), min_size=1, max_size=3).map(b"/".join)
contents = st.tuples(st.sampled_from([0o100644, 0o100755, 0o120000]), st.binary(max_size=4))


def without_clashes(files: dict[bytes, tuple[int, bytes]]) -> dict[bytes, tuple[int, bytes]]:
    above = {path[:end] for path in files for end in range(len(path)) if path[end : end + 1] == b"/"}
    return {path: entry for path, entry in files.items() if path not in above}


trees = st.dictionaries(paths, contents, max_size=6).map(without_clashes)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=trees, after=trees)
async def test_any_tree_becomes_any_other(
    bare: Git, scratch: Path, before: dict[bytes, tuple[int, bytes]], after: dict[bytes, tuple[int, bytes]]
) -> None:
    edits: dict[bytes, Put | None] = dict.fromkeys(before.keys() - after.keys())
    edits |= {
        path: Put(mode, data) for path, (mode, data) in after.items() if before.get(path) != (mode, data)
    }
    base, target = mktree(bare.git_dir, before), mktree(bare.git_dir, after)
    assert await build_tree(bare, base, edits, scratch=scratch) == target


async def test_no_edits_are_the_base(bare: Git, scratch: Path) -> None:
    base = mktree(bare.git_dir, BASE)
    assert await build_tree(bare, base, {}, scratch=scratch) == base


async def test_an_existing_blob_by_its_id(bare: Git, scratch: Path) -> None:
    base = mktree(bare.git_dir, BASE)
    blob = git(bare.git_dir, "rev-parse", f"{base}:README")
    built = await build_tree(bare, base, {b"copy\n": Put(0o100755, blob)}, scratch=scratch)
    assert built == mktree(bare.git_dir, edited(BASE, {b"copy\n": Put(0o100755, b"hello\n")}))
    for wrong in ("f" * 40, base, git(bare.git_dir, "rev-parse", f"{base}:src")):
        with pytest.raises(GitError):
            await build_tree(bare, base, {b"copy": Put(0o100644, wrong)}, scratch=scratch)
    with pytest.raises(GitError):
        await build_tree(bare, "f" * 40, {b"copy": Put(0o100644, blob)}, scratch=scratch)
    assert list(scratch.iterdir()) == [] and not list(bare.git_dir.glob("fast_import_crash*"))


async def test_what_the_base_holds_stays_as_it_is(bare: Git, scratch: Path) -> None:
    """Modes of old tools and empty directories are no files to edit, so they stay."""
    blob = git(bare.git_dir, "hash-object", "-w", "--stdin", input=b"old")
    hollow = git(bare.git_dir, "mktree", input=b"")
    raw = b"40000 hollow\0" + bytes.fromhex(hollow) + b"100664 old\0" + bytes.fromhex(blob)
    odd = git(bare.git_dir, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", input=raw)
    built = await build_tree(bare, odd, {b"zz": Put(0o100644, b"old")}, scratch=scratch)
    stored = subprocess.run(
        ["git", "cat-file", "tree", built], cwd=bare.git_dir, capture_output=True, check=True
    ).stdout
    assert stored == raw + b"100644 zz\0" + bytes.fromhex(blob)


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        ({b"x": Put(0o100644, b""), b"x/y": Put(0o100644, b"")}, "both stand at x"),
        ({b"x/y/z": Put(0o100644, b""), b"x": Put(0o100644, b"")}, "both stand at x"),
        ({b"README/x": Put(0o100644, b"")}, "README is not edited but would be lost"),
        ({b"dep/x": Put(0o100644, b"")}, "dep is not edited but would be lost"),
        ({b"src": Put(0o100644, b""), b"src/a.py": None}, "src/deep/b.py is not edited"),
        ({b"src/deep": None}, "src/deep/b.py is not edited"),
    ],
)
async def test_a_file_and_a_directory_at_one_path_are_refused(
    bare: Git, scratch: Path, edits: dict[bytes, Put | None], message: str
) -> None:
    base = mktree(bare.git_dir, BASE)
    with pytest.raises(Problem, match=message) as problem:
        await build_tree(bare, base, edits, scratch=scratch)
    assert problem.value.code == 5 and list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    "path",
    [
        b"",
        b"/etc/passwd",
        b"../x",
        b"a/../b",
        b"a//b",
        b"a/",
        b"./a",
        b".git/config",
        b"x/.GIT",
        b"git~1",
        b"a\0b",
    ],
)
async def test_refused_paths(bare: Git, scratch: Path, path: bytes) -> None:
    base = mktree(bare.git_dir, BASE)
    before = snapshot(bare.git_dir)
    with pytest.raises(Problem) as problem:
        await build_tree(bare, base, {path: Put(0o100644, b"x")}, scratch=scratch)
    assert problem.value.code == 5 and snapshot(bare.git_dir) == before


async def test_a_refused_path_of_the_base_can_be_removed(bare: Git, scratch: Path) -> None:
    base = mktree(bare.git_dir, BASE)
    blob = git(bare.git_dir, "rev-parse", f"{base}:README")
    raw = b"100644 .GIT\0" + bytes.fromhex(blob) + b"100644 a\0" + bytes.fromhex(blob)
    hostile = git(bare.git_dir, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", input=raw)
    built = await build_tree(bare, hostile, {b".GIT": None}, scratch=scratch)
    assert built == mktree(bare.git_dir, {b"a": (0o100644, b"hello\n")})
    for path in (b"", b"/a", b"a/", b"b//a", b"a\0"):
        with pytest.raises(Problem, match="there can be no file"):
            await build_tree(bare, hostile, {path: None}, scratch=scratch)


@pytest.mark.parametrize(
    "put",
    [
        Put(0o100600, b""),
        Put(0o040000, "f" * 40),
        Put(0o160000, b""),
        Put(0o100644, "HEAD"),
        Put(0o100644, "f" * 64),
        Put(0o100644, "-" * 40),
        Put(0o100644, "z" * 40),
    ],
)
async def test_a_mode_or_id_that_is_none(bare: Git, scratch: Path, put: Put) -> None:
    with pytest.raises(ValueError, match=r"mode|id"):
        await build_tree(bare, EMPTY["sha1"], {b"x": put}, scratch=scratch)


async def test_many_edits_and_a_big_blob(bare: Git, scratch: Path) -> None:
    big = bytes(range(256)) * 80_000
    edits: dict[bytes, Put | None] = {b"big": Put(0o100644, big)}
    edits |= {b"d%d/%d" % (number % 50, number): Put(0o100644, b"%d\n" % number) for number in range(10_000)}
    built = await build_tree(bare, EMPTY["sha1"], edits, scratch=scratch)
    found = {}
    for record in (await bare.run("ls-tree", "-r", "-z", built)).records:
        head, _, path = record.partition(b"\t")
        found[path] = head.split(b" ")[2].decode()
    expected = {}
    for path, put in edits.items():
        assert put is not None and isinstance(put.content, bytes)
        expected[path] = hashlib.sha1(b"blob %d\0" % len(put.content) + put.content).hexdigest()
    assert found == expected
    assert (await bare.run("cat-file", "blob", found[b"big"])).stdout == big


@pytest.mark.parametrize("count", [1, 150])
async def test_the_trusted_store_gets_objects_and_no_ref(project: Project, scratch: Path, count: int) -> None:
    base = await project.store.tree_of(project.repo.head_commit)
    before = snapshot(project.state.trusted)
    edits = {b"src/%d" % number: Put(0o100644, b"%d" % number) for number in range(count)}
    built = await build_tree(project.store.git, base, edits, scratch=scratch)
    files = await project.files(built)
    assert {path: files[path] for path in edits} == {path: put.content for path, put in edits.items()}
    assert len(files) == count + 4 and files[b"src/app.py"] == b"def main():\n    return 1\n"
    assert snapshot(project.state.trusted) == before
    assert not [path for path in project.store.objects.rglob("*") if "tmp" in path.name]


@requires_strace
@pytest.mark.parametrize("count", [1, 150])
async def test_new_objects_are_on_the_disk_before_they_have_names(
    bare: Git, scratch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    trace = tmp_path / "trace"
    wrapper = tmp_path / "bin" / "git"
    calls = "fsync,sync_file_range,link,linkat,rename,renameat,renameat2"
    real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, text=True).stdout.strip()
    write(
        tmp_path, {"bin/git": f'#!/bin/sh\nexec strace -f -y -e trace={calls} -A -o "{trace}" {real} "$@"\n'}
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")
    edits = {b"%d" % number: Put(0o100644, b"%d" % number) for number in range(count)}
    await build_tree(bare, EMPTY["sha1"], edits, scratch=scratch)
    objects = str(bare.git_dir / "objects")
    lines = [line for line in trace.read_text().splitlines() if objects in line]
    named = [line for line in lines if "link" in line or "rename" in line]
    final = [line for line in named if line.count("tmp_") == 1 or (count == 1 and line.count("tmp_") == 0)]
    synced = [line for line in lines if "fsync(" in line]
    assert final and synced
    if count == 1:
        # Loose objects: flushed one by one, then one fsync for all, then they get their names.
        assert "bulk_fsync" in synced[-1]
        assert max(map(lines.index, synced)) < min(map(lines.index, final[-3:]))
    else:
        for kind in ("tmp_pack", "tmp_idx"):
            sync = next(number for number, line in enumerate(lines) if "fsync(" in line and kind in line)
            name = next(number for number, line in enumerate(lines) if line in named and kind in line)
            assert sync < name
