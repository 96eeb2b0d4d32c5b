"""What a run used and made, in numbers: time, tokens, money, tests, code. A pure fold of the state.

Everything holds for a trimmed snapshot too (`projections.snapshot`): durations come from the times of effects, counts
of lines from summaries; what only a result knew is then missing and says so by ``None``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from prdrunner_tui.kernel.state import PHASE_ENDED, Decision, Effect, Phase, RunState, Spent, Step
from prdrunner_tui.rules.budget import times_raised

_CHANGE = re.compile(r"\+([\d,]+)/-([\d,]+) in ([\d,]+) files?")
_COUNTED = re.compile(r"(\d(?:[\d,]*\d)?) (passed|failed|errors?)\b")
_UNITTEST = re.compile(r"\b(?:failures|errors|unexpected successes)=(\d+)")
_SHORTEST = 0.1
"""Seconds of a turn below which it is taken as a moment."""
_ASKED_IN_TURN = frozenset({"question", "permission"})


@dataclass(frozen=True, slots=True)
class Change:
    """Lines added and removed, and files they are in."""

    files: int = 0
    added: int = 0
    removed: int = 0

    def __add__(self, other: Change) -> Change:
        """Both changes; a file that is in both counts twice."""
        return Change(self.files + other.files, self.added + other.added, self.removed + other.removed)


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds: of agents in their turns (those of phases side by side add up), of our checks, of waits for a person.

    Decisions that wait at the same time count once.
    """

    agent: float = 0.0
    checks: float = 0.0
    you: float = 0.0


@dataclass(frozen=True, slots=True)
class Verifications:
    """Our own verifications: how often they ran and were red; what passes and fails now, ``None`` unknown."""

    runs: int = 0
    red: int = 0
    passing: int | None = None
    failing: int | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """What one turn used between two times; ``usd`` is ``None`` where the cost is unknown."""

    began: float
    ended: float
    tokens: int
    usd: float | None


@dataclass(frozen=True, slots=True)
class PhaseMetrics:
    """One phase in numbers; ``wall`` is ``None`` before it began, ``turns`` counts those begun."""

    id: str
    iteration: int
    wall: float | None
    times: Times
    spent: Spent
    change: Change | None
    turns: int = 0


@dataclass(frozen=True, slots=True)
class Metrics:
    """A run in numbers. ``input`` and ``output`` are tokens, ``None`` where some turn did not tell them apart.

    A file that several phases changed is one of the files of ``change``; unless ``files_sure``, where the paths of some
    phase are not known, it may count once for each.
    """

    done: int
    phases: int
    wall: float
    times: Times
    spent: Spent
    input: int | None
    output: int | None
    usd_allowed: float | None
    tests: Verifications
    change: Change
    files_sure: bool
    commits: int
    uses: tuple[Use, ...]
    by_phase: tuple[PhaseMetrics, ...]
    by_step: tuple[tuple[str, float], ...]


def metrics(state: RunState, now: float) -> Metrics:
    """The numbers of a run that has started, at ``now`` (seconds since 1970)."""
    run = state.run
    assert run is not None
    until = run.ended_at if run.ended_at is not None else max(now, run.started_at)
    rows = tuple(_phase(state, phase, until) for phase in state.phases.values())
    turns = [effect for effect in state.effects() if effect.kind == "turn"]
    told = [_usage(turn) for turn in turns if turn.status == "done"]
    known = bool(told) and all(usage is not None for usage in told)
    allowed = run.settings.allowance.usd
    change, sure = _change(state)
    return Metrics(
        done=sum(phase.status == "done" for phase in state.phases.values()),
        phases=len(state.phases),
        wall=until - run.started_at,
        times=Times(
            sum(row.times.agent for row in rows),
            sum(row.times.checks for row in rows),
            waited(state.decisions.values(), until),
        ),
        spent=state.budget.spent,
        input=sum(int(usage.get("input", 0)) for usage in told if usage) if known else None,
        output=sum(int(usage.get("output", 0)) for usage in told if usage) if known else None,
        usd_allowed=None if allowed is None else allowed * (1 + times_raised(state, "run", "usd")),
        tests=_tests(state),
        change=change,
        files_sure=sure,
        commits=sum(bool(phase.commit) for phase in state.phases.values()),
        uses=tuple(_uses(turns)),
        by_phase=rows,
        by_step=_by_step(state, until),
    )


def waited(decisions: Iterable[Decision], until: float) -> float:
    """Seconds in which a decision waited for a person, or several at once; what a policy made waited for nobody."""
    return _together(
        (d.opened_at, until if d.decided_at is None else min(d.decided_at, until))
        for d in decisions
        if d.by is None or d.by.kind == "person"
    )


def step_worked(asked: Iterable[Decision], step: Step, until: float) -> float:
    """Seconds of a step, to ``until`` while it goes on, without those in which one of the decisions waited.

    Args:
        asked: the decisions of its phase.
    """
    end = until if step.ended_at is None else step.ended_at
    return max(0.0, end - step.began_at - _overlap(asked, step.began_at, end))


def phase_change(phase: Phase) -> Change | None:
    """How a phase changed the code, by its newest step that tells, or ``None``."""
    found = _told_change(phase)
    return found[0] if found is not None else None


def _change(state: RunState) -> tuple[Change, bool]:
    """What all phases changed, and whether each file counts once."""
    found = [_told_change(phase) for phase in state.phases.values()]
    told = [(one[0], _paths(*one)) for one in found if one is not None]
    whole = sum((change for change, _ in told), Change())
    paths = {path for _, named in told for path in named or ()}
    unknown = [change.files for change, named in told if named is None]
    sure = len(told) < 2 or not any(unknown)
    return replace(whole, files=len(paths) + sum(unknown)), sure


def _paths(change: Change, by: Effect | None) -> frozenset[str] | None:
    """The files of a change as the effect that told of it names them; ``None`` where it does not name all."""
    named = () if by is None else by.result.get("files") or ()
    # A row is [status, path, added, removed], or a path alone.
    paths = frozenset(str(row) if isinstance(row, str) else str(row[1]) for row in named)
    return paths if len(paths) == change.files else None


def _told_change(phase: Phase) -> tuple[Change, Effect | None] | None:
    """How a phase changed the code, by its newest step that tells, and the effect that told of it."""
    for step in reversed(phase.steps):
        for effect in reversed(step.effects):
            if effect.kind in ("integrate", "import") and effect.status == "done":
                found = change_in(str(effect.result.get("summary", "")))
                if found is not None:
                    return found, effect
        if step.name in ("implement", "commit") and (found := change_in(step.summary)) is not None:
            return found, None
    return None


def change_in(summary: str) -> Change | None:
    """The change that a summary such as ``4be1c02  +12/-3 in 2 files`` tells of."""
    match = _CHANGE.search(summary)
    if match is None:
        return None
    added, removed, files = (int(group.replace(",", "")) for group in match.groups())
    return Change(files, added, removed)


def per_minute(uses: Iterable[Use], until: float, minutes: int, *, money: bool = False) -> list[float]:
    """Tokens, or dollars, a minute for each of the last ``minutes``; what a turn used is spread over its time."""
    found = [0.0] * minutes
    first = until - 60.0 * minutes
    for use in uses:
        amount = (use.usd or 0.0) if money else float(use.tokens)
        length = use.ended - use.began
        for minute in range(minutes):
            begin = first + 60.0 * minute
            if length < _SHORTEST:
                found[minute] += amount * (begin <= use.ended < begin + 60.0)
            else:
                shared = min(use.ended, begin + 60.0) - max(use.began, begin)
                found[minute] += amount * max(0.0, shared) / length
    return found


def _phase(state: RunState, phase: Phase, until: float) -> PhaseMetrics:
    decisions = [d for d in state.decisions.values() if d.phase == phase.id]
    end = phase.ended_at if phase.status in PHASE_ENDED and phase.ended_at is not None else until
    wall = None if phase.started_at is None else max(0.0, end - phase.started_at)
    agent = checks = 0.0
    turns = 0
    for effect in (effect for step in phase.steps for effect in step.effects):
        if effect.kind == "turn":
            turns += 1
            agent += _length(effect, end) - _held(effect, decisions, end)
        elif effect.kind == "verify":
            checks += _length(effect, end)
    spent = state.budget.phases.get(phase.id, Spent())
    times = Times(max(0.0, agent), checks, waited(decisions, end))
    # A trimmed snapshot has lost old turns, what was spent holds only those that ended.
    begun = max(turns, spent.turns)
    return PhaseMetrics(phase.id, phase.iteration, wall, times, spent, phase_change(phase), begun)


def _length(effect: Effect, until: float) -> float:
    return max(0.0, (until if effect.ended_at is None else effect.ended_at) - effect.at)


def _held(turn: Effect, decisions: Iterable[Decision], until: float) -> float:
    """Seconds of a turn in which the agent waited for an answer."""
    end = until if turn.ended_at is None else turn.ended_at
    return _overlap((d for d in decisions if d.kind in _ASKED_IN_TURN), turn.at, end)


def _overlap(decisions: Iterable[Decision], begin: float, end: float) -> float:
    """Seconds between two times in which decisions waited."""
    return _together(
        (max(begin, d.opened_at), min(end, end if d.decided_at is None else d.decided_at)) for d in decisions
    )


def _together(spans: Iterable[tuple[float, float]]) -> float:
    """Seconds that are in at least one of some spans (beginning, end)."""
    total, reached = 0.0, float("-inf")
    for begin, end in sorted(spans):
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def _usage(turn: Effect) -> dict[str, float] | None:
    usage = turn.result.get("usage")
    return dict(usage) if usage else None


def _uses(turns: Iterable[Effect]) -> Iterable[Use]:
    for turn in turns:
        usage = _usage(turn)
        if usage is not None and turn.ended_at is not None:
            tokens = int(usage.get("input", 0)) + int(usage.get("output", 0))
            yield Use(turn.at, turn.ended_at, tokens, usage.get("usd"))


def _tests(state: RunState) -> Verifications:
    done = [e for e in state.effects() if e.kind == "verify" and e.status == "done"]
    done.sort(key=lambda effect: effect.ended_at or effect.at)
    judged = [effect for effect in done if effect.result.get("verdict") in ("green", "red")]
    if not judged:
        return Verifications(len(done))
    passing, failing = _counted(judged[-1])
    red = sum(effect.result["verdict"] == "red" for effect in judged)
    return Verifications(len(done), red, passing, failing)


def _counted(verify: Effect) -> tuple[int | None, int | None]:
    checks = verify.result.get("checks") or ()
    words = [str(check.get("reason", "")) for check in checks] or [str(verify.result.get("summary", ""))]
    counts: dict[str, int] = {}
    for number, what in (found for text in words for found in _COUNTED.findall(text)):
        word = "passed" if what == "passed" else "failed"
        counts[word] = counts.get(word, 0) + int(number.replace(",", ""))
    ran = sum(int(check["ran"]) for check in checks if check.get("ran") is not None) or None
    if verify.result["verdict"] == "green":
        return counts.get("passed", ran), 0
    if not counts and (failures := [int(n) for text in words for n in _UNITTEST.findall(text)]):
        return (ran - sum(failures) if ran is not None else None), sum(failures)
    return counts.get("passed"), counts.get("failed")


def _by_step(state: RunState, until: float) -> tuple[tuple[str, float], ...]:
    """Seconds by name of the step, over all phases, in the order in which the names first came; without waits."""
    found: dict[str, float] = {}
    for phase in state.phases.values():
        asked = [d for d in state.decisions.values() if d.phase == phase.id]
        for step in phase.steps:
            found[step.name] = found.get(step.name, 0.0) + step_worked(asked, step, until)
    return tuple(found.items())
