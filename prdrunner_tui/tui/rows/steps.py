"""The steps of an unfolded phase: how each ended, what runs, the last lines it put out, and what is still to do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from prdrunner_tui.kernel.state import PHASE_ENDED, Phase, RunState, Step
from prdrunner_tui.projections.metrics import step_worked
from prdrunner_tui.projections.overview import DOING, STEP_COLUMNS
from prdrunner_tui.text.units import duration
from prdrunner_tui.tui.rows.pausing import winding_down
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.rows.words import asked, plural, resets, step_state, step_words
from prdrunner_tui.tui.span import Cell, Line, words

_MOST = 8
"""Steps that show; earlier ones are counted."""
_OUTPUT = 3
_ROOMY = 60
_NAME, _TIME = 9, 6
"""Cells of a name and a time, at least."""
_IN_FILES = re.compile(r" in [\d,]+ files?")


class _Sizes(NamedTuple):
    """Widths of the columns of a list of steps, by what is in them."""

    name: int
    iteration: int
    time: int


def step_rows(
    state: RunState,
    phase: Phase,
    width: int,
    scene: Scene,
    output: Sequence[str] = (),
    *,
    brief: bool = False,
) -> list[Row]:
    """A row for each of the newest steps, each in exactly ``width`` cells, then what is to do.

    Args:
        output: the newest lines of what runs, oldest first; the last three are shown under its step.
        brief: only the steps of the newest iteration, the last line of output in the row of its step, and what is to
            do left to the column of letters.
    """
    rows: list[Row] = []
    first = max(0, len(phase.steps) - _MOST)
    if brief:
        newest = (n for n, step in enumerate(phase.steps) if step.iteration == phase.iteration)
        first = max(first, next(newest, 0))
    if first:
        before = len({step.iteration for step in phase.steps[:first]} - {phase.iteration})
        told = f"{plural(first, 'earlier step')}, from iteration {phase.steps[0].iteration} on"
        if brief:
            several = plural(before, "earlier iteration") if before else plural(first, "earlier step")
            told = f"{several}: l shows {'it' if 1 in (before, not before and first) else 'them'}"
        rows.append(Row(("earlier", phase.id), scene.fit(words(f"     {told}", "muted"), width), False))
    shown = phase.steps[first:]
    sizes = _Sizes(
        max([_NAME, *(len(step_words(step.name)) for step in shown)]),
        max((len(f"it {step.iteration}") for step in shown), default=0),
        max([_TIME, *(len(_passed(state, phase, step, scene)) for step in shown)]),
    )
    for index, step in enumerate(shown, first):
        said = next((one for one in reversed(output) if one.strip()), "") if brief else ""
        rows.append(Row(("step", phase.id, index), _step(state, phase, step, sizes, width, scene, said)))
        if step.status == "running" and not brief:
            rows += output_rows(phase.id, output[-_OUTPUT:], width, scene)
    if (to_do := _to_do(phase)) and not brief:
        left: Line = ()
        for name in to_do:
            left = (*left, *scene.sign("pending"), *words(f" {step_words(name):<10} ", "muted"))
        rows.append(Row(("to do", phase.id), scene.fit((*words("     "), *left), width), False))
    return rows


def output_rows(phase: str, output: Sequence[str], width: int, scene: Scene) -> list[Row]:
    """Lines that a running step put out."""
    return [
        Row(
            ("output", phase, place),
            scene.fit((*words("        "), *scene.foreign(one, "agent")), width),
            False,
        )
        for place, one in enumerate(output)
    ]


def _step(
    state: RunState, phase: Phase, step: Step, sizes: _Sizes, width: int, scene: Scene, said: str
) -> Line:
    waiting = [d for d in state.open_decisions(phase.id) if d.step == step.name] if step is phase.last else []
    running = step.status == "running"
    word: str = "rolled back" if (step.name, step.status) == ("rollback", "ok") else step.status
    if running and (waiting or phase.status == "paused" or (state.run and state.run.status == "paused")):
        word = "paused" if not waiting else "limit" if waiting[0].by_itself else "needs you"
        if not waiting and winding_down(state, phase) is not None:
            word = "pausing"
    if running and state.run is not None and state.run.ended_at is not None:
        word = "stopped"
    asks = said
    if waiting:
        asks = resets(waiting[0], scene.left(waiting[0])) if word == "limit" else asked(waiting[0])
    told = _told(step, word, scene, width, asks)
    sign = scene.sign("running" if word == "pausing" else word)
    row = [
        Cell((*words("    "), *sign), 5),
        Cell(words(step_words(step.name)), sizes.name + 1),
        Cell(words(f"it {step.iteration}"), sizes.iteration),
        Cell(words(_passed(state, phase, step, scene)), sizes.time, True),
        Cell((*words(" "), *told), width),
    ]
    return scene.fit((*words(" "), *scene.columns(row, width - 1, gap=1)), width)


def _passed(state: RunState, phase: Phase, step: Step, scene: Scene) -> str:
    """How long a step was at work; while a person is waited for, how long that is."""
    ended = step.ended_at if step.ended_at is not None else state.run.ended_at if state.run else None
    if ended is None and any(one.step == step.name for one in state.open_decisions(phase.id)):
        return scene.since(step.began_at)
    asked = [one for one in state.decisions.values() if one.phase == phase.id]
    seconds = step_worked(asked, step, scene.now if ended is None else ended)
    return duration(seconds) if ended is not None else scene.passed(seconds)


def _told(step: Step, word: str, scene: Scene, width: int, told: str) -> Line:
    """How the step ended, in a word and what it came to; a summary that begins with an exit code says it itself.

    ``told`` is what a person is asked, or the newest line of what runs.
    """
    token = {"ok": "ok", "failed": "fail", "issues": "fail", "rejected": "fail"}.get(word, "text")
    if word == "needs you":
        return scene.foreign(f"needs you: {told}", "needs-you")
    if word == "limit":
        return words(told, "waits")
    if word == "paused":
        return words("paused", "paused")
    if step.status == "running":
        under_way = next((effect for effect in step.effects if effect.status == "intended"), None)
        doing = DOING.get(under_way.kind, under_way.kind) if under_way is not None else "begins"
        if told and word in ("running", "pausing") and under_way is not None:
            return scene.foreign(told, "agent")
        return words(doing if word in ("running", "pausing") else word, "running")
    summary = step.summary if width >= _ROOMY else _IN_FILES.sub("", step.summary)
    state = "rolled back" if word == "rolled back" else step_state(step)
    if summary.startswith("exit ") and step.status in ("ok", "failed"):
        return scene.foreign(summary, token)
    return (*words(state + ("  " if summary else ""), token), *scene.foreign(summary))


def _to_do(phase: Phase) -> tuple[str, ...]:
    last = phase.last
    if phase.status in PHASE_ENDED or last is None or last.name not in STEP_COLUMNS:
        return ()
    return STEP_COLUMNS[STEP_COLUMNS.index(last.name) + 1 :]
