"""The turns with the requests of each, as the screen shows them."""

from __future__ import annotations

import pytest

from prdrunner_tui.projections.requests import RequestFacts, TurnRequests, turns
from prdrunner_tui.tui.rows.requests import requests_head, requests_rows
from prdrunner_tui.tui.span import plain
from tests.unit.tui.sample_run import Log, check_widths, sample_log, scene, started, texts


def keys(log: Log) -> list[str]:
    return [turn.key for turn in turns(log.state())]


EACH = TurnRequests(
    "each", (RequestFacts(12_340, 560, 10_000, None, 0.0421, "reported", "m-1"), RequestFacts(output=7)), 498
)


def test_a_turn_is_followed_by_its_requests_and_what_is_not_told_is_no_zero() -> None:
    log = sample_log()
    storage, config, due, *_ = keys(log)
    found = {storage: EACH, config: TurnRequests(), due: TurnRequests("last", (RequestFacts(5, 6),))}
    rows = requests_rows(log.state(), found, 80, scene())
    check_widths(rows, 80)
    head = plain(requests_head(log.state(), 80, scene()))
    assert head.split() == ["phase", "step", "input", "cached", "output", "cost"]
    shown = [line.split() for line in texts(rows)]
    assert shown[:4] == [
        ["storage", "implement", "1", "130k", "-", "100", "$0.31", "500", "requests"],
        ["1-498", "?", "?", "?", "?", "not", "kept"],
        ["499", "12k", "10k", "560", "$0.05", "m-1"],
        ["500", "?", "?", "7", "?"],
    ]
    assert shown[4][-3:] == ["requests", "not", "told"]
    last = next(place for place, line in enumerate(shown) if line[-3:] == ["last", "request", "only"])
    assert shown[last + 1] == ["last", "5", "?", "6", "?"]
    assert texts(rows)[0].index("130k") + 4 == head.index("input") + 5


def test_a_turn_that_goes_on_and_one_not_asked_for_say_so() -> None:
    log = sample_log()
    shown = texts(requests_rows(log.state(), {}, 80, scene()))
    assert len(shown) == len(keys(log))
    assert any(line.rstrip().endswith("told at its end") for line in shown)
    assert any(line.rstrip().endswith("not known yet") for line in shown)


def test_each_row_is_one_of_its_phase() -> None:
    log = sample_log()
    rows = requests_rows(log.state(), {keys(log)[0]: EACH}, 120, scene())
    assert [row.key for row in rows[:4]] == [("phase", "storage", keys(log)[0], n) for n in (0, -1, 499, 500)]
    assert len({row.key for row in rows}) == len(rows)


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_every_width_is_filled_exactly(width: int) -> None:
    log = sample_log()
    check_widths(requests_rows(log.state(), {keys(log)[0]: EACH}, width, scene()), width)


def test_the_name_of_a_model_is_shown_and_not_obeyed() -> None:
    log = sample_log()
    hostile = TurnRequests("each", (RequestFacts(1, 1, model="m\x1b]52;c;x\x07\u202e"),))
    rows = requests_rows(log.state(), {keys(log)[0]: hostile}, 80, scene())
    check_widths(rows, 80)
    assert "\x1b" not in "".join(texts(rows)) and "\u202e" not in "".join(texts(rows))


def test_before_the_first_turn_there_is_none() -> None:
    assert texts(requests_rows(started().state(), {}, 30, scene()))[0].strip() == "no turn has begun"
