from __future__ import annotations

from unicodedata import category, east_asian_width

import pytest
from rich._unicode_data import load

from prdrunner_tui.text.cells import cells
from prdrunner_tui.tui.glyphs import FRAMES, STATES, Glyphs, wants_ascii

EMOJI = load("auto").narrow_to_wide
"""The characters that a selector behind them turns into an emoji."""


def all_signs(glyphs: Glyphs) -> list[str]:
    signs = [*(glyphs.running(frame) for frame in range(8)), glyphs.cursor, glyphs.beside, glyphs.dot]
    for name in STATES:
        signs += getattr(glyphs, name).values()
    for heavy in (False, True):
        signs += [glyphs.rule(1, heavy=heavy), glyphs.side(heavy=heavy)]
    return [*signs, *glyphs.bar(0.5, 2), *glyphs.sparkline(range(8), 8), *glyphs.ellipsis]


@pytest.mark.parametrize("ascii", [False, True])
def test_each_sign_is_one_cell_everywhere(ascii: bool) -> None:
    for sign in all_signs(Glyphs(ascii)):
        assert len(sign) == 1 and cells(sign) == 1, sign
        assert east_asian_width(sign) not in "WF", sign
        assert category(sign)[0] in "PSLN", sign
        if not sign.isascii():
            assert sign not in EMOJI and not ascii, sign


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("table", STATES)
def test_no_two_states_share_a_sign(table: str, ascii: bool) -> None:
    signs = {state: pair[ascii] for state, pair in STATES[table].items()}
    assert len(set(signs.values())) == len(signs)
    others = {sign for state, sign in signs.items() if state not in ("running", "working")}
    assert not others & set(FRAMES[ascii])


def test_what_runs_turns_or_stands_still() -> None:
    glyphs = Glyphs()
    assert len({glyphs.running(frame) for frame in range(100)}) == 4
    assert all(
        a != b for a, b in zip(map(glyphs.running, range(9)), map(glyphs.running, range(1, 9)), strict=False)
    )
    assert glyphs.running(None) == "●"
    ascii = Glyphs(ascii=True)
    assert all(ascii.running(frame) != ascii.running(frame + 1) for frame in range(8))


@pytest.mark.parametrize(
    ("share", "drawn"),
    [(None, "░░░░"), (0, "░░░░"), (0.001, "█░░░"), (0.5, "██░░"), (0.999, "███░"), (1, "████"), (7, "████")],
)
def test_a_bar_is_full_only_of_all_and_empty_only_of_nothing(share: float | None, drawn: str) -> None:
    assert Glyphs().bar(share, 4) == drawn


def test_bars_and_sparklines_keep_their_width() -> None:
    glyphs = Glyphs()
    assert glyphs.bar(0.5, 0) == "" and glyphs.bar(0.5, 1) == "█"
    assert glyphs.sparkline([1, 7, 3.5, 0], 6) == "  ▂█▅▁"
    assert glyphs.sparkline([9, 9, 1, 7], 2) == "▂█"
    assert glyphs.sparkline([], 3) == "   "
    assert glyphs.sparkline([0, 0], 2) == "▁▁"
    assert glyphs.sparkline([1, float("nan"), 1], 3) == "█ █"
    assert glyphs.sparkline([-5, 10], 2) == "▁█"
    assert Glyphs(ascii=True).sparkline([0, 7], 2) == "_#"


def test_steps_in_one_word() -> None:
    assert Glyphs().sequence(["done", "done", "failed", "pending", "pending"]) == "✓✓✗··"
    assert Glyphs(ascii=True).sequence(["done", "needs_you"]) == "v!"


@pytest.mark.parametrize(
    ("environ", "ascii"),
    [
        ({"TERM": "xterm", "LANG": "en_US.UTF-8"}, False),
        ({"TERM": "linux", "LANG": "en_US.UTF-8"}, True),
        ({"TERM": "dumb", "LANG": "en_US.UTF-8"}, True),
        ({"TERM": "xterm", "LANG": "de_DE.ISO-8859-1"}, True),
        ({"TERM": "xterm", "LC_ALL": "C", "LANG": "en_US.UTF-8"}, True),
        ({"TERM": "xterm", "LC_CTYPE": "C.utf8", "LANG": "C"}, False),
        ({"TERM": "xterm", "LC_ALL": "", "LANG": "C.UTF-8"}, False),
        ({"TERM": "xterm"}, True),
    ],
)
def test_ascii_is_chosen_where_the_signs_would_not_be_shown(environ: dict[str, str], ascii: bool) -> None:
    assert wants_ascii(environ) is ascii
    assert wants_ascii(environ, asked=True)


def test_without_a_locale_the_encoding_decides() -> None:
    assert not wants_ascii({"TERM": "xterm"}, encoding="utf-8")
    assert wants_ascii({"TERM": "xterm"}, encoding="latin-1")
