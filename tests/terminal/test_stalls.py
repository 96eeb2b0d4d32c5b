"""Terminals that do not read, are slow, or change their size all the time."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from prdrunner_tui.tui.writer import LIMIT
from tests.terminal.conftest import LARGE, Start, frame_shown, is_clean


def test_f31_a_terminal_that_does_not_read_stops_no_loop(start: Start, tmp_path: Path) -> None:
    terminal = start("gaps", size=LARGE)
    terminal.send("F")
    terminal.until(lambda: frame_shown(terminal) > 20)
    terminal.stall()
    terminal.until((tmp_path / "dropping").exists)
    terminal.unstall()
    terminal.send("abc")
    terminal.until_text("typed:[abc]")
    terminal.send("Q")
    assert terminal.exit_code() == 0
    assert is_clean(terminal)
    stats = json.loads((tmp_path / "stats.json").read_text())
    assert stats["dropped"] > 0
    assert LIMIT < stats["peak"] < LIMIT + 100_000
    assert stats["worst"] < 1.0, (
        "seconds; the writer of Textual itself would wait for as long as the terminal does"
    )


def test_f31_after_a_stall_the_whole_screen_is_right(start: Start, tmp_path: Path) -> None:
    terminal = start("until-dropped", size=LARGE)
    terminal.stall()
    terminal.send("F")
    terminal.until((tmp_path / "dropping").exists)
    terminal.send("abc")
    terminal.unstall()
    terminal.until_text("typed:[abc]")
    last = f"{int((tmp_path / 'dropping').read_text()):08d}"
    terminal.until(lambda: [row[:8] for row in terminal.text.splitlines()[1:]] == [last] * 59)


@pytest.mark.parametrize(
    ("answers", "ack"), [(("mode", "cursor"), "cursor position"), (("mode",), "mode report"), ((), "none")]
)
def test_f31_paced_frames_wait_for_the_answer_that_a_terminal_gives(
    start: Start, tmp_path: Path, answers: tuple[str, ...], ack: str
) -> None:
    terminal = start(answers=answers)
    terminal.send("P")
    terminal.until(lambda: frame_shown(terminal) > 4)
    if answers:
        terminal.hold_answers()
        terminal.quiet(0.3)
        assert terminal.release_answers() == 1, "one frame is under way, no more"
        shown = frame_shown(terminal)
        terminal.until(lambda: frame_shown(terminal) > shown + 1)
    terminal.send("Q")
    assert terminal.exit_code() == 0
    assert json.loads((tmp_path / "stats.json").read_text())["ack"] == ack


@pytest.mark.parametrize("answers", [("mode", "cursor"), ("mode",)])
def test_f07_answers_under_way_are_not_typed_into_the_shell(start: Start, answers: tuple[str, ...]) -> None:
    terminal = start(answers=answers)
    terminal.send("P")
    terminal.until(lambda: frame_shown(terminal) > 2)
    terminal.hold_answers()
    terminal.quiet(0.2)
    terminal.send("Q")
    terminal.until(lambda: "?1049h" not in terminal.modes())
    assert terminal.release_answers() > 0
    assert terminal.exit_code() == 0
    assert terminal.unread() == 0
    assert is_clean(terminal)
    assert "^[" not in terminal.text


def test_f32_a_storm_of_sizes_leaves_the_right_screen(start: Start) -> None:
    terminal = start()
    chance = random.Random(32)
    for _ in range(200):
        terminal.resize(chance.choice([1, 2, 7, 80, 200]), chance.choice([1, 2, 24, 60]))
    terminal.resize(60, 20)
    terminal.send("abc")
    terminal.until_text("typed:[abc]")
    terminal.until(lambda: [row[:8] for row in terminal.text.splitlines()[1:]] == ["00000000"] * 19)
    terminal.send("Q")
    assert terminal.exit_code() == 0
    assert not terminal.modes()


def test_f32_one_cell_is_enough_to_live(start: Start) -> None:
    terminal = start(size=(1, 1), wait=False)
    terminal.until(lambda: terminal.text == "t")
    terminal.send("PaQ")
    assert terminal.exit_code() == 0
    assert not terminal.modes()


def test_f31_nothing_is_sent_and_nobody_wakes_up_when_nothing_happens(start: Start) -> None:
    terminal = start("alone")
    terminal.send("a")
    terminal.until_text("typed:[a]")
    terminal.quiet(0.15)
    before = _switches(terminal.process.pid)
    assert terminal.silent(0.5)
    assert _switches(terminal.process.pid) - before <= 3


def _switches(pid: int) -> int:
    """How often the threads of a process gave up the processor by themselves: each wake-up ends so."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    lines = (line for task in tasks for line in (task / "status").read_text().splitlines())
    return sum(int(line.split()[1]) for line in lines if line.startswith("voluntary_ctxt_switches"))
