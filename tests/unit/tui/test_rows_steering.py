"""What a message does to the turn under way, as the chat says it before it is sent."""

from __future__ import annotations

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.settings import PhasePlan, WorkerChoice
from prdrunner_tui.tui.rows.steering import steering
from prdrunner_tui.tui.steers import steers_of
from tests.unit.tui.sample_run import Log, started

AGENTS = {
    "qwen": "qwen: a message ends the turn, it goes on with your words",
    "gemini": "gemini: a message ends the turn, it goes on with your words",
    "vibe": "vibe: a message ends the turn, it goes on with your words",
    "opencode": "opencode: a message joins the turn",
}
INLINE = {
    "inject": "a message joins the turn",
    "queue": "a message waits until the turn has ended",
    "cancel_reprompt": "a message ends the turn, it goes on with your words",
}


def at_work(choice: WorkerChoice) -> Log:
    log = started(PhasePlan("one", "One"), workers={"implement": choice})
    log.add(1, events.PhaseStarted("one", "base"), events.StepBegan("one", "implement", 1, 1))
    return log.effect("one", 1, None, "turn", "one/implement/1.1/turn")


def told(choice: WorkerChoice, *, interrupt: bool = False) -> str:
    return steering(at_work(choice).state(), "one", steers_of({"implement": choice}), interrupt=interrupt)


@pytest.mark.parametrize("name", AGENTS)
def test_of_an_agent_that_comes_along(name: str) -> None:
    assert told(WorkerChoice("acp", {"profile": name}, name)) == AGENTS[name]


@pytest.mark.parametrize("steer", INLINE)
def test_of_an_agent_by_the_way_it_takes_messages(steer: str) -> None:
    choice = WorkerChoice("acp", {"argv": ["mine"], "steer": steer}, "mine")
    assert told(choice) == f"mine: {INLINE[steer]}"
    assert told(choice, interrupt=True) == "mine: this ends the turn, it goes on with your words"


def test_of_a_command_line_that_takes_none() -> None:
    choice = WorkerChoice("command", {"command": "true", "prompt": "stdin"}, "command")
    expected = "command: takes no message in a turn, the next one gets it"
    assert told(choice) == told(choice, interrupt=True) == expected


def test_between_turns_and_after_the_end_of_a_phase() -> None:
    choice = WorkerChoice("acp", {"profile": "qwen"}, "qwen")
    steers, log = steers_of({"implement": choice}), at_work(choice)
    log.add(5, events.EffectDone("one", "one/implement/1.1/turn", {"outcome": "ended"}))
    assert steering(log.state(), "one", steers) == "no turn is under way, the next one gets the message"
    log.add(6, events.StepEnded("one", "ok", ""), events.PhaseEnded("one", "done", ""))
    assert steering(log.state(), "one", steers) == steering(log.state(), "two", steers) == ""


def test_of_a_worker_that_cannot_be_made_nothing_is_said() -> None:
    gone = WorkerChoice("gone", {}, "gone")
    assert steers_of({"implement": gone}) == {} and told(gone) == ""
