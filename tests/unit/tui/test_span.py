from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.text.safe import SafeText, sanitize
from prdrunner_tui.tui.span import (
    Cell,
    Line,
    Span,
    columns,
    crop,
    fit,
    mark,
    pad,
    plain,
    sides,
    skip,
    spaces,
    width_of,
    words,
)

texts = st.text(st.sampled_from("ab 中字é\u0301\u0302…─"), max_size=12).map(sanitize)
lines = st.lists(st.builds(Span, st.sampled_from(["text", "ok"]), texts), max_size=4).map(tuple)


def test_words_are_made_safe() -> None:
    (span,) = words("a\x1b[2J", "fail")
    assert span == Span("fail", sanitize("a␛[2J"))
    assert isinstance(span.text, SafeText)
    assert words("") == ()


@given(lines, st.integers(-2, 30))
def test_a_line_fits_every_width(line: Line, width: int) -> None:
    assert width_of(fit(line, width)) == max(0, width)
    assert width_of(crop(line, width)) <= max(0, width)
    assert all(isinstance(text, SafeText) for _, text in fit(line, width))


@given(lines, st.integers(0, 30))
def test_what_is_skipped_is_gone_and_no_cell_moves(line: Line, start: int) -> None:
    rest = skip(line, start)
    assert width_of(rest) == max(0, width_of(line) - start)


def test_a_wide_character_cut_in_half_leaves_a_space() -> None:
    assert plain(skip(words("中字"), 1)) == " 字"
    assert plain(fit(words("中字"), 2)) == "… "


def test_cropping_says_so_in_the_look_of_what_is_cut() -> None:
    line = (*words("abc", "ok"), *words("defgh", "fail"))
    assert crop(line, 5) == (*words("abc", "ok"), *words("d", "fail"), *words("…", "fail"))
    assert plain(crop(line, 6, sanitize("..."))) == "abc..."
    assert crop(line, 8) == line
    assert plain(crop(line, 2, sanitize("..."))) == ".."


def test_padding_stands_on_the_side_that_is_asked_for() -> None:
    assert plain(pad(words("ab"), 4)) == "ab  "
    assert plain(pad(words("ab"), 4, right=True)) == "  ab"
    assert pad(words("ab"), 1) == words("ab")


def test_of_two_sides_the_left_one_gives_way() -> None:
    assert plain(sides(words("left"), words("right"), 12)) == "left   right"
    assert plain(sides(words("left"), words("right"), 8)) == "l… right"
    assert plain(sides(words("left"), words("right"), 5)) == "right"
    assert plain(sides(words("left"), words("right"), 4)) == "rig…"
    assert plain(sides(words("a"), (), 4, fill="-", token="rule")) == "a---"


@given(lines, lines, st.integers(0, 30))
def test_two_sides_fill_the_width(left: Line, right: Line, width: int) -> None:
    assert width_of(sides(left, right, width)) == width


def test_columns_keep_their_places() -> None:
    row = [Cell(words("name"), 6), Cell(words("12"), 4, right=True), Cell(words("too long"), 5)]
    assert plain(columns(row)) == "name     12 too …"
    assert plain(columns(row, gap=0)) == "name    12too …"


def test_marks_change_the_look_and_nothing_else() -> None:
    line = (*words("abcd", "ok"), *words("efgh"))
    marked = mark(line, [(2, 5), (7, 8)], "match")
    assert plain(marked) == "abcdefgh"
    assert [(token, str(text)) for token, text in marked] == [
        ("ok", "ab"),
        ("match", "cd"),
        ("match", "e"),
        ("text", "fg"),
        ("match", "h"),
    ]


def test_spaces_of_any_number() -> None:
    assert spaces(3) == "   "
    assert spaces(-1) == ""
    assert len(spaces(5000)) == 5000
