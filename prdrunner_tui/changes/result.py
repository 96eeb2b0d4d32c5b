"""From a selection to edits of the base tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.files import FileChange
from prdrunner_tui.changes.selection import Selection
from prdrunner_tui.changes.splice import Taken, splice
from prdrunner_tui.changes.units import Item, Unit, texts
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import sanitize


@dataclass(frozen=True, slots=True)
class Put:
    """What stands at a path.

    Attributes:
        mode: git's mode.
        content: bytes for a new blob, or the id of an object that is there (of a submodule, its commit).
    """

    mode: int
    content: bytes | str


Edits = Mapping[bytes, Put | None]
"""By path, what stands there in the new tree; None where nothing does any more."""


def blobs_needed(changes: ChangeSet, selection: Selection) -> tuple[str, ...]:
    """The ids of the base blobs that `edits` has to see: those of files that are taken in part."""
    needed = {
        change.old_blob
        for change, units, taken in _touched(changes, selection)
        if change.old_mode and _in_part(change, units, taken, selection)
    }
    return tuple(sorted(needed))


def edits(changes: ChangeSet, selection: Selection, blobs: Mapping[str, bytes]) -> dict[bytes, Put | None]:
    """What has to be done to the base tree so that it holds exactly what is taken.

    Args:
        changes: the change set, whose base the edits are for.
        selection: what is taken.
        blobs: the bytes of `blobs_needed`.

    Raises:
        Problem: what is taken needs something to go that is not taken: a file where a directory would be.
        Mismatch: a blob is not the one the change set was made from.
    """
    done: dict[bytes, Put | None] = {}
    for change, units, taken in _touched(changes, selection):
        done.update(_file_edits(change, units, taken, selection, blobs))
    _refuse_clashes(changes, done)
    return done


def _touched(
    changes: ChangeSet, selection: Selection
) -> Iterator[tuple[FileChange, tuple[Unit, ...], dict[str, Taken]]]:
    """The files of which something is taken; a file that is taken whole is not parsed.

    Raises:
        ValueError: two units have one id, so that a selection cannot tell them apart.
    """
    by_unit = bool(selection.units or selection.lines or selection.replaced)
    named: set[str] = set()
    for number in range(len(changes)):
        path = changes.path(number)
        if path in selection.paths or path in selection.written:
            yield changes.record(number), (), {}
        elif by_unit:
            units = changes.units(number)
            taken = selection.taken(units)
            if not named.isdisjoint(taken):
                raise ValueError("two parts of the change have one id")
            named.update(taken)
            if taken:
                yield changes.record(number), units, taken


def _in_part(
    change: FileChange, units: tuple[Unit, ...], taken: Mapping[str, Taken], selection: Selection
) -> bool:
    if change.path in selection.paths or change.path in selection.written:
        return False
    return any(unit.id not in taken or taken[unit.id] is not None for unit in units)


def _file_edits(
    change: FileChange,
    units: tuple[Unit, ...],
    taken: Mapping[str, Taken],
    selection: Selection,
    blobs: Mapping[str, bytes],
) -> dict[bytes, Put | None]:
    if not _in_part(change, units, taken, selection):
        whole = None if change.status == "D" else Put(change.new_mode, change.new_blob)
        if change.path in selection.written:
            whole = Put(change.new_mode or change.old_mode, selection.written[change.path])
        return {**_moved(change), change.path: whole}
    kinds = {unit.kind for unit in units if isinstance(unit, Item) and unit.id in taken}
    moved = not change.old_path or change.status == "C" or "rename" in kinds
    mode = change.new_mode if "mode" in kinds or not change.old_mode else change.old_mode
    content: bytes | str = change.old_blob
    if kinds - {"rename", "copy", "mode"}:
        content = change.new_blob
    elif any(hunk.id in taken for hunk in texts(units)):
        base = blobs[change.old_blob] if change.old_mode else b""
        content = splice(base, texts(units), taken)
    if moved:
        return {**_moved(change), change.path: Put(mode, content)}
    return {change.old_path or change.path: Put(mode, content)}


def _moved(change: FileChange) -> dict[bytes, Put | None]:
    return {change.old_path: None} if change.status == "R" and change.old_path else {}


def _refuse_clashes(changes: ChangeSet, done: Edits) -> None:
    """A path cannot be a file and a directory; both sides of a clash are in the change set."""
    going = {
        change.old_path
        for change in (changes.record(number) for number in range(len(changes)))
        if change.old_path and change.status in "DR"
    }
    staying = {path for path in going if path not in done or done[path] is not None}
    put = sorted(path for path, what in done.items() if what is not None) if staying else []
    wanted = set(put)
    # The first file that stays, by each path that is wanted where one of its directories is.
    below: dict[bytes, bytes] = {}
    for path in sorted(staying):
        for parent in _parents(path):
            if parent in wanted:
                below.setdefault(parent, path)
    for path in put:
        clash = next((parent for parent in _parents(path) if parent in staying), below.get(path))
        if clash is not None:
            raise Problem(
                f"{sanitize(path)} cannot be taken while {sanitize(clash)} stays",
                hint=f"take the deletion or rename of {sanitize(clash)} too, or leave {sanitize(path)} out",
            )


def _parents(path: bytes) -> Iterator[bytes]:
    at = path.find(b"/")
    while at >= 0:
        yield path[:at]
        at = path.find(b"/", at + 1)
