"""F32: the cockpit at every size and in every kind of terminal."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.terminal.app_bytes import colours, foreign, is_of_sixteen, looks
from tests.terminal.app_visit import Visit, assert_same
from tests.terminal.app_world import World, quit_of
from tests.terminal.pty import Terminal

SIZES = [(80, 24), (120, 40), (200, 60)]
DIALOGS = {
    "": "enter open",
    "I": "a approve",
    "q": "d detach",
    "m": "enter send",
    "?": "j down",
    ":": "enter do it",
}
"""Keys -> how the key row begins on the screen that they open."""


@pytest.fixture
def terminal(waiting: World) -> Iterator[Terminal]:
    """The cockpit over a run that waits."""
    with waiting.show(size=(80, 24)) as shown:
        yield shown


def rows_in_place(terminal: Terminal, keys: str) -> bool:
    """Row 1, the inbox bar and the key row stand where they belong, at the size that the terminal has."""
    rows = terminal.text.split("\n")
    columns, lines = terminal.size
    if len(rows) != lines:
        return False
    first, inbox, last = rows[0], rows[-2], rows[-1]
    between = "\n".join(rows[1:-2])
    return (
        "needs you" in first
        and first.endswith("! 1")
        and len(first) == columns
        and inbox.startswith("! 1 waits for you")
        and last.startswith(keys)
        and "! 1 waits for you" not in between
    )


@pytest.mark.parametrize("dialog", DIALOGS, ids=["cockpit", "decision", "leave", "chat", "help", "commands"])
def test_f32_three_rows_at_every_size(terminal: Terminal, dialog: str) -> None:
    terminal.send(dialog)
    for size in (*SIZES, SIZES[0]):
        terminal.resize(*size)
        terminal.until(lambda: rows_in_place(terminal, DIALOGS[dialog]))
    terminal.quiet(0.05)
    assert rows_in_place(terminal, DIALOGS[dialog])


def test_f32_a_storm_of_sizes_ends_with_the_right_screen(waiting: World, terminal: Terminal) -> None:
    chance = random.Random(32)
    sizes = [(1, 1), (2, 1), (1, 60), (7, 3), (59, 15), (60, 16), (80, 24), (100, 30), (200, 60)]
    for number in range(120):
        terminal.resize(*chance.choice(sizes))
        if number % 10 == 0:
            terminal.send(chance.choice(["2", "1", "+", "_"]))
    terminal.send("_1")
    for size in SIZES:
        terminal.resize(*size)
        with waiting.show(size=size) as fresh:
            assert_same(terminal, fresh)
    assert b"Traceback" not in terminal.received
    assert not list(waiting.place.home.glob("state/crash/*"))
    assert quit_of(terminal) == 0


def test_f32_one_cell_is_enough_to_live(waiting: World) -> None:
    with waiting.show(size=(1, 1), wait="") as terminal:
        terminal.until(lambda: "?1049h" in terminal.modes())
        terminal.send("jI\x1b")
        terminal.resize(80, 24)
        terminal.until_text("! 1 waits for you")
        assert quit_of(terminal) == 0


def test_f32_without_colours_no_colour_is_sent(waiting: World) -> None:
    visit = Visit(waiting.show(size=(120, 40), env={"NO_COLOR": "1"}))
    tour(visit)
    assert not colours(bytes(visit.terminal.received))
    assert {"1", "7"} <= looks(visit.sent), "the cursor and what waits still stand out"


@pytest.mark.parametrize("term", ["xterm", "screen"])
def test_f32_sixteen_colours_are_enough(waiting: World, term: str) -> None:
    visit = Visit(waiting.show(size=(120, 40), env={"TERM": term, "COLORTERM": ""}))
    tour(visit)
    used = colours(bytes(visit.terminal.received))
    assert used
    assert all(is_of_sixteen(look) for look in used), used


@pytest.mark.parametrize(
    ("options", "env"),
    [(("--ascii",), {}), ((), {"LC_ALL": "C"}), ((), {"TERM": "linux", "COLORTERM": ""})],
    ids=["asked", "C", "linux"],
)
def test_f32_only_ascii_is_sent_where_that_is_wanted(
    waiting: World, options: tuple[str, ...], env: dict[str, str]
) -> None:
    visit = Visit(waiting.show("attach", *options, size=(200, 60), env=env))
    tour(visit)
    assert visit.terminal.received.isascii()
    with waiting.show("tui", *options, env=env, wait="Agents found") as start:
        assert quit_of(start) == 0
        assert start.received.isascii()


def tour(visit: Visit) -> None:
    """The cockpit, a review with its diff, the transcript, the keys, leaving."""
    visit.to("I", "Review")
    visit("", "@@ -")
    visit.back()
    for key, title in (("t", "Transcript"), ("?", "Keys"), ("q", "Leave")):
        visit.to(key, title)
        visit.back()
    assert not foreign(visit.sent)
    assert quit_of(visit.terminal) == 0
    visit.terminal.close()
