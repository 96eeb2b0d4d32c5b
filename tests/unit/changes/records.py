"""Change sets of any kind of file, built without git, and reviews of them."""

from __future__ import annotations

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.deciding import Said
from prdrunner_tui.changes.order import Line
from prdrunner_tui.changes.units import Hunk, Item
from tests.unit.changes.files import ZEROS, answer, oid

YOU = Said("you", 1)
POLICY = Said("auto(policy)", 1, person=False)
LETTERS = [b"a", b"b", b"c", b"d", b"e", b"f", b"g", b"h", b"i", b"j", b"k", b"l", b"m", b"n", b"o", b"p"]


def text(*lines: bytes | str) -> bytes:
    """Lines with their line feeds."""
    return b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)


def letters(**others: str) -> bytes:
    """A file of sixteen lines, a letter each, some of them replaced: by any lines, or by none."""
    found = ""
    for letter in LETTERS:
        line = others.get(letter.decode(), letter.decode())
        found += line and line + "\n"
    return found.encode()


def record(
    path: bytes,
    old: bytes | None,
    new: bytes | None,
    *,
    modes: tuple[int, int] = (0o100644, 0o100644),
    status: str = "",
    old_path: bytes | None = None,
    binary: bool = False,
) -> tuple[bytes, bytes, bytes]:
    """One file: its path, its raw record and its section; no bytes before or now where it was added or deleted."""
    letter = status or ("A" if old is None else "D" if new is None else "M")
    sides = [(f"{mode:06o}", oid(data)) for mode, data in zip(modes, (old or b"", new or b""), strict=True)]
    if old is None:
        sides[0] = ("000000", ZEROS)
    if new is None:
        sides[1] = ("000000", ZEROS)
    names = path if old_path is None else old_path + b"\0" + path
    letter += "090" if letter in "RC" else ""
    head = f":{sides[0][0]} {sides[1][0]} {sides[0][1]} {sides[1][1]} {letter}".encode()
    section = answer({path: (old or b"", new or b"")}).partition(b"\0\0")[2]
    if binary:
        section = b"diff --git x x\nindex 1..2\nBinary files x and x differ\n"
    return path, head + b"\0" + names + b"\0", section


def change_set(*records: tuple[bytes, bytes, bytes]) -> ChangeSet:
    """The change set of these files."""
    ordered = sorted(records)
    return ChangeSet(
        b"".join(raw for _, raw, _ in ordered) + b"\0" + b"".join(part for _, _, part in ordered)
    )


def modified(old: bytes, new: bytes, path: bytes = b"f") -> ChangeSet:
    """The change set of one modified text file."""
    return change_set(record(path, old, new))


def hunks(changes: ChangeSet, number: int = 0) -> list[Hunk]:
    """The hunks of a file."""
    return [unit for unit in changes.units(number) if isinstance(unit, Hunk)]


def items(changes: ChangeSet, number: int = 0) -> list[Item]:
    """The items of a file."""
    return [unit for unit in changes.units(number) if isinstance(unit, Item)]


def lines(*names: str) -> frozenset[Line]:
    """Lines by their short names: ``-1``, ``+2``."""
    return frozenset(Line("-" if name[0] == "-" else "+", int(name[1:])) for name in names)
