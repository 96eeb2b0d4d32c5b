"""The phases of a run as a flat list of rows: where each stands, why it waits, and its steps where it is unfolded."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from prdrunner_tui.kernel.state import PHASE_ENDED, Phase, RunState
from prdrunner_tui.projections.metrics import phase_change
from prdrunner_tui.projections.overview import DOING, STEP_COLUMNS, PhaseRow, overview
from prdrunner_tui.text.cells import cells
from prdrunner_tui.text.units import cost_words, duration, lines
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.rows.steps import output_rows, step_rows
from prdrunner_tui.tui.rows.words import about, kind_words, step_words, waits, worker_words
from prdrunner_tui.tui.span import Cell, Line, width_of, words

Shape = Literal["line", "pair", "pair with agent"]
"""A phase in one row with its state in it; in two, the second one its state; the same with agent and lines."""

_LINE_FROM, _AGENT_FROM = 60, 54
_NAME, _SHORT, _LONGEST = 9, 12, 24
"""Cells of a name: at least, as drawn at 80 columns, at most."""
_ITERATION, _TIME, _COST, _AGENT, _CHANGE = 2, 7, 6, 8, 9
_LETTERS = "".join(name[0].upper() for name in STEP_COLUMNS)


@dataclass(frozen=True, slots=True)
class Live:
    """What is known of running phases beside the state, by phase: the newest lines of output (oldest first), and
    what the agent does now, in words."""

    output: Mapping[str, Sequence[str]] = field(default_factory=dict)
    doing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns of a list of phases: names get what room there is up to the longest, states get the rest."""

    shape: Shape
    width: int
    scene: Scene
    longest: int
    priced: int

    def line(self, name: Line, letters: Line, told: Mapping[str, Line]) -> Line:
        """One row of them; ``told`` holds the other columns by their titles."""
        after = [Cell(told["time"], _TIME, True), Cell(told["cost"], self.priced, True)]
        if self.shape == "pair with agent":
            after += [Cell((*words(" "), *told["agent"]), _AGENT), Cell(told["+/-"], _CHANGE, True)]
        fixed = 3 + len(_LETTERS) + _ITERATION + 3 + sum(cell.width + 1 for cell in after)
        if self.shape == "line":
            named = max(_NAME, min(max(self.longest, _SHORT), _SHORT + (self.width - 80) // 3))
            after.insert(0, Cell((*words(" "), *told["state"]), max(0, self.width - fixed - named - 1)))
        else:
            named = max(_NAME, min(self.longest, self.width - fixed))
        row = [
            Cell(name, 3 + named),
            Cell(letters, len(_LETTERS)),
            Cell(told["it"], _ITERATION, True),
            *after,
        ]
        return self.scene.columns(row, self.width, gap=1)


def _table(state: RunState, shape: Shape, width: int, scene: Scene) -> _Table:
    longest = min(max((cells(id) for id in state.phases), default=0), _LONGEST)
    costs = (cost_words(spent.usd, spent.unpriced) for spent in state.budget.phases.values())
    return _Table(shape, width, scene, longest, max(_COST, max(map(len, costs), default=0)))


def shape_for(width: int) -> Shape:
    """How phases stand at a width."""
    return "line" if width >= _LINE_FROM else "pair with agent" if width >= _AGENT_FROM else "pair"


def phase_head(state: RunState, width: int, scene: Scene, *, shape: Shape | None = None) -> Line:
    """The titles of the columns, in exactly ``width`` cells."""
    shape = shape or shape_for(width)
    told = {name: words(name, "muted") for name in ("phase", "it", "state", "time", "cost", "agent", "+/-")}
    first = (*words("  "), *told["phase"])
    return _table(state, shape, width, scene).line(first, words(_LETTERS, "muted"), told)


def phase_rows(
    state: RunState,
    width: int,
    scene: Scene,
    *,
    live: Live | None = None,
    cursor: str = "",
    unfolded: Collection[str] = (),
    folded: Collection[str] = (),
    shape: Shape | None = None,
) -> list[Row]:
    """The rows, each in exactly ``width`` cells; column 0 stays free for the mark of the cursor.

    Args:
        live: output and doings of running phases.
        cursor: the phase under the cursor; while it is under way its steps and last three lines of output show.
        unfolded: phases whose steps show wherever the cursor is.
        folded: phases whose steps do not show even so.
        shape: how phases stand; by the width when it is ``None``.

    Keys: ``("phase", id)``, ``("state", id)``, ``("step", id, index)``, ``("output", id, index)``, ``("to do", id)``.
    """
    shape, live = shape or shape_for(width), live or Live()
    table = _table(state, shape, width, scene)
    rows: list[Row] = []
    for shown in overview(state).phases:
        phase = state.phases[shown.id]
        told = _state(state, shown, phase, scene, live, shape)
        rows.append(Row(("phase", shown.id), _phase(state, shown, phase, table, told)))
        if shape != "line":
            rows.append(Row(("state", shown.id), scene.fit((*words("     "), *told), width), False))
        under_way = phase.status in ("running", "paused")
        opened = shown.id in unfolded or (shown.id == cursor and under_way)
        if opened and shown.id not in folded:
            rows += step_rows(state, phase, width, scene, live.output.get(shown.id, ()))
        elif shown.state == "running" and shape != "line":
            rows += output_rows(shown.id, live.output.get(shown.id, ())[-1:], width, scene)
    return rows


def phase_strip(state: RunState, width: int, scene: Scene, *, cursor: str = "") -> Line:
    """All phases in one row, for the layouts in which another pane has the room; that of the cursor has its step.

    Where they do not all fit, those before the cursor's go first.
    """
    shown = overview(state).phases
    parts: list[Line] = []
    at = 0
    for place, row in enumerate(shown):
        part = (
            *words(">" if row.id == cursor else " "),
            *scene.sign(row.state),
            *scene.foreign(f" {row.id}"),
        )
        if row.id == cursor:
            at = place
            letter = row.step[:1].upper() if row.step in STEP_COLUMNS else ""
            passed = _passed(state, row, state.phases[row.id], scene)
            told = " ".join(filter(None, (letter, f"it {row.iteration}" if row.iteration else "", passed)))
            part = (*part, *words(f" {told}" if told else ""))
        parts.append(part)
    first = 0
    while first < at and 1 + sum(width_of(part) + 1 for part in parts[first : at + 1]) > width:
        first += 1
    joined: Line = words(" " if not first else scene.glyphs.ellipsis)
    for part in parts[first:]:
        joined = (*joined, *part, *words(" "))
    return scene.fit(joined, width)


def _phase(state: RunState, shown: PhaseRow, phase: Phase, table: _Table, told: Line) -> Line:
    scene = table.scene
    name = (*words(" "), *scene.sign(shown.state), *words(" "), *scene.foreign(phase.id))
    spent = state.budget.phases.get(phase.id)
    started = phase.started_at is not None
    settings = state.run.settings if state.run is not None else None
    choice = settings.workers.get("implement") if settings is not None else None
    change = phase_change(phase)
    columns = {
        "it": words(str(phase.iteration) if phase.iteration else "-"),
        "state": told,
        "time": words(_passed(state, shown, phase, scene) or "-"),
        "cost": words(cost_words(spent.usd, spent.unpriced) if spent else "$0.00" if started else "-"),
        "agent": scene.foreign(worker_words(choice)) if choice is not None and started else words("-"),
        "+/-": words(lines(change.added, change.removed) if change is not None else "-"),
    }
    return table.line(name, _letters(state, shown, phase, scene), columns)


def _letters(state: RunState, shown: PhaseRow, phase: Phase, scene: Scene) -> Line:
    """The column ``PIVRC``: a sign for each step; the step at which a person is waited for has that sign."""
    asked = state.open_decisions(phase.id)
    at = asked[0].step if asked and shown.state == "needs you" else ""
    joined: Line = ()
    for name, status in zip(STEP_COLUMNS, shown.steps, strict=True):
        if name == at:
            status = "needs you"
        elif status == "running" and shown.state != "running":
            status = shown.state if shown.state in ("paused", "stopped", "failed") else status
        joined = (*joined, *scene.sign(status))
    return joined


def _state(state: RunState, shown: PhaseRow, phase: Phase, scene: Scene, live: Live, shape: Shape) -> Line:
    """The state in words, with its reason."""
    match shown.state:
        case "done":
            head, change = words(f"done  {shown.note}", "ok"), phase_change(phase)
            if shape == "pair with agent":
                return (*head, *scene.foreign(f'  "{phase.plan.name}"'))
            return (*head, *words(f"  {lines(change.added, change.removed)}" if change is not None else ""))
        case "waits" | "ready":
            return scene.foreign(waits(state, phase, whole=shape != "line"), "waits")
        case "needs you":
            asked = state.open_decisions(phase.id)[0]
            return scene.foreign(f"needs you: {kind_words(asked.kind)} {about(asked)}", "needs-you")
        case "paused":
            why = (
                shown.note
                if shown.note.startswith("paused")
                else f"paused: {shown.note}"
                if shown.note
                else ""
            )
            return scene.foreign(why or "paused with the run", "paused")
        case "running":
            return _running(phase, scene, live)
    if phase.status not in PHASE_ENDED:
        return words(f"{shown.state} with the run", "fail")
    token = "muted" if shown.state == "skipped" else "fail"
    return scene.foreign(f"{shown.state}: {shown.note}" if shown.note else shown.state, token)


def _running(phase: Phase, scene: Scene, live: Live) -> Line:
    last = phase.last
    if last is None:
        return words("begins", "running")
    under_way = next((effect for effect in last.effects if effect.status == "intended"), None)
    doing = live.doing.get(phase.id, "")
    if not doing and under_way is not None:
        newest = live.output.get(phase.id, ()) if under_way.kind in ("turn", "verify") else ()
        doing = next((one for one in reversed(newest) if one.strip()), "") or DOING.get(under_way.kind, "")
    if last.status != "running":
        doing = doing or last.summary
    return (*words(f"{step_words(last.name)}: ", "running"), *scene.foreign(doing or "begins"))


def _passed(state: RunState, shown: PhaseRow, phase: Phase, scene: Scene) -> str:
    """The time beside a state: of the whole phase once it ended, of its step while it runs, of the wait otherwise."""
    run, last = state.run, phase.last
    if phase.started_at is None or run is None:
        return ""
    until = phase.ended_at if phase.status in PHASE_ENDED else run.ended_at
    if shown.state == "needs you":
        return scene.since(state.open_decisions(phase.id)[0].opened_at)
    if shown.state == "running" and last is not None:
        return scene.since(last.began_at if last.status == "running" else last.ended_at or last.began_at)
    return duration((scene.now if until is None else until) - phase.started_at)
