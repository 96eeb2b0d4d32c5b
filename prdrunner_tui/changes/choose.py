"""Selections as a person writes them: ids, lines of a hunk, and the numbers that git's hunks have."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.order import Line
from prdrunner_tui.changes.selection import NOTHING, Selection, of_paths, of_units
from prdrunner_tui.changes.units import Hunk, Item, Unit
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.repopath import RepoPath
from prdrunner_tui.text.safe import sanitize

Chosen = Literal["all"] | Sequence[int | str]
"""Of one file: everything, or numbers of git hunks and ids."""

_LEAST_DIGITS = 6
_ID = re.compile(r"([0-9a-f]+)(?::(.*))?", re.DOTALL)
_LINES = re.compile(r"([-+])(\d{1,9})(?:\.\.(\d{1,9}))?")
_SHOWN = 60


def by_ids(changes: ChangeSet, ids: Iterable[str]) -> Selection:
    """The units with these ids.

    Args:
        changes: the change set.
        ids: each an id or the first six or more digits of one, for a hunk with lines behind it where only
            these are meant: ``4be1c02f:-1,+2..4`` is the first removed and the second to fourth added line.

    Raises:
        Problem: there is no such unit or line, or several units begin like that.
    """
    units = sorted((unit for _, some in changes.all_units() for unit in some), key=lambda unit: unit.id)
    return _by_ids(units, ids, place="this change")


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
    selection = NOTHING
    for path, what in chosen.items():
        number = changes.number(path)
        if number is None:
            raise Problem(f"{sanitize(path)} did not change", hint=_renamed(changes, path))
        if what == "all":
            selection |= of_paths((path,))
            continue
        units = changes.units(number)
        for one in what:
            if isinstance(one, int):
                selection |= _by_number(path, units, changes.git_hunks(number), one)
            else:
                ordered = sorted(units, key=lambda unit: unit.id)
                selection |= _by_ids(ordered, (one,), place=str(sanitize(path)))
    return selection


def _renamed(changes: ChangeSet, path: bytes) -> str:
    for number in range(len(changes)):
        record = changes.record(number)
        if record.old_path == path:
            return f"it is {sanitize(record.path)} now"
    return "prdrunner hunks list shows what did"


def _by_number(path: bytes, units: Sequence[Unit], count: int, number: int) -> Selection:
    if not 1 <= number <= count:
        have = f"{count} git hunk{'' if count == 1 else 's'}" if count else "no git hunk"
        raise Problem(
            f"{sanitize(path)} has {have}, there is no number {number}",
            hint='"all" takes the file with everything',
        )
    along = [unit.id for unit in units if isinstance(unit, Item)]
    return of_units([*along, *(u.id for u in units if isinstance(u, Hunk) and u.git_hunk == number)])


def _by_ids(units: Sequence[Unit], ids: Iterable[str], *, place: str) -> Selection:
    """``units`` ascending by id."""
    keys = [unit.id for unit in units]
    selection = NOTHING
    for text in ids:
        match = _ID.fullmatch(text)
        if match is None or len(match[1]) < _LEAST_DIGITS:
            raise Problem(
                f"{sanitize(text[:_SHOWN])!r} is no id",
                hint=f"an id is the first {_LEAST_DIGITS} or more digits of what prdrunner hunks list shows",
            )
        at = bisect_left(keys, match[1])
        found = [unit for unit in units[at : at + 2] if unit.id.startswith(match[1])]
        if not found:
            raise Problem(f"{place} has nothing with the id {match[1][:_SHOWN]}", hint="prdrunner hunks list")
        if len(found) > 1:
            raise Problem(f"several ids begin with {match[1]}", hint="write more of its digits")
        selection |= of_units((found[0].id,)) if match[2] is None else _lines(found[0], match[2])
    return selection


def _lines(unit: Unit, text: str) -> Selection:
    if isinstance(unit, Item):
        raise Problem(f"{unit.id[:12]} has no lines: {unit.kind} is taken whole or not at all")
    lines: set[Line] = set()
    for part in text.split(","):
        match = _LINES.fullmatch(part.strip())
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
            raise Problem(f"{unit.id[:12]} has {have} {word} lines, not {sanitize(part.strip())}")
        lines.update(Line(sign, number) for number in range(first, last + 1))
    return Selection(lines={unit.id: frozenset(lines)})


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
    return {RepoPath.from_json(path).raw: _chosen(path, what, where) for path, what in value.items()}


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
    raise Problem(
        f"{sanitize(path)}: {sanitize(json.dumps(what)[:_SHOWN])} is no choice",
        where=where,
        hint='"all", or a list of numbers and ids such as [1, 3]',
    )
