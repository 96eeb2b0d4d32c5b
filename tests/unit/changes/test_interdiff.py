"""What changed since a hunk was seen, line by line, with numbers of both files."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.changes import interdiff as module
from prdrunner_tui.changes.interdiff import Gap, Row, interdiff, interdiff_moved
from prdrunner_tui.changes.units import lines_of
from tests.effort import effort
from tests.unit.changes.files import hunks_between, pairs_of_texts
from tests.unit.changes.records import LETTERS, letters, text

BASE = lines_of(letters())


def shown(rows: tuple[Row, ...]) -> list[str]:
    """Each row as one text: sign, both numbers, the line."""
    return [f"{row.sign} {row.seen or '.'} {row.now or '.'} {row.line.decode()!r}" for row in rows]


def test_a_changed_line_with_three_lines_around() -> None:
    seen = hunks_between(letters(), letters(f="F1\nF2"))
    now = hunks_between(letters(), letters(f="F1\nF3"))
    expected = [
        r"  4 4 'd\n'",
        r"  5 5 'e\n'",
        r"  6 6 'F1\n'",
        r"- 7 . 'F2\n'",
        r"+ . 7 'F3\n'",
        r"  8 8 'g\n'",
        r"  9 9 'h\n'",
        r"  10 10 'i\n'",
    ]
    assert shown(interdiff(seen, now, BASE)) == expected
    assert shown(interdiff(seen, now)) == expected, "the hunks bring the lines around them"


def test_numbers_are_those_of_each_file() -> None:
    seen = hunks_between(letters(), letters(a="a\n1\n2", f="F"))[1:]
    now = hunks_between(letters(), letters(a="", f=""))[1:]
    assert shown(interdiff(seen, now)) == [
        r"  5 2 'c\n'",
        r"  6 3 'd\n'",
        r"  7 4 'e\n'",
        r"- 8 . 'F\n'",
        r"  9 5 'g\n'",
        r"  10 6 'h\n'",
        r"  11 7 'i\n'",
    ]


def test_more_or_less_of_the_base_is_removed_now() -> None:
    seen = hunks_between(letters(), letters(f="F"))
    now = hunks_between(letters(), letters(f="F", g="", h=""))
    assert shown(interdiff(seen, now)) == [
        r"  4 4 'd\n'",
        r"  5 5 'e\n'",
        r"  6 6 'F\n'",
        r"- 7 . 'g\n'",
        r"- 8 . 'h\n'",
        r"  9 7 'i\n'",
        r"  10 8 'j\n'",
        r"  11 9 'k\n'",
    ]
    assert [row.sign for row in interdiff(now, seen)] == [" ", " ", " ", "+", "+", " ", " ", " "]


def test_a_hunk_that_is_not_there_any_more_or_was_not_there() -> None:
    seen = hunks_between(letters(), letters(f="F\nF2"))
    assert shown(interdiff(seen, ()))[2:7] == [
        r"  5 5 'e\n'",
        r"- 6 . 'F\n'",
        r"- 7 . 'F2\n'",
        r"+ . 6 'f\n'",
        r"  8 7 'g\n'",
    ]
    assert [row.sign for row in interdiff((), seen)] == [" ", " ", " ", "-", "+", "+", " ", " ", " "]
    assert interdiff((), ()) == ()
    assert interdiff(seen, seen) == ()


def test_at_the_ends_of_a_file_there_are_fewer_lines_around() -> None:
    seen, now = (hunks_between(b"a\nb\n", new) for new in (b"A\nb\n", b"AA\nb\n"))
    expected = [r"- 1 . 'A\n'", r"+ . 1 'AA\n'", r"  2 2 'b\n'"]
    assert shown(interdiff(seen, now)) == expected
    assert shown(interdiff(seen, now, [b"a\n", b"b\n"])) == expected


def test_a_line_feed_that_goes_or_comes_is_a_change_of_its_own() -> None:
    seen, now = (hunks_between(b"a\nb\n", new) for new in (b"a\nB\n", b"a\nB"))
    assert shown(interdiff(seen, now)) == [r"  1 1 'a\n'", r"- 2 . 'B\n'", r"+ . 2 'B'"]
    assert shown(interdiff(now, seen)) == [r"  1 1 'a\n'", r"- 2 . 'B'", r"+ . 2 'B\n'"]


def test_several_hunks_need_the_lines_between_them() -> None:
    seen = hunks_between(letters(), letters(b="B", l="L"))
    now = hunks_between(letters(), letters(b="B2", l="L2"))
    with pytest.raises(Gap, match="line 6 of the base is needed"):
        interdiff(seen, now)
    rows = interdiff(seen, now, BASE)
    assert [(row.sign, row.seen, row.now) for row in rows] == [
        (" ", 1, 1),
        *(("-", 2, None), ("+", None, 2)),
        *((" ", n, n) for n in (3, 4, 5, 9, 10, 11)),
        *(("-", 12, None), ("+", None, 12)),
        *((" ", n, n) for n in (13, 14, 15)),
    ]
    near = [hunks_between(letters(), letters(b=one, i=one)) for one in ("1", "2")]
    assert [row.seen or row.now for row in interdiff(*near)] == [1, 2, 2, *range(3, 9), 9, 9, 10, 11, 12]
    touching = [hunks_between(letters(), letters(b=one, j=one)) for one in ("1", "2")]
    with pytest.raises(Gap, match="line 6 of the base"):
        interdiff(*touching)


def test_on_another_base_the_hunks_with_their_own_lines_around_are_compared() -> None:
    (seen,) = hunks_between(letters(), letters(f="F1\nF2"))
    (now,) = hunks_between(text("t") + letters(c="C"), text("t") + letters(c="C", f="F1"))
    assert shown(interdiff_moved(seen, now)) == [
        r"- 3 . 'c\n'",
        r"+ . 4 'C\n'",
        r"  4 5 'd\n'",
        r"  5 6 'e\n'",
        r"  6 7 'F1\n'",
        r"- 7 . 'F2\n'",
        r"  8 8 'g\n'",
        r"  9 9 'h\n'",
        r"  10 10 'i\n'",
    ]
    (gone,) = hunks_between(letters(), letters(f=""))
    assert shown(interdiff_moved(gone, gone)) == []
    assert [row.now for row in interdiff_moved(seen, gone)] == [3, 4, 5, None, None, 6, 7, 8]


def test_numbers_of_moved_hunks_are_those_of_their_files() -> None:
    seen = hunks_between(letters(), letters(a="1\n2\n3", j="J"))[1]
    now = hunks_between(letters(), letters(a="", b="", j="J2"))[1]
    rows = interdiff_moved(seen, now)
    assert [(row.sign, row.seen, row.now) for row in rows] == [
        *((" ", 9, 5), (" ", 10, 6), (" ", 11, 7)),
        *(("-", 12, None), ("+", None, 8)),
        *((" ", 13, 9), (" ", 14, 10), (" ", 15, 11)),
    ]


def test_lines_that_are_there_often_count_as_any_other() -> None:
    often = "\n".join(["x", "y"] * 100)
    seen, now = (hunks_between(b"a\n", text(one, often, one)) for one in ("1", "2"))
    assert [row.sign for row in interdiff(seen, now)] == [*"-+", *"      ", *"-+"]


def test_above_the_bound_everything_between_the_common_ends_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = hunks_between(letters(), letters(f="1\nsame\n2"))
    now = hunks_between(letters(), letters(f="3\nsame\n4"))
    monkeypatch.setattr(module, "MOST_PAIRS", 9)
    signs = [row.sign for row in interdiff(seen, now)]
    assert signs == [*"   ", "-", "+", " ", "-", "+", *"   "]
    monkeypatch.setattr(module, "MOST_PAIRS", 8)
    rows = interdiff(seen, now)
    assert [row.sign for row in rows] == [*"   ", *"---", *"+++", *"   "]
    assert [row.seen for row in rows] == [3, 4, 5, 6, 7, 8, None, None, None, 9, 10, 11]
    assert [row.now for row in rows] == [3, 4, 5, None, None, None, 6, 7, 8, 9, 10, 11]


def test_the_bound_is_of_what_differs_only() -> None:
    same = "\n".join(["x"] * 2000)
    seen, now = (hunks_between(b"a\n", text(one, same)) for one in ("1", "2"))
    assert [row.sign for row in interdiff(seen, now)] == ["-", "+", " ", " ", " "]
    assert module.MOST_PAIRS == 160000


def rebuilt(rows: tuple[Row, ...], side: str, lines: list[bytes]) -> None:
    """Check that the rows of one side are the lines of its file, at their numbers and in order."""
    numbers = [row.seen if side == "-" else row.now for row in rows if row.sign in (" ", side)]
    assert None not in numbers and numbers == sorted(set(numbers))  # type: ignore[type-var]
    for row in rows:
        number = row.seen if side == "-" else row.now
        assert (number is None) == (row.sign not in (" ", side))
        assert number is None or lines[number - 1] == row.line


@given(pairs_of_texts(), st.data())
@effort(200)
def test_all_hunks_of_a_file_show_what_differs_between_both_files(
    pair: tuple[bytes, bytes], data: st.DataObject
) -> None:
    base, first = pair
    second = data.draw(st.one_of(pairs_of_texts().map(lambda both: both[1]), st.just(first + b"end\n")))
    seen, now = hunks_between(base, first), hunks_between(base, second)
    rows = interdiff(seen, now, lines_of(base))
    old, new = lines_of(first), lines_of(second)
    rebuilt(rows, "-", old)
    rebuilt(rows, "+", new)
    assert bool(rows) == (first != second)
    removed = {row.seen for row in rows if row.sign == "-"}
    added = {row.now for row in rows if row.sign == "+"}
    assert [line for n, line in enumerate(old, 1) if n not in removed] == [
        line for n, line in enumerate(new, 1) if n not in added
    ]


@given(pairs_of_texts(), pairs_of_texts())
@effort(100)
def test_moved_hunks_have_the_numbers_of_their_files(
    one: tuple[bytes, bytes], other: tuple[bytes, bytes]
) -> None:
    # Around a hunk stand lines of the base, where in the file another hunk may be: only its own lines are looked at.
    for seen in hunks_between(*one):
        for now in hunks_between(*other):
            rows = interdiff_moved(seen, now)
            for number, line in enumerate(seen.added, seen.new_start):
                assert all(row.line == line for row in rows if row.seen == number)
            for number, line in enumerate(now.added, now.new_start):
                assert all(row.line == line for row in rows if row.now == number)
            shown_now = {row.now for row in rows}
            if seen.removed == now.removed and seen.content[2:] == now.content[2:]:
                kept = set(seen.added)
                lines = enumerate(now.added, now.new_start)
                assert all(number in shown_now for number, line in lines if line not in kept)


def test_letters_are_sixteen() -> None:
    assert len(LETTERS) == len(BASE) == 16
