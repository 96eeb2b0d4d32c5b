from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.text.cells import cells
from prdrunner_tui.tui.drafts import Draft
from prdrunner_tui.tui.editing import _KEYS, Editing, Layout


def edited(text: str, *keys: str) -> str:
    """The text after keys, with ``|`` where the caret is; it is given in the same way."""
    editing = Editing(text.replace("|", ""))
    editing.caret = text.index("|")
    for key in keys:
        assert editing.do(key)
    return editing.text[: editing.caret] + "|" + editing.text[editing.caret :]


@pytest.mark.parametrize(
    ("before", "keys", "after"),
    [
        ("ab|c", "left", "a|bc"),
        ("|abc", "left", "|abc"),
        ("abc|", "right", "abc|"),
        ("e\u0301|x", "left", "|e\u0301x"),
        ("|e\u0301x", "right", "e\u0301|x"),
        ("e\u0301|x", "backspace", "|x"),
        ("one\ntw|o", "home", "one\n|two"),
        ("o|ne\ntwo", "end", "one|\ntwo"),
        ("one two|", "ctrl+left", "one |two"),
        ("|one two", "ctrl+right", "one| two"),
        ("a b.c  |", "ctrl+w", "a |"),
        ("one-two|", "alt+backspace", "one-|"),
        ("|one two", "alt+d", "| two"),
        ("one| two\nthree", "ctrl+k", "one|\nthree"),
        ("one|\nthree", "ctrl+k", "one|three"),
        ("one\ntw|o", "ctrl+u", "one\n|o"),
        ("a|b", "delete", "a|"),
        ("ab|", "ctrl+t", "ba|"),
        ("a|b", "ctrl+t", "ba|"),
        ("|", "backspace", "|"),
        ("a|", "ctrl+t", "a|"),
    ],
)
def test_keys_of_readline(before: str, keys: str, after: str) -> None:
    assert edited(before, keys) == after


def test_what_was_killed_comes_back() -> None:
    assert edited("one two|", "ctrl+w", "home", "ctrl+y") == "two|one "


def test_undo_takes_back_a_word_then_what_was_before() -> None:
    editing = Editing("start")
    for character in " word and":
        editing.insert(character)
    assert editing.do("ctrl+underscore") and editing.text == "start word"
    assert editing.do("ctrl+underscore") and editing.text == "start"
    assert editing.do("ctrl+underscore") and editing.text == "start"


def test_other_keys_are_not_taken() -> None:
    assert not Editing("a").do("f5") and not Editing("a").do("escape")


@given(
    st.text("ab \n中\u0301", max_size=20),
    st.lists(st.one_of(st.sampled_from(sorted(_KEYS)), st.sampled_from(["x", "\n"])), max_size=30),
)
def test_the_caret_stays_in_the_text(text: str, keys: list[str]) -> None:
    editing = Editing(text)
    for key in keys:
        if not editing.do(key):
            editing.insert(key)
        assert 0 <= editing.caret <= len(editing.text)


@given(st.text("ab \n中\x1b\u202e", max_size=40), st.integers(10, 20))
def test_rows_fit_and_every_place_is_in_one(text: str, width: int) -> None:
    layout = Layout(text, width)
    for row in range(len(layout.rows)):
        assert sum(cells(shown) for _, shown in layout.pieces(row)) <= width
    for place in range(len(text) + 1):
        row, column = layout.find(place)
        assert column < width or layout.rows[row][1] == place
        assert layout.place(row, column) == place
    covered = [place for start, end in layout.rows for place in range(start, end)]
    assert covered == [place for place, character in enumerate(text) if character != "\n"]


def test_hostile_characters_take_the_cells_of_their_signs() -> None:
    layout = Layout("a\u202eb", 20)
    assert [str(shown) for _, shown in layout.pieces(0)] == ["a", "‹U+202E›", "b"]
    assert layout.find(2) == (0, 9)
    assert [str(shown) for _, shown in Layout("\x1b", 9, ascii=True).pieces(0)] == ["^["]


def test_earlier_texts_and_the_one_being_written() -> None:
    draft = Draft(["one", "two"])
    draft.editing.set("new")
    assert draft.older() and draft.editing.text == "two"
    assert draft.older() and draft.editing.text == "one"
    assert not draft.older()
    assert draft.newer() and draft.newer() and draft.editing.text == "new"
    assert not draft.newer()
    assert draft.send() == "new" and draft.editing.text == ""
    assert draft.older() and draft.editing.text == "new"


def test_a_cleared_text_comes_back() -> None:
    draft = Draft()
    draft.editing.set("half a thought")
    draft.clear()
    assert draft.editing.text == ""
    assert draft.older() and draft.editing.text == "half a thought"


def test_the_same_text_twice_is_one_earlier_text() -> None:
    draft = Draft()
    for _ in range(2):
        draft.editing.set("again")
        draft.send()
    draft.editing.set("  ")
    draft.send()
    assert draft.sent == ["again"]
