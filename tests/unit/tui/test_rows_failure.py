"""The failure screen: what failed, the evidence, and only the keys that do something."""

from __future__ import annotations

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.tui.rows.failure import (
    failure_next,
    failure_rows,
    failure_title,
    failure_ways,
    failures,
    last_failure,
)
from prdrunner_tui.tui.span import plain
from tests.unit.tui.sample_run import EVIDENCE, Log, check_widths, review, sample_log, scene, started, texts


def test_the_newest_failure_with_its_tests_and_checks() -> None:
    state = sample_log().state()
    found = last_failure(state)
    assert found is not None
    assert failure_title(*found) == ("due-dates, verify, iteration 1 of 5", "exit 1, 12s")
    rows = failure_rows(state, 80, scene())
    check_widths(rows, 80)
    shown = texts(rows)
    assert shown[:5] == [
        " ✗ exit 1: 2 failed, 56 passed",
        " ✗ tests/test_due.py::test_feb_30                    Failed: DID NOT RAISE <cla…",
        " ✗ tests/test_due.py::test_until_before_today        assert 3 == 2",
        " ✗ pytest  exit 1, 11s",
        " ✓ ruff  exit 0, 1s",
    ]
    assert "   2 failed, 56 passed in 2.10s" in shown
    assert rows[1].key == ("test", "tests/test_due.py::test_feb_30")


def failed(*more: events.Event, times: int = 1) -> Log:
    """A phase whose verification failed so many times."""
    log = started().add(0, events.PhaseStarted("storage", "b"))
    for number in range(1, times + 1):
        log.add(number, events.StepBegan("storage", "verify", number, 1))
        log.add(number + 0.5, events.StepEnded("storage", "failed", "exit 1", "sig", EVIDENCE))
    return log.add(50, *more)


@pytest.mark.parametrize(("times", "words"), [(2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (21, "21st")])
def test_the_same_failure_is_counted(times: int, words: str) -> None:
    rows = failure_rows(failed(times=times).state(), 80, scene())
    told = f"same failure for the {words} time"
    assert texts(rows)[0] == " ✗ exit 1".ljust(79 - len(told)) + told


def test_only_keys_that_do_something_stand_there() -> None:
    def keys(log: Log) -> set[str]:
        return {key for key, _ in failure_ways(log.state().phases["storage"])}

    assert keys(failed()) == {"m", "]", "t", "g c", "y"}
    assert keys(failed(events.PhaseEnded("storage", "failed", "x"))) == {"r", "]", "t", "g c", "y"}


def test_what_can_be_done_stands_below_in_four_lines() -> None:
    going_on = failed().state().phases["storage"]
    assert texts(failure_next(going_on, 80, scene())) == [
        "─ Next ──────────────────────────────────────────────────── iterations left: 4 ─",
        " m   say how to fix it                   ]   the whole output",
        " g c back to a checkpoint                t   the newest transcript",
        " y   copy the row",
    ]


def test_iterations_are_left_only_to_a_phase_that_goes_on() -> None:
    ended = failed(events.PhaseEnded("storage", "failed", "x")).state().phases["storage"]
    shown = texts(failure_next(ended, 80, scene()))
    assert shown[0] == "─ Next " + "─" * 73
    assert shown[1].startswith(" r   iteration 2 with this failure ")


def test_a_decision_that_waits_stands_below_the_summary() -> None:
    log = failed().add(60, review(id="d7", kind="stuck", phase="storage", title="stuck: no progress"))
    rows = failure_rows(log.state(), 80, scene())
    assert rows[1].key == ("decision", "d7") and rows[1].stop
    assert texts(rows)[1] == " !   stuck: no progress; enter opens it"


def test_the_end_of_a_long_output_is_shown() -> None:
    text = "\n".join(f"line {number}" for number in range(1, 101))
    shown = texts(failure_rows(failed().state(), 80, scene(), output=text))
    assert "─ Output, the last 40 of 100 lines " + "─" * 45 in shown
    assert [line for line in shown if "line 61" in line] and not [line for line in shown if "line 60" in line]


def test_an_agent_that_failed_shows_how_it_exited_and_what_it_said_last() -> None:
    log = started().add(
        0, events.PhaseStarted("storage", "b"), events.StepBegan("storage", "implement", 1, 1)
    )
    result = {"outcome": "failed", "reason": "exit 137, killed", "tail": "out of memory\n"}
    log.effect("storage", 0, 4, "turn", "storage/implement/1.1/turn", result)
    log.add(4, events.StepEnded("storage", "failed", "exit 137, killed"))
    found = last_failure(log.state())
    assert found is not None and failure_title(*found)[1] == "exit 137, killed, 4s"
    assert "   out of memory" in texts(failure_rows(log.state(), 80, scene()))


def test_each_phase_has_its_newest_failure_the_newest_first() -> None:
    log = failed(times=2).add(
        60, events.PhaseStarted("config", "b"), events.StepBegan("config", "verify", 1, 1)
    )
    log.add(61, events.StepEnded("config", "failed", "exit 2"))
    assert [(phase.id, step.iteration) for phase, step in failures(log.state())] == [
        ("config", 1),
        ("storage", 2),
    ]


@pytest.mark.parametrize(("count", "more"), [(20, ""), (21, "and 1 more test"), (25, "and 5 more tests")])
def test_many_failing_tests_are_counted(count: int, more: str) -> None:
    heading, *_ = (line for line in EVIDENCE.splitlines() if line.startswith("==="))
    tests = "\n".join(f"FAILED tests/test_a.py::test_{number} - no" for number in range(count))
    log = started().add(0, events.PhaseStarted("storage", "b"), events.StepBegan("storage", "verify", 1, 1))
    log.add(
        1,
        events.StepEnded("storage", "failed", "exit 1", "sig", f"{heading}\n{tests}\n{count} failed in 1.0s"),
    )
    rows = failure_rows(log.state(), 80, scene())
    assert sum(row.key[0] == "test" for row in rows if isinstance(row.key, tuple)) == 20
    assert [line.strip() for line in texts(rows) if "more test" in line] == ([more] if more else [])


def test_a_cut_report_still_names_its_tests() -> None:
    cut = EVIDENCE.replace(
        "=========================== short test summary info ============================\n", ""
    )
    log = started().add(0, events.PhaseStarted("storage", "b"), events.StepBegan("storage", "verify", 1, 1))
    log.add(1, events.StepEnded("storage", "failed", "exit 1", "sig", cut))
    assert "test_until_before_today        assert 3 == 2" in texts(failure_rows(log.state(), 80, scene()))[2]


def test_without_a_failure_or_its_output() -> None:
    assert texts(failure_rows(started().state(), 80, scene())) == [" nothing failed in this run"]
    log = started().add(
        0, events.PhaseStarted("storage", "b"), events.StepBegan("storage", "implement", 1, 1)
    )
    log.add(1, events.StepEnded("storage", "failed", "the agent ended and changed nothing"))
    assert "   none of its output is kept; t shows the transcript" in texts(
        failure_rows(log.state(), 80, scene())
    )
    assert failure_rows(log.state(), 80, scene(), phase="tags")[0].key == "none"


@pytest.mark.parametrize("width", [46, 60, 80, 120, 200])
def test_every_width_and_ascii(width: int) -> None:
    state = sample_log().state()
    rows = [row.line for row in failure_rows(state, width, scene(ascii=True))]
    rows += failure_next(state.phases["due-dates"], width, scene(ascii=True))
    check_widths(rows, width)
    assert all(plain(row).isascii() for row in rows)


def test_a_title_without_room_keeps_the_phase() -> None:
    found = last_failure(sample_log().state())
    assert found is not None
    assert failure_title(*found, 60)[0] == "due-dates, verify, iteration 1 of 5"
    assert failure_title(*found, 45) == ("due-dates, verify, iteration 1 of 5", "exit 1")
    assert failure_title(*found, 36) == ("due-dates, verify, it 1", "exit 1")
    assert failure_title(*found, 25) == ("due-dates, verify", "exit 1")
    assert failure_title(*found, 8) == ("due-dates", "")
