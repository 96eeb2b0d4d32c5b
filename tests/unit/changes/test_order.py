"""The order of the lines of a hunk, and what comes of taking some of them."""

from __future__ import annotations

import pytest

from prdrunner_tui.changes.order import Line, pairs, sequence
from prdrunner_tui.changes.splice import Mismatch, chosen, ending_of, splice
from prdrunner_tui.changes.units import Hunk, lines_of
from tests.unit.changes.files import hunks_between


def hunk(removed: list[bytes], added: list[bytes]) -> Hunk:
    """A hunk at the top of a file."""
    return Hunk("id", b"file", 1 if removed else 0, 1, tuple(removed), tuple(added), (), (), 1)


def shown(one: Hunk) -> str:
    """The order as text."""
    return " ".join(map(str, sequence(one)))


@pytest.mark.parametrize(
    ("removed", "added", "expected"),
    [
        ([b"a = 1\n", b"b = 2\n"], [b"a = 3\n", b"b = 4\n"], "-1 +1 -2 +2"),
        ([b"a = 1\n", b"b = 2\n"], [b"zebra crossing\n"], "-1 -2 +1"),
        ([b"zebra crossing\n"], [b"a = 1\n", b"b = 2\n"], "-1 +1 +2"),
        ([b"call(one)\n", b"call(two)\n"], [b"new thing\n", b"other stuff\n", b"call(one, 1)\n", b"call(two, 2)\n"],
         "+1 +2 -1 +3 -2 +4"),
        ([b"gone away\n", b"call(one)\n"], [b"call(one, 1)\n"], "-1 -2 +1"),
        ([], [b"a\n", b"b\n"], "+1 +2"),
        ([b"a\n", b"b\n"], [], "-1 -2"),
        ([b"\n"], [b"  \n"], "-1 +1"),
        ([b"a = 1\n", b"b = 2\n"], [b"a = 3"], "-1 -2 +1"),
        ([b"a = 1\n", b"b = 2\n"], [b"a = 3\n", b"b = 4"], "-1 +1 -2 +2"),
        ([b"a = 1\n", b"b = 2"], [b"a = 3\n"], "-1 +1 -2"),
    ],
)  # fmt: skip
def test_lines_that_replace_one_another_stand_together(
    removed: list[bytes], added: list[bytes], expected: str
) -> None:
    assert shown(hunk(removed, added)) == expected


def test_half_of_the_words_make_a_pair_and_less_does_not() -> None:
    assert pairs([b"a b\n"], [b"a c\n"]) == ((0, 0),)
    assert pairs([b"a b c\n"], [b"a d e\n"]) == ()
    assert pairs([b"a a b c\n"], [b"a d e f\n"]) == (), "a word counts as often as it stands there"
    assert pairs([b"\n"], [b"a\n"]) == ()
    assert pairs([b"\n"], [b"\t\n"]) == ((0, 0),)


def test_pairs_do_not_cross_and_are_the_likest() -> None:
    assert pairs([b"one two\n", b"three four\n"], [b"three four\n", b"one two\n"]) in (((0, 1),), ((1, 0),))
    assert pairs([b"a b c d\n"], [b"a b x y\n", b"a b c x\n"]) == ((0, 1),)
    assert pairs([b"a b x y\n", b"a b c x\n"], [b"a b c d\n"]) == ((1, 0),)
    assert pairs([b"a b\n", b"c d\n", b"e f\n"], [b"a b\n", b"e f\n"]) == ((0, 0), (2, 1))


def test_a_very_large_hunk_has_no_pairs() -> None:
    assert len(pairs([b"x\n"] * 64, [b"x\n"] * 64)) == 64
    assert pairs([b"x\n"] * 64, [b"x\n"] * 65) == ()


def test_only_the_beginning_of_a_long_line_is_looked_at() -> None:
    same, other = b"word " * 80, b"sign " * 80
    assert pairs([same + b"a " * 900], [same + b"b " * 900]) == ((0, 0),)
    assert pairs([other + b"a " * 900], [same + b"a " * 900]) == ()


def test_taking_one_replaced_line_leaves_the_lines_below_it_below() -> None:
    one = hunk([b"a = 1\n", b"b = 2\n"], [b"a = 3\n", b"b = 4\n"])
    assert list(chosen(one, frozenset({Line("-", 1), Line("+", 1)}))) == [b"a = 3\n", b"b = 2\n"]
    assert list(chosen(one, frozenset({Line("-", 2), Line("+", 2)}))) == [b"a = 1\n", b"b = 4\n"]
    assert list(chosen(one, frozenset({Line("+", 1)}))) == [b"a = 1\n", b"a = 3\n", b"b = 2\n"]
    assert list(chosen(one, frozenset({Line("-", 1)}))) == [b"b = 2\n"]
    assert list(chosen(one, frozenset())) == [b"a = 1\n", b"b = 2\n"]
    assert list(chosen(one, None)) == [b"a = 3\n", b"b = 4\n"]
    assert list(chosen(one, (b"mine\n",))) == [b"mine\n"]


def test_a_line_that_no_longer_ends_the_file_gets_the_line_feed_of_the_file() -> None:
    for base, target, expected in (
        (b"a\nx", b"a\nx\ny", b"a\nx\ny"),
        (b"a\r\nx", b"a\r\nx\r\ny", b"a\r\nx\r\ny"),
        (b"x", b"x\r\ny\r\n", b"x\r\ny\r\n"),
        (b"x", b"x\ny", b"x\ny"),
    ):
        (one,) = hunks_between(base, target)
        last = frozenset({Line("+", len(one.added))})
        assert splice(base, (one,), {one.id: last}) == expected


def test_the_line_feed_of_a_file_is_that_of_its_last_ended_line() -> None:
    added = hunk([], [b"no end", b"windows\r\n", b"unix\n"])
    assert ending_of([b"a\n", b"b\r\n", b"c"], ()) == b"\r\n"
    assert ending_of([b"a\r\n", b"b\n", b"c"], ()) == b"\n"
    assert ending_of([b"c"], (added,)) == b"\r\n"
    assert ending_of([b"c"], ()) == b"\n"
    assert ending_of([b"a\n"], (added,)) == b"\n"


@pytest.mark.parametrize("base", [b"", b"other\n", b"a\n", b"a\nb\nc"])
def test_hunks_of_another_base_are_refused(base: bytes) -> None:
    hunks = hunks_between(b"a\nb\nc\n", b"a\nb\nC\n")
    with pytest.raises(Mismatch, match="does not fit at line 3"):
        splice(base, hunks, {})


def test_an_addition_behind_the_end_of_the_base_is_refused() -> None:
    hunks = hunks_between(b"a\nb\n", b"a\nb\nc\n")
    with pytest.raises(Mismatch, match="does not fit at line 2"):
        splice(b"a\n", hunks, {})
    assert splice(b"x\ny\n", hunks, {hunks[0].id: None}) == b"x\ny\nc\n", "it removes nothing, so it fits"


def test_overlapping_hunks_are_refused() -> None:
    (one,) = hunks_between(b"a\nb\n", b"c\n")
    with pytest.raises(Mismatch):
        splice(b"a\nb\n", (one, one), {})


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"\n", [b"\n"]),
        (b"a", [b"a"]),
        (b"a\n", [b"a\n"]),
        (b"a\n\nb", [b"a\n", b"\n", b"b"]),
        (b"a\rb\r\n\x0b\x0c\x85\n", [b"a\rb\r\n", b"\x0b\x0c\x85\n"]),
    ],
)
def test_only_a_line_feed_ends_a_line(data: bytes, lines: list[bytes]) -> None:
    assert lines_of(data) == lines
    assert b"".join(lines_of(data)) == data


def test_a_line_is_written_with_its_sign() -> None:
    assert str(Line("-", 3)) == "-3"
    assert str(Line("+", 12)) == "+12"
