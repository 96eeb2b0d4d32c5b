"""Ctrl-Z and what a shell does afterwards."""

from __future__ import annotations

import os
import signal

import pytest

from tests.processes import child_of, state_of
from tests.terminal.conftest import Start, shell


@pytest.mark.parametrize("options", [(), ("alone",)])
def test_f07_stopped_and_brought_back_it_repaints_at_the_same_size(options: tuple[str, ...]) -> None:
    with shell(*options) as terminal:
        terminal.send("abZ")
        terminal.until_text("Stopped")
        assert not terminal.modes() - {"?2004h"}, "bash has bracketed paste on; the rest is given back"
        assert "typed" not in terminal.text
        terminal.send("fg\r")
        terminal.until_text("typed:[ab]")
        terminal.until(lambda: terminal.text.splitlines()[-1].startswith("00000000"))
        assert {"?1049h", "?25l", "?1000h", "kitty"} <= terminal.modes()
        terminal.send("cQ")
        terminal.until(lambda: terminal.text.count("ready$") == 3)
        terminal.send("echo the code is $?\r")
        terminal.until_text("the code is 0")
        assert not terminal.modes() - {"?2004h"}


def test_f07_in_the_background_it_stops_again_until_it_is_in_front() -> None:
    with shell() as terminal:
        launcher = child_of(terminal.process.pid)
        app = child_of(launcher)
        terminal.send("Z")
        terminal.until_text("Stopped")
        terminal.send("bg\r")
        terminal.type_until("\r", lambda: terminal.text.count("Stopped") == 2)
        assert state_of(launcher) == state_of(app) == "T"
        assert "?1049h" not in terminal.modes()
        terminal.send("fg\r")
        terminal.until_text("typed:[]")
        terminal.send("Q")
        terminal.until(lambda: "?1049h" not in terminal.modes())


def test_f07_a_stop_signal_to_the_launcher_stops_both() -> None:
    with shell() as terminal:
        launcher = child_of(terminal.process.pid)
        app = child_of(launcher)
        os.kill(launcher, signal.SIGTSTP)
        terminal.until_text("Stopped")
        assert state_of(launcher) == state_of(app) == "T"
        assert not terminal.modes() - {"?2004h"}
        terminal.send("fg\r")
        terminal.until_text("typed:[]")


def test_f07_a_stopped_job_that_is_killed_says_so() -> None:
    with shell() as terminal:
        terminal.send("Z")
        terminal.until_text("Stopped")
        terminal.send("kill %1; fg\r")
        terminal.until(lambda: terminal.text.count("ready$") == 3)
        assert not terminal.modes() - {"?2004h"}
        terminal.send("echo the code is $?\r")
        terminal.until_text("the code is 143")


def test_f07_where_no_shell_could_bring_it_back_it_does_not_stop(start: Start) -> None:
    terminal = start()
    terminal.send("abZ")
    terminal.until(lambda: terminal.received.count(b"\x1b[?1049h") == 2)
    terminal.until_text("typed:[ab]")
    terminal.send("c")
    terminal.until_text("typed:[abc]")


@pytest.mark.parametrize("options", [(), ("alone",)])
def test_f06_a_continue_signal_alone_changes_nothing(start: Start, options: tuple[str, ...]) -> None:
    terminal = start(*options)
    terminal.quiet(0.1)
    os.killpg(terminal.process.pid, signal.SIGCONT)
    assert terminal.silent(0.2)
    terminal.send("a")
    terminal.until_text("typed:[a]")
    assert terminal.received.count(b"\x1b[?1049h") == 1
    terminal.send("Q")
    assert terminal.exit_code() == 0
