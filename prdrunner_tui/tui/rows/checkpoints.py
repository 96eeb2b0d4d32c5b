"""The checkpoints of a run, newest first: what each can bring back, and what a return to it would cost."""

from __future__ import annotations

from prdrunner_tui.kernel.state import Checkpoint, Phase, RunState, Step
from prdrunner_tui.projections.metrics import Change
from prdrunner_tui.text.cells import cells
from prdrunner_tui.text.units import lines
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.rows.words import about, kind_words, plural, step_words
from prdrunner_tui.tui.span import Cell, Line, words

_LONGEST_PHASE = 16
_STEP_FROM = 100
_LABEL = 11


def checkpoint_head(state: RunState, width: int, scene: Scene) -> Line:
    """The titles of the columns, in exactly ``width`` cells."""
    titles = ("id", "phase", "taken", "step", "state it holds")
    return _columns([words(title, "muted") for title in titles], state, width, scene)


def checkpoint_rows(state: RunState, width: int, scene: Scene, *, phase: str = "") -> list[Row]:
    """A row each, of all phases or one, in exactly ``width`` cells; column 0 stays free for the cursor.

    Keys: ``("checkpoint", id)``.
    """
    found = [one for one in state.checkpoints.values() if phase in ("", one.phase)]
    if not found:
        return [Row("none", scene.fit(note(" none yet; one is taken before implement"), width), False)]
    found.sort(key=lambda one: one.at, reverse=True)
    return [Row(("checkpoint", one.id), _row(state, one, width, scene)) for one in found]


def kept_back(state: RunState, one: Checkpoint) -> str:
    """Why a phase cannot go back to a checkpoint now, with what to do first; empty where it can."""
    phase = state.phases[one.phase]
    last = phase.last
    if phase.commit:
        return f"{phase.id} is committed as {phase.commit[:7]}; what is committed stays"
    if last is None:
        return ""
    if any(effect.status == "intended" for effect in last.effects):
        if last.name == "rollback":
            return f"{phase.id} is on its way back to a checkpoint"
        first = "wait" if phase.status == "paused" else "pause it, wait"
        return f"{phase.id} is in {step_words(last.name)}: {first} until its turn is over"
    if last.name == "rollback" and last.status == "ok" and _gone_to(last) == one.id:
        return f"{phase.id} is at {one.id} already"
    return ""


def restore_lines(
    state: RunState, one: Checkpoint, width: int, scene: Scene, *, lost: Change | str = ""
) -> list[Line]:
    """The question before a phase goes back, in lines of exactly ``width`` cells.

    Args:
        lost: what came since the checkpoint, or words for why that is not known.
    """
    phase = state.phases[one.phase]
    head = (
        *scene.foreign(f" {one.phase}"),
        *words(f" goes back to {one.id}, {scene.clock(one.at)}: "),
        *scene.foreign(one.label),
    )
    facts: list[tuple[str, Line]] = [("leaves out", scene.foreign(_lost(phase, one, lost), "fail"))]
    facts += [
        ("withdraws", scene.foreign(f"{kind_words(decision.kind)} {about(decision)}", "fail"))
        for decision in state.open_decisions(phase.id)
    ]
    facts += [
        ("keeps", words("what stands there now, as a checkpoint of its own that is taken first")),
        ("then", words("the phase is paused until you resume it")),
    ]
    return [scene.fit(head, width), scene.fit((), width), *scene.labelled(facts, width, _LABEL)]


def restored(phase: Phase) -> tuple[str, str]:
    """What came of the newest return of a phase: words, empty while it is under way, and the checkpoint that holds
    what stood before, empty where there is none."""
    step = next((step for step in reversed(phase.steps) if step.name == "rollback"), None)
    if step is None or not step.effects or step.status == "running":
        return "", ""
    effect = step.effects[0]
    saved = str(effect.args.get("save_as", ""))
    if step.status != "ok":
        return f"{phase.id} did not go back: {step.summary}", ""
    return f"{phase.id} is back at {_gone_to(step)}, paused", saved


def to_undo(state: RunState) -> str:
    """The checkpoint that takes the newest return of all phases back; empty where none was made, or it was not kept."""
    back = [
        step
        for phase in state.phases.values()
        for step in phase.steps
        if step.name == "rollback" and step.status == "ok" and step.effects
    ]
    last = max(back, key=lambda step: step.ended_at or step.began_at, default=None)
    saved = str(last.effects[0].args.get("save_as", "")) if last is not None else ""
    return saved if saved in state.checkpoints else ""


def _gone_to(step: Step) -> str:
    return str(step.effects[0].args.get("checkpoint", "")) if step.effects else ""


def _lost(phase: Phase, one: Checkpoint, lost: Change | str) -> str:
    """What is no longer there afterwards: lines, then the iterations that made them."""
    if isinstance(lost, str):
        told = lost
    elif not lost.files:
        told = "no change"
    else:
        told = f"{plural(lost.files, 'file')}, {lines(lost.added, lost.removed)}"
    passed = sorted({s.iteration for s in phase.steps if s.began_at >= one.at or s.iteration > one.iteration})
    if not passed:
        return told
    which = f"iteration{'s' if len(passed) > 1 else ''} {', '.join(map(str, passed))}"
    return f"{told}, of {which}" if told else which


def _row(state: RunState, one: Checkpoint, width: int, scene: Scene) -> Line:
    phase = state.phases.get(one.phase)
    label = one.label
    if phase is not None and phase.commit:
        label = f"{label}; committed as {phase.commit[:7]}"
    told = [
        words(one.id),
        scene.foreign(one.phase),
        words(scene.clock(one.at)),
        words(f"{step_words(one.step)} it {one.iteration}"),
        scene.foreign(label),
    ]
    return _columns(told, state, width, scene)


def _columns(told: list[Line], state: RunState, width: int, scene: Scene) -> Line:
    id, phase, taken, step, label = told
    named = max((cells(one.phase) for one in state.checkpoints.values()), default=5)
    clock = max((cells(scene.clock(one.at)) for one in state.checkpoints.values()), default=8)
    row = [Cell((*words(" "), *id), 7), Cell(phase, min(_LONGEST_PHASE, max(5, named))), Cell(taken, clock)]
    if width >= _STEP_FROM:
        row.append(Cell(step, 16))
    return scene.columns([*row, Cell(label, width)], width)
