"""A change set as JSON and as lines for people."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import Any

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.files import FileChange
from prdrunner_tui.changes.order import Line, sequence
from prdrunner_tui.changes.units import Hunk, Item, Unit
from prdrunner_tui.text.repopath import RepoPath
from prdrunner_tui.text.safe import sanitize

_SHOWN_DIGITS = 12
_OID_DIGITS = 7


def file_json(changes: ChangeSet, number: int) -> dict[str, Any]:
    """A file with its units, for programs."""
    change = changes.change(number)
    return {
        "path": RepoPath(change.path).to_json(),
        "old_path": None if change.old_path is None else RepoPath(change.old_path).to_json(),
        "status": change.status,
        "similarity": change.similarity if change.status in "RC" else None,
        "old_mode": f"{change.old_mode:06o}",
        "new_mode": f"{change.new_mode:06o}",
        "binary": change.binary,
        "added": None if change.binary else change.added,
        "removed": None if change.binary else change.removed,
        "git_hunks": changes.git_hunks(number),
        "hunks": [_unit_json(change, unit) for unit in changes.units(number)],
    }


def _unit_json(change: FileChange, unit: Unit) -> dict[str, Any]:
    if isinstance(unit, Hunk):
        return {
            "id": unit.id,
            "kind": "text",
            "git_hunk": unit.git_hunk,
            "old_range": [unit.old_start, len(unit.removed)],
            "new_range": [unit.new_start, len(unit.added)],
            "added": len(unit.added),
            "removed": len(unit.removed),
        }
    return {
        "id": unit.id,
        "kind": unit.kind,
        "git_hunk": unit.git_hunks or None,
        "old_range": None,
        "new_range": None,
        "added": None if unit.kind == "binary" else change.added if unit.git_hunks else 0,
        "removed": None if unit.kind == "binary" else change.removed if unit.git_hunks else 0,
        "old": RepoPath(unit.old).to_json(),
        "new": RepoPath(unit.new).to_json(),
    }


def file_lines(changes: ChangeSet, number: int) -> Iterator[str]:
    """A file and its units, a line each."""
    change = changes.change(number)
    yield _head(change)
    for unit in changes.units(number):
        yield f"   {unit.id[:_SHOWN_DIGITS]}  {_words(unit)}"


def file_patch(changes: ChangeSet, number: int, wanted: Container[str]) -> Iterator[str]:
    """The units of a file that are wanted, hunks with their lines and how each is named in a selection."""
    head = _head(changes.change(number))
    for unit in changes.units(number):
        if unit.id not in wanted:
            continue
        if head:
            yield head
            head = ""
        yield f"   {unit.id[:_SHOWN_DIGITS]}  {_words(unit)}"
        if isinstance(unit, Hunk):
            yield from _hunk_lines(unit)


def _head(change: FileChange) -> str:
    path = str(RepoPath(change.path).display())
    if change.status in "RC" and change.old_path is not None:
        path = f"{RepoPath(change.old_path).display()} -> {path}"
    counted = "binary" if change.binary else f"+{change.added}/-{change.removed}"
    return f"{change.status}  {path}  {counted}"


def _words(unit: Unit) -> str:
    if isinstance(unit, Hunk):
        ranges = f"-{_range(unit.old_start, unit.removed)} +{_range(unit.new_start, unit.added)}"
        return f"@@ {ranges} @@  git hunk {unit.git_hunk}"
    return _item_words(unit)


def _range(start: int, lines: Sequence[bytes]) -> str:
    return f"{start}" if len(lines) == 1 else f"{start},{len(lines)}"


def _item_words(item: Item) -> str:
    if item.kind in ("rename", "copy", "add", "delete"):
        return item.kind
    old, new = (_entry(side) for side in (item.old, item.new))
    if item.kind in ("mode", "type"):
        return f"{item.kind} {old[0]} -> {new[0]}"
    return f"{item.kind} {old[1] or 'none'} -> {new[1] or 'none'}"


def _entry(side: bytes) -> tuple[str, str]:
    """Mode and shortened object id of one side of an item; no id where there was nothing."""
    mode, _, oid = side.decode("ascii").partition(" ")
    return mode, "" if not oid.strip("0") else oid[:_OID_DIGITS]


def _hunk_lines(hunk: Hunk) -> Iterator[str]:
    for line in hunk.before:
        yield _shown("", " ", line)
    for name in sequence(hunk):
        yield _shown(str(name), name.sign, _line(hunk, name))
    for line in hunk.after:
        yield _shown("", " ", line)


def _line(hunk: Hunk, name: Line) -> bytes:
    return (hunk.removed if name.sign == "-" else hunk.added)[name.number - 1]


def _shown(name: str, sign: str, line: bytes) -> str:
    end = "" if line.endswith(b"\n") else "   (no line feed at the end)"
    text = sanitize(line.removesuffix(b"\n"))
    return f"   {name:>6} {sign} {text}{end}"
