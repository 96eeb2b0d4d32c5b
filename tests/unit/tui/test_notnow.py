from __future__ import annotations

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.tui.actions import ACTIONS, BY_ID
from prdrunner_tui.tui.rows.help import help_rows
from prdrunner_tui.tui.rows.notnow import not_now
from prdrunner_tui.tui.span import plain, width_of
from tests.unit.tui.sample_run import ME, sample_log, scene

STATE = sample_log().state()
NAMED = {phase.status: phase.id for phase in STATE.phases.values()}


@pytest.mark.parametrize(
    ("action", "phase", "why"),
    [
        ("phase.message", "done", "no agent here: {} is done; 4 shows what was said"),
        ("phase.message", "running", ""),
        ("phase.pause", "done", "{} is done"),
        ("phase.pause", "running", ""),
        ("phase.retry", "running", "{} did not fail"),
        ("phase.stop", "running", ""),
        ("phase.stop", "done", "nothing to stop: {} is done"),
        ("phase.stop", "pending", "nothing to stop: {} has not started"),
        ("phase.break", "done", "{} is done: it stops nowhere"),
        ("phase.break", "pending", ""),
        ("phase.transcript", "pending", "{} has not started"),
        ("phase.transcript", "done", ""),
        ("phase.pause", "", "no phase here"),
        ("layout.chat", "", "no phase here"),
        ("run.new", "done", "this run goes on; g s shows the start screen all the same"),
        ("run.pause", "done", ""),
        ("nav.down", "done", ""),
    ],
)
def test_why_a_key_does_nothing_now(action: str, phase: str, why: str) -> None:
    named = NAMED.get(phase, "")
    assert not_now(action, STATE, named) == why.format(named)


def test_what_a_run_that_is_over_or_paused_does_not_take() -> None:
    over = sample_log().add(850, events.RunEnded("done", "")).state()
    assert not_now("run.pause", over, "") == "the run is over" and not_now("run.new", over, "") == ""
    assert not_now("inbox.oldest", over, "") == "nothing waits for you"
    assert not_now("layout.review", over, "") == "no change to review yet"
    failed = sample_log().add(850, events.RunEnded("failed", "x")).state()
    for action in ("phase.pause", "phase.break", "phase.message", "phase.stop"):
        told = not_now(action, failed, NAMED["pending"])
        assert told == f"the run is over; {NAMED['pending']} was not started"
    paused = sample_log().add(850, events.RunPaused(ME, "x")).state()
    assert not_now("phase.pause", paused, NAMED["running"]) == "the run is paused; P resumes it"
    assert not_now("run.pause", RunState(), "") == "no run here"
    stopped = sample_log().add(850, events.RunStopped(ME, "x")).state()
    assert not_now("run.pause", stopped, "") == ""
    assert not_now("phase.pause", stopped, NAMED["running"]) == "the run is stopped; P takes it up again"


def test_reasons_name_the_keys_of_the_persons_keymap() -> None:
    own = {"run.pause": "f5", "layout.chat": "f8", "go.menu": "ctrl+g"}
    paused = sample_log().add(850, events.RunPaused(ME, "x")).state()
    stopped = sample_log().add(850, events.RunStopped(ME, "x")).state()

    def told(action: str, state: RunState, phase: str) -> str:
        return not_now(action, state, NAMED.get(phase, ""), lambda id: own.get(id, "?"))

    assert told("phase.pause", paused, "running") == "the run is paused; f5 resumes it"
    assert told("phase.pause", stopped, "running") == "the run is stopped; f5 takes it up again"
    assert told("phase.message", STATE, "done").endswith("; f8 shows what was said")
    assert told("run.new", STATE, "done").endswith("; ctrl+g s shows the start screen all the same")


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_help_tells_what_works_first_and_then_why_the_rest_does_not(width: int) -> None:
    rows = help_rows(ACTIONS, lambda id: "the run is over" if id == "run.pause" else "", width, scene())
    assert {width_of(row.line) for row in rows} == {width}
    texts = [plain(row.line).strip() for row in rows]
    first = texts.index("NOT NOW")
    assert [row.key for row in rows[first + 1 :]] == ["run.pause"]
    assert "pause run: the run is" in texts[-1] and texts[-1].startswith("P")
    assert all(row.key in BY_ID or not row.stop for row in rows)
    assert texts.index("DECIDE") < texts.index("ACT") < texts.index("MOVE") < first
