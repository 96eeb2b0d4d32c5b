"""However the cockpit ends, the terminal is given back and the exit code tells how it was."""

from __future__ import annotations

import os
import signal
import termios
import tty
from pathlib import Path

import pytest

from prdrunner_tui.tui import modes
from prdrunner_tui.tui.writer import LIMIT
from tests.processes import child_of, lives
from tests.terminal.conftest import LARGE, ROOT, SIGNALS, START, Start, frame_shown, is_clean, shell
from tests.terminal.hello import SENTINEL
from tests.terminal.pty import Terminal


@pytest.mark.parametrize("number", SIGNALS)
def test_f07_a_signal_to_the_app_ends_it_cleanly(start: Start, number: signal.Signals) -> None:
    terminal = start()
    assert "?1049h" in terminal.modes()
    os.kill(child_of(terminal.process.pid), number)
    assert terminal.exit_code() == 128 + number
    assert is_clean(terminal)


@pytest.mark.parametrize("number", SIGNALS)
def test_f07_a_signal_to_the_launcher_or_to_the_group_does_too(start: Start, number: signal.Signals) -> None:
    one, group = start(), start()
    os.kill(one.process.pid, number)
    os.killpg(group.process.pid, number)
    for terminal in (one, group):
        assert terminal.exit_code() == 128 + number
        assert is_clean(terminal)


def test_f07_without_a_launcher_signals_restore_the_terminal_as_well(start: Start) -> None:
    terminal = start("alone")
    os.kill(terminal.process.pid, signal.SIGTERM)
    assert terminal.exit_code() == 128 + signal.SIGTERM
    assert is_clean(terminal)


def test_f07_a_signal_ends_an_app_whose_loop_is_blocked(start: Start, tmp_path: Path) -> None:
    terminal = start("impatient")
    terminal.send("B")
    terminal.until((tmp_path / "blocked").exists)
    os.kill(child_of(terminal.process.pid), signal.SIGTERM)
    assert terminal.exit_code() == 128 + signal.SIGTERM
    assert is_clean(terminal)


def test_f07_a_signal_ends_an_app_that_does_not_come_to_its_end(start: Start) -> None:
    terminal = start("impatient")
    terminal.send("aH")
    terminal.until_text("typed:[a]")
    os.kill(terminal.process.pid, signal.SIGHUP)
    assert terminal.exit_code() == 128 + signal.SIGHUP
    assert is_clean(terminal)


def test_f08_a_killed_app_leaves_a_usable_terminal(start: Start) -> None:
    terminal = start()
    os.kill(child_of(terminal.process.pid), signal.SIGKILL)
    assert terminal.exit_code() == 128 + signal.SIGKILL
    assert is_clean(terminal)


def test_f08_a_killed_app_leaves_a_usable_terminal_when_it_was_hung(start: Start, tmp_path: Path) -> None:
    terminal = start(size=LARGE)
    terminal.stall()
    terminal.send("F")
    terminal.until((tmp_path / "dropping").exists)
    os.kill(child_of(terminal.process.pid), signal.SIGKILL)
    assert terminal.exit_code() == 128 + signal.SIGKILL
    terminal.unstall()
    terminal.until(lambda: is_clean(terminal))


def test_f09_a_crash_tells_one_line_and_no_locals(start: Start, state: Path) -> None:
    terminal = start(env={"SERVICE_TOKEN": "a fault in a"})
    terminal.send("X")
    assert terminal.exit_code() == 1
    assert is_clean(terminal)
    assert SENTINEL.encode() not in terminal.received
    assert b"Traceback" not in terminal.received
    (report,) = (state / "crash").iterdir()
    assert "error: the screen ended by a fault of its own (ValueError)" in " ".join(terminal.text.split())
    assert str(report) in terminal.text.replace("\n", "")
    text = report.read_text()
    assert SENTINEL not in text and "on_key" in text
    assert "ValueError: ('[redacted] handler'" in text
    assert report.stat().st_mode & 0o777 == 0o600


def test_f09_a_crash_before_the_first_screen_does_too(start: Start, state: Path) -> None:
    terminal = start("faulty-import", wait=False)
    assert terminal.exit_code() == 1
    assert is_clean(terminal)
    assert SENTINEL.encode() not in terminal.received
    assert "(RuntimeError)" in terminal.text
    assert len(list((state / "crash").iterdir())) == 1


def test_f09_threads_and_tasks_that_fail_write_nothing_to_the_terminal(start: Start, state: Path) -> None:
    terminal = start(env={"SERVICE_TOKEN": SENTINEL})
    terminal.send("aT")
    terminal.until(lambda: list(state.glob("crash/*.txt")))
    terminal.send("Q")
    assert terminal.exit_code() == 0
    assert is_clean(terminal)
    assert b"Traceback" not in terminal.received
    assert SENTINEL.encode() not in terminal.received
    (report,) = state.glob("crash/*.txt")
    assert SENTINEL not in report.read_text()


@pytest.mark.parametrize("how", ["launched", "alone", "nohup"])
def test_f06_a_closed_terminal_ends_it(start: Start, how: str) -> None:
    if how == "nohup":
        command = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh", *START)
        with Terminal([*command, "alone"], cwd=ROOT) as terminal:
            terminal.until_text("typed:[]")
            terminal.quiet(0.1)
            terminal.hang_up()
            assert terminal.exit_code() == 128 + signal.SIGHUP
        return
    terminal = start(*([how] if how == "alone" else []))
    app = child_of(terminal.process.pid) if how == "launched" else terminal.process.pid
    terminal.quiet(0.1)
    terminal.hang_up()
    assert terminal.exit_code() == 128 + signal.SIGHUP
    assert not lives(app)


def test_f06_a_terminal_that_closes_under_a_flood_ends_it(start: Start) -> None:
    terminal = start()
    terminal.send("F")
    terminal.until(lambda: frame_shown(terminal) > 2)
    terminal.hang_up()
    assert terminal.exit_code() == 128 + signal.SIGHUP


@pytest.mark.parametrize(("key", "code"), [("Q", 0), ("E", 7)])
def test_f07_the_exit_code_is_the_apps(start: Start, key: str, code: int) -> None:
    terminal = start()
    terminal.send(key)
    assert terminal.exit_code() == code
    assert is_clean(terminal)


@pytest.mark.parametrize("options", [(), ("alone",)])
def test_f31_a_hung_terminal_does_not_hold_the_end(
    start: Start, tmp_path: Path, options: tuple[str, ...]
) -> None:
    terminal = start(*options, size=LARGE)
    terminal.stall()
    terminal.send("F")
    terminal.until((tmp_path / "dropping").exists)
    terminal.send("Q")
    assert terminal.exit_code(5) == 0
    terminal.unstall()
    terminal.until(lambda: is_clean(terminal))


def test_f31_on_a_slow_line_the_end_does_not_wait_for_old_frames(start: Start, tmp_path: Path) -> None:
    terminal = start(size=LARGE)
    terminal.stall()
    before = len(terminal.received)
    terminal.send("F")
    terminal.until((tmp_path / "dropping").exists)
    terminal.send("Q")
    terminal.until((tmp_path / "quitting").exists)
    terminal.unstall()
    assert terminal.exit_code() == 0
    assert is_clean(terminal)
    assert len(terminal.received) - before < LIMIT


def test_f08_when_the_launcher_is_killed_the_app_gives_the_terminal_back() -> None:
    with shell() as terminal:
        launcher = child_of(terminal.process.pid)
        os.kill(launcher, signal.SIGKILL)
        terminal.type_until("x", lambda: not terminal.modes() - {"?2004h"})
        terminal.until_text("before the app")


def test_a_terminal_that_was_left_raw_is_made_usable() -> None:
    master, slave = os.openpty()
    try:
        tty.setraw(slave)
        modes.make_sane(slave)
        flags = termios.tcgetattr(slave)
        wanted = termios.ECHO | termios.ICANON | termios.ISIG
        assert flags[3] & wanted == wanted
        assert flags[0] & termios.ICRNL and flags[1] & termios.OPOST
        assert modes.write_within(slave, modes.RESET, 1.0)
        found = b""
        while len(found) < len(modes.RESET):
            found += os.read(master, 1000)
        assert found == modes.RESET
    finally:
        os.close(master)
        os.close(slave)
