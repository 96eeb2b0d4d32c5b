"""The letters after ``g`` and the entries of the palette that go to a screen."""

from __future__ import annotations

import pytest

from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.tui.actions import ACTIONS, BY_ID, GO
from prdrunner_tui.tui.opening import GOES_TO
from prdrunner_tui.tui.rows.keyrow import go_row
from prdrunner_tui.tui.rows.notnow import not_now
from prdrunner_tui.tui.rows.palette import elsewhere, offered, palette_rows
from prdrunner_tui.tui.span import Line, plain, width_of
from tests.unit.tui.sample_run import sample_log, scene

HERE = ("phases", "everywhere")


def tokens(line: Line, text: str) -> set[str]:
    return {token for token, part in line if part.strip() == text}


def test_every_letter_has_an_action_that_the_app_can_do() -> None:
    for id in GO.values():
        assert BY_ID[id].places == {"everywhere"} and BY_ID[id].label
        assert id in GOES_TO


def test_without_a_run_only_the_start_screen_can_be_shown() -> None:
    off = {letter for letter, id in GO.items() if not_now(id, RunState(), "")}
    assert off == set(GO) - {"r", "s"}
    assert not_now("go.metrics", RunState(), "") == "no run is shown"
    state = sample_log().state()
    assert not any(not_now(id, state, next(iter(state.phases))) for id in GO.values())
    assert not_now("go.menu", RunState(), "") == ""


@pytest.mark.parametrize("width", [80, 120])
def test_a_letter_that_shows_nothing_is_told_as_disabled(width: int) -> None:
    line = go_row(width, scene(), lambda id: not_now(id, RunState(), ""))
    assert width_of(line) == width
    assert tokens(line, "m") == {"key.disabled"} and tokens(line, "metrics") == {"muted"}
    assert tokens(line, "s") == {"key"} and tokens(line, "esc") == {"key"}, plain(line)
    assert tokens(line, "start") == ({"text"} if width > 100 else set())
    assert tokens(go_row(width, scene()), "m") == {"key"}


def test_screens_are_found_by_their_words_and_show_their_two_keys() -> None:
    for text, id, keys in (("metrics", "go.metrics", "g m"), ("break", "go.breaks", "g b")):
        found = offered(ACTIONS, text, HERE)
        here = [action for action in found if not elsewhere(action, HERE)]
        assert id in [action.id for action in here]
        rows = palette_rows([BY_ID[id]], lambda action: "", 80, scene())
        assert plain(rows[0].line).startswith(f"  {keys} ")
    [row] = palette_rows([BY_ID["go.plan"]], lambda action: "", 80, scene(), go="f5")
    assert plain(row.line).split()[:2] == ["f5", "p"]


def test_a_reason_stands_whole_at_80_columns_and_the_help_gives_way() -> None:
    why = "this run goes on; g s shows the start screen all the same"
    rows = palette_rows(ACTIONS, lambda action: why, 80, scene())
    for action, row in zip(ACTIONS, rows, strict=True):
        text = plain(row.line)
        assert (width_of(row.line) == 80 and text.rstrip().endswith(why)) or len(action.help) > 6, text
    told = {
        row.key: plain(row.line) for row in palette_rows(ACTIONS, lambda a: elsewhere(a, HERE), 80, scene())
    }
    assert told["checkpoint.restore"].rstrip().endswith("…  only in changes, checkpoints")
    assert told["numbers.next"].rstrip().endswith("  only in metrics")
    assert told["run.pause"].rstrip().endswith("  prdrunner pause")
