"""The steps of an unfolded phase: how each ended, what runs, the last lines it put out, and what is still to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from prdrunner_tui.kernel.state import PHASE_ENDED, Phase, RunState, Step
from prdrunner_tui.projections.overview import DOING, STEP_COLUMNS
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.rows.words import about, kind_words, plural, step_state, step_words
from prdrunner_tui.tui.span import Cell, Line, columns, words

_MOST = 8
"""Steps that show; earlier ones are counted."""
_OUTPUT = 3
_ROOMY = 60
_NAME = 9
_IN_FILES = re.compile(r" in [\d,]+ files?")


def step_rows(
    state: RunState, phase: Phase, width: int, scene: Scene, output: Sequence[str] = ()
) -> list[Row]:
    """A row for each of the newest steps, each in exactly ``width`` cells, then what is to do.

    Args:
        output: the newest lines of what runs, oldest first; the last three are shown under its step.
    """
    rows: list[Row] = []
    first = max(0, len(phase.steps) - _MOST)
    if first:
        told = f"{plural(first, 'earlier step')}, from iteration {phase.steps[0].iteration} on"
        rows.append(Row(("earlier", phase.id), scene.fit(words(f"     {told}", "muted"), width), False))
    named = max([_NAME, *(len(step_words(step.name)) for step in phase.steps[first:])])
    for index, step in enumerate(phase.steps[first:], first):
        rows.append(Row(("step", phase.id, index), _step(state, phase, step, named, width, scene)))
        if step.status == "running":
            rows += output_rows(phase.id, output[-_OUTPUT:], width, scene)
    if to_do := _to_do(phase):
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


def _step(state: RunState, phase: Phase, step: Step, named: int, width: int, scene: Scene) -> Line:
    asked = [d for d in state.open_decisions(phase.id) if d.step == step.name] if step is phase.last else []
    running = step.status == "running"
    word: str = "rolled back" if (step.name, step.status) == ("rollback", "ok") else step.status
    if running and (asked or phase.status == "paused" or (state.run and state.run.status == "paused")):
        word = "needs you" if asked else "paused"
    if running and state.run is not None and state.run.ended_at is not None:
        word = "stopped"
    until = step.ended_at if step.ended_at is not None else state.run.ended_at if state.run else None
    passed = scene.since(step.began_at, until)
    head = columns(
        [Cell((*words("    "), *scene.sign(word)), 5), Cell(words(step_words(step.name)), named)],
        ellipsis=scene.glyphs.ellipsis,
    )
    told = _told(step, word, scene, width, f"{kind_words(asked[0].kind)} {about(asked[0])}" if asked else "")
    return scene.fit((*words(" "), *head, *words(f"  it {step.iteration}{passed:>7}  "), *told), width)


def _told(step: Step, word: str, scene: Scene, width: int, asked: str) -> Line:
    """How the step ended, in a word and what it came to; a summary that begins with an exit code says it itself."""
    token = {"ok": "ok", "failed": "fail", "issues": "fail", "rejected": "fail"}.get(word, "text")
    if word == "needs you":
        return scene.foreign(f"needs you: {asked}", "needs-you")
    if word == "paused":
        return words("paused", "paused")
    if step.status == "running":
        under_way = next((effect for effect in step.effects if effect.status == "intended"), None)
        doing = DOING.get(under_way.kind, under_way.kind) if under_way is not None else "begins"
        return words(doing if word == "running" else word, "running")
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
