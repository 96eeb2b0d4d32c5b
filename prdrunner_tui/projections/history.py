"""How long phases and runs took, and from that how long the rest may take. Pure; earlier runs are handed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from prdrunner_tui.kernel.state import PHASE_ENDED, RUN_ENDED, Phase, RunState, RunStatus, Spent
from prdrunner_tui.kernel.values import CodecError, Json, from_json, to_json
from prdrunner_tui.prd.graph import batches
from prdrunner_tui.projections.metrics import Change, Times, metrics, waited

MOST_RUNS = 20
"""Earlier runs that are looked at, the newest ones."""
AT_ONCE = 1
"""Phases of a run that are under way at the same time: the next one begins when the one before it has ended."""

_ENOUGH, _MANY = 4, 20
"""From so many phases on their spread is taken as it is, of fewer it is widened; of many the fastest and the slowest
tenth are left out, so that one odd phase does not make every estimate useless."""
_LOWER, _UPPER = 0.75, 1.25
_LEAST_LEFT = 0.1
"""A phase that goes on has at least this share of a phase before it."""


@dataclass(frozen=True, slots=True)
class RunFacts:
    """A run in a few numbers, to compare it with others.

    ``seconds`` is from its start to its end, or to when it was looked at; ``took`` holds the seconds of each phase that
    was done, without waits for a person; ``recorded`` says that its agents were recordings, whose times tell nothing
    of those of real agents.
    """

    run: str
    prd: str
    status: RunStatus
    done: int
    phases: int
    started_at: float
    seconds: float
    times: Times
    spent: Spent
    change: Change
    took: tuple[float, ...]
    recorded: bool


def run_facts(state: RunState, now: float, worked: Mapping[str, float] | None = None) -> RunFacts:
    """The facts of a run that has started, at ``now`` (seconds since 1970).

    Args:
        worked: the seconds of each phase, added up from its log by `working`; without them those that the state tells,
            in which pauses count as work.
    """
    run = state.run
    assert run is not None
    told = metrics(state, now)
    return RunFacts(
        run=run.id,
        prd=run.prd,
        status=run.status,
        done=told.done,
        phases=told.phases,
        started_at=run.started_at,
        seconds=told.wall,
        times=told.times,
        spent=told.spent,
        change=told.change,
        took=phase_seconds(state)
        if worked is None
        else tuple(worked.get(id, 0.0) for id, phase in state.phases.items() if phase.status == "done"),
        recorded=_recorded(state),
    )


def working(state: RunState) -> list[str]:
    """The phases that go on without anybody: neither they nor the run are paused, and nothing of them waits."""
    if state.run is None or state.run.status != "running":
        return []
    return [
        phase.id
        for phase in state.phases.values()
        if phase.status == "running" and not state.open_decisions(phase.id)
    ]


def facts_to_json(runs: Iterable[RunFacts]) -> Json:
    """Runs as the query ``history`` answers with them: ``{"runs": [...]}``."""
    return {"runs": [to_json(run) for run in runs]}


def facts_from_json(answer: Json) -> tuple[RunFacts, ...]:
    """The runs of an answer to the query ``history``; none where an engine of another version tells them otherwise."""
    try:
        return tuple(from_json(RunFacts, run) for run in answer["runs"])
    except (CodecError, KeyError, TypeError):
        return ()


def earlier_seconds(runs: Iterable[RunFacts], state: RunState) -> tuple[float, ...]:
    """The seconds of phases of earlier runs that tell how long those of this run take."""
    recorded = _recorded(state)
    return tuple(seconds for run in runs if run.recorded == recorded for seconds in run.took)


@dataclass(frozen=True, slots=True)
class Chain:
    """The phases that hold the end of a run up, one behind the other, first to last.

    ``worked`` is in seconds, without waits for a person; ``left`` is the least and the most seconds that the chain may
    still take, ``None`` without any history; ``open`` counts its phases that have not ended.
    """

    phases: tuple[str, ...]
    worked: float
    left: tuple[float, float] | None
    open: int


def worked(state: RunState, phase: Phase, now: float) -> float:
    """Seconds for which a phase was under way without a decision that waited, 0 before it began."""
    if phase.started_at is None:
        return 0.0
    end = phase.ended_at if phase.status in PHASE_ENDED and phase.ended_at is not None else now
    # Also what a policy decided at last may have waited for a person until then.
    asked = [replace(d, by=None) for d in state.decisions.values() if d.phase == phase.id]
    return max(0.0, end - phase.started_at - waited(asked, end))


def phase_seconds(state: RunState) -> tuple[float, ...]:
    """How long each phase took that is done: what a later run may be handed."""
    done = (phase for phase in state.phases.values() if phase.status == "done")
    return tuple(worked(state, phase, state.at) for phase in done)


def remaining(
    state: RunState, now: float, *, earlier: Iterable[float] = (), at_once: int = AT_ONCE
) -> tuple[float, float] | None:
    """The least and the most seconds that the rest of the run may take, or ``None`` without any history.

    Args:
        earlier: seconds of phases of earlier runs.
        at_once: how many phases may be under way at the same time.

    Waits for a person are not in it, and of a run that is paused nobody can tell. The least is the longer of the
    longest chain of phases and of all of them shared out; the most is the same with the longest time that any phase
    took.
    """
    run = state.run
    if run is None or run.status in RUN_ENDED or run.status == "paused":
        return None
    each = _each(state, earlier)
    left = {id: phase for id, phase in state.phases.items() if phase.status not in PHASE_ENDED}
    if each is None or not left:
        return None
    low, high = each
    return _ahead(state, left, low, now, at_once), _ahead(state, left, high, now, at_once)


def critical_chain(state: RunState, now: float, *, earlier: Iterable[float] = ()) -> Chain:
    """The longest chain of the plan: by the time that its phases took and may still take, as `remaining` reckons it.

    Among equals it is the earliest in the order of the plan. Without any history each phase counts alike. ``earlier``
    are seconds of phases of earlier runs.
    """
    each = _each(state, earlier)
    needs = {id: phase.plan.deps for id, phase in state.phases.items()}
    length: dict[str, float] = {}
    chain: dict[str, tuple[str, ...]] = {}
    for batch in batches(needs):
        for id in batch:
            phase = state.phases[id]
            weight = 1.0 if each is None else worked(state, phase, now) + _alone(state, phase, each[1], now)
            before = max((dep for dep in needs[id] if dep in chain), key=length.__getitem__, default=None)
            length[id] = weight + (length[before] if before is not None else 0.0)
            chain[id] = (*(chain[before] if before is not None else ()), id)
    found = chain[max(length, key=length.__getitem__)] if length else ()
    phases = [state.phases[id] for id in found]
    left = None
    if each is not None:
        low, high = (sum(_alone(state, phase, seconds, now) for phase in phases) for seconds in each)
        left = (low, high)
    still = sum(phase.status not in PHASE_ENDED for phase in phases)
    return Chain(found, sum(worked(state, phase, now) for phase in phases), left, still)


def _recorded(state: RunState) -> bool:
    choices = state.run.settings.workers.values() if state.run is not None else ()
    return bool(choices) and all(choice.worker == "scripted" for choice in choices)


def _each(state: RunState, earlier: Iterable[float]) -> tuple[float, float] | None:
    """The least and the most seconds that a phase takes, as far as those tell that are done; see `_MANY`."""
    took = sorted(seconds for seconds in (*phase_seconds(state), *earlier) if seconds > 0)
    if not took:
        return None
    few = len(took) < _ENOUGH
    odd = len(took) // 10 if len(took) >= _MANY else 0
    return took[odd] * (_LOWER if few else 1.0), took[-1 - odd] * (_UPPER if few else 1.0)


def _alone(state: RunState, phase: Phase, each: float, now: float) -> float:
    """Seconds that a phase may still take, 0 once it has ended."""
    if phase.status in PHASE_ENDED:
        return 0.0
    return max(each - worked(state, phase, now), each * _LEAST_LEFT)


def _ahead(state: RunState, left: dict[str, Phase], each: float, now: float, at_once: int) -> float:
    alone = {id: _alone(state, phase, each, now) for id, phase in left.items()}
    needs = {id: phase.plan.deps for id, phase in left.items()}
    chain: dict[str, float] = {}
    for batch in batches(needs):
        for id in batch:
            chain[id] = alone[id] + max((chain[dep] for dep in needs[id] if dep in chain), default=0.0)
    return max(max(chain.values()), sum(alone.values()) / max(1, at_once))
