from __future__ import annotations

import sys
from itertools import pairwise
from unicodedata import category

import pyte
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len, get_character_cell_size
from rich.console import Console
from textual.strip import Strip

from prdrunner_tui.text.cells import cell_width, cells
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.damage import damage
from prdrunner_tui.tui.depth import Depth
from prdrunner_tui.tui.paint import PackedStrip, measured, paint
from prdrunner_tui.tui.span import Line, Span, words
from prdrunner_tui.tui.theme import Theme
from prdrunner_tui.tui.themefile import load_theme
from prdrunner_tui.tui.tokens import TOKENS

CONSOLE = Console(color_system="truecolor", force_terminal=True, width=200)
THEMES = {depth: load_theme("dark", depth, {}) for depth in Depth}
THEME = THEMES[Depth.TRUE]
HINDI = "नमस्ते दुनिया"

tokens = st.sampled_from([*TOKENS, "add+syntax.string"])
texts = st.text(st.sampled_from("ab  中字é\u0301─"), min_size=1, max_size=8).map(
    lambda text: sanitize("a" + text)
)
lines = st.lists(st.builds(Span, tokens, texts), max_size=6).map(tuple)


def test_the_compositor_agrees_about_the_width_of_every_character() -> None:
    for code in range(0x20, sys.maxunicode + 1):
        character = chr(code)
        if category(character) in ("Cs", "Co", "Cn"):
            continue
        text = sanitize(character)
        if text.isascii():
            continue
        assert cell_len(measured(text)) == cells(text), f"U+{code:04X}"


@given(st.text().map(sanitize))
def test_the_compositor_agrees_about_the_width_of_every_text(text: str) -> None:
    safe = sanitize(text)
    assert cell_len(measured(safe)) == cells(safe)


def test_scripts_whose_marks_are_measured_differently_are_kept() -> None:
    text = sanitize(HINDI)
    assert measured(text).rstrip() == HINDI
    hexagram = next(
        chr(code)
        for code in range(0x4DC0, 0x4DFF)
        if get_character_cell_size(chr(code)) > cell_width(chr(code))
    )
    assert measured(sanitize(f"a{hexagram}b")) == "a\ufffdb"


@given(lines, st.integers(0, 40), st.booleans())
def test_a_painted_line_has_exactly_the_width(line: Line, width: int, cursor: bool) -> None:
    strip = paint(line, width, THEME, cursor=cursor)
    assert strip.cell_length == width == sum(cell_len(text) for text, _, _ in strip)


def shown(data: str, width: int) -> list[tuple[object, ...]]:
    """What a terminal makes of it: characters and looks."""
    screen = pyte.Screen(width, 1)
    pyte.Stream(screen).feed(data)
    return [
        (
            cell.data,
            cell.fg if cell.data.strip() or cell.reverse else None,
            cell.bg,
            cell.bold and bool(cell.data.strip()),
            cell.underscore,
            cell.reverse,
        )
        for cell in (screen.buffer[0][x] for x in range(width))
    ]


simple = st.lists(st.builds(Span, tokens, st.text("ab  ", min_size=1, max_size=6).map(sanitize)), max_size=6)


@given(simple.map(tuple), st.sampled_from([*Depth]), st.booleans())
def test_fewer_bytes_look_the_same(line: Line, depth: Depth, cursor: bool) -> None:
    strip = paint(line, 30, THEMES[depth], cursor=cursor)
    packed = strip.render(CONSOLE)
    plain_strip = Strip(list(strip), 30).render(CONSOLE)
    assert shown(packed, 30) == shown(plain_strip, 30)
    assert len(packed) <= len(plain_strip)
    assert shown(packed + "z", 31)[30] == shown("z", 1)[0]


def test_styles_of_spaces_join_their_neighbours() -> None:
    line = (*words("ab", "ok"), *words("  ", "text"), *words("cd", "ok"))
    assert len(list(paint(line, 6, THEME))) == 1
    underlined = (*words("ab", "text"), *words("  ", "add.word"))
    assert len(list(paint(underlined, 4, THEMES[Depth.NONE]))) == 2


def test_without_colours_plain_text_is_sent_as_it_is() -> None:
    assert paint(words("abc"), 5, THEMES[Depth.NONE]).render(CONSOLE) == "abc  "


def test_parts_of_a_packed_strip_are_packed() -> None:
    strip = paint((*words("ab", "ok"), *words("cd", "fail")), 10, THEME)
    assert isinstance(strip.crop(1, 5), PackedStrip) and strip.crop(1, 3).text == "bc"
    assert strip.crop(0, 10) is strip
    assert [part.text for part in strip.divide([3, 10])] == ["abc", "d      "]
    assert all(isinstance(part, PackedStrip) for part in strip.divide([3, 10]))
    assert strip.divide([10]) == [strip]


def theme_named(name: str) -> Theme:
    return load_theme(name, Depth.TRUE, {})


@given(lines, lines)
def test_painting_the_damage_is_painting_the_line(old: Line, new: Line) -> None:
    width = 40
    before, after = paint(old, width, THEME), paint(new, width, THEME)
    ranges = damage(before, after)
    assert all(0 <= start < end <= width for start, end in ranges)
    assert all(a[1] < b[0] for a, b in pairwise(ranges))
    patched = cut(before, ranges, after)
    assert "".join(text for text, _, _ in patched) == "".join(text for text, _, _ in after)


def cut(before: Strip, ranges: list[tuple[int, int]], after: Strip) -> Strip:
    place, parts = 0, []
    for start, end in ranges:
        parts += [before.crop(place, start), after.crop(start, end)]
        place = end
    return Strip.join([*parts, before.crop(place, before.cell_length)])


def test_a_clock_costs_its_digits() -> None:
    before = paint(words("⠋ due-dates      implement: editing        2m 30s  $0.38"), 60, THEME)
    after = paint(words("⠙ due-dates      implement: editing        2m 31s  $0.38"), 60, THEME)
    assert damage(before, after) == [(0, 1), (47, 48)]
    assert damage(before, before) == []


def test_a_wide_character_is_painted_whole() -> None:
    assert damage(paint(words("a中b"), 4, THEME), paint(words("a国b"), 4, THEME)) == [(1, 3)]
    assert damage(paint(words("e"), 4, THEME), paint(words("e\u0301"), 4, THEME)) == [(0, 4)]
    assert damage(paint(words("中" * 20 + "x"), 41, THEME), paint(words("x" + "中" * 20), 41, THEME)) == [
        (0, 41)
    ]
