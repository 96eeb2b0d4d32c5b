"""The phases of a run as a flat list of rows: where each stands, why it waits, and its steps where it is unfolded."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.kernel.state import PHASE_ENDED, Phase, RunState, Spent
from prdrunner_tui.projections.metrics import phase_change
from prdrunner_tui.projections.overview import DOING, STEP_COLUMNS, PhaseRow, overview
from prdrunner_tui.text.cells import cells
from prdrunner_tui.text.units import cost_words, duration, lines
from prdrunner_tui.tui.rows.names import longest_name, name_line
from prdrunner_tui.tui.rows.pausing import pause_words, winding_down
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.rows.silence import silent_words
from prdrunner_tui.tui.rows.steps import output_rows, step_rows
from prdrunner_tui.tui.rows.words import Front, asked, front_of, resets, step_words, waits, worker_words
from prdrunner_tui.tui.span import Cell, Line, plain, width_of, words

Shape = Literal["list", "line", "pair", "pair with agent"]
"""A phase in one row with its state in it, and little else; the same with all columns; in two rows, the second one
its state; the same with agent and lines."""

_LINE_FROM, _AGENT_FROM = 60, 54
_NAME, _SHORT, _LONGEST = 9, 12, 40
"""Cells of a name: at least; at least where the state stands beside it; at most."""
_SHARE = 0.4
"""What a name gets at most of the cells that it shares with the state beside it."""
_ITERATION, _TIME, _COST, _AGENT, _CHANGE = 2, 7, 6, 14, 9
"""Cells of the other columns; that of the agent is as wide as its name, up to so many."""
_WAITS = len(" waits while  runs") + 1
"""Cells of a wait for the worker without the name of the phase that has it."""
_MARGIN = 1
"""Cells that stay free at the right edge."""
_LETTERS = "".join(name[0].upper() for name in STEP_COLUMNS)
MORE = "80x24 shows more"
"""What a list says on a screen that is too small for the other columns."""


@dataclass(frozen=True, slots=True)
class Live:
    """What is known of running phases beside the state, by phase: the newest lines of output (oldest first),
    what the agent does now, in words, and when something came of it last."""

    output: Mapping[str, Sequence[str]] = field(default_factory=dict)
    doing: Mapping[str, str] = field(default_factory=dict)
    heard: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Table:
    """The columns of a list of phases: names get what room there is up to the longest, states get the rest."""

    shape: Shape
    width: int
    scene: Scene
    ids: tuple[str, ...]
    longest: int
    priced: int
    front: Front
    agent: int = 0
    tight: bool = False
    """The agent has one cell before it, and nothing stays free at the right edge."""

    def line(self, name: Line, letters: Line, told: Mapping[str, Line]) -> Line:
        """One row of them; ``told`` holds the other columns by their titles."""
        first = Cell(name, 3 + self.named)
        state = Cell((*words(" "), *told["state"]), max(0, self.rest - self.named - 1))
        time = Cell(told["time"], _TIME, True)
        if self.shape == "list":
            return self.scene.columns([first, state, time], self.width, gap=1)
        row = [first, Cell(letters, len(_LETTERS)), Cell(told["it"], _ITERATION, True)]
        if self.shape == "line":
            row.append(state)
        row += [time, Cell(told["cost"], self.priced, True)]
        if self.shape == "pair with agent":
            if self.agent:
                gap = words("" if self.tight else " ")
                row.append(Cell((*gap, *told["agent"]), width_of(gap) + self.agent))
            row.append(Cell(told["+/-"], _CHANGE, True))
        return self.scene.columns(row, self.width, gap=1)

    @property
    def rest(self) -> int:
        """Cells for the name and, where they stand in one row, the state; the agent goes before a name is cut."""
        fixed = 3 + _TIME + 1 + _MARGIN
        if self.shape != "list":
            fixed += len(_LETTERS) + 1 + _ITERATION + 1 + self.priced + 1
        if self.shape == "pair with agent":
            fixed += _CHANGE + 1 + (self.agent + 2 if self.agent else 0) - 2 * self.tight
        return self.width - fixed

    @property
    def named(self) -> int:
        """Cells of a name."""
        if self.shape in ("pair", "pair with agent"):
            return max(_NAME, min(self.longest, self.rest))
        least = _NAME if self.shape == "list" else _SHORT
        return max(least, min(self.longest, int(self.rest * _SHARE)))


def _table(state: RunState, shape: Shape, width: int, scene: Scene) -> _Table:
    longest = longest_name(state.phases, 0, _LONGEST)
    costs = (_cost(spent, True) for spent in state.budget.phases.values())
    priced = max([_COST, *map(len, costs)])
    choice = _agent(state)
    agent = (
        max(len("agent"), min(_AGENT, cells(worker_words(choice)))) if choice is not None else len("agent")
    )
    table = _Table(shape, width, scene, tuple(state.phases), longest, priced, front_of(state), agent)
    ways = (table, replace(table, tight=True), replace(table, agent=0))
    return next((way for way in ways if way.rest >= longest), ways[-1])


def _agent(state: RunState) -> WorkerChoice | None:
    """Who implements."""
    return state.run.settings.workers.get("implement") if state.run is not None else None


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
    room: int = 0,
) -> list[Row]:
    """The rows, each in exactly ``width`` cells; column 0 stays free for the mark of the cursor.

    Args:
        live: output and doings of running phases.
        cursor: the phase under the cursor; while it is under way its steps and last three lines of output show.
        unfolded: phases whose steps show wherever the cursor is.
        folded: phases whose steps do not show even so.
        shape: how phases stand; by the width when it is ``None``.
        room: rows that there are for them; a ``list`` that leaves one free says in it where more is to be seen.

    Where a phase is one row, the cursor shows the steps of the newest iteration only; unfolded they all show.

    Keys: ``("phase", id)``, ``("state", id)``, ``("step", id, index)``, ``("output", id, index)``, ``("to do", id)``.
    """
    shape, live = shape or shape_for(width), live or Live()
    table = _table(state, shape, width, scene)
    rows: list[Row] = []
    for shown in overview(state).phases:
        phase = state.phases[shown.id]
        told = _state(state, shown, phase, scene, live, table)
        rows.append(Row(("phase", shown.id), _phase(state, shown, phase, table, told)))
        if shape in ("pair", "pair with agent"):
            rows.append(Row(("state", shown.id), scene.fit((*words("     "), *told), width), False))
        under_way = phase.status in ("running", "paused")
        whole = shown.id in unfolded
        opened = whole or (shown.id == cursor and under_way and shape != "list")
        newest = live.output.get(shown.id, ())
        if opened and shown.id not in folded:
            brief = not whole and shape == "line"
            rows += step_rows(state, phase, width, scene, newest, brief=brief)
        elif shown.state == "running" and shape in ("pair", "pair with agent"):
            rows += output_rows(shown.id, newest[-1:], width, scene)
    if shape == "list" and len(rows) < room:
        rows.append(Row("more", scene.fit(note(f" {MORE}"), width), False))
    return rows


def below_words(rows: Sequence[Row], top: int, height: int) -> str:
    """``3 more below`` for so many phases under the rows that show; empty where all of them do, or are above."""
    rest = rows[top + height :] if height > 0 else ()
    hidden = sum(isinstance(row.key, tuple) and row.key[0] == "phase" for row in rest)
    return f"{hidden} more below" if hidden else ""


def phase_strip(state: RunState, width: int, scene: Scene, *, cursor: str = "") -> Line:
    """All phases in one row, for the layouts in which another pane has the room; that of the cursor has its step.

    Where they do not all fit, names are cut first, then those before the cursor's go.
    """
    shown = overview(state).phases
    ids, longest = tuple(state.phases), longest_name(state.phases, 0, _LONGEST)

    def parts_at(named: int) -> list[Line]:
        return [_strip_part(state, row, row.id == cursor, ids, named, scene) for row in shown]

    def fit(parts: Sequence[Line]) -> bool:
        return 1 + sum(width_of(part) + 1 for part in parts) <= width

    parts = parts_at(longest)
    # Where not even a few letters of each fit, cutting names gains nothing.
    if not fit(parts) and longest > _NAME and len(shown) * (_NAME + 1) <= width:
        widths = range(longest - 1, _NAME, -1)
        most = bisect_left(widths, True, key=lambda named: fit(parts_at(named)))
        parts = parts_at(longest - 1 - most)
    at = next((place for place, row in enumerate(shown) if row.id == cursor), 0)
    first = 0
    while first < at and 1 + sum(width_of(part) + 1 for part in parts[first : at + 1]) > width:
        first += 1
    joined: Line = words(" " if not first else scene.glyphs.ellipsis)
    for place, part in enumerate(parts[first:]):
        joined = (*joined, *words(" " if place else ""), *part)
        if width_of(joined) > width:
            break
    return scene.fit(joined, width)


def _strip_part(
    state: RunState, row: PhaseRow, here: bool, ids: tuple[str, ...], named: int, scene: Scene
) -> Line:
    """A phase in the strip; that of the cursor with its step."""
    phase = state.phases[row.id]
    name = name_line(row.id, ids, named, scene)
    part = (*words(">" if here else " "), *_sign(state, row, phase, scene), *words(" "), *name)
    if not here:
        return part
    waiting = next(iter(state.open_decisions(row.id)), None)
    at = waiting.step if waiting is not None and waiting.step else row.step
    letter = at[:1].upper() if at in STEP_COLUMNS else ""
    passed = phase_time(state, row, phase, scene)
    told = " ".join(filter(None, (letter, f"it {row.iteration}" if row.iteration else "", passed)))
    return (*part, *words(f" {told}" if told else ""))


def _phase(state: RunState, shown: PhaseRow, phase: Phase, table: _Table, told: Line) -> Line:
    scene = table.scene
    named = name_line(phase.id, table.ids, table.named, scene)
    name = (*words(" "), *_sign(state, shown, phase, scene), *words(" "), *named)
    spent = state.budget.phases.get(phase.id)
    started = phase.started_at is not None
    choice = _agent(state)
    change = phase_change(phase)
    columns = {
        "it": words(str(phase.iteration) if phase.iteration else "-"),
        "state": told,
        "time": words(phase_time(state, shown, phase, scene) or "-"),
        "cost": words(_cost(spent, started)),
        "agent": scene.foreign(worker_words(choice)) if choice is not None and started else words("-"),
        "+/-": words(lines(change.added, change.removed) if change is not None else "-"),
    }
    return table.line(name, _letters(state, shown, phase, scene), columns)


def _cost(spent: Spent | None, started: bool) -> str:
    """What a phase cost; as long as no turn told, that is not known and not nothing."""
    return cost_words(spent.usd, spent.unpriced) if started and spent is not None and spent.turns else "-"


def _sign(state: RunState, shown: PhaseRow, phase: Phase, scene: Scene) -> Line:
    """The sign of a phase: what is still under way when a pause was asked for runs."""
    if shown.state == "paused" and winding_down(state, phase) is not None:
        return scene.sign("running")
    return scene.sign(shown.state)


def _letters(state: RunState, shown: PhaseRow, phase: Phase, scene: Scene) -> Line:
    """The column ``PIVRC``: a sign for each step; the step at which a person is waited for has that sign."""
    waiting = state.open_decisions(phase.id)
    at = waiting[0].step if waiting and shown.state in ("needs you", "limit") else ""
    joined: Line = ()
    for name, status in zip(STEP_COLUMNS, shown.steps, strict=True):
        if name == at:
            status = shown.state
        elif status == "running" and shown.state != "running":
            stands = shown.state in ("stopped", "failed") or (
                shown.state == "paused" and winding_down(state, phase) is None
            )
            status = shown.state if stands else status
        joined = (*joined, *scene.sign(status))
    return joined


def _state(state: RunState, shown: PhaseRow, phase: Phase, scene: Scene, live: Live, table: _Table) -> Line:
    """The state in words, with its reason."""
    shape = table.shape
    match shown.state:
        case "done":
            head, change = words(f"done  {shown.note}", "ok"), phase_change(phase)
            if shape == "pair with agent":
                return (*head, *scene.foreign(f'  "{phase.plan.name}"'))
            return (*head, *words(f"  {lines(change.added, change.removed)}" if change is not None else ""))
        case "waits" | "ready":
            whole = shape not in ("list", "line")
            room = table.width // 3 if whole else table.rest - table.named - _WAITS

            def short(id: str) -> str:
                return plain(name_line(id, table.ids, max(_NAME, room), scene))

            told = waits(state, phase, whole=whole, short=short, front=table.front)
            return scene.foreign(told, "waits")
        case "needs you":
            paused = ", paused" if phase.status == "paused" else ""
            return scene.foreign(
                f"needs you{paused}: {asked(state.open_decisions(phase.id)[0])}", "needs-you"
            )
        case "limit":
            paused, asks = ", paused" if phase.status == "paused" else "", state.open_decisions(phase.id)[0]
            return words(f"{resets(asks, scene.left(asks))}{paused}", "waits")
        case "paused":
            return scene.foreign(pause_words(state, phase, scene), "paused")
        case "running":
            return _running(state, phase, scene, live)
    if phase.status not in PHASE_ENDED:
        return words(f"{shown.state} with the run", "fail")
    token = "muted" if shown.state == "skipped" else "fail"
    told = (
        shown.note
        if shown.note.startswith(shown.state)
        else f"{shown.state}: {shown.note}".removesuffix(": ")
    )
    if scene.me is not None and told == f"{shown.state} by {scene.me.name}":
        told = f"{shown.state} by you"
    return scene.foreign(told, token)


def _running(state: RunState, phase: Phase, scene: Scene, live: Live) -> Line:
    last = phase.last
    if last is None:
        return words("begins", "running")
    under_way = next((effect for effect in last.effects if effect.status == "intended"), None)
    if told := silent_words(state, phase, live.heard, scene.now):
        return (*words(f"{step_words(last.name)}: ", "running"), *words(told, "waits"))
    doing = live.doing.get(phase.id, "")
    if not doing and under_way is not None:
        newest = live.output.get(phase.id, ()) if under_way.kind in ("turn", "verify") else ()
        telling = (one for one in reversed(newest) if any(character.isalnum() for character in one))
        doing = next(telling, "") or DOING.get(under_way.kind, "")
    if last.status != "running":
        doing = doing or last.summary
    return (*words(f"{step_words(last.name)}: ", "running"), *scene.foreign(doing or "begins"))


def phase_time(state: RunState, shown: PhaseRow, phase: Phase, scene: Scene) -> str:
    """The time of the state in a phase's row, the same wherever the phase is listed; empty before it began.

    Once it ended that is its whole time from its beginning on, waits included; while it runs that of its step; while
    it waits for a person that of the wait.
    """
    run, last = state.run, phase.last
    if phase.started_at is None or run is None:
        return ""
    until = phase.ended_at if phase.status in PHASE_ENDED else run.ended_at
    if shown.state in ("needs you", "limit"):
        return scene.since(state.open_decisions(phase.id)[0].opened_at)
    runs = shown.state == "running" or winding_down(state, phase) is not None
    if runs and last is not None:
        return scene.since(last.began_at if last.status == "running" else last.ended_at or last.began_at)
    return duration((scene.now if until is None else until) - phase.started_at)
