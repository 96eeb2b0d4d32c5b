"""Selections as a person writes them: ids, lines of a hunk, and the numbers that git's hunks have."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.order import Line
from prdrunner_tui.changes.selection import Selection
from prdrunner_tui.changes.units import Hunk, Item, Unit
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.repopath import RepoPath
from prdrunner_tui.text.safe import sanitize

Chosen = Literal["all"] | Sequence[int | str]
"""Of one file: everything, or numbers of git hunks and ids."""

_LEAST_DIGITS = 6
_ID = re.compile(r"([0-9a-f]+)(?::(.*))?", re.DOTALL)
_LINES = re.compile(r"([-+])([0-9]{1,9})(?:\.\.([0-9]{1,9}))?")
_SHOWN = 60
_LONGEST = 20


def by_ids(changes: ChangeSet, ids: Iterable[str]) -> Selection:
    """The units with these ids.

    Args:
        changes: the change set.
        ids: each an id or the first six or more digits of one, for a hunk with lines behind it where only
            these are meant: ``4be1c02f:-1,+2..4`` is the first removed and the second to fourth added line.

    Raises:
        Problem: there is no such unit or line, or several units begin like that.
    """
    chosen = _Chosen()
    known = _Known([unit for _, some in changes.all_units() for unit in some], "this change")
    for text in dict.fromkeys(ids):
        chosen.add(known, text)
    return chosen.selection()


def by_files(changes: ChangeSet, chosen: Mapping[bytes, Chosen]) -> Selection:
    """What is chosen of each file.

    A number is the n-th git hunk of the file, from 1, and takes all hunks in it and the file's rename and mode
    change along; an id takes just itself.

    Args:
        changes: the change set.
        chosen: by path now, for a deletion the path that was.

    Raises:
        Problem: a path did not change, or it has no such hunk.
    """
    found = _Chosen()
    for path, what in chosen.items():
        number = changes.number(path)
        if number is None:
            raise Problem(f"{sanitize(path)} did not change", hint=_renamed(changes, path))
        if what == "all":
            found.paths.add(path)
            continue
        known = _Known(changes.units(number), str(sanitize(path)))
        for one in dict.fromkeys(what):
            if isinstance(one, int):
                found.units |= known.at(one, changes.git_hunks(number))
            else:
                found.add(known, one)
    return found.selection()


def _renamed(changes: ChangeSet, path: bytes) -> str:
    for number in range(len(changes)):
        record = changes.record(number)
        if record.old_path == path:
            return f"it is {sanitize(record.path)} now"
    return "prdrunner hunks list --json shows what did, with each path as it is written here"


class _Known:
    """Units that a person may name, and what to call them all in a message."""

    def __init__(self, units: Sequence[Unit], place: str) -> None:
        self._units = sorted(units, key=lambda unit: unit.id)
        self._ids = [unit.id for unit in self._units]
        self._items = frozenset(unit.id for unit in units if isinstance(unit, Item))
        self._place = place
        self._by_number: dict[int, set[str]] = {}
        for unit in units:
            if isinstance(unit, Hunk):
                self._by_number.setdefault(unit.git_hunk, set()).add(unit.id)

    def find(self, digits: str) -> Unit:
        """The only unit whose id begins like that."""
        at = bisect_left(self._ids, digits)
        found = [unit for unit in self._units[at : at + 2] if unit.id.startswith(digits)]
        if not found:
            raise Problem(
                f"{self._place} has nothing with the id {digits[:_SHOWN]}",
                hint="prdrunner hunks list BASE TARGET shows the ids",
            )
        if len(found) > 1:
            raise Problem(f"several ids begin with {digits}", hint="write more of its digits")
        return found[0]

    def at(self, number: int, count: int) -> frozenset[str]:
        """What the n-th of ``count`` git hunks takes."""
        if not 1 <= number <= count:
            have = f"{count} git hunk{'' if count == 1 else 's'}" if count else "no git hunk"
            raise Problem(
                f"{self._place} has {have}, there is no number {str(number)[:_LONGEST]}",
                hint='"all" takes the file with everything',
            )
        return self._items | self._by_number.get(number, set())


@dataclass(slots=True)
class _Chosen:
    """A selection while it is put together."""

    paths: set[bytes] = field(default_factory=set)
    units: set[str] = field(default_factory=set)
    lines: dict[str, set[Line]] = field(default_factory=dict)

    def add(self, known: _Known, text: str) -> None:
        """What an id, perhaps with lines, names."""
        match = _ID.fullmatch(text.lower())
        if match is None or len(match[1]) < _LEAST_DIGITS:
            raise Problem(
                f"{sanitize(text[:_SHOWN])!r} is no id",
                hint=f"an id is the first {_LEAST_DIGITS} or more digits of what prdrunner hunks list shows",
            )
        unit = known.find(match[1])
        if match[2] is None:
            self.units.add(unit.id)
        else:
            self.lines.setdefault(unit.id, set()).update(_lines(unit, match[2]))

    def selection(self) -> Selection:
        """The selection."""
        lines = {unit: frozenset(some) for unit, some in self.lines.items()}
        return Selection(frozenset(self.paths), frozenset(self.units), lines)


def _lines(unit: Unit, text: str) -> Iterator[Line]:
    if isinstance(unit, Item):
        raise Problem(f"{unit.id[:12]} has no lines: {unit.kind} is taken whole or not at all")
    for part in dict.fromkeys(map(str.strip, text.split(","))):
        match = _LINES.fullmatch(part)
        if match is None:
            raise Problem(
                f"{sanitize(part[:_SHOWN])!r} names no lines",
                hint="-2 is the second removed line, +1..3 the first three added ones",
            )
        sign: Literal["-", "+"] = "-" if match[1] == "-" else "+"
        first, last = int(match[2]), int(match[3] or match[2])
        have = len(unit.removed if sign == "-" else unit.added)
        if not 1 <= first <= last <= have:
            word = "removed" if sign == "-" else "added"
            lines = f"{have} {word} line{'' if have == 1 else 's'}"
            raise Problem(f"{unit.id[:12]} has {lines}, not {part}")
        yield from (Line(sign, number) for number in range(first, last + 1))


def read_files(data: bytes, *, where: str) -> dict[bytes, Chosen]:
    """What a selection file chooses: JSON ``{path: "all" | [numbers or ids]}``, paths as `RepoPath` writes them.

    Raises:
        Problem: it is not that; with line and column where the JSON itself is wrong.
    """
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise Problem("this is not UTF-8", where=f"{where}:byte {error.start + 1}") from None
    except json.JSONDecodeError as error:
        message = error.msg[:1].lower() + error.msg[1:]
        raise Problem(f"this is no JSON: {message}", where=f"{where}:{error.lineno}:{error.colno}") from None
    except ValueError:
        raise Problem("a number is too long", where=where) from None
    except RecursionError:
        raise Problem("this is nested too deeply", where=where) from None
    except _Twice as error:
        raise Problem(f"{sanitize(str(error))} stands there twice", where=where) from None
    if not isinstance(value, dict):
        raise Problem("this is no selection", where=where, hint='{"path": "all"} or {"path": [1, 3]}')
    chosen: dict[bytes, Chosen] = {}
    for path, what in value.items():
        raw = _path(path, where)
        if raw in chosen:
            raise Problem(f"{sanitize(path)} stands there twice", where=where)
        chosen[raw] = _chosen(path, what, where)
    return chosen


def _path(text: str, where: str) -> bytes:
    try:
        return RepoPath.from_json(text).raw
    except Problem as problem:
        raise Problem(problem.message, where=where, hint=problem.hint) from None


class _Twice(Exception):
    """A key of an object that was there before."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, what in pairs:
        if key in value:
            raise _Twice(key)
        value[key] = what
    return value


def _chosen(path: str, what: Any, where: str) -> Chosen:
    if what == "all":
        return "all"
    if isinstance(what, list) and all(type(one) in (int, str) for one in what):
        return what
    shown = (
        "this list"
        if isinstance(what, list)
        else "this object"
        if isinstance(what, dict)
        else json.dumps(what)
    )
    raise Problem(
        f"{sanitize(path)}: {sanitize(shown[:_SHOWN])} is no choice",
        where=where,
        hint='"all", or a list of numbers and ids such as [1, 3]',
    )
