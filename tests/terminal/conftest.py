"""The small app in a terminal, and runs for the real one."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.app_world import World, begun
from tests.terminal.pty import Terminal

ROOT = Path(__file__).parents[2]

START = (sys.executable, "-m", "tests.terminal.start")
"""The small app."""
SIGNALS = (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT, signal.SIGINT)
"""Those that end a program and let it say goodbye."""

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
            told = {"PRDRUNNER_STATE_DIR": str(state), "HELLO_DIR": str(tmp_path)}
            terminal = stack.enter_context(
                Terminal([*START, *options], cwd=ROOT, env={**told, **(env or {})}, **more)
            )
            if wait:
                terminal.until_text("typed:[]")
            return terminal

        yield begin


@contextlib.contextmanager
def shell(*options: str) -> Iterator[Terminal]:
    """A shell with job control in which the small app was started; it shows."""
    env = {"PS1": "ready$ ", "PS2": "", "HISTFILE": "/dev/null", "BASH_SILENCE_DEPRECATION_WARNING": "1"}
    with Terminal(["bash", "--norc", "--noprofile", "-i"], cwd=ROOT, env=env) as terminal:
        terminal.until_text("ready$")
        terminal.send(f"{' '.join([*START, *options])}\r")
        terminal.until_text("typed:[]")
        yield terminal


@pytest.fixture(scope="session")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A run whose first review waits; tests decide nothing in it, and end the terminals that they open."""
    with begun(tmp_path_factory.mktemp("waiting")) as made:
        made.place.until("status", holds="NEEDS YOU")
        yield made


def is_clean(terminal: Terminal) -> bool:
    """Whether the terminal is as it was before, with the screen before the small app."""
    return terminal.is_given_back and "before the app" in terminal.text


def frame_shown(terminal: Terminal) -> int:
    """The number of the frame that is on the screen."""
    rows = terminal.text.splitlines()
    shown = rows[1][:8] if len(rows) > 1 else ""
    return int(shown) if shown.isdecimal() else 0
