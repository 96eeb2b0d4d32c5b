"""``prdrunner steer``: a phase is steered line by line, for a terminal in which the cockpit is too much."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import click

from prdrunner_tui.cli.engine import accepted, me, with_engine
from prdrunner_tui.cli.loop import in_loop
from prdrunner_tui.cli.output import say
from prdrunner_tui.cli.place import project, project_option, run_option, state_of
from prdrunner_tui.cli.talking import addressee, phase_under_way
from prdrunner_tui.cli.which import active_run
from prdrunner_tui.client.socket import SocketClient
from prdrunner_tui.kernel.commands import (
    Command,
    PausePhase,
    Refusal,
    ResumePhase,
    RollBack,
    SendMessage,
    SetBreakpoint,
)
from prdrunner_tui.kernel.state import Phase, RunState
from prdrunner_tui.projections.changed import newest_trees
from prdrunner_tui.projections.overview import STEP_COLUMNS, overview
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line

_MENU = (
    ("p", "pause the phase"),
    ("s", "send a message"),
    ("i", "inject a requirement"),
    ("v", "view the change so far"),
    ("r", "request an explanation"),
    ("u", "undo: back to the last checkpoint"),
    ("b", "break before the next step"),
    ("c", "continue"),
    ("q", "quit; the run goes on"),
)


@click.command()
@click.argument("words", nargs=-1, metavar="[PHASE] [TEXT...]")
@click.option("--phase", "--task", "phase", default="", metavar="PHASE", help="The phase to steer.")
@run_option
@project_option
def steer(words: tuple[str, ...], phase: str, run_id: str, project_dir: Path | None) -> None:
    """Steer a phase: with TEXT it is sent as a message; without, commands are read line by line.

    One word alone is a PHASE. A TEXT of several words without a PHASE stands in quotes.
    """
    place, folder = state_of(project_dir), project(project_dir)
    run = active_run(place, run_id)

    async def work(client: SocketClient) -> None:
        state = accepted(await client.attach(run)).state
        named, text = meant(state, words, phase)
        if text:
            accepted(await client.submit(run, SendMessage(named, "message", text, me())))
            say(f"queued for {named}; it goes with the next turn unless the agent takes it now")
            return
        await _Steering(client, run, named, folder).loop()

    in_loop(with_engine(place, folder, run, work))


def meant(state: RunState, words: tuple[str, ...], phase: str = "") -> tuple[str, str]:
    """The phase to steer, and the text for its agent; "" where commands are to be read.

    Args:
        phase: the one of the option; all words are text then, but for its own name.

    Raises:
        Problem: there is no such phase, or none is named and not exactly one is under way.
    """
    if phase:
        return phase_under_way(state, phase), " ".join(words) if words != (phase,) else ""
    if not words or (len(words) == 1 and not any(map(str.isspace, words[0].strip()))):
        return phase_under_way(state, "".join(words)), ""
    return addressee(state, words)


class _Steering:
    """The dialogue: a head, a letter, what comes of it."""

    def __init__(self, client: SocketClient, run: str, phase: str, folder: Path) -> None:
        self._client = client
        self._run = run
        self._phase = phase
        self._folder = folder
        self._input = _Input()
        self._does: Mapping[str, Callable[[], Awaitable[str]]] = {
            "p": lambda: self._give(PausePhase(phase, me()), f"paused {phase} at its next turn"),
            "c": lambda: self._give(ResumePhase(phase, me()), f"resumed {phase}"),
            "s": lambda: self._say("message", "Message: "),
            "i": lambda: self._say("requirement", "Requirement: "),
            "r": lambda: self._say("question", "Question: ", "What are you doing, and why?"),
            "v": self._view,
            "u": self._undo,
            "b": self._break,
        }

    async def loop(self) -> None:
        """Read commands until q or the end of the input."""
        await self._head()
        for letter, what in _MENU:
            say(f"  [{letter}] {what}")
        while True:
            line = await self._input.ask(f"{self._phase}> ")
            # A whole word is a command's for nobody: "continue" is typed where "c" is meant, and so is a message.
            letter = (line or "").strip().lower()
            if line is None or letter == "q":
                say(f"{self._run} goes on")
                return
            does = self._does.get(letter)
            if does is None:
                if letter:
                    letters = ", ".join(name for name, _ in _MENU)
                    more = "; one letter is a command, and s sends a message" if len(letter) > 1 else ""
                    say(f"error: {one_line(line.strip(), 40)} is none of {letters}{more}")
                await self._head()
                continue
            try:
                say(await does())
            except Problem as problem:
                say(f"error: {problem}")

    async def _state(self) -> RunState:
        return accepted(await self._client.attach(self._run)).state

    async def _head(self) -> None:
        state = await self._state()
        row = next(row for row in overview(state).phases if row.id == self._phase)
        doing = f"  {row.note}" if row.note else ""
        step = f"  {row.step}, iteration {row.iteration}" if row.step else ""
        say(f"{self._run}  {self._phase}{step}  {row.state}{doing}")

    async def _give(self, command: Command, done: str) -> str:
        answer = await self._client.submit(self._run, command)
        if isinstance(answer, Refusal):
            return f"error: {answer.message}" + (f"; {answer.hint}" if answer.hint else "")
        return done

    async def _say(self, kind: str, prompt: str, usual: str = "") -> str:
        text = (await self._input.ask(prompt + (f"[{usual}] " if usual else ""))) or ""
        text = text.strip() or usual
        if not text:
            return "nothing was sent"
        return await self._give(
            SendMessage(self._phase, kind, text, me()), f"{kind} queued for {self._phase}"
        )

    async def _view(self) -> str:
        from prdrunner_tui.repo.diffs import patch_text
        from prdrunner_tui.repo.discover import discover
        from prdrunner_tui.repo.store import open_store

        trees = newest_trees((await self._state()).phases[self._phase])
        if trees is None:
            return "no change is recorded yet; it is recorded when implement ends"
        store = await open_store(state_of(self._folder), (await discover(self._folder)).object_format)
        patch = (await patch_text(store, *trees)).decode("utf-8", "surrogateescape")
        return patch.rstrip() or "nothing changed"

    async def _undo(self) -> str:
        state = await self._state()
        found = [one for one in state.checkpoints.values() if one.phase == self._phase]
        if not found:
            return f"{self._phase} has no checkpoint yet"
        last = found[-1]
        sure = await self._input.ask(f"{self._phase} goes back to {last.id}, {last.label}; y does it: ")
        if (sure or "").strip().lower() != "y":
            return "nothing was undone"
        return await self._give(
            RollBack(last.id, me()),
            f"{self._phase} goes back to {last.id}; what was there is kept as a checkpoint",
        )

    async def _break(self) -> str:
        step = next_step((await self._state()).phases[self._phase])
        return await self._give(
            SetBreakpoint("before", step, self._phase), f"{self._phase} stops before {step}"
        )


def next_step(phase: Phase) -> str:
    """The step behind the one that is under way; before the first one that one."""
    last = phase.last
    if last is None or last.name not in STEP_COLUMNS:
        return STEP_COLUMNS[0] if last is None else "implement"
    after = STEP_COLUMNS.index(last.name) + 1
    return STEP_COLUMNS[after] if after < len(STEP_COLUMNS) else "implement"


class _Input:
    """Lines of the standard input, which is waited for on the loop: so Ctrl-C ends it at once."""

    def __init__(self) -> None:
        self._read = b""
        self._descriptor = sys.stdin.fileno()

    async def ask(self, prompt: str) -> str | None:
        """A line, None at the end of the input."""
        sys.stdout.write(prompt)
        sys.stdout.flush()
        while b"\n" not in self._read:
            await self._ready()
            more = os.read(self._descriptor, 65536)
            if not more:
                break
            self._read += more
        line, found, self._read = self._read.partition(b"\n")
        return line.decode("utf-8", "replace") if line or found else None

    async def _ready(self) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        try:
            loop.add_reader(self._descriptor, ready.set_result, None)
        except PermissionError:
            return  # A plain file is always ready, and nothing can wait for one.
        try:
            await ready
        finally:
            loop.remove_reader(self._descriptor)
