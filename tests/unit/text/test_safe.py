"""A01: whatever is typed by anybody, a terminal is never told anything by it."""

from __future__ import annotations

import pickle
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.text.cells import cells
from prdrunner_tui.text.safe import SafeText, join, one_line, sanitize

VISIBLE_FORMAT_CHARACTERS = set(range(0x600, 0x606)) | {0x6DD, 0x70F, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
"""Number and abbreviation signs: category Cf, but they have a glyph of their own."""


def hostile(character: str) -> bool:
    category = unicodedata.category(character)
    return category in ("Cc", "Cf", "Cs", "Zl", "Zp") and ord(character) not in VISIBLE_FORMAT_CHARACTERS


def test_every_control_format_and_separator_character_is_shown() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if hostile(character):
            shown = sanitize(f"a{character}b")
            assert character not in shown, hex(code)
            assert shown != "ab", f"{code:#x} vanished"


@pytest.mark.parametrize(
    ("raw", "shown", "plain"),
    [
        ("\x1b[31mred", "␛[31mred", "^[[31mred"),
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=^G", "^[]52;c;aGk=^G"),
        ("a\rb", "a␍b", "a^Mb"),
        ("\x00\x08\x7f", "^@^H^?", "^@^H^?"),
        ("\x85\x9b31m", "‹U+0085›‹U+009B›31m", "<U+0085><U+009B>31m"),
        ("a\u202eb", "a‹U+202E›b", "a<U+202E>b"),
        ("a\u200bb\ufeff", "a‹U+200B›b‹U+FEFF›", "a<U+200B>b<U+FEFF>"),
        ("\U000e0041", "‹U+E0041›", "<U+E0041>"),
        ("\ud800", "‹U+D800›", "<U+D800>"),
        ("name\udce9", "name‹xE9›", "name<xE9>"),
        (b"caf\xe9 \xff", "caf‹xE9› ‹xFF›", "caf<xE9> <xFF>"),
        ("a\u2028b", "a‹U+2028›b", "a<U+2028>b"),
        ("a\tb", "a   b", "a   b"),
        ("a\nb", "a^Jb", "a^Jb"),
        ("[/bold][@click=app.quit]", "[/bold][@click=app.quit]", "[/bold][@click=app.quit]"),
        ("\u26a0\ufe0f ok", "\u26a0 ok", "\u26a0 ok"),
        ("a\ufe0fb", "a‹U+FE0F›b", "a<U+FE0F>b"),
    ],
)
def test_the_glyphs_of_the_screens(raw: str | bytes, shown: str, plain: str) -> None:
    assert sanitize(raw) == shown
    assert sanitize(raw, ascii=True) == plain


def test_newlines_are_kept_only_on_request() -> None:
    assert sanitize("a\r\nb", newlines=True) == "a␍\nb"
    assert sanitize("a\r\nb", newlines=True).lines() == ["a␍", "b"]
    assert sanitize(sanitize("a\nb", newlines=True)) == "a^Jb"


@given(st.binary(max_size=200))
def test_no_byte_that_a_terminal_interprets_survives(data: bytes) -> None:
    for text in (sanitize(data), sanitize(data, ascii=True), one_line(data, 40)):
        assert not any(hostile(character) for character in text)
        assert not any(byte < 0x20 or byte == 0x7F for byte in text.encode("utf-8"))


@given(st.text(alphabet=st.characters(), max_size=200))
def test_sanitising_twice_changes_nothing(text: str) -> None:
    once = sanitize(text)
    assert sanitize(once) == once
    assert sanitize(str(once)) == once
    assert not any(hostile(character) for character in once)


@given(st.text(alphabet=st.characters(categories=("L", "N", "P", "S", "Zs")), max_size=100))
def test_plain_text_is_unchanged(text: str) -> None:
    if not any(0x180B <= ord(c) <= 0x180F or c in "\u115f\u1160\u3164\uffa0" for c in text):
        assert sanitize(text) == text


def test_safe_text_is_made_here_only_and_stays_safe_only_among_its_own() -> None:
    with pytest.raises(TypeError):
        SafeText("\x1b[2J")
    safe = sanitize("safe")
    assert type(safe + safe) is SafeText
    assert type(safe + "\x1b") is str
    assert type("x" + safe) is str
    assert type(safe[1:]) is SafeText
    assert type(safe.pad(9)) is SafeText
    assert join(sanitize(", "), [safe, safe]) == "safe, safe"
    with pytest.raises(TypeError):
        join(safe, [safe, "plain"])  # type: ignore[list-item]
    assert type(pickle.loads(pickle.dumps(safe))) is SafeText


@pytest.mark.parametrize(
    ("text", "width", "line"),
    [
        ("short", 10, "short"),
        ("0123456789", 10, "0123456789"),
        ("0123456789x", 10, "012345678…"),
        ("日本語テキスト", 7, "日本語…"),
        ("日本語テキスト", 8, "日本語…"),
        ("e\u0301" * 5, 5, "e\u0301" * 5),
        ("first\n\n  second", 20, "first second"),
        ("abc", 0, ""),
        ("abcdef", 1, "…"),
    ],
)
def test_one_line_is_cut_by_cells(text: str, width: int, line: str) -> None:
    assert one_line(text, width) == line


@given(st.text(max_size=60), st.integers(0, 30))
def test_one_line_never_exceeds_its_width(text: str, width: int) -> None:
    assert cells(one_line(text, width)) <= width
    assert cells(one_line(text, width, ascii=True)) <= width
