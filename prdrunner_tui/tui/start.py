"""What the start screen knows and does: looking at a repository, previews of runs, trust, the demo.

Whatever reads files or starts git is done in a thread, so that the screen never waits for a disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Coroutine, Hashable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from prdrunner_tui import __version__
from prdrunner_tui.repo.locate import common_dir, repo_id
from prdrunner_tui.repo.rundir import StateDir, state_root
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui.rows.ending import run_word
from prdrunner_tui.tui.rows.newrun import Preview, Wish
from prdrunner_tui.tui.rows.start import Agent, Brought, RunLine, StartFacts
from prdrunner_tui.tui.target import Target, target_of

if TYPE_CHECKING:
    from prdrunner_tui.cli.trust import Carried
    from prdrunner_tui.config.trust import Entry
    from prdrunner_tui.tui.newrun import Ready

T = TypeVar("T")

_IMPORTING = threading.Lock()

PROGRAMS = ("claude", "codex", "gemini", "opencode", "aider", "goose", "amp", "copilot", "cursor-agent")
"""Agents that people have, by the name of their program; only looked for, never started."""
_RUNS = 8
_TEXT_LINES = 400
_TEXT_LENGTH = 100_000
"""Characters of a file that are shown."""
_LINE = 1000
"""Characters of one line; a longer one goes on in the next."""
_TEXT_FILES = 100


class Home:
    """A repository before a run of it is on the screen.

    Args:
        project: a directory in it.

    Raises:
        Problem: there is no repository.
    """

    def __init__(self, project: Path) -> None:
        common = common_dir(project)
        if common is None:
            hint = "cd into one, or name it with --project-dir DIR; git init makes one"
            raise Problem("this is not a git work tree", where=str(project), hint=hint)
        self.root = next((up for up in (project, *project.parents) if (up / ".git").exists()), project)
        self.repo_id = repo_id(common)
        self.state = StateDir(state_root() / self.repo_id)
        self.facts = StartFacts(__version__, _shown(self.root))

    async def look(self, told: Callable[[], None]) -> None:
        """Bring `facts` up to date; ``told`` is called when a part of them has come."""
        problems: dict[str, Problem] = {}
        branch, runs, brought, agents = await asyncio.gather(
            asyncio.to_thread(_branch, self.root),
            _part(problems, "runs", self._runs),
            _part(problems, "trust", self._brought),
            _part(problems, "agents", self._agents),
        )
        self.facts = replace(
            self.facts, branch=branch, runs=runs, brought=brought, agents=agents, problems=dict(problems)
        )
        told()
        found = await _part(problems, "prds", self._prds)
        self.facts = replace(self.facts, found=found, problems=problems)
        told()

    async def look_at_runs(self) -> bool:
        """Read the list of runs alone again; whether it says something else than before."""
        try:
            runs = await _thread(self._runs)
        except Problem:
            return False  # What was read stays; the next whole look tells of it.
        if runs == self.facts.runs:
            return False
        problems = {part: problem for part, problem in self.facts.problems.items() if part != "runs"}
        self.facts = replace(self.facts, runs=runs, problems=problems)
        return True

    def target(self, run: str) -> Target:
        """A run of this repository for the cockpit."""
        return target_of(self.root, run)

    async def ready(self, wish: Wish, before: Ready | None = None) -> Ready:
        """A preview of the run that a person wishes for; what stands in its way is a part of it.

        Args:
            before: an earlier preview, whose list of uncommitted files still holds.
        """
        from prdrunner_tui.tui.newrun import Ready, look_at

        try:
            return await _aside(lambda: look_at(self.root, wish, before))
        except Problem as problem:
            return Ready(wish, Preview(problem=problem))

    async def agent(self, text: str, profiles: Sequence[str]) -> str:
        """What a typed agent means, as a wish has it.

        Raises:
            Problem: nothing that could run.
        """

        def find() -> str:
            from prdrunner_tui.tui.newrun import agent_named

            return agent_named(self.root, text, profiles)

        return await _thread(find)

    async def stamp(self, prd: str) -> Hashable:
        """Another value when a PRD, or what configures its run, was written, made or removed."""
        return await asyncio.to_thread(
            lambda: tuple(_stamp(self.root / name) for name in (prd, ".prd_runner/config.yaml"))
        )

    async def start(self, shown: Ready) -> Target:
        """Start the run that was shown.

        Raises:
            Problem: it cannot start, or would not be what was shown.
        """
        from prdrunner_tui.tui.newrun import begin

        await _aside(lambda: begin(self.root, shown))
        assert shown.command is not None
        return self.target(shown.command.run)

    async def contents(self) -> tuple[Brought, Sequence[tuple[str, Sequence[str]]]]:
        """What the repository brings could do, and the lines of its files.

        Raises:
            Problem: it cannot be read as it is.
        """
        return await _thread(self._contents)

    async def trust(self, shown: Brought) -> None:
        """Trust what was shown.

        Raises:
            Problem: it is not the same any more.
        """

        def pin() -> None:
            from prdrunner_tui.cli.trust import carried, store

            found = asyncio.run(carried(self.root))
            if found.hash != shown.hash:
                raise Problem("it changed while you looked", hint="this is how it is now; look again", code=5)
            store().trust(self.repo_id, found.own, found.agents)

        await _thread(pin)

    async def demo(self) -> Target:
        """Start the demo on the copy of the sample in the user's data directory, or go on with it.

        Raises:
            Problem: the copy cannot be made, or the run does not start.
        """

        async def work() -> Target:
            from prdrunner_tui.cli.demo import ready_copy
            from prdrunner_tui.cli.trust import data_dir

            copy = ready_copy(data_dir())
            return target_of(copy.folder, copy.run) if copy.run else await begin_demo(copy.folder, 1.0)

        return await _aside(work)

    # In a thread, where the imports are too: what reads configurations and plans takes longer to import than Textual,
    # and the screen is there before.

    def _prds(self) -> Any:
        from prdrunner_tui.tui.prdscan import find_prds

        return asyncio.run(find_prds(self.root))

    def _runs(self) -> list[RunLine]:
        from prdrunner_tui.cli.place import registry_of

        rows = registry_of(self.state).newest(limit=_RUNS)
        return [
            RunLine(
                row.run,
                row.prd,
                run_word(row.status, _states(row.overview)),
                row.phases,
                row.done,
                row.usd,
                row.unpriced,
                row.started_at,
                bool(row.published),
                row.waiting,
            )
            for row in rows
        ]

    def _brought(self) -> Brought:
        from prdrunner_tui.cli.trust import carried

        return self._as_brought(asyncio.run(carried(self.root)))

    def _as_brought(self, found: Carried) -> Brought:
        files = [(str(entry.path.display()), entry.does) for entry in found.entries]
        return Brought(files, found.is_trusted(self.repo_id), found.hash, len(found.agents.entries))

    def _agents(self) -> list[Agent]:
        from prdrunner_tui.steps.choices import offered
        from prdrunner_tui.tui.newrun import configured

        config = configured(self.root)
        made = [Agent("default", True, config.workers.default)] if config.workers.default else []
        made += [
            Agent(name, True, profile.command or profile.script)
            for name, profile in config.workers.profiles.items()
        ]
        along = [name for name in offered(config) if name not in config.workers.profiles]
        made += [Agent(name, True, "installed, h/l in a new run chooses it") for name in along]
        for program in PROGRAMS:
            if program in along:
                continue
            path = shutil.which(program)
            if path is not None and os.path.isabs(path):  # noqa: PTH117
                made.append(Agent(program, False, f"found: {path}; use it as a command line"))
        return made

    def _contents(self) -> tuple[Brought, Sequence[tuple[str, Sequence[str]]]]:
        from prdrunner_tui.cli.trust import by_weight, carried, committed_texts

        found = asyncio.run(carried(self.root))
        own, agents = found.own.entries[:_TEXT_FILES], by_weight(found.agents)[:_TEXT_FILES]
        committed = asyncio.run(committed_texts(self.root, agents))
        texts: list[tuple[str, Sequence[str]]] = [
            *((str(entry.path.display()), _lines(self.root, entry)) for entry in own),
            *(
                (str(entry.path.display()), _text_lines(text, "git show HEAD:PATH has them"))
                for entry, text in zip(agents, committed, strict=True)
            ),
        ]
        if (more := len(found.entries) - len(texts)) > 0:
            texts.append((f"and {more} more files", ()))
        return self._as_brought(found), texts


async def begin_demo(folder: Path, speed: float) -> Target:
    """Start the recorded run on a copy of the sample.

    Raises:
        Problem: it does not start.
    """
    from prdrunner_tui.cli.demo import PRD
    from prdrunner_tui.cli.engine import me
    from prdrunner_tui.cli.starting import look_ahead, make_start, start
    from prdrunner_tui.steps.prepare import Options

    outlook = await look_ahead(folder, folder / PRD, Options(speed=speed))
    command = make_start(outlook, new=True, by=me())
    client = await start(outlook, command)
    await client.close()
    return target_of(folder, command.run)


def play(arguments: Sequence[str]) -> int:
    """Start the demo and show it; called by the launcher in its child.

    Args:
        arguments: the directory of the copy, the speed, and the run that is under way there (empty to start one).

    Raises:
        Problem: it does not start.
    """
    from prdrunner_tui.tui.app import run

    folder, speed, under_way = arguments
    shown = under_way or asyncio.run(begin_demo(Path(folder), float(speed))).run
    return run([folder, shown, "", ""])


async def _aside(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run a coroutine in a loop of its own in a thread: what it reads and folds does not hold the screen."""
    return await _thread(lambda: asyncio.run(make()))


async def _thread(get: Callable[[], T]) -> T:
    """The result of a function, in a thread; what a disk or a database says becomes a `Problem`."""

    def work() -> T:
        # Two threads that import a package and a module of it wait for each other, which Python ends with an error.
        with _IMPORTING:
            import prdrunner_tui.tui.newrun  # noqa: F401 - what all of them use is below it
        return get()

    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        where = str(error.filename) if error.filename is not None else ""
        raise Problem(
            error.strerror or str(error), where=where, hint="mend that, then try again", code=1
        ) from None
    except sqlite3.Error as error:
        hint = "prdrunner doctor looks at it"
        raise Problem(f"the list of runs cannot be read: {error}", hint=hint, code=1) from None


async def _part(problems: dict[str, Problem], name: str, get: Callable[[], T]) -> T | None:
    """A part of the facts, or None and its problem."""
    try:
        return await _thread(get)
    except Problem as problem:
        problems[name] = problem
    return None


def _lines(root: Path, entry: Entry) -> Sequence[str]:
    """The lines of a file below ``.prd_runner``.

    Raises:
        Problem: it is not what was hashed: what is shown has to be what is trusted.
    """
    path = root / os.fsdecode(entry.path.raw)
    is_link = path.is_symlink()
    data = os.fsencode(path.readlink()) if is_link else path.read_bytes()
    if hashlib.sha256(data).hexdigest() != entry.content:
        where = str(entry.path.display())
        raise Problem("changed while it was read", where=where, hint="esc, then look again", code=5)
    text = data.decode("utf-8", "surrogateescape")
    return _text_lines(f"a link to {text}" if is_link else text)


def _text_lines(text: str, elsewhere: str = "look at the file itself") -> Sequence[str]:
    """The lines of a text as far as they are shown, very long ones in parts; then where the others are."""
    parts = [line[at : at + _LINE] for line in text.splitlines() for at in range(0, max(1, len(line)), _LINE)]
    shown: list[str] = []
    room = _TEXT_LENGTH
    for part in parts[:_TEXT_LINES]:
        room -= len(part)
        if room < 0:
            break
        shown.append(part)
    left = len(parts) - len(shown)
    return [*shown, f"({left:,} more lines; {elsewhere})"] if left else shown


def _states(overview: str) -> list[str]:
    """The states of the phases in an overview of the registry; none where it is not one."""
    try:
        return [str(phase["state"]) for phase in json.loads(overview)["phases"]]
    except (ValueError, KeyError, TypeError):
        return []


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _branch(root: Path) -> str:
    """What HEAD names, read from its file; empty where that cannot be read."""
    try:
        git = root / ".git"
        if git.is_file():
            git = root / git.read_text("utf-8", "surrogateescape").removeprefix("gitdir: ").strip()
        head = (git / "HEAD").read_bytes()[:4096].decode("utf-8", "surrogateescape").strip()
    except OSError:
        return ""
    return head.removeprefix("ref: refs/heads/") if head.startswith("ref: ") else "detached"


def _shown(root: Path) -> str:
    home = Path.home()
    return f"~/{root.relative_to(home)}" if root != home and root.is_relative_to(home) else str(root)
