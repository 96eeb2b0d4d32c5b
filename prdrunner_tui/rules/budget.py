"""What is used of what is allowed: by a run, by a phase, and by a repository on one day. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from prdrunner_tui.kernel.settings import Allowance
from prdrunner_tui.kernel.state import Run, RunState, Spent
from prdrunner_tui.kernel.values import LARGEST

What = Literal["usd", "tokens", "turns", "seconds"]
WHATS: tuple[What, ...] = ("usd", "tokens", "turns", "seconds")


@dataclass(frozen=True, slots=True)
class Share:
    """One limit: what ``scope`` (``run``, ``phase/ID``, ``day/DAY``) used and may use of ``what``.

    ``used`` holds what is kept back for turns of unknown cost and for those under way.
    """

    scope: str
    what: What
    used: float
    limit: float
    raised: int = 0

    @property
    def name(self) -> str:
        """Names this limit as it stands, until a person raises it."""
        return f"{self.scope}/{self.what}/{self.raised}"

    @property
    def part(self) -> float:
        """How much of it is used; 1.0 is all."""
        return self.used / self.limit


def shares(state: RunState, phase: str = "") -> tuple[Share, ...]:
    """Every limit that holds for a phase, that of the phase first; without one those of the run and the day."""
    run, budget = state.run, state.budget
    if run is None:
        return ()
    settings = run.settings
    found: list[Share] = []
    if phase:
        spent = budget.phases.get(phase, Spent())
        found += _of(state, f"phase/{phase}", settings.phase_allowance, spent, _under_way(state, phase))
    here = _under_way(state)
    found += _of(state, "run", settings.allowance, budget.spent, here)
    if budget.day:
        today = plus(budget.days.get(budget.day, Spent()), budget.others)
        found += _of(state, f"day/{budget.day}", settings.day_allowance, today, here)
    return tuple(found)


def used_up(state: RunState, phase: str) -> Share | None:
    """The first limit of a phase of which nothing is left, None where another turn may begin."""
    return next((share for share in shares(state, phase) if share.part >= 1), None)


def near(state: RunState, phase: str = "") -> tuple[Share, ...]:
    """The limits of which so much is used that a person should know."""
    run = state.run
    return () if run is None else tuple(s for s in shares(state, phase) if s.part >= run.settings.warn_at)


def unsaid(state: RunState, phase: str) -> Share | None:
    """The first of these of which the person was not told yet."""
    return next((share for share in near(state, phase) if share.name not in state.budget.warned), None)


def times_raised(state: RunState, scope: str, what: str) -> int:
    """How often a person allowed as much again of one limit."""
    raised = state.budget.raised
    return raised.get(scope, 0) + raised.get(f"{scope}/{what}", 0)


def raises(run: Run, scope: str, what: str) -> float | None:
    """What a raise of a limit adds to it, None where there is no such limit."""
    settings = run.settings
    by_scope = {"run": settings.allowance, "phase": settings.phase_allowance, "day": settings.day_allowance}
    allowance = by_scope.get(scope.partition("/")[0])
    return getattr(allowance, what, None) if what in WHATS else None


def plus(one: Spent, other: Spent) -> Spent:
    """Both together."""
    return Spent(
        one.turns + other.turns,
        min(LARGEST, one.tokens + other.tokens),
        one.usd + other.usd,
        one.unpriced + other.unpriced,
        one.reserved + other.reserved,
        one.seconds + other.seconds,
    )


def _of(state: RunState, scope: str, allowance: Allowance, spent: Spent, under_way: int) -> list[Share]:
    # A turn under way costs something too: as much as turns of this run have cost so far.
    whole = state.budget.spent
    held = under_way * (whole.usd + whole.reserved) / whole.turns if whole.turns else 0.0
    used = {
        "usd": spent.usd + spent.reserved + held,
        "tokens": float(spent.tokens),
        "turns": float(spent.turns + under_way),
        "seconds": spent.seconds,
    }
    found = []
    for what in WHATS:
        if (limit := getattr(allowance, what)) is not None:
            raised = times_raised(state, scope, what)
            found.append(Share(scope, what, used[what], limit * (1 + raised), raised))
    return found


def _under_way(state: RunState, phase: str = "") -> int:
    """Turns that were begun and have not ended."""
    return sum(
        effect.kind == "turn" and effect.status == "intended"
        for one in state.phases.values()
        if phase in ("", one.id) and one.last is not None
        for effect in one.last.effects
    )
