"""What happened to a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prdrunner_tui.kernel.settings import Author, PhasePlan, Settings
from prdrunner_tui.kernel.state import Actor


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A run began, with its plan and its settings."""

    run: str
    prd: str
    prd_sha256: str
    head: str
    take_along: bool
    branch: str
    phases: tuple[PhasePlan, ...]
    settings: Settings
    by: Actor


@dataclass(frozen=True, slots=True)
class BaseTaken:
    """The commit on which the run stands is in the trusted store."""

    commit: str


@dataclass(frozen=True, slots=True)
class RunPaused:
    """No new effect begins until the run is resumed; what runs ends its turn."""

    by: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class RunResumed:
    """The run goes on."""

    by: Actor


@dataclass(frozen=True, slots=True)
class RunStopped:
    """A person ended the run; what runs is ended at once."""

    by: Actor
    reason: str


@dataclass(frozen=True, slots=True)
class RunReopened:
    """A person took an ended run up again."""

    by: Actor


@dataclass(frozen=True, slots=True)
class RunEnded:
    """Nothing is left to do."""

    outcome: Literal["done", "failed"]
    reason: str


@dataclass(frozen=True, slots=True)
class RunPublished:
    """The branch stands in the user's repository at ``commit``."""

    branch: str
    commit: str


@dataclass(frozen=True, slots=True)
class AuthorNamed:
    """A person said who stands in the commits."""

    author: Author
