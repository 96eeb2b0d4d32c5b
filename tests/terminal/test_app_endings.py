"""F06 to F09: however the cockpit ends, the terminal is given back, and the run does not notice."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.processes import child_of, lives, state_of
from tests.terminal.app_world import EDITS, MODES, PROGRAM, World, begun, quit_of
from tests.terminal.conftest import SIGNALS
from tests.terminal.hello import SENTINEL
from tests.terminal.pty import Terminal

BUSY = EDITS.replace(
    '    - talk: "I end {phase}"',
    "    - command: i=0; while [ ! -e enough ]; do i=$((i+1)); echo line $i; sleep 0.02; done",
)
"""The agent puts out lines until a file appears."""
CRASHING = f"""
import sys
from prdrunner_tui.cli.main import run
from prdrunner_tui.tui.app import CockpitApp
def fail(self):
    password = {SENTINEL!r}
    raise ValueError(password[:0] + "a fault")
CockpitApp.act_help_open = fail
sys.exit(run(["attach"]))
"""
"""The program, with a fault in what ``?`` does."""


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A run whose agent is at work, on and on."""
    with begun(tmp_path_factory.mktemp("busy"), BUSY) as made:
        yield made


class Going:
    """Looks, from its beginning to its end, whether the run goes on in one and the same engine."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.engine = world.engine()
        self.output = self.size()

    def size(self) -> int:
        """Bytes of all that agents put out."""
        return sum(file.stat().st_size for file in self.world.place.home.glob("state/*/runs/*/jobs/**/*"))

    def check(self, terminal: Terminal) -> None:
        """The engine is the same, and the agent put out more since."""
        assert lives(self.engine)
        assert self.world.engine() == self.engine
        assert self.output, "the place of the output is another one now"
        before = self.size()
        terminal.until(lambda: self.size() > before)
        assert self.world.state.phases["multiply"].status == "running"


def shown(world: World, **more: Any) -> Terminal:
    """The cockpit in which lines come."""
    return world.show(size=(80, 24), wait="| line ", **more)


@pytest.mark.parametrize(
    ("whom", "number"),
    [
        *(("app", number) for number in SIGNALS),
        ("launcher", signal.SIGTERM),
        ("launcher", signal.SIGHUP),
        ("group", signal.SIGHUP),
        ("group", signal.SIGINT),
    ],
)
def test_f07_a_signal(busy: World, whom: str, number: signal.Signals) -> None:
    with shown(busy) as terminal:
        going = Going(busy)
        assert terminal.modes() >= MODES
        pid = terminal.process.pid
        if whom == "group":
            os.killpg(pid, number)
        else:
            os.kill(child_of(pid) if whom == "app" else pid, number)
        assert terminal.exit_code() == 128 + number
        assert terminal.is_given_back
        going.check(terminal)


def test_f08_a_killed_app_and_a_killed_launcher(busy: World) -> None:
    with shown(busy) as terminal:
        going = Going(busy)
        os.kill(child_of(terminal.process.pid), signal.SIGKILL)
        assert terminal.exit_code() == 128 + signal.SIGKILL
        assert terminal.is_given_back
        going.check(terminal)
    with shown(busy) as terminal:
        app = child_of(terminal.process.pid)
        os.kill(terminal.process.pid, signal.SIGKILL)
        terminal.until(lambda: not lives(app) and not terminal.modes())
        going.check(terminal)


@pytest.mark.parametrize(
    "command", [PROGRAM, ("sh", "-c", 'trap "" HUP; exec "$@"', "sh", *PROGRAM)], ids=["", "ignored"]
)
def test_f06_a_lost_connection(busy: World, command: tuple[str, ...]) -> None:
    with shown(busy, command=command) as terminal:
        going = Going(busy)
        app = child_of(terminal.process.pid)
        terminal.hang_up()
        assert terminal.exit_code() == 128 + signal.SIGHUP
        assert not lives(app)
        going.check(terminal)


def test_f09_a_crash(busy: World) -> None:
    with shown(busy, command=(sys.executable, "-c", CRASHING)) as terminal:
        going = Going(busy)
        terminal.send("?")
        assert terminal.exit_code() == 1
        assert terminal.is_given_back
        assert "the screen ended by a fault of its own (ValueError)" in " ".join(terminal.text.split())
        assert b"Traceback" not in terminal.received
        (report,) = busy.place.home.glob("state/crash/*")
        for said in (bytes(terminal.received), report.read_bytes()):
            assert SENTINEL.encode() not in said
        going.check(terminal)


@pytest.mark.parametrize("how", ["key", "signal"])
def test_f07_stopped_and_brought_back(busy: World, how: str) -> None:
    with busy.show(
        "--norc", "--noprofile", "-i", command=("bash",), env={"PS1": "ready$ "}, wait="ready$"
    ) as terminal:
        terminal.send(f"{' '.join(PROGRAM)} attach\r")
        terminal.until_text("| line ")
        going = Going(busy)
        launcher = child_of(terminal.process.pid)
        app = child_of(launcher)
        terminal.send("\x1a") if how == "key" else os.kill(launcher, signal.SIGTSTP)
        terminal.until_text("Stopped")
        assert state_of(launcher) == state_of(app) == "T"
        assert not terminal.modes() - {"?2004h"}, "bash has bracketed paste on; the rest is given back"
        assert "prdrunner/run" not in terminal.text
        going.check(terminal)
        terminal.send("fg\r")
        terminal.until_text("| line ")
        assert terminal.modes() >= MODES
        last = terminal.text
        terminal.until(lambda: terminal.text != last)
        terminal.send("q")
        terminal.until_text("Leave prdrunner")
        terminal.type_until("d", lambda: "?1049h" not in terminal.modes())


def test_f06_to_f09_after_all_that_the_run_comes_to_its_review(busy: World) -> None:
    with shown(busy) as terminal:
        (workspace,) = busy.place.home.glob("state/*/runs/*/ws/multiply")
        (workspace / "enough").touch()
        terminal.until_text("! 1 waits for you", 20)
        going = busy.engine()
        assert quit_of(terminal) == 0
        assert not terminal.modes()
        assert lives(going)
