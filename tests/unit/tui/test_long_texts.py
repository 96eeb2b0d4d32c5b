"""Texts of any length on the screen: no more is looked at than is shown, and what is shown is the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.text.cells import cells
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.logbook import LogLine
from prdrunner_tui.tui.rows import chat, layout
from prdrunner_tui.tui.rows.chat import Said, chat_rows
from prdrunner_tui.tui.rows.layout import foreign, wrap
from prdrunner_tui.tui.rows.loglines import log_line, whole_lines
from prdrunner_tui.tui.span import plain, width_of, words
from tests.unit.tui.sample_run import START, sample_log, scene, texts

DUE = "due-dates"
LONGEST = 262_144
ODD = st.text(st.sampled_from("ab  語é\u0301\t\r\n\x1b\u200b"), max_size=30)


class Effort:
    """Characters that were measured and made safe."""

    def __init__(self) -> None:
        self.measured = 0
        self.cleaned = 0


@pytest.fixture
def effort(monkeypatch: pytest.MonkeyPatch) -> Iterator[Effort]:
    made = Effort()

    def measure(text: str) -> int:
        made.measured += len(text)
        return cells(text)

    def clean(text: str, *, ascii: bool = False) -> object:
        made.cleaned += len(text)
        return sanitize(text, ascii=ascii)

    monkeypatch.setattr(layout, "cells", measure)
    monkeypatch.setattr(layout, "sanitize", clean)
    chat._folded.cache_clear()
    yield made
    chat._folded.cache_clear()


@given(ODD)
def test_line_breaks_and_the_blanks_around_them_become_one_space(text: str) -> None:
    flat = re.sub(r"[ \t]*(?:\r?\n[ \t]*)+", " ", text.strip("\r\n")).replace("\t", " ")
    assert plain(foreign(text)) == sanitize(flat)


def test_a_quarter_of_a_megabyte_of_blanks_is_no_work() -> None:
    blank = " " * LONGEST
    assert plain(foreign(f"a{blank}b\n{blank}c")) == f"a{blank}b c"


@pytest.mark.parametrize("letter", ["x", "語", "語あ", "é"])
def test_a_word_of_any_length_is_measured_about_once(letter: str, effort: Effort) -> None:
    rows = wrap(words(letter * 20_000), 73)
    assert "".join(map(plain, rows)) == letter * 20_000
    assert all(width_of(row) in (72, 73) for row in rows[:-1])
    assert effort.measured < 4 * len(letter) * 20_000


@pytest.mark.parametrize("letter", ["\x1b", "\u200b", "\x00", "\x7f", "\x1b\u202e"])
def test_a_run_of_what_a_terminal_would_obey_is_one_piece(letter: str, effort: Effort) -> None:
    line = foreign(letter * 20_000)
    assert len(line) == 1 and line[0].token == "danger"
    rows = wrap(line, 73)
    assert "".join(map(plain, rows)) == sanitize(letter * 20_000)
    assert all(60 < width_of(row) <= 73 for row in rows[:-1]) and all(len(row) == 1 for row in rows)
    assert effort.measured < 4 * len(plain(line))


@pytest.mark.parametrize("width", [8, 9, 20, 73])
def test_a_glyph_stays_in_one_row_where_there_is_room(width: int) -> None:
    rows = [plain(row) for row in wrap(foreign("ab\u202e\u200b \x00\x1b" * 50), width)]
    assert all(row.count("‹") == row.count("›") for row in rows)
    assert all(cells(row) <= width for row in rows)
    assert "".join(rows).replace(" ", "") == sanitize("ab\u202e\u200b\x00\x1b" * 50)


@given(ODD, st.integers(2, 9))
def test_wrapping_loses_and_adds_nothing_but_spaces(text: str, width: int) -> None:
    line = foreign(text)
    rows = wrap(line, width)
    assert "".join(map(plain, rows)).replace(" ", "") == plain(line).replace(" ", "")
    assert all(width_of(row) <= width for row in rows)


def test_words_of_ours_in_the_colour_of_danger_lose_nothing() -> None:
    rows = wrap(words("a word that is long␛‹U+202E›", "danger"), 6)
    assert "".join(map(plain, rows)).replace(" ", "") == "awordthatislong␛‹U+202E›"


@given(ODD, st.integers(2, 9), st.integers(1, 4))
def test_the_first_rows_are_those_of_the_whole(text: str, width: int, most: int) -> None:
    line, whole = foreign(text), wrap(foreign(text), width)
    rows = wrap(line, width, most=most)
    assert rows == whole if len(whole) <= most else rows[:-1] == whole[: most - 1] and len(rows) == most


@pytest.mark.parametrize(
    "text", ["x" * LONGEST, "語" * LONGEST, "\x1b" * LONGEST, "a\n" * LONGEST, "ab " * LONGEST]
)
def test_of_a_folded_message_only_its_beginning_is_looked_at(text: str, effort: Effort) -> None:
    state, said = sample_log().state(), Said("s1", START + 750, DUE, text)
    rows = chat_rows(state, 80, scene(), phase=DUE, said=[said])
    assert len(rows) == 12 and texts(rows)[-1].endswith("more than 89 more lines, enter shows them")
    assert effort.cleaned < 150_000 and effort.measured < 150_000
    begun = chat_rows(
        state, 80, scene(), phase=DUE, said=[said._replace(text=text[:20_000])], unfolded={"s1"}
    )
    assert texts(rows)[:11] == texts(begun)[:11]


def test_a_folded_message_of_many_lines_is_wrapped_once(effort: Effort) -> None:
    state, said = sample_log().state(), Said("s1", START + 750, DUE, "語" * 5000)
    first = chat_rows(state, 80, scene(), phase=DUE, said=[said], unfolded={"s1"})
    before = effort.measured
    assert chat_rows(state, 80, scene(), phase=DUE, said=[said], unfolded={"s1"}) == first
    assert effort.measured - before < 1000


@pytest.mark.parametrize("letter", ["x", "語", "\x1b", "e\u0301", "\rx"])
def test_of_a_line_of_the_log_no_more_is_made_safe_than_a_row_shows(letter: str, effort: Effort) -> None:
    text = f"begin {letter * LONGEST}"
    row = LogLine(START, DUE, "I1", "out", text)
    shown = log_line(row, sample_log().state(), 80, scene(), one_phase=True)
    assert effort.cleaned < 1000 and width_of(shown) in (79, 80)
    little = row.__class__(START, DUE, "I1", "out", text[:1000])
    assert log_line(little, sample_log().state(), 80, scene(), one_phase=True) == shown
    assert plain(shown).endswith("…")


def test_all_of_a_line_is_still_there_where_it_is_asked_for() -> None:
    row = LogLine(START, DUE, "I1", "out", "語" * 20_000)
    assert "".join(map(plain, whole_lines(row, 80, scene()))) == row.text
