"""A limit of the provider that is waited for: nobody is needed, and every screen says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.projections.overview import overview
from prdrunner_tui.tui.logbook import LogAsked
from prdrunner_tui.tui.rows.header import header
from prdrunner_tui.tui.rows.inboxbar import inbox_bar, open_now
from prdrunner_tui.tui.rows.loglines import log_line
from prdrunner_tui.tui.rows.phases import phase_rows
from prdrunner_tui.tui.rows.words import waits
from prdrunner_tui.tui.span import plain
from tests.unit.tui.decisions import KINDS
from tests.unit.tui.sample_run import Log, check_widths, review, sample_log, scene, started, texts

LIMIT = KINDS["limit"]


def waiting(**changes: Any) -> Log:
    """The sample run, one of whose phases waits for a limit, and nothing else is asked."""
    log = sample_log()
    log.add(800, events.DecisionWithdrawn("d1", "over"))
    return log.add(850, replace(LIMIT, **changes))


def phase_of(log: Log, width: int = 80) -> list[str]:
    """The rows of the phase."""
    rows = phase_rows(log.state(), width, scene(), cursor="due-dates")
    check_widths(rows, width)
    return [line for line in texts(rows) if "limit" in line]


def test_the_phase_and_its_step_say_when_it_goes_on() -> None:
    assert phase_of(waiting(facts={"why": "used up", "resets": 1600.0})) == [
        " ~ due-dates    ✓~···  2  limit resets in 12m 20s                    10s  $0.38",
        "     ~ implement  it 2 2m 30s  limit resets in 12m 20s",
    ]


def test_a_time_that_is_only_a_guess_is_told_as_one() -> None:
    assert "limit, tries again in 12m 20s" in phase_of(waiting())[0]


def test_where_waiting_is_switched_off_a_person_is_needed() -> None:
    log = waiting(timeout=None, on_timeout="pause")
    assert "needs you: limit" in phase_of(log)[0]
    assert overview(log.state()).needed == 1


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_bar_and_row_1_call_nobody(width: int) -> None:
    state = waiting().state()
    bar = inbox_bar(state, width, scene())
    check_widths([bar], width)
    assert plain(bar).startswith("~ nothing waits for you ")
    assert width < 80 or ": limit, tries again in 12m 20s" in plain(bar)
    assert {span.token for span in bar}.isdisjoint({"needs-you", "danger"})
    assert "!" not in plain(header(state, width, scene(), repo="todo"))
    assert overview(state).needed == 0 and overview(state).state == "running"


def test_a_run_in_which_only_a_limit_is_waited_for_needs_nobody() -> None:
    log = started(PhasePlan("due-dates", "Due dates"), PhasePlan("tags", "Tags"))
    log.add(1, events.PhaseStarted("due-dates", "base"), events.StepBegan("due-dates", "implement", 2, 1))
    state = log.add(2, LIMIT).state()
    assert overview(state).state == "running"
    assert waits(state, state.phases["tags"]).endswith("due-dates holds the worker and waits for a limit")
    log.add(3, review(phase="due-dates"))
    assert overview(log.state()).state == "needs you"


def test_what_needs_a_person_comes_before_what_is_over_by_itself() -> None:
    log = sample_log().add(1, LIMIT).add(798, replace(KINDS["question"], phase="tags"))
    assert [decision.kind for decision in open_now(log.state())] == ["review", "question", "limit"]
    bar = plain(inbox_bar(log.state(), 120, scene()))
    assert bar.startswith("! 2 wait for you   review tags 2m 10s   question tags 1m 02s   limit due-dates")


def test_the_log_says_that_a_limit_was_met_and_not_that_somebody_is_needed() -> None:
    state = waiting().state()
    told = plain(log_line(LogAsked("asked", state.decisions["d13"]), state, 80, scene(), one_phase=False))
    assert "due-dates  the provider's limit" in told and "needs you" not in told
