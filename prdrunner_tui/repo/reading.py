"""Reading any repository: its objects through a git directory of ours, so that nothing in it changes or runs."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.repo.discover import not_found, starting_directory
from prdrunner_tui.repo.git import Git, GitResult, require_version, run_as_user
from prdrunner_tui.repo.objects import missing
from prdrunner_tui.repo.scratch import OID_LENGTHS, is_oid, make_git_dir
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line

_CONFIG = (
    # A commit-graph is a cache of the repository's that could say anything.
    ("core.commitGraph", "false"),
    # Objects written here vanish with the directory.
    ("core.fsync", "none"),
    ("core.compression", "0"),
    # Unpacked, an object that the repository has already would get a new mtime there.
    ("fastimport.unpackLimit", "0"),
)
# What names a ref or an id, and what walks on from there: `main@{1 day ago}` and `~2:dir`; gitrevisions(7).
_NAME = re.compile(r"((?:@\{[^}]*\}|[^~^:])*)(.*)", re.DOTALL)
# The steps from there, and the path behind them.
_STEPS = re.compile(r"((?:\^\{[^}]*\}|[^:])*)(:.*)?", re.DOTALL)
_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a name stands for.

    Attributes:
        name: as it was given.
        oid: the id of the object named: a commit, an annotated tag or a tree.
        tree: the id of its tree.
    """

    name: str
    oid: str
    tree: str


@dataclass(frozen=True, slots=True)
class ReadOnlyRepo:
    """A repository opened by `open_for_reading`.

    Attributes:
        git: a bare git directory of ours that sees the repository's objects, and none of its configuration,
            refs, attributes, replacements or grafts. New objects go into a directory of ours, but git gives an
            object that exists already a new mtime where it lies when a command (``hash-object -w``,
            ``write-tree``, ``merge-tree``) writes it again: `building.build_tree` does not.
        object_format: ``sha1`` or ``sha256``.
        start: where the repository was looked for; names are resolved from there.
        common_dir: the repository's common git directory.
        partial: it is a partial clone, so objects may be missing.
    """

    git: Git
    object_format: str
    start: Path
    common_dir: Path
    partial: bool

    async def tree(self, name: str) -> Resolved:
        """The tree of whatever ``git rev-parse`` takes for a commit, a tag or a directory.

        In a partial clone the whole tree is walked, so that no directory of it is missing later; blobs may be,
        see `require`.

        Raises:
            Problem: there is no such thing, it is a file, or objects are missing (code 1).
        """
        self._refuse_form(name)
        start, rest = _split(name)
        oid = start.lower() if self._is_oid(start.lower()) else await self._ask(name, start)
        if rest:
            oid = await self._walk(name, oid, rest)
        return Resolved(name, oid, await self._peel(name, oid))

    async def require(self, oids: Sequence[str]) -> None:
        """Does nothing when all objects are here.

        Raises:
            Problem: one is missing (code 1).
        """
        gone = await missing(self.git, oids)
        if gone:
            count = f"{len(gone)} objects are" if len(gone) > 1 else f"object {gone[0][:12]} is"
            raise self._objects_missing(f"{count} missing")

    def _is_oid(self, text: str) -> bool:
        return is_oid(text, self.object_format)

    def _refuse_form(self, name: str) -> None:
        try:
            usable = b"\0" not in os.fsencode(name)
        except UnicodeEncodeError:
            usable = False
        if not usable:
            raise self._unknown(name)
        if name.startswith(":"):
            hint = "for the newest commit with a text: HEAD^{/TEXT}; for a directory: HEAD:DIRECTORY"
            raise self._problem(f"{_show(name)} names something in the index, not a commit", hint)
        if not name or name.startswith(("^", "~")):
            raise self._unknown(name)

    async def _ask(self, name: str, start: str) -> str:
        """Looks a ref or an abbreviated id up in the repository itself, which needs no object's content."""
        said = await run_as_user(["rev-parse", "--verify", "--end-of-options", start], cwd=self.start)
        if said.code == 0 and self._is_oid(said.line):
            return said.line
        reason = _reason(said)
        if reason is not None:
            raise self._problem(f"{_show(name)}: {one_line(reason, _SHOWN)}")
        if start in ("HEAD", "@"):
            raise self._problem("the repository has no commit yet", "name a branch that has one")
        raise self._unknown(name)

    async def _walk(self, name: str, oid: str, rest: str) -> str:
        match = _STEPS.fullmatch(rest)
        assert match is not None
        steps, path = match.groups()
        if steps:
            oid = await self._parse(name, oid, steps)
        if path:
            oid = await self._parse(name, await self._peel(name, oid), path)
        return oid

    async def _parse(self, name: str, oid: str, rest: str) -> str:
        said = await self.git.run("rev-parse", "--verify", "--end-of-options", oid + rest, check=False)
        if said.code == 0 and self._is_oid(said.line):
            return said.line
        gone = await self._first_missing([oid, *self._named(said)])
        if gone:
            raise self._missing(name, gone)
        raise self._unknown(name)

    async def _peel(self, name: str, oid: str) -> str:
        asked = f"{oid}\n{oid}^{{}}\n{oid}^{{tree}}\n".encode()
        said = await self.git.run("cat-file", "--batch-check", input=asked)
        itself, peeled, tree = (line.split(" ") for line in said.stdout.decode().splitlines())
        if itself[-1] == "missing" and name.lower() == oid and not self.partial:
            raise self._problem(f"there is no object {oid}", "git log shows the commits that there are")
        if "missing" in (itself[-1], peeled[-1]):
            raise self._missing(name, oid)
        if peeled[1] == "blob":
            raise self._problem(f"{_show(name)} is a file", "give a commit, a tag or a directory")
        if tree[-1] == "missing":
            raise self._missing(name, await self._tree_named_by(peeled[0]))
        if self.partial:
            await self._walk_directories(name, tree[0])
        return tree[0]

    async def _tree_named_by(self, commit: str) -> str:
        header = (await self.git.run("cat-file", "commit", commit)).stdout.split(b"\n", 1)[0]
        return header.removeprefix(b"tree ").decode("ascii", "replace")

    async def _walk_directories(self, name: str, tree: str) -> None:
        said = await self.git.run("ls-tree", "-r", "-d", "-z", "--name-only", tree, check=False)
        if said.code != 0:
            raise self._missing(name, await self._first_missing(self._named(said)) or tree)

    async def _first_missing(self, oids: Sequence[str]) -> str | None:
        gone = await missing(self.git, oids)
        return gone[0] if gone else None

    def _named(self, said: GitResult) -> list[str]:
        """The object ids that git's complaints name."""
        words = re.findall(r"\b[0-9a-f]+\b", said.stderr.decode("utf-8", "replace"))
        return [word for word in words if self._is_oid(word)]

    def _problem(self, message: str, hint: str = "", *, code: int = 2) -> Problem:
        return Problem(message, where=str(self.start), hint=hint, code=code)

    def _unknown(self, name: str) -> Problem:
        if ".." in name.partition(":")[0]:
            return self._problem(f"{_show(name)} is a range", "give one commit, tag or directory")
        hint = "give a branch, a tag, a commit or COMMIT:DIRECTORY"
        if (self.common_dir / "shallow").exists():
            hint += "; the history is shallow: git fetch --unshallow"
        return self._problem(f"no commit, tag or directory is called {_show(name)}", hint)

    def _missing(self, name: str, oid: str) -> Problem:
        return self._objects_missing(f"{_show(name)}: object {oid[:12]} is missing")

    def _objects_missing(self, message: str) -> Problem:
        if self.partial:
            hint = "this is a partial clone; use a full one (git clone without --filter)"
        else:
            hint = "git fsck tells what else is missing"
        return self._problem(message, hint, code=1)


@asynccontextmanager
async def open_for_reading(start: Path) -> AsyncIterator[ReadOnlyRepo]:
    """Opens the repository that holds ``start``, of any kind: bare, linked, shallow, partial, borrowing, unborn.

    Git runs in the repository itself only to find it and to look names up (``rev-parse``); all else happens in
    a temporary git directory, which is gone afterwards.

    Raises:
        Problem: there is no repository, or git cannot read it.
    """
    start = starting_directory(start)
    await require_version()
    # The path stands last and alone, so that a newline in it does no harm.
    query = ["rev-parse", "--path-format=absolute", "--show-object-format", "--git-common-dir"]
    said = await run_as_user(query, cwd=start)
    if said.code != 0:
        raise not_found(start, said)
    object_format, _, common = os.fsdecode(said.stdout).removesuffix("\n").partition("\n")
    if object_format not in OID_LENGTHS:
        raise Problem(f"object format {object_format!r} is not supported", where=str(start))
    common_dir = Path(common)
    folder = Path(tempfile.mkdtemp(prefix="prdrunner-read-"))
    try:
        make_git_dir(folder, object_format)
        if (common_dir / "shallow").is_file():
            (folder / "shallow").write_bytes((common_dir / "shallow").read_bytes())
        objects = common_dir / "objects"
        yield ReadOnlyRepo(
            git=Git(folder, alternates=(objects,), config=_CONFIG),
            object_format=object_format,
            start=start,
            common_dir=common_dir,
            partial=any((objects / "pack").glob("*.promisor")),
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _split(name: str) -> tuple[str, str]:
    match = _NAME.fullmatch(name)
    assert match is not None
    return match.group(1), match.group(2)


def _show(name: str) -> str:
    return f"'{one_line(name, _SHOWN)}'"


def _reason(said: GitResult) -> str | None:
    """What git says beyond "there is no such thing"."""
    for line in said.stderr.decode("utf-8", "replace").splitlines():
        kind, _, text = line.partition(": ")
        if kind in ("fatal", "error") and text != "Needed a single revision":
            return text
    return None
