"""A run at a glance: its phases in words, and what waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from prdrunner_tui.kernel.state import PHASE_ENDED, RUN_ENDED, Decision, Phase, RunState, Spent, Step
from prdrunner_tui.text.units import lines as change_lines


@dataclass(frozen=True, slots=True)
class PhaseRow:
    """A phase in one row. ``state`` is a word of the screens; times are seconds since 1970; ``usd`` is ``None``
    where a cost is unknown; ``steps`` holds a status for each of the five steps, empty where it has not begun."""

    id: str
    name: str
    state: str
    step: str
    iteration: int
    note: str
    started_at: float | None
    ended_at: float | None
    usd: float | None
    tokens: int
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """An open decision in one row; ``summary`` is what it is about where ``title`` only asks.

    ``by_itself`` is of one that needs nobody: it is over after a time.
    """

    id: str
    kind: str
    phase: str
    step: str
    title: str
    opened_at: float
    verbs: tuple[str, ...]
    person_only: str
    summary: str = ""
    by_itself: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """A run in rows."""

    run: str
    state: str
    reason: str
    phases: tuple[PhaseRow, ...]
    decisions: tuple[DecisionRow, ...]
    days: Mapping[str, Spent] = field(default_factory=dict)
    """What was used, by the person's day."""

    @property
    def needed(self) -> int:
        """How many of the decisions wait for a person."""
        return sum(not decision.by_itself for decision in self.decisions)


DOING = {
    "workspace": "makes the workspace",
    "checkpoint": "takes a checkpoint",
    "restore": "goes back to a checkpoint",
    "turn": "the agent works",
    "import": "reads what the agent left",
    "verify": "runs the checks",
    "integrate": "puts the changes on the branch",
    "build_commit": "makes the commit",
    "advance": "moves the branch",
}
"""An effect under way, in words."""

STEP_COLUMNS = ("plan_impl", "implement", "verify", "review", "commit")


def overview(state: RunState) -> Overview:
    """The overview of a run that has started."""
    run = state.run
    assert run is not None
    waiting = state.open_decisions() if run.status not in RUN_ENDED else []
    rows = tuple(_phase_row(state, phase) for phase in state.phases.values())
    word = run.status
    needed = any(not decision.by_itself for decision in waiting)
    goes_on = any(row.state in ("running", "limit") for row in rows)
    shown = "needs you" if word == "running" and needed and not goes_on else str(word)
    return Overview(run.id, shown, run.reason, rows, tuple(map(decision_row, waiting)), state.budget.days)


def decision_row(decision: Decision) -> DecisionRow:
    """A decision in one row."""
    return DecisionRow(
        decision.id,
        decision.kind,
        decision.phase,
        decision.step,
        decision.title,
        decision.opened_at,
        decision.verbs,
        decision.person_only,
        _summary(decision),
        decision.by_itself,
    )


def _summary(decision: Decision) -> str:
    if decision.kind in ("gate", "review"):
        return str(decision.facts.get("summary", ""))
    if decision.kind != "permission" or not decision.title.startswith("edit "):
        return ""
    head, _, diff = decision.title.partition(": --- ")
    lines = diff.split("\n")[2:]
    plus, minus = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    return f"{head}  {change_lines(plus, minus)}" if diff else ""


def _phase_row(state: RunState, phase: Phase) -> PhaseRow:
    word, note = _word(state, phase)
    spent = state.budget.phases.get(phase.id)
    usd = None if spent is not None and spent.unpriced and not spent.usd else (spent.usd if spent else 0.0)
    last = phase.last
    running = last is not None and phase.status not in PHASE_ENDED
    return PhaseRow(
        id=phase.id,
        name=phase.plan.name,
        state=word,
        step=last.name if last is not None and running else "",
        iteration=phase.iteration,
        note=note,
        started_at=phase.started_at,
        ended_at=phase.ended_at,
        usd=usd,
        tokens=spent.tokens if spent else 0,
        steps=_columns(phase),
    )


def _word(state: RunState, phase: Phase) -> tuple[str, str]:
    if phase.status == "done":
        return "done", phase.commit[:7]
    if phase.status in PHASE_ENDED:
        return phase.status, phase.reason
    if phase.status == "pending":
        waits = [dep for dep in phase.plan.deps if state.phases[dep].status != "done"]
        return ("waits", f"for {', '.join(waits)}") if waits else ("ready", "")
    open_here = state.open_decisions(phase.id)
    if phase.stopping:
        return "running", f"ends now: {phase.stopping}"
    if open_here and state.run is not None and state.run.status not in RUN_ENDED:
        asks = next((decision for decision in open_here if not decision.by_itself), None)
        return ("limit", open_here[0].title) if asks is None else ("needs you", _asked(asks))
    if phase.status == "paused":
        return "paused", phase.reason
    if state.run is not None and state.run.status in RUN_ENDED:
        return str(state.run.status), ""
    if state.run is not None and state.run.status == "paused":
        return "paused", ""
    return "running", _doing(phase.last)


def _asked(decision: Decision) -> str:
    kind = decision.kind.replace("_", " ")
    about = decision_row(decision).summary or decision.title.removeprefix(f"{kind}: ")
    return f"{kind} {decision.id}  {about}"


def _doing(step: Step | None) -> str:
    if step is None or step.status != "running":
        return step.summary if step is not None else ""
    under_way = next((effect for effect in step.effects if effect.status == "intended"), None)
    return DOING.get(under_way.kind, under_way.kind.replace("_", " ")) if under_way is not None else ""


def _columns(phase: Phase) -> tuple[str, ...]:
    latest: dict[str, str] = {}
    for step in phase.steps:
        latest[step.name] = step.status
        position = STEP_COLUMNS.index(step.name) if step.name in STEP_COLUMNS else len(STEP_COLUMNS)
        for later in STEP_COLUMNS[position + 1 :]:
            latest.pop(later, None)
    return tuple(latest.get(name, "") for name in STEP_COLUMNS)
