"""The plan of a run as a table: what comes in which batch, after what, and what it unlocks."""

from __future__ import annotations

from collections.abc import Sequence

from prdrunner_tui.kernel.state import PHASE_ENDED, Phase, RunState
from prdrunner_tui.prd import graph
from prdrunner_tui.projections.history import critical_chain, remaining, worked
from prdrunner_tui.projections.overview import overview
from prdrunner_tui.text.units import duration, estimate
from prdrunner_tui.tui.rows.names import longest_name, name_line
from prdrunner_tui.tui.rows.pausing import winding_down
from prdrunner_tui.tui.rows.phases import phase_time
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.rows.words import plural, waits
from prdrunner_tui.tui.span import Cell, Line, words

_LONGEST_PHASE = 20
_TIME = 7


def plan_head(state: RunState, width: int, scene: Scene) -> Line:
    """The titles of the columns, in exactly ``width`` cells."""
    titles = ("batch", "phase", "state", "time", "after", "unlocks")
    batch, phase, word, time, after, unlocks = (words(title, "muted") for title in titles)
    return _columns(state, (batch, (*words("  "), *phase), word, time, after, unlocks), width, scene)


def plan_rows(state: RunState, width: int, scene: Scene) -> list[Row]:
    """A row for each phase in the order of the batches, in exactly ``width`` cells. Keys: ``("phase", id)``."""
    shown = {row.id: row for row in overview(state).phases}
    rows: list[Row] = []
    for number, batch in enumerate(graph.batches(_needs(state)), 1):
        for place, id in enumerate(batch):
            phase = state.phases[id]
            word = "pausing" if winding_down(state, phase) is not None else shown[id].state
            name = name_line(id, state.phases, _named(state, width), scene)
            told = (
                words(f" {number}" if not place else ""),
                (*scene.sign("running" if word == "pausing" else word), *words(" "), *name),
                words(word),
                words(phase_time(state, shown[id], phase, scene) or "-"),
                scene.foreign(", ".join(phase.plan.deps) or "-"),
                scene.foreign(", ".join(_unlocks(state, id)) or "-"),
            )
            rows.append(Row(("phase", id), _columns(state, told, width, scene)))
    return rows


def plan_summary(state: RunState, scene: Scene, width: int, *, earlier: Sequence[float] = ()) -> list[Line]:
    """Below the table, two lines: how many phases and batches, and the chain that holds the end up with what is left.

    Phases run one by one: where more are to go than those of the chain, what is left is told for all of them.

    Args:
        earlier: seconds of phases of earlier runs.
    """
    needs = _needs(state)
    several = f"{plural(len(needs), 'phase')}, {plural(len(graph.batches(needs)), 'batch', 'batches')}"
    ended = sum(phase.status in PHASE_ENDED for phase in state.phases.values())
    over = words(f"{ended} ended, {len(needs) - ended} to go ", "muted")
    chain = critical_chain(state, scene.now, earlier=earlier)
    path = scene.foreign(f" critical path  {' > '.join(chain.phases)}")
    if not chain.phases:
        told = ""
    elif ended == len(needs):
        told = f"{duration(chain.worked)} worked, nothing left "
    else:
        left = estimate(*(remaining(state, scene.now, earlier=earlier) or (None, None)))
        to_go = len(needs) - ended
        told = f"{duration(chain.worked)} worked, {left} left "
        if to_go > chain.open:
            told = f"{left} left for all {to_go} to go "
    return [scene.sides(words(f" {several}"), over, width), scene.sides(path, words(told, "muted"), width)]


def phase_detail(state: RunState, phase: Phase, width: int, scene: Scene) -> list[Line]:
    """What is planned for one phase: where it comes from, what it needs and gives, and its criteria."""
    plan = phase.plan
    first = f'"{plan.name}"' + (f", {len(plan.criteria)} criteria" if len(plan.criteria) > 1 else "")
    facts = [("from", f"{_place(state, plan.source)}  {first}" if plan.source else first)]
    needed = [f"{dep} ({state.phases[dep].status})" for dep in plan.deps if dep in state.phases]
    facts += [("after", ", ".join(needed)), ("unlocks", ", ".join(_unlocks(state, phase.id)))]
    facts += [("scope", ", ".join(plan.scope)), ("guessed", ", ".join(plan.guessed))]
    if phase.status == "pending":
        facts.append(("why", waits(state, phase)))
    if phase.started_at is not None and state.run is not None:
        until = next(end for end in (phase.ended_at, state.run.ended_at, scene.now) if end is not None)
        passed = duration(max(0.0, until - phase.started_at))
        facts.append(
            ("time", f"{passed} since it began, {duration(worked(state, phase, until))} of it worked")
        )
    if phase.status not in PHASE_ENDED and phase.iteration:
        facts.append(("runs", f"iteration {phase.iteration} of {phase.iteration_limit}"))
    made = [(*words(f" {label:<9}", "muted"), *scene.foreign(text)) for label, text in facts if text]
    made += [(*words(" - "), *scene.foreign(f"{one.id} {one.text}".strip())) for one in plan.criteria]
    return [scene.fit(one, width) for one in made]


def _place(state: RunState, source: str) -> str:
    """A place in the PRD as the run names the PRD; the directories above the repository say nothing here."""
    prd = state.run.prd if state.run is not None else ""
    before, found, line = source.rpartition(f"/{prd}:")
    return f"{prd}:{line}" if found and before else source


def _needs(state: RunState) -> dict[str, tuple[str, ...]]:
    return {id: phase.plan.deps for id, phase in state.phases.items()}


def _unlocks(state: RunState, id: str) -> list[str]:
    return [one.id for one in state.phases.values() if id in one.plan.deps]


def _named(state: RunState, width: int) -> int:
    """Cells of a name: a third of the row is theirs."""
    return longest_name(state.phases, 3, max(_LONGEST_PHASE, width // 3))


def _columns(state: RunState, told: tuple[Line, ...], width: int, scene: Scene) -> Line:
    batch, phase, word, time, after, unlocks = told
    named = _named(state, width) + 2
    rest = max(8, width - 6 - named - 9 - _TIME - 5 * 2)
    row = [Cell((*words(" "), *batch), 6), Cell(phase, named), Cell(word, 9), Cell(time, _TIME, True)]
    return scene.columns([*row, Cell(after, rest // 2), Cell(unlocks, rest - rest // 2)], width)
