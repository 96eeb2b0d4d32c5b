"""The small app in a terminal, and runs for the real one."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.app_world import World, world
from tests.terminal.pty import Terminal

ROOT = Path(__file__).parents[2]

LARGE = (200, 60)
"""A size at which a few frames fill every buffer."""

Start = Callable[..., Terminal]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The state root of the programs of a test."""
    return tmp_path / "state"


@pytest.fixture
def start(state: Path, tmp_path: Path) -> Iterator[Start]:
    """Start the small app with options in a terminal, by default under the launcher; wait until it shows."""
    with contextlib.ExitStack() as stack:

        def begin(
            *options: str, wait: bool = True, env: dict[str, str] | None = None, **more: Any
        ) -> Terminal:
            command = [sys.executable, "-m", "tests.terminal.start", *options]
            told = {"PRDRUNNER_STATE_DIR": str(state), "HELLO_DIR": str(tmp_path)}
            terminal = stack.enter_context(Terminal(command, cwd=ROOT, env={**told, **(env or {})}, **more))
            if wait:
                terminal.until_text("typed:[]")
            return terminal

        yield begin


@pytest.fixture(scope="session")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A run whose first review waits; tests decide nothing in it, and end the terminals that they open."""
    with world(tmp_path_factory.mktemp("waiting")) as made:
        yield made


def child_of(pid: int) -> int:
    """The one child of a process."""
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def is_clean(terminal: Terminal) -> bool:
    """Whether the terminal is as it was before: modes, termios, the screen before the app."""
    return (
        not terminal.modes()
        and terminal.attributes() == terminal.attributes_before
        and "before the app" in terminal.text
    )


def frame_shown(terminal: Terminal) -> int:
    """The number of the frame that is on the screen."""
    rows = terminal.text.splitlines()
    shown = rows[1][:8] if len(rows) > 1 else ""
    return int(shown) if shown.isdecimal() else 0
