"""What is wrong with a worker profile beyond the shape of its keys: words that no adapter takes, programs not there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from prdrunner_tui.agents.environment import ALLOWED
from prdrunner_tui.config.profilefiles import as_tuples
from prdrunner_tui.config.running import Profile
from prdrunner_tui.rules.secrets import PATTERNS
from prdrunner_tui.steps.choices import with_script
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.text.yaml import KeyPath, Value
from prdrunner_tui.workers.acp.profile import profile as agent_profile
from prdrunner_tui.workers.health import names_secret, program_of
from prdrunner_tui.workers.registry import ADAPTERS, create

Where = Callable[[KeyPath], str]
"""The place of a value in a profile."""

_KEYS = {"command": ("command", "prompt"), "scripted": ("script",)}
"""What these adapters take of a profile; `acp` complains by itself of what it does not take."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found: a profile with `mistakes` cannot be used."""

    mistakes: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def check(values: Mapping[str, Value], where: Where, root: Path, pass_env: Sequence[str] = ()) -> Checked:
    """Look at a profile whose keys and values are of the right shape.

    Args:
        values: the profile as it is written.
        root: the directory from which a script or a recording is named.
        pass_env: what ``workers.pass_env`` lets through.
    """
    worker = str(values.get("worker", ""))
    if worker not in ADAPTERS:
        hint = did_you_mean(worker, ADAPTERS) or f"there are: {', '.join(sorted(ADAPTERS))}"
        return Checked((Problem(f"there is no worker {worker[:60]!r}", where=where(("worker",)), hint=hint),))
    profile = Profile.model_validate(as_tuples(values))
    options = options_of(profile, root)
    mistakes = list(_mistakes(profile, where, root))
    if not mistakes:
        try:
            create(worker, options)
        except Problem as problem:
            at = problem.where or where(_blamed(problem, values))
            mistakes.append(Problem(problem.message, where=at, hint=problem.hint))
    warnings = [*_unused(values, worker, where), *_variables(profile, where, pass_env)]
    program = None if mistakes else program_of(worker, options, root, os.environ.get("PATH"))
    if program is not None and not program.path:
        words = f"{program.word[:60]} is not installed"
        at = where(("command" if worker == "command" else "argv" if "argv" in values else "profile",))
        warnings.append(Problem(words, where=at, hint=program.install or "install it, or mend PATH"))
    return Checked(tuple(mistakes), tuple(warnings))


def options_of(profile: Profile, root: Path) -> dict[str, object]:
    """The options of the adapter that a profile names."""
    if profile.worker == "acp":
        return profile.agent_options()
    if profile.worker == "command":
        return {"command": with_script(root, profile.command), "prompt": profile.prompt}
    return {"file": str((root / profile.script).resolve())}


def looks_secret(name: str, value: str) -> bool:
    """Whether a variable's value should be nowhere in a file: by its name, or by the shape of the value."""
    return bool(value) and (names_secret(name) or any(shape.search(value.encode()) for _, shape in PATTERNS))


def _mistakes(profile: Profile, where: Where, root: Path) -> Iterator[Problem]:
    if profile.worker == "command" and not profile.command.strip():
        yield Problem(
            "the worker command needs command:", where=where(("command",)), hint="command: sh agent.sh"
        )
    if profile.worker == "scripted":
        if not profile.script:
            hint = "script: recording.yaml"
            yield Problem("the worker scripted needs script:", where=where(("script",)), hint=hint)
        elif not (root / profile.script).is_file():
            words = f"there is no recording {profile.script[:200]}"
            hint = "it is named from the root of the repository"
            yield Problem(words, where=where(("script",)), hint=hint)


def _blamed(problem: Problem, values: Mapping[str, Value]) -> KeyPath:
    """The key that an adapter's complaint is about."""
    for named in (problem.message.partition(":")[0], problem.message.partition("'")[2].rstrip("'")):
        if named in values:
            return (named,)
    return ("profile",) if problem.message.startswith("there is no agent profile") else ()


def _unused(values: Mapping[str, Value], worker: str, where: Where) -> Iterator[Problem]:
    for key in values if worker in _KEYS else ():
        if key != "worker" and key not in _KEYS[worker]:
            yield Problem(f"the worker {worker} does not use {key}", where=where((key,)), hint="remove it")


def _variables(profile: Profile, where: Where, pass_env: Sequence[str]) -> Iterator[Problem]:
    through = (*ALLOWED, *pass_env, *_wanted(profile))
    for name, value in profile.env.items():
        at = where(("env", name))
        if isinstance(value, str):
            if looks_secret(name, value):
                hint = f"write {{from: {name}}}, and workers.pass_env: [{name}]"
                yield Problem(
                    f"env.{name} looks like a credential, which is kept with the run", where=at, hint=hint
                )
        elif not any(fnmatchcase(value.from_, pattern) for pattern in through):
            hint = f"workers.pass_env: [{value.from_}] in your configuration lets it through"
            yield Problem(
                f"env.{name} is never set: {value.from_} does not reach the agent", where=at, hint=hint
            )


def _wanted(profile: Profile) -> tuple[str, ...]:
    """The variables that an agent profile which comes along lets through by itself."""
    try:
        return agent_profile(profile.profile).wanted() if profile.profile else ()
    except Problem:
        return ()
