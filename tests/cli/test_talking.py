"""Words for agents from any terminal: message, explain, require, correct, feedback, and steer line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from prdrunner_tui.cli.steer import meant, next_step
from prdrunner_tui.cli.talking import about, addressee
from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.kernel.state import Phase, Step
from tests.cli.conftest import InProcess, Place
from tests.terminal.app_world import EDITS, PROGRAM, World, begun
from tests.terminal.pty import Terminal
from tests.unit.tui.sample_run import started

WAITS = EDITS.replace('    - talk: "I end {phase}"', '    - wait_message\n    - talk: "heard {message}"')


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A run whose first agent waits for a word."""
    with begun(tmp_path, WAITS) as made:
        made.place.until("logs", holds="I begin multiply")
        yield made


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        (("explain", "why so?"), "question", "why so?"),
        (("require", "multiply", "be fast"), "requirement", "be fast"),
        (("correct", "--file", "calc.py", "--fix", "use int", "it rounds"), "correction",
         "calc.py: it rounds\nTo put it right: use int"),
        (("feedback", "--file", "calc.py", "good"), "message", "calc.py: good"),
        (("message", "--kind", "example", "multiply", "like add"), "example", "like add"),
        (("steer", "much simpler"), "message", "much simpler"),
        (("steer", "--phase", "multiply", "simpler"), "message", "simpler"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)  # fmt: skip
def test_words_reach_the_agent_as_what_they_are(
    world: World, arguments: tuple[str, ...], kind: str, text: str
) -> None:
    said = world.give(*arguments)
    assert said.out.startswith("queued for multiply")
    (message,) = world.state.messages.values()
    assert (message.phase, message.kind, message.text) == ("multiply", kind, text)


def test_a_phase_is_steered_line_by_line(world: World) -> None:
    with Terminal([*PROGRAM, "steer"], cwd=world.place.root, env=world.place.env, size=(100, 40)) as terminal:
        terminal.until_text("multiply  implement, iteration 1")
        terminal.until_text("[q] quit; the run goes on")
        terminal.send("i\rbe fast\r")
        terminal.until_text("requirement queued for multiply")
        terminal.send("p\r")
        terminal.until_text("paused multiply at its next turn")
        terminal.send("b\r")
        terminal.until_text("multiply stops before verify")
        terminal.send("x\r")
        terminal.until_text("x is none of p, s, i")
        terminal.send("send it\r")
        terminal.until_text("error: send it is none of p, s, i, v, r, u, b, c, q")
        terminal.send("quit\r")
        terminal.until_text("error: quit is none of p, s, i, v, r, u, b, c, q")
        terminal.send("c\r")
        terminal.until_text("resumed multiply")
        terminal.until(lambda: [one.kind for one in world.waiting()] == ["breakpoint"])
        terminal.send("v\r")
        terminal.until_text("+x = ")
        terminal.send("u\rn\r")
        terminal.until_text("nothing was undone")
        terminal.send("q\r")
        assert terminal.exit_code() == 0
    assert re.search(r"run-\w+ goes on", terminal.text)
    assert [message.kind for message in world.state.messages.values()] == ["requirement"]


def test_steering_ends_with_its_input_and_with_ctrl_c(world: World) -> None:
    ended = world.give("steer", "multiply")
    assert "goes on" in ended.out
    with Terminal([*PROGRAM, "steer"], cwd=world.place.root, env=world.place.env) as terminal:
        terminal.until_text("[q] quit")
        terminal.send("\x03")
        assert terminal.exit_code() == 130


MISTYPED = {
    ("steer", "nosuch"): "",
    ("steer", "mulitply"): "did you mean multiply? ",
    ("steer", "power", "hello", "there"): "",
    ("steer", "--phase", "power", "hello"): "",
    ("explain", "nosuch", "why"): "",
    ("explain", "mulitply"): "did you mean multiply? ",
    ("require", "Multiply", "be fast"): "did you mean multiply? ",
    ("correct", "power", "it rounds"): "",
    ("feedback", "halv", "good"): "did you mean halve? ",
    ("message", "--kind", "example", "power", "like", "add"): "",
}


@pytest.mark.parametrize("arguments", MISTYPED, ids=" ".join)
def test_what_is_said_to_a_phase_that_is_none_goes_to_nobody(
    waiting: Place, give: InProcess, arguments: tuple[str, ...]
) -> None:
    said = give(waiting, *arguments)
    assert (said.code, len(said.problem)) == (2, 2), said
    assert "there is no phase" in said.problem[0]
    assert f"{MISTYPED[arguments]}the phases are multiply, halve" in said.problem[1]


def test_which_words_are_a_phase_and_which_a_text() -> None:
    state = started().state()
    phase = next(iter(state.phases))
    assert addressee(state, (phase, "be", "fast")) == (phase, "be fast")
    assert meant(state, (phase,)) == meant(state, (phase,), phase) == (phase, "")
    assert meant(state, (phase, "be", "fast")) == (phase, "be fast")
    assert meant(state, ("be", "fast"), phase) == (phase, "be fast")


def test_what_a_message_is_about_stands_before_it() -> None:
    assert about("no limit") == "no limit"
    assert about("no limit", file="a.py", fix="add one") == "a.py: no limit\nTo put it right: add one"


@pytest.mark.parametrize(
    ("last", "step"),
    [
        ("", "plan_impl"),
        ("plan_impl", "implement"),
        ("verify", "review"),
        ("commit", "implement"),
        ("rollback", "implement"),
    ],
)
def test_the_next_step(last: str, step: str) -> None:
    steps = (Step(last, 1, 1, "running", 0.0),) if last else ()
    assert next_step(Phase(PhasePlan("one", "One"), steps=steps)) == step
