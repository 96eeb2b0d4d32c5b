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
from tests.cli.conftest import Place, Said, make_place
from tests.terminal.pty import SOON, Terminal

PROGRAM = (sys.executable, "-m", "prdrunner_tui")
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

    def give(self, *arguments: str) -> Said:
        """Give a command, which has to succeed."""
        said = self.place.run(*arguments)
        assert said.code == 0, said.err
        return said

    def begin(self, prd: str = "docs/prd.md") -> None:
        """Trust the recording and start a run in the background."""
        self.give("trust")
        self.give("run", "--prd-file", prd, "--detach")

    def message(self, text: str) -> None:
        """Say something to the agent of the first phase."""
        (phase, *_) = self.state.phases
        self.give("message", phase, text)

    def show(
        self,
        *arguments: str,
        env: Mapping[str, str] | None = None,
        wait: str = READY,
        command: tuple[str, ...] = PROGRAM,
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
def begun(folder: Path, recording: str = EDITS) -> Iterator[World]:
    """A world with a run that has begun."""
    with contextlib.closing(World(folder, recording)) as made:
        made.begin()
        yield made


def quit_of(terminal: Terminal, how: str = "d") -> int:
    """Leave by the keyboard; the exit code."""
    terminal.send("q")
    terminal.until(lambda: "Leave prdrunner" in terminal.text or terminal.process.poll() is not None)
    terminal.type_until(how, lambda: "?1049h" not in terminal.modes())
    return terminal.exit_code()
