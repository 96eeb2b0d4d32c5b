"""The inbox bar in its states."""

from __future__ import annotations

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.tui.rows.header import header
from prdrunner_tui.tui.rows.history import history_rows
from prdrunner_tui.tui.rows.inboxbar import gone_bar, inbox_bar
from prdrunner_tui.tui.span import plain
from tests.unit.tui.sample_run import ME, check_widths, review, sample_log, scene, started


def bar(width: int, *more: events.Event, here: str = "") -> str:
    """The bar of the sample run and more events."""
    line = inbox_bar(sample_log().add(798, *more).state(), width, scene(), here=here)
    check_widths([line], width)
    return plain(line).rstrip()


QUESTION = events.DecisionOpened(
    "d2", "question", "s", "due-dates", "implement", 2, "Why?", "h", {}, ("answer",)
)


def test_one_wait_says_what_it_is_about() -> None:
    expected = "! 1 waits for you   review tags, +96/-11 in 3 files, 2m 10s"
    assert bar(80) == expected + " " * 4 + "I open it   i all"
    assert bar(120) == expected + " " * 36 + "I open the oldest   i all"


def test_several_waits_name_the_oldest_or_stand_side_by_side() -> None:
    assert bar(80, QUESTION).startswith("! 2 wait for you   oldest: review tags, +96/-11 in ")
    assert bar(80, QUESTION).endswith(", 2m 10s  I open it   i all")
    assert bar(120, QUESTION) == (
        "! 2 wait for you   review tags 2m 10s   question due-dates 1m 02s"
        + " " * 30
        + "I open the oldest   i all"
    )


def test_the_time_and_the_key_survive_at_60_columns() -> None:
    assert bar(60, QUESTION) == "! 2 wait for you   oldest: review tags, 2m 10s     I open it"


def test_on_the_screen_of_a_decision_it_speaks_of_this_one() -> None:
    assert "this one first, 1 more after it" in bar(80, QUESTION, here="d1")
    assert "I next   i all" in bar(80, QUESTION, here="d1")
    assert "this is 2 of 2" in bar(80, QUESTION, here="d2")
    assert "this is the only one" in bar(80, here="d1")


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_while_a_text_is_written_no_key_is_told_that_would_type_a_letter(width: int) -> None:
    def ending(here: str = "") -> str:
        line = inbox_bar(sample_log().add(798, QUESTION).state(), width, scene(), here=here, writing=True)
        check_widths([line], width)
        return plain(line)

    assert ending().endswith("  esc, then I")
    assert ending("d1").endswith("  esc, then I next   i all")
    assert plain(inbox_bar(sample_log().state(), 80, scene(), here="d1", writing=True)).endswith(
        "  esc, then i all"
    )
    gone = gone_bar("the socket is gone", width, scene(), writing=True)
    check_widths([gone], width)
    assert plain(gone).endswith("  esc, then r reconnects")
    own = scene(verb_keys={"inbox.oldest": "f2", "nav.back": "f9"})
    assert plain(inbox_bar(sample_log().state(), 80, own, writing=True)).endswith("  f9, then f2")


@pytest.mark.parametrize("ascii", [False, True])
def test_an_empty_inbox_is_plain_text(ascii: bool) -> None:
    line = inbox_bar(started().state(), 80, scene(ascii=ascii))
    assert plain(line).rstrip() == ("." if ascii else "·") + " nothing waits for you"
    assert {span.token for span in line} == {"text"}
    assert "nothing waits" in plain(inbox_bar(RunState(), 60, scene()))


def test_the_keys_are_those_of_the_persons_keymap() -> None:
    own = scene(verb_keys={"inbox.oldest": "f2", "inbox.list": "f3", "run.reconnect": "f4"})
    assert plain(inbox_bar(sample_log().state(), 80, own)).endswith("f2 open it   f3 all")
    assert plain(gone_bar("the socket is gone", 80, own)).endswith("nothing is lost   f4 reconnects")


def test_all_of_it_stands_out_when_something_waits() -> None:
    line = inbox_bar(sample_log().state(), 80, scene())
    assert {span.token for span in line} == {"needs-you"}


def test_nothing_waits_once_the_run_ended() -> None:
    log = sample_log().add(800, events.RunStopped(ME, "enough"))
    assert plain(inbox_bar(log.state(), 80, scene())).rstrip() == "· the run is stopped"
    log.add(
        801,
        events.RunReopened(ME),
        events.RunPublished("prdrunner/run-7f3a", "4be1c02"),
        events.RunEnded("done", ""),
    )
    told = plain(inbox_bar(log.state(), 80, scene()))
    assert told.rstrip() == "· the run is done, published: git merge prdrunner/run-7f3a"


def test_a_run_that_ended_because_a_person_stopped_a_phase_did_not_fail() -> None:
    log = sample_log().add(800, events.PhaseEnded("tags", "stopped", "stopped by ada"))
    stopped = log.add(801, events.RunEnded("failed", "tags stopped")).state()
    told = plain(inbox_bar(stopped, 80, scene())).rstrip()
    assert told == "· the run has ended: tags was stopped; r on it takes it up again"
    assert "■ stopped 13m 21s" in plain(header(stopped, 80, scene(), repo="todo-app"))
    assert " stopped " in plain(history_rows(stopped, (), 80, scene())[0].line)
    log.add(802, events.PhaseEnded("due-dates", "failed", "no"))
    failed = log.state()
    assert plain(inbox_bar(failed, 80, scene())).rstrip() == "· the run has failed"
    assert "✗ failed 13m 21s" in plain(header(failed, 80, scene(), repo="todo-app"))


def test_the_oldest_comes_first_whatever_the_order_of_ids() -> None:
    log = (
        started()
        .add(700, review(id="d9", phase="search"))
        .add(600, review(id="d10", phase="tags", subject="s2"))
    )
    assert "oldest: review tags" in plain(inbox_bar(log.state(), 90, scene()))


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_without_an_engine_the_bar_says_why_and_the_key(width: int) -> None:
    line = gone_bar("the log of run-1 cannot be written:\x1b[2J database or disk is full", width, scene())
    check_widths([line], width)
    assert plain(line).startswith("! engine gone: the l") and plain(line).endswith("r reconnects")
    assert {span.token for span in line} <= {"needs-you", "danger"} and "\x1b" not in plain(line)
