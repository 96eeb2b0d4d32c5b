"""F31: a terminal that takes nothing holds up neither the engine nor, afterwards, the screen."""

from __future__ import annotations

from pathlib import Path

from prdrunner_tui.tui.writer import LIMIT
from tests.processes import lives
from tests.terminal.app_visit import assert_same
from tests.terminal.app_world import EDITS, begun, quit_of
from tests.terminal.conftest import LARGE

MEGABYTES = 40
FLOOD = EDITS.replace('    - talk: "I end {phase}"', f"    - wait_message\n    - flood: {MEGABYTES << 20}")
"""The agent waits for a word, then puts out more than any buffer holds."""


def test_f31_a_stalled_terminal_stops_no_run_and_shows_it_right_afterwards(tmp_path: Path) -> None:
    with begun(tmp_path, FLOOD) as made, made.show(size=LARGE, wait="I begin multiply") as terminal:
        engine = made.engine()
        terminal.stall()
        seen = len(terminal.received)
        made.message("go on")
        terminal.until(made.waiting, 60)
        assert len(terminal.received) == seen, "it read nothing"
        assert terminal.process.poll() is None
        terminal.unstall()
        terminal.until_text("! 1 waits for you")
        assert len(terminal.received) - seen < 2 * LIMIT, "old frames are not sent one by one"
        with made.show(size=LARGE) as fresh:
            assert_same(terminal, fresh)
        assert quit_of(terminal) == 0
        assert not terminal.modes()
        assert lives(engine)
        assert made.engine() == engine


def test_f31_a_stalled_terminal_can_be_left(tmp_path: Path) -> None:
    with begun(tmp_path, FLOOD) as made, made.show(size=LARGE, wait="I begin multiply") as terminal:
        terminal.stall()
        made.message("go on")
        terminal.send("q")
        terminal.type_until("d", lambda: terminal.process.poll() is not None)
        assert terminal.exit_code() == 0
        made.place.until("status", holds="NEEDS YOU", seconds=60)
        terminal.unstall()
        terminal.until(lambda: terminal.is_given_back)
