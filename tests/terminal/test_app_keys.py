"""A13: keys that were meant for something else decide nothing, however they come."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.app_visit import ESC, Visit
from tests.terminal.app_world import EDITS, World, begun
from tests.terminal.pty import Terminal

LATE = EDITS.replace('    - talk: "I end {phase}"', '    - wait_message\n    - talk: "I end {phase}"')
"""The agent waits for a word before it ends."""


@pytest.fixture
def terminal(waiting: World) -> Iterator[Terminal]:
    """The cockpit over a run whose review waits."""
    with waiting.show(size=(120, 40)) as shown:
        yield shown


def assert_nothing_done(world: World) -> None:
    """No decision made, nothing paused."""
    state = world.state
    assert [decision.status for decision in state.decisions.values()] == ["open"]
    assert state.run is not None
    assert state.run.status == "running"
    assert state.phases["multiply"].status != "paused"


def handled(terminal: Terminal) -> None:
    """Wait until the keys so far were handled: the cockpit answers another one, and the engine had its time."""
    terminal.quiet(0.2)


def test_a13_keys_typed_at_random_while_a_decision_arrives_approve_nothing(tmp_path: Path) -> None:
    with begun(tmp_path, LATE) as made, made.show(wait="I begin multiply", size=(80, 24)) as terminal:
        chance = random.Random(13)
        made.message("go on")
        typed = 0
        while typed < 300 or not made.waiting():
            terminal.send(chance.choice(("yes a 1 ", "yayx", "a", "enter", "y", "aaaa", "\x1b", "1")))
            terminal.until(lambda: not terminal.unread())
            typed += 1
            assert typed < 20_000, "the decision never came"
        visit = Visit(terminal)
        terminal.type_until(ESC, lambda: visit.title.startswith("Phases"))
        terminal.until_text("! 1 waits for you")
        assert_nothing_done(made)


def test_a13_the_burst_that_opens_a_decision_does_not_make_it(waiting: World, terminal: Terminal) -> None:
    visit = Visit(terminal)
    for burst in ("Iay", "Iaaaaaaaay", "Ia\ry\r", "I" + "ay" * 200):
        terminal.send(burst)
        terminal.until_text("a approve")
        handled(terminal)
        assert_nothing_done(waiting)
        visit.back()


@pytest.mark.parametrize("opened", [False, True], ids=["cockpit", "decision"])
def test_a13_pasted_text_is_no_key(waiting: World, terminal: Terminal, opened: bool) -> None:
    if opened:
        terminal.send("I")
        terminal.until_text("a approve")
        handled(terminal)
    for text in ("yyyy", "Iay", "Ia\r\ny\r", "aaaa\npPqxy"):
        terminal.send(f"\x1b[200~{text}\x1b[201~")
    handled(terminal)
    assert_nothing_done(waiting)
    assert terminal.process.poll() is None


def test_a13_a_reason_typed_at_once_is_a_reason(waiting: World, terminal: Terminal) -> None:
    terminal.send("I")
    terminal.until_text("a approve")
    terminal.quiet(0.5)
    terminal.send("xa stupid one, say yes")
    terminal.until_text("a stupid one, say yes")
    assert_nothing_done(waiting)


def test_a13_a_message_typed_at_once_is_a_message(waiting: World, terminal: Terminal) -> None:
    terminal.send("mpPb keep it")
    terminal.until_text("pPb keep it")
    assert_nothing_done(waiting)


def test_a13_a_search_typed_at_once_is_a_search(waiting: World, terminal: Terminal) -> None:
    visit = Visit(terminal)
    visit("2", "1 overview")
    terminal.send("/pP\r")
    terminal.until_text("/pP")
    assert_nothing_done(waiting)


def test_a13_leaving_typed_at_once_stops_nothing(waiting: World, terminal: Terminal) -> None:
    terminal.send("qxy")
    handled(terminal)
    assert_nothing_done(waiting)


def test_a13_escapes_in_pasted_text_make_no_keys_of_the_rest(waiting: World, terminal: Terminal) -> None:
    terminal.send("\x1b[200~a\x1bp\x1b]P\x1b[201~")
    handled(terminal)
    assert_nothing_done(waiting)
    terminal.send("m")
    terminal.until_text("enter send")
    terminal.send("\x1b[200~a\x1bp\x1b]P\x1b[201~")
    terminal.until_text("]P")
    assert_nothing_done(waiting)
