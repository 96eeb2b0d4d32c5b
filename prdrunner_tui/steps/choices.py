"""Which worker does which step: what the words of an option or of the configuration mean."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from prdrunner_tui.config.models import Config
from prdrunner_tui.config.running import Profile
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.steps.permissions import kept
from prdrunner_tui.steps.prompts import ROLES
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.workers.acp.profile import names
from prdrunner_tui.workers.acp.profile import profile as agent_profile
from prdrunner_tui.workers.registry import ADAPTERS, create

_ONLY_WHEN_NAMED = frozenset({"command"})
"""Adapters that plan and review only when a step names them: a command line cannot be told apart from an agent that
does one thing."""

_INTERPRETERS = frozenset({"sh", "bash", "dash", "zsh", "fish", "python", "python3", "node", "ruby", "perl"})


def make_workers(root: Path, config: Config, worker: str, speed: float | None) -> dict[str, WorkerChoice]:
    """Who does which step.

    Raises:
        Problem: nobody implements, or a worker cannot be used.
    """
    found: dict[str, WorkerChoice] = {}
    for role, text in assigned(config, worker).items():
        choice = worker_choice(root, config, text, speed)
        create(choice.worker, choice.options)
        found[role] = choice
    if "implement" not in found:
        hint = "for example --worker 'command: sh agent.sh', or workers.default in .prd_runner/config.yaml"
        raise Problem("no agent is configured", hint=hint)
    return found


def assigned(config: Config, worker: str = "") -> dict[str, str]:
    """Who does which step, as it is written: role -> a profile's name or ``ADAPTER: WORDS``, which may be wrong."""
    found = {}
    for role in ROLES:
        named = "" if worker and role == "implement" else str(getattr(config.workers, role))
        text = (named or worker or config.workers.default).strip()
        if text and (named or role == "implement" or adapter_of(config, text) not in _ONLY_WHEN_NAMED):
            found[role] = text
    return found


def adapter_of(config: Config, text: str) -> str:
    """The name of the adapter that a worker's text means, or what stands in its place where it means none."""
    name = text.strip()
    if name in config.workers.profiles:
        return config.workers.profiles[name].worker
    return "acp" if name in names() else name.partition(":")[0].strip()


def named_workers(config: Config) -> dict[str, Profile]:
    """All names that a worker's text may be: the profiles of the configuration, then the agents that come along.

    A profile of the configuration stands in front of an agent of the same name.
    """
    along = {name: Profile(worker="acp", profile=name) for name in names()}
    return {**config.workers.profiles, **{k: v for k, v in along.items() if k not in config.workers.profiles}}


def offered(config: Config) -> tuple[str, ...]:
    """The names to offer a person: the profiles of the configuration, and the agents that come along and are there."""
    return tuple(
        name
        for name in named_workers(config)
        if name in config.workers.profiles or shutil.which(agent_profile(name).argv[0])
    )


def worker_choice(root: Path, config: Config, text: str, speed: float | None = None) -> WorkerChoice:
    """What a worker's text means, with the rules on what it may do.

    It is the name of a profile, of an agent that comes along (`qwen`), or ``ADAPTER: WORDS``.

    Raises:
        Problem: none of them.
    """
    profile = text.strip() if text.strip() in named_workers(config) else ""
    choice = _choice(root, config, text, speed)
    return replace(choice, permissions=kept(config.permissions.rules_for(profile)))


def _choice(root: Path, config: Config, text: str, speed: float | None) -> WorkerChoice:
    name, colon, words = text.partition(":")
    name, words = name.strip(), words.strip()
    known = named_workers(config)
    profile = known.get(text.strip())
    label = text.strip() if profile else name
    if profile is not None:
        name, words = profile.worker, profile.command if profile.worker == "command" else profile.script
    elif not colon or name not in ADAPTERS:
        words_known = [*known, *(f"{adapter}:" for adapter in ADAPTERS)]
        hint = did_you_mean(text, words_known) or f"there are: {', '.join(words_known)}"
        raise Problem(f"there is no worker {text[:80]!r}", hint=hint)
    if name == "acp":
        options: dict[str, Any] = profile.agent_options() if profile is not None else agent_options(words)
        return WorkerChoice("acp", options, label if profile else words.split(" ")[0] or label)
    if name == "command":
        if not words:
            raise Problem("the worker command needs a command line", hint="command: sh agent.sh")
        command = {"command": with_script(root, words), "prompt": profile.prompt if profile else "stdin"}
        return WorkerChoice("command", command, label)
    options = {"file": str((root / words).resolve())}
    if speed is not None:
        options["speed"] = speed
    return WorkerChoice(name, options, "recording" if name == "scripted" else label)


def agent_options(words: str) -> dict[str, Any]:
    """What stands behind ``acp:``: the name of an agent profile, or a command line.

    Raises:
        Problem: a command line with a quote that is not closed.
    """
    if words in names() or " " not in words:
        return {"profile": words}
    try:
        return {"argv": shlex.split(words)}
    except ValueError as error:
        raise Problem(
            f"the command line cannot be read: {error}", hint="acp: qwen, or acp: my-agent --acp"
        ) from None


def with_script(root: Path, command: str) -> str:
    """A command line whose script, where it is a file of the checkout, is named by its whole path.

    A workspace holds what is committed, and the script of an agent often is not. Only the program itself, or the
    first file that is given to an interpreter, is looked at: other words may be files that the agent is to change.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        return command
    position = 1 if words and Path(words[0]).name in _INTERPRETERS else 0
    script = words[position] if len(words) > position else ""
    if not script or script.startswith(("-", "/", "~", "$")) or not (root / script).is_file():
        return command
    if position == 0 and "/" not in script:
        return command
    start = command.find(script, len(words[0]) if position else 0)
    if start < 0:
        return command
    return command[:start] + shlex.quote(str((root / script).resolve())) + command[start + len(script) :]
