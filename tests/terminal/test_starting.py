"""What happens around the first frame: keys typed early, terminals that will not do, the profile of a slow line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal.conftest import ROOT, START, Start


def test_a13_keys_typed_before_the_first_frame_reach_what_is_focused_then(start: Start) -> None:
    terminal = start(wait=False)
    terminal.send("ab\rc")
    terminal.until_text("typed:[ab<enter>c]")
    terminal.send("d\r")
    terminal.until_text("typed:[ab<enter>cd<enter>]")


def test_a13_an_app_can_keep_keys_back_until_its_screen_is_there(start: Start) -> None:
    terminal = start("late", wait=False)
    terminal.send("ab")
    terminal.until_text("typed:[ab]")
    terminal.send("c")
    terminal.until_text("typed:[abc]")
    assert "reached too early" not in terminal.text


def test_an_escape_key_is_told_from_a_sequence(start: Start) -> None:
    terminal = start()
    terminal.send("\x1b")
    terminal.until_text("typed:[<escape>]")
    terminal.send("\x1b[A")
    terminal.until_text("typed:[<escape><up>]")
    terminal.send(b"\xff\xc3")
    terminal.send(b"\xa4")
    terminal.until_text("ä]")


@pytest.mark.parametrize("missing", ["stdin", "stdout"])
def test_without_a_terminal_one_line_says_so(missing: str) -> None:
    master, slave = os.openpty()
    try:
        streams = {"stdin": slave, "stdout": slave, missing: subprocess.DEVNULL}
        done = subprocess.run(
            START, cwd=ROOT, stdin=streams["stdin"], stdout=streams["stdout"], stderr=subprocess.PIPE, text=True,
            timeout=30, check=False,
        )  # fmt: skip
    finally:
        os.close(master)
        os.close(slave)
    assert done.returncode == 2
    name = missing.removeprefix("std")
    assert (
        done.stderr.splitlines()[0] == f"error: the cockpit needs a terminal, and standard {name}put is none"
    )


@pytest.mark.parametrize(("term", "shown"), [("dumb", "dumb"), ("", "not set")])
def test_f32_a_terminal_that_can_show_nothing_is_named(start: Start, term: str, shown: str) -> None:
    terminal = start(wait=False, env={"TERM": term})
    assert terminal.exit_code() == 2
    assert f"TERM is {shown}" in terminal.text
    assert b"\x1b" not in terminal.received


@pytest.mark.parametrize(
    ("env", "fps", "interval"),
    [
        ({}, 60, 1 / 12),
        ({"SSH_TTY": "/dev/pts/9"}, 20, 0.25),
        ({"SSH_TTY": "x", "TEXTUAL_FPS": "30"}, 30, 0.25),
    ],
)
def test_the_profile_is_chosen_before_textual_is_imported(
    start: Start, tmp_path: Path, env: dict[str, str], fps: int, interval: float
) -> None:
    terminal = start(env={**env, "COLUMNS": "20", "LINES": "5"})
    terminal.until(lambda: terminal.text.splitlines()[-1].startswith("00000000"))  # not the stale size
    assert "?1016h" not in terminal.modes(), "the mouse is reported by cells"
    terminal.send("Q")
    assert terminal.exit_code() == 0
    stats = json.loads((tmp_path / "stats.json").read_text())
    assert stats["fps"] == fps
    assert stats["interval"] == pytest.approx(interval)


def test_the_launcher_imports_nothing_heavy() -> None:
    program = "import sys, prdrunner_tui.tui.launch; print(*sorted(m.split('.')[0] for m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not set(done.stdout.split()) & {
        "textual",
        "rich",
        "asyncio",
        "pydantic",
        "subprocess",
        "sqlite3",
        "git",
    }
