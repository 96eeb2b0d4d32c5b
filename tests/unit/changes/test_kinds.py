"""Each kind of change that occurs, between two real trees: what it is made of, and what taking parts of it gives."""

from __future__ import annotations

import pytest

from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.choose import by_files
from prdrunner_tui.changes.selection import Selection, of_paths, of_units
from prdrunner_tui.changes.units import Hunk, Item
from prdrunner_tui.text.problem import Problem
from tests.unit.changes.files import oid
from tests.unit.changes.trees import EXECUTABLE, FILE, LINK, SUBMODULE, Repository, Tree

TEN = b"".join(b"line %d\n" % number for number in range(1, 31))
EDITED = TEN.replace(b"line 2\n", b"LINE 2\n").replace(b"line 4\n", b"LINE 4\n").replace(b"line 25\n", b"")
COMMIT = b"4be1c02f4be1c02f4be1c02f4be1c02f4be1c02f"


def kinds(changes: ChangeSet, number: int = 0) -> list[str]:
    """The kinds of a file's units."""
    return [unit.kind if isinstance(unit, Item) else "text" for unit in changes.units(number)]


def item(changes: ChangeSet, kind: str) -> str:
    """The id of the only item of a kind."""
    (found,) = [
        unit.id
        for _, units in changes.all_units()
        for unit in units
        if isinstance(unit, Item) and unit.kind == kind
    ]
    return found


def hunks(changes: ChangeSet, number: int = 0) -> list[Hunk]:
    """The hunks of a file."""
    return [unit for unit in changes.units(number) if isinstance(unit, Hunk)]


def everything(changes: ChangeSet) -> Selection:
    """Every unit, by its id."""
    return of_units(unit.id for _, units in changes.all_units() for unit in units)


CASES: dict[str, tuple[Tree, Tree, str, list[str], int]] = {
    "modified": ({b"f": (FILE, TEN)}, {b"f": (FILE, EDITED)}, "M", ["text"] * 3, 2),
    "added": ({}, {b"f": (FILE, TEN)}, "A", ["text"], 1),
    "added executable": ({}, {b"f": (EXECUTABLE, TEN)}, "A", ["text"], 1),
    "added empty": ({}, {b"f": (FILE, b"")}, "A", ["add"], 0),
    "deleted": ({b"f": (FILE, TEN)}, {}, "D", ["text"], 1),
    "deleted empty": ({b"f": (FILE, b"")}, {}, "D", ["delete"], 0),
    "emptied": ({b"f": (FILE, TEN)}, {b"f": (FILE, b"")}, "M", ["text"], 1),
    "renamed": ({b"f": (FILE, TEN)}, {b"g": (FILE, TEN)}, "R", ["rename"], 0),
    "renamed and edited": ({b"f": (FILE, TEN)}, {b"g": (FILE, EDITED)}, "R", ["rename", *["text"] * 3], 2),
    "renamed, edited, mode": (
        {b"f": (FILE, TEN)},
        {b"g": (EXECUTABLE, EDITED)},
        "R",
        ["rename", "mode", *["text"] * 3],
        2,
    ),
    "mode": ({b"f": (FILE, TEN)}, {b"f": (EXECUTABLE, TEN)}, "M", ["mode"], 0),
    "mode off": ({b"f": (EXECUTABLE, b"")}, {b"f": (FILE, b"")}, "M", ["mode"], 0),
    "mode and edited": ({b"f": (FILE, TEN)}, {b"f": (EXECUTABLE, EDITED)}, "M", ["mode", *["text"] * 3], 2),
    "file to link": ({b"f": (FILE, b"x")}, {b"f": (LINK, b"x")}, "T", ["type"], 0),
    "link to file": ({b"f": (LINK, b"x")}, {b"f": (EXECUTABLE, TEN)}, "T", ["type"], 0),
    "file to submodule": ({b"f": (FILE, TEN)}, {b"f": (SUBMODULE, COMMIT)}, "T", ["type"], 0),
    "link retargeted": ({b"f": (LINK, b"x")}, {b"f": (LINK, b"../y")}, "M", ["symlink"], 1),
    "link added": ({}, {b"f": (LINK, b"x")}, "A", ["symlink"], 1),
    "link deleted": ({b"f": (LINK, b"x")}, {}, "D", ["symlink"], 1),
    "submodule moved": (
        {b"f": (SUBMODULE, COMMIT)},
        {b"f": (SUBMODULE, COMMIT[::-1])},
        "M",
        ["submodule"],
        1,
    ),
    "submodule added": ({}, {b"f": (SUBMODULE, COMMIT)}, "A", ["submodule"], 1),
    "submodule deleted": ({b"f": (SUBMODULE, COMMIT)}, {}, "D", ["submodule"], 1),
    "binary": ({b"f": (FILE, b"a\0b")}, {b"f": (FILE, b"a\0c")}, "M", ["binary"], 0),
    "binary added": ({}, {b"f": (EXECUTABLE, b"a\0b")}, "A", ["binary"], 0),
    "binary deleted": ({b"f": (FILE, b"a\0b")}, {}, "D", ["binary"], 0),
    "binary and mode": ({b"f": (FILE, b"a\0b")}, {b"f": (EXECUTABLE, b"a\0")}, "M", ["mode", "binary"], 0),
    "binary to text": ({b"f": (FILE, b"a\0b")}, {b"f": (FILE, TEN)}, "M", ["binary"], 0),
    "binary renamed": (
        {b"f": (FILE, b"\0" + TEN)},
        {b"g": (FILE, b"\0" + EDITED)},
        "R",
        ["rename", "binary"],
        0,
    ),
    "line feed at the end added": ({b"f": (FILE, b"a\nb")}, {b"f": (FILE, b"a\nb\n")}, "M", ["text"], 1),
    "line feed at the end dropped": ({b"f": (FILE, b"a\nb\n")}, {b"f": (FILE, b"a\nb")}, "M", ["text"], 1),
    "no line feed on either side": ({b"f": (FILE, b"a\nb")}, {b"f": (FILE, b"c\nb")}, "M", ["text"], 1),
    "CRLF": (
        {b"f": (FILE, TEN.replace(b"\n", b"\r\n"))},
        {b"f": (FILE, EDITED.replace(b"\n", b"\r\n"))},
        "M",
        ["text"] * 3,
        2,
    ),
    "CRLF to LF": ({b"f": (FILE, b"a\r\nb\r\n")}, {b"f": (FILE, b"a\nb\n")}, "M", ["text"], 1),
    "lone CR": ({b"f": (FILE, b"a\rb\nc\n")}, {b"f": (FILE, b"a\rB\nc\n")}, "M", ["text"], 1),
    "whitespace only": ({b"f": (FILE, b"a b\n\tc\n")}, {b"f": (FILE, b"a  b\n    c\n")}, "M", ["text"], 1),
    "Latin-1": ({b"f": (FILE, b"caf\xe9\n")}, {b"f": (FILE, b"caf\xe8\n")}, "M", ["text"], 1),
    "UTF-16": (
        {b"f": (FILE, "a\nb\n".encode("utf-16-le"))},
        {b"f": (FILE, "a\nc\n".encode("utf-16-le"))},
        "M",
        ["binary"],
        0,
    ),
    "a patch inside the file": (
        {
            b"f": (
                FILE,
                b"diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-x\n+y\n\\ No newline at end of file\n",
            )
        },
        {
            b"f": (
                FILE,
                b"diff --git a/f b/f\n--- a/f\n+++ b/g\n@@ -1 +1 @@\n-x\n+z\n\\ No newline at end of file",
            )
        },
        "M",
        ["text", "text"],
        1,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_kind_of_change_and_its_parts(repository: Repository, name: str) -> None:
    base, target, status, expected, git_hunks = CASES[name]
    changes = repository.between(base, target)
    assert len(changes) == 1
    assert changes.change(0).status == status
    assert kinds(changes) == expected
    assert changes.git_hunks(0) == git_hunks
    assert repository.take(changes, base, everything(changes)) == dict(target)
    assert repository.take(changes, base, of_paths([changes.path(0)])) == dict(target)
    assert repository.take(changes, base, Selection()) == dict(base)


@pytest.mark.parametrize("name", CASES)
def test_taking_a_part_and_then_what_is_left_gives_the_whole(repository: Repository, name: str) -> None:
    base, target, *_ = CASES[name]
    changes = repository.between(base, target)
    for unit in changes.units(0):
        half = repository.take(changes, base, of_units([unit.id]))
        rest = repository.between(half, target)
        assert repository.take(rest, half, everything(rest)) == dict(target)
        remaining = [u.content for u in hunks(rest)] if len(rest) else []
        if isinstance(unit, Hunk):
            assert unit.content not in remaining


def test_the_items_tell_what_was_and_what_is(repository: Repository) -> None:
    changes = repository.between({b"old name": (FILE, TEN)}, {b"new": (EXECUTABLE, EDITED)})
    rename, mode = [unit for unit in changes.units(0) if isinstance(unit, Item)]
    assert (rename.kind, rename.old, rename.new, rename.path) == ("rename", b"old name", b"new", b"new")
    assert (mode.kind, mode.old, mode.new, mode.git_hunks) == ("mode", b"100644", b"100755", 0)


def test_a_rename_a_mode_and_hunks_are_taken_one_by_one(repository: Repository) -> None:
    base: Tree = {b"f": (FILE, TEN), b"other": (FILE, b"stays\n")}
    changes = repository.between(base, {b"g": (EXECUTABLE, EDITED), b"other": (FILE, b"stays\n")})
    second = TEN.replace(b"line 2\n", b"LINE 2\n")
    first_hunk = hunks(changes)[0].id
    for ids, path, mode, content in (
        ([item(changes, "rename")], b"g", FILE, TEN),
        ([item(changes, "mode")], b"f", EXECUTABLE, TEN),
        ([first_hunk], b"f", FILE, second),
        ([item(changes, "rename"), first_hunk], b"g", FILE, second),
        ([item(changes, "mode"), first_hunk], b"f", EXECUTABLE, second),
        ([h.id for h in hunks(changes)], b"f", FILE, EDITED),
    ):
        taken = repository.take(changes, base, of_units(ids))
        assert taken == {path: (mode, content), b"other": (FILE, b"stays\n")}


def test_a_number_takes_all_hunks_of_a_git_hunk_and_the_rename_and_the_mode_along(
    repository: Repository,
) -> None:
    base: Tree = {b"f": (FILE, TEN)}
    changes = repository.between(base, {b"g": (EXECUTABLE, EDITED)})
    taken = repository.take(changes, base, by_files(changes, {b"g": [2]}))
    assert taken == {b"g": (EXECUTABLE, TEN.replace(b"line 25\n", b""))}
    taken = repository.take(changes, base, by_files(changes, {b"g": [1]}))
    assert taken == {b"g": (EXECUTABLE, EDITED.replace(b"line 24\n", b"line 24\nline 25\n"))}
    assert repository.take(changes, base, by_files(changes, {b"g": []})) == dict(base)


def test_a_number_takes_a_link_and_a_submodule(repository: Repository) -> None:
    base: Tree = {b"l": (LINK, b"x"), b"s": (SUBMODULE, COMMIT)}
    target: Tree = {b"l": (LINK, b"y"), b"s": (SUBMODULE, COMMIT[::-1])}
    changes = repository.between(base, target)
    taken = repository.take(changes, base, by_files(changes, {b"l": [1]}))
    assert taken == {b"l": (LINK, b"y"), b"s": (SUBMODULE, COMMIT)}
    assert repository.take(changes, base, by_files(changes, {b"l": [1], b"s": [1]})) == dict(target)


def test_part_of_an_added_file_is_a_shorter_file_and_part_of_a_deletion_keeps_the_rest(
    repository: Repository,
) -> None:
    base: Tree = {b"gone": (EXECUTABLE, b"1\n2\n3\n")}
    changes = repository.between(base, {b"new": (EXECUTABLE, b"a\nb\nc\n")})
    gone, new = (hunks(changes, number)[0].id for number in (0, 1))
    from prdrunner_tui.changes.choose import by_ids

    taken = repository.take(changes, base, by_ids(changes, [f"{gone}:-2", f"{new}:+1,+3"]))
    assert taken == {b"gone": (EXECUTABLE, b"1\n3\n"), b"new": (EXECUTABLE, b"a\nc\n")}
    taken = repository.take(changes, base, by_ids(changes, [f"{gone}:-1..3", f"{new}:+1..3"]))
    assert taken == {b"new": (EXECUTABLE, b"a\nb\nc\n")}


def test_copies_are_found_when_asked_for(repository: Repository) -> None:
    base: Tree = {b"f": (FILE, TEN)}
    target: Tree = {b"f": (FILE, TEN + b"more\n"), b"g": (EXECUTABLE, EDITED)}
    assert [repository.between(base, target).change(number).status for number in (0, 1)] == ["M", "A"]
    changes = repository.between(base, target, copies=True)
    assert changes.change(1).status == "C"
    assert changes.change(1).old_path == b"f"
    assert kinds(changes, 1) == ["copy", "mode", "text", "text", "text"]
    taken = repository.take(changes, base, of_units([item(changes, "copy")]))
    assert taken == {b"f": (FILE, TEN), b"g": (FILE, TEN)}
    one = hunks(changes, 1)[2].id
    taken = repository.take(changes, base, of_units([one, item(changes, "mode")]))
    assert taken == {b"f": (FILE, TEN), b"g": (EXECUTABLE, TEN.replace(b"line 25\n", b""))}
    assert repository.take(changes, base, everything(changes)) == dict(target)


def test_equal_hunks_of_a_file_are_told_apart(repository: Repository) -> None:
    block = b"a\nb\nc\nx\nd\ne\nf\n"
    base: Tree = {b"f": (FILE, block * 4)}
    changes = repository.between(base, {b"f": (FILE, block.replace(b"x", b"y") * 4)})
    found = hunks(changes)
    assert [hunk.ordinal for hunk in found] == [0, 1, 2, 3]
    assert len({hunk.id for hunk in found}) == 4
    taken = repository.take(changes, base, of_units([found[2].id]))
    assert taken == {b"f": (FILE, block * 2 + block.replace(b"x", b"y") + block)}


def test_a_hunk_keeps_its_id_when_lines_above_it_come_and_go(repository: Repository) -> None:
    base: Tree = {b"f": (FILE, TEN)}
    one = hunks(repository.between(base, {b"f": (FILE, EDITED)}))
    more = hunks(
        repository.between({b"f": (FILE, b"top\n" * 5 + TEN)}, {b"f": (FILE, b"top\n" * 5 + EDITED)})
    )
    assert [hunk.id for hunk in one[1:]] == [hunk.id for hunk in more[1:]]
    assert one[0].id != more[0].id, "what stands above the first one is another"
    elsewhere = hunks(repository.between({b"g": (FILE, TEN)}, {b"g": (FILE, EDITED)}))
    assert not {hunk.id for hunk in one} & {hunk.id for hunk in elsewhere}


CLASHES: dict[str, tuple[Tree, Tree, bytes, bytes]] = {
    "a directory where a file was": ({b"f": (FILE, TEN)}, {b"f/x": (FILE, b"new\n")}, b"f/x", b"f"),
    "deeper": ({b"f": (LINK, b"y")}, {b"f/x/y": (FILE, b"new\n")}, b"f/x/y", b"f"),
    "a file where a directory was": ({b"f/x/y": (FILE, TEN)}, {b"f": (FILE, b"new\n")}, b"f", b"f/x/y"),
    "far below a file": ({b"d/f": (FILE, TEN)}, {b"d/f/x/y": (FILE, b"new\n")}, b"d/f/x/y", b"d/f"),
    "a file far above": ({b"d/f/x/y": (FILE, TEN)}, {b"d/f": (FILE, b"new\n")}, b"d/f", b"d/f/x/y"),
    "a link where a directory was": ({b"f/x": (FILE, TEN)}, {b"f": (LINK, b"new")}, b"f", b"f/x"),
}


@pytest.mark.parametrize("name", CLASHES)
def test_what_cannot_stand_beside_what_stays_is_refused(repository: Repository, name: str) -> None:
    base, target, wanted, kept = CLASHES[name]
    changes = repository.between(base, target)
    with pytest.raises(Problem, match=f"{wanted.decode()} cannot be taken while {kept.decode()} stays"):
        repository.take(changes, base, of_paths([wanted]))
    gone = repository.take(changes, base, of_paths([kept]))
    assert gone == {}
    assert repository.take(changes, base, of_paths([wanted, kept])) == dict(target)


def test_of_several_things_in_the_way_the_first_is_named(repository: Repository) -> None:
    base: Tree = {b"d/%d" % number: (FILE, b"%d\n" % number) for number in range(4)}
    changes = repository.between(base, {b"d": (LINK, b"x")})
    with pytest.raises(Problem, match="d cannot be taken while d/1 stays"):
        repository.take(changes, base, of_paths([b"d", b"d/0"]))


def test_a_whole_file_stays_whole_when_units_of_it_are_named_too(repository: Repository) -> None:
    base: Tree = {b"f": (FILE, TEN)}
    target: Tree = {b"f": (EXECUTABLE, EDITED)}
    changes = repository.between(base, target)
    one = of_units([hunks(changes)[0].id])
    assert repository.take(changes, base, of_paths([b"f"]) | one) == dict(target)
    written = Selection(written={b"f": b"mine\n"})
    assert repository.take(changes, base, written | one) == {b"f": (EXECUTABLE, b"mine\n")}


def test_nul_bytes_far_down_a_file_are_text(repository: Repository) -> None:
    """Git looks at 8,000 bytes only; what separates its records may stand in the patch then."""
    long = b"x" * 99 + b"\n"
    base: Tree = {b"f": (FILE, long * 90 + b"\0\0\n"), b"g": (FILE, b"a\n")}
    target: Tree = {b"f": (FILE, long * 90 + b"\0\0\0\n"), b"g": (FILE, b"b\n")}
    changes = repository.between(base, target)
    assert [kinds(changes, number) for number in (0, 1)] == [["text"], ["text"]]
    assert repository.take(changes, base, of_units([hunks(changes, 0)[0].id])) == {
        **target,
        b"g": (FILE, b"a\n"),
    }


def test_a_file_renamed_into_its_own_directory_clashes_only_while_it_stays(repository: Repository) -> None:
    base: Tree = {b"f": (FILE, TEN)}
    target: Tree = {b"f/f": (FILE, EDITED), b"f/g": (FILE, b"new\n")}
    changes = repository.between(base, target)
    numbers = {changes.path(number): number for number in range(2)}
    with pytest.raises(Problem, match="f/g cannot be taken while f stays"):
        edited = hunks(changes, numbers[b"f/f"])[0].id
        repository.take(changes, base, of_paths([b"f/g"]) | of_units([edited]))
    taken = repository.take(changes, base, of_paths([b"f/g"]) | of_units([item(changes, "rename")]))
    assert taken == {b"f/f": (FILE, TEN), b"f/g": (FILE, b"new\n")}


def test_a_person_can_put_other_lines_and_other_bytes_in_place(repository: Repository) -> None:
    base: Tree = {b"f": (FILE, TEN), b"g": (FILE, b"x\n"), b"k": (FILE, b"k\n")}
    target: Tree = {b"f": (FILE, EDITED), b"h": (EXECUTABLE, b"x\n"), b"new": (FILE, b"n\n")}
    changes = repository.between(base, target)
    number = changes.number(b"f")
    assert number is not None
    first = hunks(changes, number)[0]
    mine = Selection(
        replaced={first.id: (b"mine\n", b"too\n")}, written={b"h": b"written\n", b"new": b"", b"k": b"kept\n"}
    )
    assert repository.take(changes, base, mine) == {
        b"f": (FILE, TEN.replace(b"line 2\n", b"mine\ntoo\n")),
        b"h": (EXECUTABLE, b"written\n"),
        b"new": (FILE, b""),
        b"k": (FILE, b"kept\n"),
    }


ODD = [
    b"-dash",
    b"a b",
    b"tab\there",
    b"new\nline",
    b'quote"d',
    b"back\\slash",
    b"\xff\xfe",
    b"\xc3\xbc/\xe6\x97\xa5",
]
ODD += [
    b"trailing ",
    b"diff --git a/x b/x\n@@ -1 +1 @@\n+y",
    b"Binary files a and b differ",
    b":100644 x",
    b"$(id)",
]


def test_odd_paths(repository: Repository) -> None:
    base: Tree = dict.fromkeys(ODD, (FILE, TEN))
    target: Tree = dict.fromkeys(ODD, (FILE, EDITED))
    changes = repository.between(base, target)
    assert sorted(changes.path(number) for number in range(len(changes))) == sorted(ODD)
    for path in ODD:
        taken = repository.take(changes, base, by_files(changes, {path: [2]}))
        assert taken == {**base, path: (FILE, TEN.replace(b"line 25\n", b""))}
    moved: Tree = {b"to/" + path: (FILE, EDITED) for path in ODD}
    changes = repository.between(base, moved)
    assert {changes.change(number).status for number in range(len(changes))} <= {"R"}
    assert repository.take(changes, base, everything(changes)) == dict(moved)


def test_attributes_take_no_part(repository: Repository) -> None:
    rules = b"*.txt text eol=crlf\n*.u16 working-tree-encoding=UTF-16LE\n*.py -diff\n*.c binary\n*.md filter=x diff=y\n"
    names = (b"a.txt", b"a.u16", b"a.py", b"a.c", b"a.md")
    base: Tree = {b".gitattributes": (FILE, rules), **dict.fromkeys(names, (FILE, TEN))}
    target: Tree = {b".gitattributes": (FILE, rules), **dict.fromkeys(names, (FILE, EDITED))}
    changes = repository.between(base, target)
    assert [kinds(changes, number) for number in range(len(changes))] == [["text"] * 3] * len(names)
    taken = repository.take(changes, base, by_files(changes, {name: [2] for name in names}))
    assert taken == {**base, **{name: (FILE, TEN.replace(b"line 25\n", b"")) for name in names}}


def test_counts(repository: Repository) -> None:
    base: Tree = {b"f": (FILE, TEN), b"l": (LINK, b"x"), b"b": (FILE, b"\0"), b"t": (FILE, b"1\n2\n")}
    target: Tree = {b"f": (EXECUTABLE, EDITED), b"l": (LINK, b"y"), b"b": (FILE, b"\0\0"), b"t": (LINK, b"x")}
    changes = repository.between(base, target)
    found = {changes.path(n): changes.change(n) for n in range(len(changes))}
    assert {path: (c.added, c.removed, c.binary) for path, c in found.items()} == {
        b"f": (2, 3, False),
        b"l": (1, 1, False),
        b"b": (0, 0, True),
        b"t": (1, 2, False),
    }


def test_what_is_known_of_a_file_without_its_lines(repository: Repository) -> None:
    base: Tree = {b"f": (FILE, TEN), b"gone": (EXECUTABLE, b"x\n")}
    changes = repository.between(base, {b"g": (FILE, EDITED), b"empty": (FILE, b"")})
    records = {changes.path(number): changes.record(number) for number in range(len(changes))}
    assert [records[path].old_path for path in (b"empty", b"g", b"gone")] == [None, b"f", b"gone"]
    assert [records[path].similarity for path in (b"empty", b"gone")] == [0, 0]
    assert 85 <= records[b"g"].similarity <= 99
    number = changes.number(b"empty")
    assert number is not None
    assert (changes.change(number).added, changes.change(number).removed) == (0, 0)


def test_an_item_names_both_entries(repository: Repository) -> None:
    changes = repository.between({b"f": (LINK, b"x")}, {b"f": (LINK, b"y")})
    (link,) = changes.units(0)
    assert isinstance(link, Item)
    assert (link.old, link.new) == (b"120000 " + oid(b"x").encode(), b"120000 " + oid(b"y").encode())


def test_a_link_that_becomes_a_binary_is_binary(repository: Repository) -> None:
    changes = repository.between({b"f": (LINK, b"x")}, {b"f": (FILE, b"\0")})
    change = changes.change(0)
    assert (change.status, change.binary, change.added, change.removed) == ("T", True, 0, 0)


def test_no_change_is_an_empty_set(repository: Repository) -> None:
    changes = repository.between({b"f": (FILE, TEN)}, {b"f": (FILE, TEN)})
    assert len(changes) == 0
    assert list(changes.all_units()) == []
    assert changes.number(b"f") is None
