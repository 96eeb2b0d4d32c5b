"""How a run works: loop, commit, verification, workers, limits."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from prdrunner_tui.config.base import Model, Name, Seconds, Text
from prdrunner_tui.testreports import check_ran
from prdrunner_tui.text.problem import Problem


def _usable_ran(value: str) -> str:
    try:
        check_ran(value)
    except Problem as problem:
        raise ValueError(str(problem)) from problem
    return value


def _inside_repository(value: str) -> str:
    if value.startswith(("/", "~")) or ".." in re.split(r"[/\\]", value):
        raise ValueError("must stay inside the repository")
    return value


RepoGlob = Annotated[Text, AfterValidator(_inside_repository)]
"""A path or glob below the repository's root."""


class Loop(Model):
    """The implement-verify-review loop of a phase."""

    max_iterations: int = Field(default=5, ge=1, le=100)
    """After so many iterations without success a person is asked."""
    same_failure_limit: int = Field(default=3, ge=2, le=100)
    """After the same failure so many times a person is asked."""


class Environment(Model):
    """What a fresh copy of the repository needs before commands run in it."""

    setup: tuple[Text, ...] = ()
    """Shell commands that prepare it, for example `python3 -m venv .venv`."""
    keep: tuple[RepoGlob, ...] = ()
    """Ignored directories that `setup` makes and that are kept between runs, for example `.venv`."""
    copy_: tuple[RepoGlob, ...] = Field(default=(), alias="copy")
    """Ignored files of the checkout that are copied in, for example `.env.test`."""
    ports: int = Field(default=0, ge=0, le=1000)
    """How many TCP ports each copy gets for itself (`PRDRUNNER_PORT_BASE` is the first)."""


class Command(Model):
    """One command of our own verification."""

    name: Name
    """Short name, unique in the list."""
    run: Text
    """Shell command, run in the root of the verified tree."""
    kind: Literal["test", "lint", "format", "typecheck", "build", "custom"] = "test"
    """What it checks. Of a `test` it must be seen that something ran; for the others the exit code is enough."""
    timeout: Seconds = 600
    """Seconds."""
    ran: Annotated[str, Field(max_length=400), AfterValidator(_usable_ran)] = "auto"
    """How one sees how many tests ran: `auto`, a regular expression with one group, or `junit:PATH`."""


class Verify(Model):
    """Our own verification of each tree before it is committed."""

    commands: tuple[Command, ...] = ()
    """Run independently of each other. Without any, a person decides."""
    slots: int = Field(default=1, ge=1, le=16)
    """How many trees can be verified at once."""


class FromVariable(Model):
    """The value that a variable of yours has."""

    from_: Text = Field(alias="from")
    """Its name; `workers.pass_env` must let it through."""


class Profile(Model):
    """A worker with its options."""

    worker: Name
    """The adapter: `acp`, `command` or `scripted`."""
    command: str = Field(default="", max_length=10_000)
    """Command line of the adapter `command`."""
    prompt: Literal["stdin", "file", "argument"] = "stdin"
    """How the adapter `command` hands over the prompt."""
    script: str = Field(default="", max_length=1000)
    """Recording of the adapter `scripted`."""
    profile: str = Field(default="", max_length=64)
    """Agent profile of the adapter `acp`, for example `qwen`; the keys below are laid over it."""
    argv: tuple[Text, ...] = Field(default=(), max_length=200)
    """Command line of an agent that speaks ACP, word by word."""
    env: dict[Text, str | FromVariable] = Field(default_factory=dict, max_length=200)
    """Variables (`acp`): text, which is kept with the run and is no place for secrets, or `{from: NAME}` for yours."""
    mode: str | None = Field(default=None, max_length=200)
    """Permission mode of the agent, by its own id for it (`acp`)."""
    steer: Literal["inject", "cancel_reprompt", "queue"] | None = None
    """How a message reaches a running turn (`acp`)."""
    second_answer: bool | None = None
    """Whether a prompt that joined a turn gets an answer of its own (`acp`)."""
    usage: Literal["claude", "codex", "gemini", "opencode", "qwen", "vibe", "none"] | None = None
    """How the agent tells tokens and cost (`acp`)."""
    resume: bool | None = None
    """Whether a session can be taken up by a new process (`acp`)."""
    plans: bool | None = None
    """Whether the agent tells its to-do list (`acp`)."""
    after_reject: Literal["goes_on", "stops"] | None = None
    """What the agent does when a permission is refused (`acp`)."""
    questions: str | None = Field(default=None, max_length=200)
    """What the answers to the agent's own questions are called in the answer to its permission request (`acp`)."""
    permissions: dict[Text, Text] = Field(default_factory=dict, max_length=200)
    """Option ids of the agent and the kind they really are, or `hide` (`acp`)."""
    start_seconds: float | None = Field(default=None, gt=0, le=3600)
    """How long the agent's program may take to come up (`acp`)."""

    def agent_options(self) -> dict[str, Any]:
        """The options of the adapter `acp`: what is set, as plain data."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"worker"})


class Workers(Model):
    """Which worker does which step: a profile, an agent that comes along, or `command: COMMAND LINE`."""

    default: str = Field(default="", max_length=10_000)
    """For every step that names none."""
    plan_impl: str = Field(default="", max_length=10_000)
    """For planning a phase."""
    implement: str = Field(default="", max_length=10_000)
    """For the implementation."""
    review: str = Field(default="", max_length=10_000)
    """For the self-review; without one, and without a default that can review, it is skipped."""
    profiles: dict[Name, Profile] = Field(default_factory=dict)
    """Profiles by name."""
    pass_env: tuple[Text, ...] = Field(default=(), max_length=200)
    """Names of environment variables (globs) that agents get besides the usual ones, for example `MY_API_KEY`."""


class Limits(Model):
    """Limits of one turn of an agent."""

    turn: Seconds = 3600
    """Seconds a turn may take."""
    idle: Seconds = 600
    """Seconds without any output or change."""
    output: int = Field(default=32 * 1024 * 1024, ge=4096, le=10 * 1024**3)
    """Bytes of output that are kept."""
    processes: int = Field(default=512, ge=8, le=100_000)
    """Processes an agent may have at once."""
    grace: Seconds = 5
    """Seconds between asking a process to end and killing it."""
    orphan_grace: Seconds = 30
    """Seconds an agent works on alone after the engine has died."""
    wait_for_reset: bool = True
    """Begin a turn again by itself when a limit of the provider (`429`, usage limit) has reset; else you are asked."""


class AutoCreate(Model):
    """Before which steps a checkpoint is taken."""

    before_implement: bool = True
    """Before each implementation; a failed one is tried again from there."""
    before_verify: bool = False
    """Before each verification."""
    before_review: bool = False
    """Before each self-review."""
    before_commit: bool = True
    """Before each commit."""


class Checkpoints(Model):
    """Restorable states."""

    auto_create: AutoCreate = AutoCreate()
    """Before which steps one is taken."""


class Parallel(Model):
    """Several phases at once. Accepted now; phases run one after the other."""

    enabled: bool = False
    """Run independent phases at once."""
    max_workers: int = Field(default=3, ge=1, le=64)
    """How many agents at most."""


class Notify(Model):
    """How a cockpit draws attention to a new decision."""

    bell: bool = True
    """Ring the terminal's bell, once for each decision."""
    terminal: bool = False
    """Send a notification through the terminal (OSC 9), where it knows that."""
