"""The workers that could be used here, each looked at: program, version, an answer, a sign-in. No turn is taken."""

from __future__ import annotations

import asyncio
import os
import shutil
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.agents.sweep import sweep
from prdrunner_tui.cli.configured import Here
from prdrunner_tui.cli.profilefacts import used_by
from prdrunner_tui.config.models import Config
from prdrunner_tui.kernel.settings import Sandbox as Chosen
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.repo.rundir import make_folder_apart
from prdrunner_tui.steps.choices import named_workers, worker_choice
from prdrunner_tui.steps.confine import missing
from prdrunner_tui.steps.surroundings import variables
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.workers import health
from prdrunner_tui.workers.acp.profile import Profile, from_options
from prdrunner_tui.workers.health import Greeting, Point, Program
from prdrunner_tui.workers.port import Capabilities
from prdrunner_tui.workers.registry import create

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Subject:
    """A worker as a text names it.

    Attributes:
        text: a profile's name, that of an agent that comes along, or ``ADAPTER: WORDS``.
        steps: what uses it.
        choice: what the text means; None where that cannot be used, and `problem` says why.
        agent: how its program is spoken to, of the worker `acp` only.
    """

    text: str
    steps: tuple[str, ...]
    choice: WorkerChoice | None = None
    problem: Problem | None = None
    program: Program | None = None
    agent: Profile | None = None
    capabilities: Capabilities | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """A worker with what was found."""

    subject: Subject
    points: tuple[Point, ...]
    needed: bool
    """Whether a step uses it, or it was asked for by its name."""

    @property
    def usable(self) -> bool:
        """Whether a turn could begin."""
        return not any(point.level == "fail" for point in self.points)


def subjects(place: Here, config: Config, name: str = "") -> list[Subject]:
    """All workers that could be used: by name, and those that only a step names; or the one that is asked for.

    Raises:
        Problem: nothing has that name.
    """
    steps = used_by(config)
    if name:
        worker_choice(place.root, config, name)
    texts = [name] if name else list(dict.fromkeys([*named_workers(config), *steps]))
    return [_subject(place.root, config, text, tuple(steps.get(text, ()))) for text in texts]


async def versions(place: Here, config: Config, found: Sequence[Subject]) -> list[str]:
    """The version of each worker's program, "" where it is not known."""
    async with _Bench(place.root) as bench:
        return await asyncio.gather(*(bench.version(config, subject) for subject in found))


async def examine(place: Here, config: Config, found: Sequence[Subject], *, asked: bool) -> list[Looked]:
    """Look at each worker, some of them at once. Programs that were started for it are ended."""
    async with _Bench(place.root) as bench:
        points = await asyncio.gather(*(bench.points(config, subject) for subject in found))
    around = await asyncio.to_thread(sandboxed, config)
    return [
        Looked(subject, (*one, *(around if subject.choice is not None else ())), asked or bool(subject.steps))
        for subject, one in zip(found, points, strict=True)
    ]


def sandboxed(config: Config) -> tuple[Point, ...]:
    """Whether the sandbox can be had that the configuration wants, the same for each worker; blocks.

    Nothing where it wants none. A required one that cannot be had is a failure: no turn would begin.
    """
    mode = config.sandbox.mode
    if mode == "off":
        return ()
    try:
        why = missing(Chosen(mode=mode))
    except Problem as problem:
        return (Point("fail", "sandbox", one_line(problem.message, 300), problem.hint),)
    if why:
        text = one_line(f"none, {why}; it works without", 300)
        return (Point("warn", "sandbox", text, "prdrunner doctor says what helps"),)
    return (Point("ok", "sandbox", one_line(f"bubblewrap works; sandbox.mode is {mode}", 60)),)


def _subject(root: Path, config: Config, text: str, steps: tuple[str, ...]) -> Subject:
    try:
        choice = worker_choice(root, config, text)
        worker = create(choice.worker, choice.options)
        program = health.program_of(choice.worker, choice.options, root, os.environ.get("PATH"))
        agent = from_options(choice.options) if choice.worker == "acp" else None
    except Problem as problem:
        return Subject(text, steps, problem=problem)
    return Subject(text, steps, choice, None, program, agent, worker.capabilities)


class _Bench:
    """A place in which programs are started: an empty directory, a marker that finds all that they left."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._marker = uuid.uuid4().hex
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._folder = make_folder_apart("look")

    async def __aenter__(self) -> _Bench:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await asyncio.to_thread(sweep, self._marker, root=None)
        shutil.rmtree(self._folder, ignore_errors=True)

    async def version(self, config: Config, subject: Subject) -> str:
        """What the program says of its version. A command line is never started: it may be the agent itself."""
        program = subject.program
        if (
            subject.agent is None
            or program is None
            or not program.path
            or not health.tells_version(program.word)
        ):
            return ""
        async with self._turn:
            return await health.version_of(program.path, self._env(config, subject), self._folder)

    async def points(self, config: Config, subject: Subject) -> list[Point]:
        """All that can be known of a worker without a turn."""
        if subject.problem is not None:
            problem = subject.problem
            words = f"{problem.where}: {problem.message}" if problem.where else problem.message
            return [Point("fail", "profile", one_line(words, 300), problem.hint)]
        if subject.program is None:
            return [Point("ok", "program", one_line("none that could be looked for", 60))]
        assert subject.choice is not None
        script = health.missing_script(subject.choice.worker, subject.choice.options, self._root)
        found = [health.installed(subject.program, script)]
        agent = subject.agent
        if agent is None:
            return found
        package = health.extra()
        if not subject.program.path:
            return [*found, package] if package.level == "fail" else found
        version, greeting = await asyncio.gather(
            self.version(config, subject), self._greet(config, subject, agent)
        )
        found.append(health.compared(greeting.version or version, agent))
        found.append(health.answered(greeting))
        found.append(package)
        found.append(health.sign_in(agent, os.environ, None if greeting.problem else greeting.auth))
        return found

    async def _greet(self, config: Config, subject: Subject, agent: Profile) -> Greeting:
        assert subject.program is not None
        argv = [subject.program.path, *agent.argv[1:]]
        async with self._turn:
            return await health.greet(argv, self._env(config, subject), self._folder, agent.start_seconds)

    def _env(self, config: Config, subject: Subject) -> Mapping[str, str]:
        assert subject.choice is not None
        given = variables(os.environ, subject.choice, config.workers.pass_env, marker=self._marker)
        return subject.agent.environment(given) if subject.agent is not None else given
