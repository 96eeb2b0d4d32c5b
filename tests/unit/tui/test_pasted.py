"""Escapes in pasted text are gone before a parser sees them, however the input was cut."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.tui.pasted import BEGIN, END, PasteFilter

PARTS = st.sampled_from(["a", "\x1b", "[200~", "[201~", BEGIN, END, "\x1b[A", "[20", "~"])


def expected(text: str) -> str:
    """What of a whole input is to be parsed, by looking at it whole."""
    out = ""
    while BEGIN in text:
        before, _, rest = text.partition(BEGIN)
        inside, found, text = rest.partition(END)
        out += before + BEGIN + inside.replace("\x1b", "") + found
        if not found:
            return out
    return out + text


@given(st.lists(PARTS), st.lists(st.integers(1, 7)))
def test_cut_anywhere_it_is_the_same(parts: list[str], sizes: list[int]) -> None:
    text = "".join(parts) + BEGIN + END
    filtered, given_ = PasteFilter(), ""
    rest = text
    for size in [*sizes, len(text)]:
        given_ += filtered.feed(rest[:size])
        rest = rest[size:]
    assert given_ == expected(text)


def test_outside_of_a_paste_nothing_waits() -> None:
    filtered = PasteFilter()
    assert [filtered.feed(one) for one in "\x1b[20"] == ["\x1b", "[", "2", "0"]


def test_an_escape_in_a_paste_is_taken_out() -> None:
    assert PasteFilter().feed(f"{BEGIN}a\x1bp\x1b]P{END}\x1b[A") == f"{BEGIN}ap]P{END}\x1b[A"
