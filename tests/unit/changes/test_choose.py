"""Selections as a person writes them."""

from __future__ import annotations

import json

import pytest

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.choose import by_files, by_ids, read_files
from prdrunner_tui.changes.order import Line
from prdrunner_tui.changes.selection import NOTHING, Selection, of_paths, of_units
from prdrunner_tui.changes.units import Unit
from prdrunner_tui.text.problem import Problem
from tests.unit.changes.files import answer
from tests.unit.changes.trees import EXECUTABLE, FILE, Repository

OLD = b"".join(b"%d\n" % number for number in range(30))
NEW = OLD.replace(b"\n3\n", b"\nthree\nthree more\n").replace(b"\n5\n", b"\n").replace(b"\n25\n", b"\nx\n")
FILES = {b"f": (OLD, NEW), b"g": (b"a\n", b"b\n")}


@pytest.fixture
def changes() -> ChangeSet:
    """Two files with three hunks, in two git hunks, and one."""
    return ChangeSet(answer(FILES))


def units(changes: ChangeSet) -> list[Unit]:
    """All units."""
    return [unit for _, some in changes.all_units() for unit in some]


def refused(message: str, hint: str = "") -> pytest.RaisesExc[Problem]:
    """That a problem with this message is raised."""
    return pytest.RaisesExc(Problem, check=lambda p: message in p.message and hint in p.hint)


def test_ids_may_be_cut_to_six_digits(changes: ChangeSet) -> None:
    first, second, *_ = units(changes)
    assert by_ids(changes, []) == NOTHING
    assert by_ids(changes, [first.id]) == of_units([first.id])
    assert by_ids(changes, [first.id[:6], second.id[:20]]) == of_units([first.id, second.id])
    assert by_ids(changes, [first.id.upper(), first.id, first.id]) == of_units([first.id])
    with refused("is no id", "first 6 or more digits"):
        by_ids(changes, [first.id[:5]])


@pytest.mark.parametrize("text", ["", "xyz", "all", "-1", "4be1c02f ", "\x1b[2J", "é" * 10])
def test_what_is_no_id_is_refused(changes: ChangeSet, text: str) -> None:
    with pytest.raises(Problem, match="is no id") as caught:
        by_ids(changes, [text])
    assert "\x1b" not in caught.value.message


def test_an_unknown_id_is_refused(changes: ChangeSet) -> None:
    unknown = next(
        f"{n:06x}" for n in range(99) if not any(u.id.startswith(f"{n:06x}") for u in units(changes))
    )
    with refused(f"this change has nothing with the id {unknown}", "prdrunner hunks list"):
        by_ids(changes, [unknown])
    with refused(f"f has nothing with the id {unknown}"):
        by_files(changes, {b"f": [unknown]})
    for last in ("f" * 32, "f" * 33, "0" * 32):
        with refused("this change has nothing with the id"):
            by_ids(changes, [last])


def test_an_id_that_several_begin_with_is_refused() -> None:
    seen: dict[str, int] = {}
    number = 0
    # Two hunks whose ids begin alike are found by trying; six digits need some thousand.
    files: dict[bytes, tuple[bytes, bytes]] = {}
    while True:
        path = b"p%d" % number
        one = ChangeSet(answer({path: (b"a\n", b"b\n")})).units(0)[0]
        if one.id[:6] in seen:
            files = {path: (b"a\n", b"b\n"), b"p%d" % seen[one.id[:6]]: (b"a\n", b"b\n")}
            break
        seen[one.id[:6]] = number
        number += 1
    changes = ChangeSet(answer(files))
    with refused(f"several ids begin with {one.id[:6]}", "write more"):
        by_ids(changes, [one.id[:6]])
    assert by_ids(changes, [one.id]) == of_units([one.id])
    assert by_files(changes, {path: [one.id[:6]]}) == of_units([one.id]), "in its file it is the only one"


def test_lines_of_a_hunk(changes: ChangeSet) -> None:
    first = units(changes)[0].id
    for text, lines in (
        ("-1", {Line("-", 1)}),
        ("+2", {Line("+", 2)}),
        ("+1..2", {Line("+", 1), Line("+", 2)}),
        ("-1,+1..2", {Line("-", 1), Line("+", 1), Line("+", 2)}),
        ("-1, +2", {Line("-", 1), Line("+", 2)}),
        ("+2..2", {Line("+", 2)}),
    ):
        assert by_ids(changes, [f"{first[:8]}:{text}"]) == Selection(lines={first: frozenset(lines)})
    both = by_ids(changes, [f"{first}:-1", f"{first}:+2"])
    assert both == Selection(lines={first: frozenset({Line("-", 1), Line("+", 2)})})
    assert by_files(changes, {b"f": [f"{first}:-1"]}) == Selection(lines={first: frozenset({Line("-", 1)})})


@pytest.mark.parametrize("text", ["", "1", "+", "-x", "+1..", "+1...2", "+1,", "*", "+\u0661", "+1\n"])
def test_what_names_no_lines_is_refused(changes: ChangeSet, text: str) -> None:
    if text == "+1\n":
        assert by_ids(changes, [f"{units(changes)[0].id}:{text}"]).lines
        return
    with refused("names no lines", "-2 is the second removed line"):
        by_ids(changes, [f"{units(changes)[0].id}:{text}"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("+3", "has 2 added lines, not +3"),
        ("-2", "has 1 removed line, not -2"),
        ("+0", "not +0"),
        ("+2..1", "not +2..1"),
    ],
)
def test_lines_that_are_not_there_are_refused(changes: ChangeSet, text: str, message: str) -> None:
    with refused(message):
        by_ids(changes, [f"{units(changes)[0].id}:{text}"])


def test_an_item_has_no_lines(repository: Repository) -> None:
    changes = repository.between({b"f": (FILE, b"x")}, {b"f": (EXECUTABLE, b"x")})
    unit = changes.units(0)[0].id
    with refused(f"{unit[:12]} has no lines: mode is taken whole or not at all"):
        by_ids(changes, [f"{unit}:+1"])


def test_numbers_and_all(changes: ChangeSet) -> None:
    one, two, three, other = (unit.id for unit in units(changes))
    assert by_files(changes, {}) == NOTHING
    assert by_files(changes, {b"f": []}) == NOTHING
    assert by_files(changes, {b"f": [1]}) == of_units([one, two])
    assert by_files(changes, {b"f": [2]}) == of_units([three])
    assert by_files(changes, {b"f": [2, 1]}) == of_units([one, two, three])
    assert by_files(changes, {b"f": [2, one]}) == of_units([one, three])
    assert by_files(changes, {b"f": "all", b"g": [1]}) == of_paths([b"f"]) | of_units([other])
    assert by_files(changes, {b"g": [1], b"f": "all"}) == of_paths([b"f"]) | of_units([other])


@pytest.mark.parametrize("number", [0, 3, -1, 10**20])
def test_a_number_that_is_none_is_refused(changes: ChangeSet, number: int) -> None:
    with refused(f"f has 2 git hunks, there is no number {str(number)[:20]}", '"all" takes the file'):
        by_files(changes, {b"f": [number]})


def test_numbers_of_files_with_one_hunk_and_with_none(changes: ChangeSet, repository: Repository) -> None:
    with refused("g has 1 git hunk, there is no number 2"):
        by_files(changes, {b"g": [2]})
    mode = repository.between({b"f": (FILE, b"x")}, {b"f": (EXECUTABLE, b"x")})
    with refused("f has no git hunk, there is no number 1"):
        by_files(mode, {b"f": [1]})


def test_a_path_that_did_not_change_is_refused(changes: ChangeSet, repository: Repository) -> None:
    with refused("h\u241b did not change", "prdrunner hunks list --json shows what did"):
        by_files(changes, {b"h\x1b": "all"})
    moved = repository.between({b"old": (FILE, OLD)}, {b"new": (FILE, OLD)})
    with refused("old did not change", "it is new now"):
        by_files(moved, {b"old": "all"})


def test_a_selection_file() -> None:
    text = json.dumps({"a": "all", "b/ä": [1, "4be1c02f"], "base64:/w==": []})
    assert read_files(text.encode(), where="F") == {b"a": "all", "b/ä".encode(): [1, "4be1c02f"], b"\xff": []}


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"", "F:1:1", "this is no JSON: expecting value"),
        (b'{"a": "all",\n "b": }', "F:2:7", "this is no JSON: expecting value"),
        (b'{"a": "\xff"}', "F:byte 8", "this is not UTF-8"),
        (b"[]", "F", "this is no selection"),
        (b"3", "F", "this is no selection"),
        (b'{"a": "some"}', "F", 'a: "some" is no choice'),
        (b'{"a": 1}', "F", "a: 1 is no choice"),
        (b'{"a": [true]}', "F", "a: this list is no choice"),
        (b'{"a": [1.0]}', "F", "a: this list is no choice"),
        (b'{"a": null}', "F", "a: null is no choice"),
        (b'{"a": [[1]]}', "F", "a: this list is no choice"),
        (b'{"a": "all", "a": [1]}', "F", "a stands there twice"),
        (b'{"a": "all", "base64:YQ==": []}', "F", "base64:YQ== stands there twice"),
        (b'{"a": {"b": 1}}', "F", "a: this object is no choice"),
        (b'{"base64:*": "all"}', "F", "not a path in JSON form: base64:*"),
        (b"[" * 100_000, "F", "this is nested too deeply"),
        (b'{"a": [' + b"9" * 5000 + b"]}", "F", "a number is too long"),
    ],
)
def test_what_is_no_selection_file_is_refused(data: bytes, place: str, message: str) -> None:
    with pytest.raises(Problem) as caught:
        read_files(data, where="F")
    assert (caught.value.where, caught.value.message) == (place, message)


def test_selections_add_up() -> None:
    one = Selection(
        frozenset({b"a"}), frozenset({"1"}), {"h": frozenset({Line("+", 1)})}, {"r": (b"x",)}, {b"w": b"1"}
    )
    other = Selection(
        frozenset({b"b"}), frozenset({"2"}), {"h": frozenset({Line("-", 1)})}, {"s": ()}, {b"v": b"2"}
    )
    both = Selection(
        frozenset({b"a", b"b"}),
        frozenset({"1", "2"}),
        {"h": frozenset({Line("+", 1), Line("-", 1)})},
        {"r": (b"x",), "s": ()},
        {b"w": b"1", b"v": b"2"},
    )
    assert one | other == other | one == both
    assert one | NOTHING == NOTHING | one == one
    later = Selection(replaced={"r": (b"y",)}, written={b"w": b"3"})
    assert (one | later).replaced == {"r": (b"y",)}
    assert (one | later).written == {b"w": b"3"}


def test_a_hunk_with_all_its_lines_is_a_whole_hunk(changes: ChangeSet) -> None:
    some = units(changes)
    first = some[0].id
    every = frozenset({Line("-", 1), Line("+", 1), Line("+", 2)})
    assert Selection(lines={first: every}).taken(some) == {first: None}
    assert Selection(lines={first: every - {Line("+", 1)}}).taken(some) == {first: every - {Line("+", 1)}}
    assert Selection(lines={first: frozenset()}).taken(some) == {}
    assert Selection(units=frozenset({first}), lines={first: every - {Line("+", 1)}}).taken(some) == {
        first: None
    }
    mine = Selection(units=frozenset({first}), replaced={first: (b"mine\n",)})
    assert mine.taken(some) == {first: (b"mine\n",)}
