"""What holds for every pair of texts and every selection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.changes import units
from prdrunner_tui.changes.changeset import ChangeSet
from prdrunner_tui.changes.result import edits
from prdrunner_tui.changes.selection import all_lines, of_paths, of_units
from prdrunner_tui.changes.splice import Taken, chosen, splice
from prdrunner_tui.changes.units import Hunk, lines_of
from tests.effort import effort
from tests.unit.changes.files import answer, hunks_between, oid, pairs_of_texts, rest_of, some_lines

both = pairs_of_texts()


def whole(hunks: list[Hunk] | tuple[Hunk, ...]) -> dict[str, Taken]:
    """All of them taken."""
    return {hunk.id: None for hunk in hunks}


def drawn_hunks(data: st.DataObject, hunks: tuple[Hunk, ...]) -> dict[str, Taken]:
    """Some of them, whole."""
    return {hunk.id: None for hunk in hunks if data.draw(st.booleans())}


def drawn_lines(data: st.DataObject, hunks: tuple[Hunk, ...]) -> dict[str, Taken]:
    """Some lines of each."""
    sizes = [len(hunk.removed) + len(hunk.added) for hunk in hunks]
    return {
        hunk.id: some_lines(hunk, data.draw(st.lists(st.booleans(), min_size=size, max_size=size)))
        for hunk, size in zip(hunks, sizes, strict=True)
    }


@given(both)
@effort(150)
def test_all_hunks_give_the_new_bytes_and_none_give_the_base(pair: tuple[bytes, bytes]) -> None:
    old, new = pair
    hunks = hunks_between(old, new)
    assert splice(old, hunks, whole(hunks)) == new
    assert splice(old, hunks, {}) == old
    assert splice(old, hunks, {hunk.id: all_lines(hunk) for hunk in hunks}) == new
    assert splice(old, hunks, {hunk.id: frozenset() for hunk in hunks}) == old


@given(both)
@effort(100)
def test_hunks_are_apart_and_hold_what_differs(pair: tuple[bytes, bytes]) -> None:
    old, new = pair
    hunks = hunks_between(old, new)
    old_lines, new_lines = lines_of(old), lines_of(new)
    end = -1
    for hunk in hunks:
        begin = hunk.old_index
        assert begin > end, "an unchanged line stands between two hunks"
        end = begin + len(hunk.removed)
        new_begin = hunk.new_start - 1 if hunk.added else hunk.new_start
        assert tuple(old_lines[begin:end]) == hunk.removed
        assert tuple(new_lines[new_begin : new_begin + len(hunk.added)]) == hunk.added
        assert tuple(old_lines[max(0, begin - 3) : begin]) == hunk.before
        assert tuple(old_lines[end : end + 3]) == hunk.after
    assert len({hunk.id for hunk in hunks}) == len(hunks)


@given(both, st.data())
@effort(150)
def test_some_hunks_and_then_the_rest_give_the_new_bytes(
    pair: tuple[bytes, bytes], data: st.DataObject
) -> None:
    old, new = pair
    hunks = hunks_between(old, new)
    taken = drawn_hunks(data, hunks)
    half = splice(old, hunks, taken)
    rest = rest_of(hunks, taken)
    assert splice(half, rest, whole(rest)) == new


@given(both, st.data())
@effort(200)
def test_some_lines_and_then_the_rest_give_the_new_bytes(
    pair: tuple[bytes, bytes], data: st.DataObject
) -> None:
    old, new = pair
    hunks = hunks_between(old, new)
    taken = drawn_lines(data, hunks)
    half = splice(old, hunks, taken)
    rest = [ended(hunk, half) for hunk in rest_of(hunks, taken)]
    assert splice(half, rest, whole(rest)) == new


def ended(hunk: Hunk, base: bytes) -> Hunk:
    """The hunk as it is in a base where its last removed line has got a line feed, because lines follow."""
    lines = lines_of(base)[hunk.old_index : hunk.old_index + len(hunk.removed)]
    given_end = tuple(line.rstrip(b"\r\n") for line in lines)
    assert given_end == tuple(line.rstrip(b"\r\n") for line in hunk.removed)
    return Hunk(hunk.id, hunk.path, hunk.old_start, 0, tuple(lines), hunk.added, (), (), 1)


@given(both, st.data())
@effort(200)
def test_the_order_in_which_hunks_are_taken_does_not_matter(
    pair: tuple[bytes, bytes], data: st.DataObject
) -> None:
    old, new = pair
    hunks = hunks_between(old, new)
    first = drawn_hunks(data, hunks)
    second = {hunk.id: None for hunk in hunks if hunk.id not in first and data.draw(st.booleans())}
    at_once = splice(old, hunks, {**first, **second})
    for one, other in ((first, second), (second, first)):
        half = splice(old, hunks, one)
        rest = rest_of(hunks, one)
        named = {hunk.id: None for hunk in rest if hunk.id.partition("/")[0] in other}
        assert splice(half, rest, named) == at_once
    shuffled = data.draw(st.permutations(hunks))
    assert splice(old, shuffled, {**second, **first}) == at_once


@given(both, st.data())
@effort(200)
def test_a_selection_of_lines_holds_what_was_kept_and_what_was_taken(
    pair: tuple[bytes, bytes], data: st.DataObject
) -> None:
    """Each old line that was not taken away and each new one that was taken is there, in its order."""
    hunks = hunks_between(*pair)
    for hunk, taken in zip(hunks, drawn_lines(data, hunks).values(), strict=True):
        assert isinstance(taken, frozenset)
        lines = list(chosen(hunk, taken))
        kept = [line for at, line in enumerate(hunk.removed, 1) if ("-", at) not in taken]
        come = [line for at, line in enumerate(hunk.added, 1) if ("+", at) in taken]
        assert sorted(lines) == sorted(kept + come)
        assert is_merge(lines, kept, come)


def is_merge(lines: list[bytes], one: list[bytes], other: list[bytes]) -> bool:
    """Whether a list is two lists merged, each in its order."""
    ways = {(0, 0)}
    for line in lines:
        ways = {
            step
            for i, j in ways
            for step, text in (((i + 1, j), one[i : i + 1]), ((i, j + 1), other[j : j + 1]))
            if text == [line]
        }
    return (len(one), len(other)) in ways


@given(st.lists(both, min_size=1, max_size=3), st.data())
@effort(100)
def test_files_do_not_touch_one_another(pairs: list[tuple[bytes, bytes]], data: st.DataObject) -> None:
    files = {b"dir/%d" % number: pair for number, pair in enumerate(pairs) if pair[0] != pair[1]}
    changes = ChangeSet(answer(files))
    assert [changes.path(number) for number in range(len(changes))] == sorted(files)
    blobs = {oid(old): old for old, _ in files.values()}
    ids = [unit.id for _, units in changes.all_units() for unit in units]
    assert len(set(ids)) == len(ids)
    some = of_units(one for one in ids if data.draw(st.booleans()))
    done = edits(changes, some, blobs)
    for number in range(len(changes)):
        path = changes.path(number)
        units = [unit.id for unit in changes.units(number)]
        of_file = {one: None for one in units if one in some.units}
        assert (path in done) == bool(of_file)
        if path in done:
            put = done[path]
            assert put is not None
            hunks = hunks_between(*files[path])
            taken: dict[str, Taken] = {
                hunk.id: None for hunk, one in zip(hunks, units, strict=True) if one in of_file
            }
            bytes_of = {oid(new): new for _, new in files.values()}
            content = put.content if isinstance(put.content, bytes) else bytes_of[put.content]
            assert content == splice(files[path][0], hunks, taken)
    everything = edits(changes, of_paths(files), {})
    assert {path: put and put.content for path, put in everything.items()} == {
        path: oid(new) for path, (_, new) in files.items()
    }


def test_two_units_with_one_id_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """An id is a hash: should two ever be equal, neither part is taken for the other."""
    monkeypatch.setattr(units, "hunk_id", lambda hunk: "0" * 32)
    changes = ChangeSet(answer({b"f": (b"a\n", b"b\n"), b"g": (b"c\n", b"d\n")}))
    with pytest.raises(ValueError, match="two parts of the change have one id"):
        edits(changes, of_units(["0" * 32]), {})
    assert set(edits(changes, of_paths([b"f"]), {})) == {b"f"}
