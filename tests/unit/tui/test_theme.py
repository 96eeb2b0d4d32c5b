from __future__ import annotations

import pytest
from rich.style import Style

from prdrunner_tui.changes.highlight import Kind
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui.colour import Rgb, contrast, nearest, palette
from prdrunner_tui.tui.depth import Depth, depth_of
from prdrunner_tui.tui.look import Look, parse_look
from prdrunner_tui.tui.theme import Theme, ThemeFile
from prdrunner_tui.tui.themefile import load_theme
from prdrunner_tui.tui.tokens import TOKENS

BUILT_IN = ("dark", "light", "high-contrast", "colour-blind")
GROUNDS = ("surface", "cursor", "caret", "selection")
SOURCE = ("add", "remove", "add.word", "remove.word")


def pair(theme: Theme, token: str) -> tuple[Rgb, Rgb]:
    look = theme.look(token).over(Look(theme.look("text").ink, theme.look("surface").ground))
    assert isinstance(look.ink, tuple) and isinstance(look.ground, tuple)
    return look.ink, look.ground


def written() -> list[str]:
    """All that words are written in: tokens by themselves, in rows with a ground, and source text in changes."""
    alone = [token for token in TOKENS if token not in GROUNDS and token not in ("rule", "key.disabled")]
    rows = [f"{ground}+{token}" for ground in ("cursor", "selection") for token in alone]
    source = [token for token in TOKENS if token.startswith("syntax")]
    return [*alone, *rows, *(f"{below}+{token}" for below in SOURCE for token in source)]


@pytest.mark.parametrize("name", BUILT_IN)
def test_words_can_be_read(name: str) -> None:
    theme = load_theme(name, Depth.TRUE, {})
    least = 7.0 if name == "high-contrast" else 4.5
    faint = {token: round(contrast(*pair(theme, token)), 2) for token in written()}
    assert not {token: value for token, value in faint.items() if value < least}
    assert contrast(*pair(theme, "rule")) > 1.8
    assert contrast(*pair(theme, "key.disabled")) > 3


@pytest.mark.parametrize("name", BUILT_IN)
def test_text_and_muted_can_be_read_in_256_colours(name: str) -> None:
    theme = load_theme(name, Depth.TRUE, {})
    for token in ("text", "muted", "cursor+text", "cursor+muted", "ok", "fail", "running", "needs-you"):
        ink, ground = pair(theme, token)
        assert contrast(palette(nearest(ink)), palette(nearest(ground))) >= 4.5, token


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("depth", Depth)
def test_states_and_marks_differ_at_every_depth(name: str, depth: Depth) -> None:
    theme = load_theme(name, depth, {})
    assert theme.style("rule.focus") != theme.style("rule")
    assert theme.cursor_style("text") != theme.style("text")
    for token in ("needs-you", "danger", "match", "caret"):
        assert theme.style(token) != theme.style("text"), token
    assert theme.style("add") != theme.style("remove")
    assert theme.style("add.word") != theme.style("add")
    assert theme.style("remove.word") != theme.style("remove")
    assert theme.style("fail") != theme.style("ok") != theme.style("needs-you")


def colours(style: Style) -> set[str]:
    return {colour.name for colour in (style.color, style.bgcolor) if colour is not None}


@pytest.mark.parametrize("name", BUILT_IN)
def test_no_colour_is_no_colour(name: str) -> None:
    theme = load_theme(name, Depth.NONE, {})
    for token in TOKENS:
        assert not colours(theme.style(token)) and not colours(theme.cursor_style(token))
    assert theme.style("needs-you") == Style(reverse=True, bold=True)
    assert theme.cursor_style("ok") == Style(reverse=True)
    assert theme.style("rule.focus") == Style(bold=True)
    assert theme.style("remove") == Style(dim=True)
    assert theme.style("ok") == theme.style("running") == Style()


@pytest.mark.parametrize("name", BUILT_IN)
def test_sixteen_colours_are_the_terminals_and_never_bright_black(name: str) -> None:
    theme = load_theme(name, Depth.FEW, {})
    for token in TOKENS:
        for style in (theme.style(token), theme.cursor_style(token)):
            for colour in (style.color, style.bgcolor):
                assert colour is None or (
                    colour.number is not None and colour.number < 16 and colour.number != 8
                )
    assert theme.style("muted") == Style()
    assert theme.cursor_style("fail") == theme.cursor_style("text") == Style(reverse=True)


def test_256_colours_are_numbers_of_the_palette() -> None:
    theme = load_theme("dark", Depth.MANY, {})
    for token in TOKENS:
        style = theme.style(token)
        assert all(colour is None or colour.number is not None for colour in (style.color, style.bgcolor)), (
            token
        )


def test_the_cursor_keeps_the_colours_of_a_row_where_it_only_has_a_ground() -> None:
    theme = load_theme("dark", Depth.TRUE, {})
    assert theme.cursor_style("ok").color == theme.style("ok").color
    assert theme.cursor_style("ok").bgcolor == theme.cursor_style("text").bgcolor != theme.style("ok").bgcolor
    assert theme.cursor_style("needs-you") == theme.style("needs-you")


def test_joined_tokens_lie_on_each_other() -> None:
    theme = load_theme("dark", Depth.TRUE, {})
    joined = theme.style("add+syntax.string")
    assert joined.bgcolor == theme.style("add").bgcolor
    assert joined.color == theme.style("syntax.string").color


def test_a_token_that_is_not_set_looks_like_what_stands_in() -> None:
    theme = Theme(ThemeFile("t", looks={"muted": Look((1, 2, 3)), "syntax": Look((4, 5, 6))}), Depth.TRUE)
    assert theme.look("rule") == theme.look("key.disabled") == theme.look("muted")
    assert theme.look("syntax.function") == theme.look("syntax")
    assert theme.look("syntax.comment") == theme.look("muted")
    assert theme.look("syntax.unheard.of") == theme.look("syntax")
    assert theme.look("unheard") == Look()
    assert theme.style("cursor").reverse


def test_every_chain_ends() -> None:
    for token in TOKENS:
        seen: list[str] = []
        name: str | None = token
        while name is not None:
            assert name not in seen
            seen.append(name)
            name = TOKENS[name]


def test_a_theme_has_a_token_for_each_kind_of_syntax() -> None:
    for kind in Kind.__args__:  # type: ignore[attr-defined]
        assert f"syntax.{kind}" in TOKENS


def test_styles_are_made_once() -> None:
    theme = load_theme("dark", Depth.TRUE, {})
    assert theme.style("ok") is theme.style("ok")


@pytest.mark.parametrize(
    ("text", "look"),
    [
        ("#5fafd7", Look((95, 175, 215))),
        ("bold #fff on #000", Look((255, 255, 255), (0, 0, 0), frozenset({"bold"}))),
        ("on bright-blue reverse", Look(None, "bright-blue", frozenset({"reverse"}))),
        ("default on default", Look("default", "default")),
        ("", Look()),
    ],
)
def test_a_look_is_read(text: str, look: Look) -> None:
    assert parse_look(text) == look


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bolt", "did you mean bold?"),
        ("#12345", "six digits"),
        ("red blue", "second colour"),
        ("on", "no colour follows"),
        ("red on", "no colour follows"),
        ("on red on blue", "second colour"),
        ("gree\x1bn", "gree␛n"),
    ],
)
def test_a_look_that_cannot_be_read_says_why(text: str, said: str) -> None:
    with pytest.raises(Problem) as caught:
        parse_look(text, "t.yaml:3:5")
    assert said in str(caught.value) and str(caught.value).startswith("t.yaml:3:5: ")


@pytest.mark.parametrize(
    ("environ", "depth"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, Depth.TRUE),
        ({"TERM": "xterm-256color"}, Depth.MANY),
        ({"TERM": "xterm-kitty"}, Depth.TRUE),
        ({"TERM": "xterm-direct"}, Depth.TRUE),
        ({"TERM": "screen"}, Depth.FEW),
        ({"TERM": "linux", "COLORTERM": "truecolor"}, Depth.FEW),
        ({"TERM": "vt100"}, Depth.NONE),
        ({"TERM": "xterm-mono"}, Depth.NONE),
        ({"TERM": "dumb"}, Depth.NONE),
        ({}, Depth.NONE),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, Depth.NONE),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, Depth.MANY),
        ({"TERM": "xterm-256color", "NO_COLOR": "1", "FORCE_COLOR": "1"}, Depth.FEW),
        ({"TERM": "xterm-256color", "NO_COLOR": "1", "FORCE_COLOR": "yes"}, Depth.MANY),
        ({"TERM": "vt100", "FORCE_COLOR": "3"}, Depth.TRUE),
        ({"TERM": "xterm-256color", "FORCE_COLOR": "0"}, Depth.NONE),
    ],
)
def test_the_depth_is_what_terminal_and_person_say(environ: dict[str, str], depth: Depth) -> None:
    assert depth_of(environ) is depth
