"""Runs of recordings in repositories of their own, and the real program in a terminal over them."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from prdrunner_tui.cli.place import folded, registry_of
from prdrunner_tui.kernel.state import Decision, RunState
from prdrunner_tui.repo.rundir import StateDir
from tests.cli.conftest import Place, make_place
from tests.terminal.pty import SOON, Terminal

CONFIG = """\
workers:
  default: recording
  profiles:
    recording: {worker: scripted, script: .prd_runner/recording.yaml}
verify:
  commands:
    - {name: tests, run: python3 -m unittest -v}
"""
EDITS = """\
recording: an edit for each phase
default:
  plan_impl:
    - write_result: {summary: an edit, approach: append, changes: []}
  implement:
    - talk: "I begin {phase}"
    - command: printf 'x = "%s"\\n' "$PRDRUNNER_PHASE" >> calc.py
    - talk: "I end {phase}"
  review:
    - write_result: {issues: []}
"""
READY = "! 1 wait"
"""Stands in the inbox bar when a decision waits."""
MODES = {"?1049h", "?25l", "?1000h", "?2004h", "kitty"}
"""Some of what a terminal is in while the cockpit has it."""


class World:
    """A repository with a run, its engine, and terminals in which the program shows it.

    Args:
        folder: an empty directory.
        recording: what the agent does.
        prd: the text of the PRD.
        config: the configuration of the repository.
    """

    def __init__(self, folder: Path, recording: str = EDITS, *, prd: str = "", config: str = CONFIG) -> None:
        more = {"prd": prd} if prd else {}
        self.place: Place = make_place(folder, config=config, **more)
        (self.place.root / ".prd_runner/recording.yaml").write_text(recording)
        self.place.git("add", ".")
        self.place.git("commit", "-qm", "a recording")
        self.stack = contextlib.ExitStack()

    def trust(self) -> None:
        """Trust the recording."""
        trusted = self.place.run("trust")
        assert trusted.code == 0, trusted.err

    def start(self, prd: str = "docs/prd.md") -> None:
        """Start a run in the background."""
        begun = self.place.run("run", "--prd-file", prd, "--detach")
        assert begun.code == 0, begun.err

    def show(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        wait: str = READY,
        command: tuple[str, ...] = (sys.executable, "-m", "prdrunner_tui"),
        **more: Any,
    ) -> Terminal:
        """The program in a terminal, by default ``attach``; waits for a text on the screen.

        Args:
            arguments: of the program.
            env: variables on top of those of the repository.
            wait: the text.
            command: what the arguments are given to.
            more: for `Terminal`.
        """
        for kept in (self.place.home / "state").glob("*/cockpit.json"):
            # How another terminal left its panes is none of this one's business.
            kept.unlink()
        told = {**self.place.env, **(env or {})}
        given = [*command, *(arguments or ("attach",))]
        terminal = self.stack.enter_context(Terminal(given, cwd=self.place.root, env=told, **more))
        if wait:
            terminal.until_text(wait, 2 * SOON)
        return terminal

    @property
    def state(self) -> RunState:
        """The newest run, as its log on the disk tells."""
        (folder,) = (found.parent for found in (self.place.home / "state").glob("*/registry*.db"))
        state = StateDir(folder)
        return folded(state, registry_of(state).newest(limit=1)[0].run)

    def waiting(self) -> list[Decision]:
        """The open decisions."""
        return list(self.state.open_decisions())

    def engine(self) -> int:
        """The pid of the engine."""
        (lock,) = (self.place.home / "state").glob("*/engine.lock")
        return int(lock.read_text().split()[0])

    def close(self) -> None:
        """End the terminals and the engine."""
        self.stack.close()
        self.place.kill_engine()


@contextlib.contextmanager
def world(folder: Path, recording: str = EDITS, **more: Any) -> Iterator[World]:
    """A world with a run that has begun; its first decision waits."""
    made = World(folder, recording, **more)
    try:
        made.trust()
        made.start()
        made.place.until("status", holds="NEEDS YOU")
        yield made
    finally:
        made.close()


def lives(pid: int) -> bool:
    """Whether a process is there and not only a zombie."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    return False


def quit_of(terminal: Terminal, how: str = "d") -> int:
    """Leave by the keyboard; the exit code."""
    terminal.send("q")
    terminal.until(lambda: "Leave prdrunner" in terminal.text or terminal.process.poll() is not None)
    terminal.type_until(how, lambda: "?1049h" not in terminal.modes())
    return terminal.exit_code()


def three_rows(terminal: Terminal) -> tuple[str, str, str]:
    """Row 1, the inbox bar and the key row."""
    rows = terminal.text.split("\n")
    return rows[0], rows[-2], rows[-1]
