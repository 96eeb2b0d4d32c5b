"""What was used, and what may be."""

from __future__ import annotations

from dataclasses import dataclass

from prdrunner_tui.kernel.state import Actor, Spent


@dataclass(frozen=True, slots=True)
class UsageRecorded:
    """One turn was used; a cost of ``None`` is unknown, and ``reserve`` dollars are held for it.

    ``priced`` says where a cost is from: the agent itself (``reported``) or the price of its ``model`` (``table``).
    ``seconds`` are those that the agent worked, ``day`` is the person's date when the turn ended. ``covers`` is
    ``session`` where turns before in the same session may be counted in it too, since not all of them told theirs.
    """

    phase: str
    step: str
    input_tokens: int
    output_tokens: int
    usd: float | None = None
    reserve: float = 0.0
    seconds: float = 0.0
    day: str = ""
    model: str = ""
    priced: str = ""
    covers: str = ""


@dataclass(frozen=True, slots=True)
class BudgetRaised:
    """A person allowed as much again, of the run, of a phase (``phase/ID``) or of a day (``day/DAY``).

    ``what`` is the limit that is raised, ``usd``, ``tokens``, ``turns`` or ``seconds``; empty for all of them.
    """

    by: Actor
    scope: str = "run"
    what: str = ""


@dataclass(frozen=True, slots=True)
class BudgetWarned:
    """Much of a limit is used: ``used`` of ``of`` dollars, tokens, turns or seconds (``what``)."""

    limit: str
    scope: str
    what: str
    used: float
    of: float


@dataclass(frozen=True, slots=True)
class DayCounted:
    """The day it is, and what the repository's other runs used on it."""

    day: str
    others: Spent
