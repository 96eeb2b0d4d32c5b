"""What a phase is about, read only: what is planned for it, what failed in it, or how it changes the code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from prdrunner_tui.kernel.state import PHASE_ENDED, Decision, Phase, RunState, Step
from prdrunner_tui.projections.changed import change_of, changed_trees
from prdrunner_tui.projections.metrics import Change, phase_change
from prdrunner_tui.text.cells import cells
from prdrunner_tui.text.units import lines as changed_lines
from prdrunner_tui.tui.rows.difflines import Patch
from prdrunner_tui.tui.rows.failure import failure_rows, failure_title, last_failure
from prdrunner_tui.tui.rows.names import longest_name
from prdrunner_tui.tui.rows.numbered import Numbered
from prdrunner_tui.tui.rows.plan import phase_detail
from prdrunner_tui.tui.rows.scene import Scene, note
from prdrunner_tui.tui.rows.shorten import short_path
from prdrunner_tui.tui.rows.words import asked, kind_words, plural, step_words
from prdrunner_tui.tui.span import Cell, Line, plain, words

Kind = Literal["planned", "begun", "failed", "changes"]
"""What there is to show of a phase: its plan; that it has begun; why it failed; its change."""

_MOST_BYTES = 1_000_000
"""Of a patch that is looked at in passing; a screen of its own shows all of a larger one."""
_MOST_FILES = 5
_LABEL, _ACTION, _PATH = 10, 6, 16
"""Cells of a label; of what is planned for a file; of a path that is planned, at least."""
_LONGEST, _MOST_FOLDS = 1000, 4
"""Cells of what the plan says of one thing, and the rows that it may take."""
_NO_CHANGE = Change()
_HANDED_OVER = frozenset({"stuck", "error"})
"""Decisions that are about a failure."""
_ABOUT_CHANGES = frozenset({"review", "gate", "large_change"})
"""Decisions whose words tell of the change, which stands there anyway."""
_CHANGES_FILES = ("implement", "rollback")
"""Steps that end with another tree."""


@dataclass(frozen=True, slots=True)
class Detail:
    """What is shown of a phase.

    Attributes:
        phase: its id.
        kind: what it is.
        trees: between which trees or commits its change lies, where that is shown.
        decision: the id of the decision that waits for a person, if one does.
    """

    phase: str
    kind: Kind
    trees: tuple[str, str] | None = None
    decision: str = ""


@dataclass(frozen=True, slots=True)
class Diff:
    """A change as it was read.

    Attributes:
        change: how large it is.
        rows: its patch, of a very large one the beginning.
        files: each path and what happened to it, as the heads in the patch have them.
        cut: whether lines are missing in ``rows``.
        problem: why it cannot be read; then it is empty.
    """

    change: Change = _NO_CHANGE
    rows: Numbered | None = None
    files: tuple[tuple[str, str], ...] = ()
    cut: bool = False
    problem: str = ""


def read_diff(data: bytes) -> Diff:
    """A patch of git's; some 50 ms for 100,000 lines."""
    kept = data if len(data) <= _MOST_BYTES else data[: data.rfind(b"\n", 0, _MOST_BYTES) + 1]
    patch = Patch(kept)
    heads = (patch.head(number) for number in range(len(patch)))
    files = tuple(head for head in heads if head is not None)
    return Diff(change_of(data), Numbered(patch), files, len(kept) < len(data))


def detail_of(state: RunState, id: str) -> Detail | None:
    """What there is to show of a phase; ``None`` without such a phase."""
    phase = state.phases.get(id)
    if phase is None:
        return None
    waiting = state.open_decisions(id)
    decision = waiting[0].id if waiting else ""
    if phase.status == "pending":
        return Detail(id, "planned", None, decision)
    if _failed(state, phase, waiting):
        return Detail(id, "failed", None, decision)
    trees = _trees(state, phase, waiting)
    return Detail(id, "changes" if trees else "begun", trees, decision)


def detail_title(state: RunState, detail: Detail, room: int = 0) -> tuple[str, ...]:
    """The phase and what is shown of it, for the title rule.

    Args:
        room: cells for what stands behind the phase, 0 for any number; where there are few the words are shorter.
    """
    phase = state.phases[detail.phase]
    ended = phase.status in PHASE_ENDED
    if detail.kind == "failed" and (found := last_failure(state, detail.phase)) is not None:
        left, right = failure_title(*found, room + cells(detail.phase) + 2 if room else 0)
        return tuple(filter(None, (detail.phase, left[len(detail.phase) + 2 :], right)))
    match detail.kind:
        case "planned":
            long, short = "what is planned", "planned"
        case "changes":
            long, short = ("the change", "change") if ended else ("changes so far", "so far")
        case _:
            long, short = ("no change", "no change") if ended else ("no change yet", "no change")
    return detail.phase, short if 0 < room < cells(long) else long


def detail_way(state: RunState, detail: Detail, enter: str) -> str:
    """What the key ``enter`` opens here, for the right edge of the title rule."""
    decision = state.decisions.get(detail.decision)
    if decision is not None:
        return f"{enter} {'review' if decision.kind == 'review' else 'decision'}"
    return f"{enter} plan" if detail.kind in ("planned", "begun") else f"{enter} whole"


def detail_lines(
    state: RunState,
    detail: Detail,
    width: int,
    scene: Scene,
    *,
    diff: Diff | None = None,
    doing: str = "",
) -> list[Line]:
    """The rows above the patch, in exactly ``width`` cells.

    Args:
        diff: the change, once it was read.
        doing: what the agent said last that it does.
    """
    phase = state.phases[detail.phase]
    match detail.kind:
        case "planned":
            made = _plan_lines(state, phase, width, scene)
        case "begun":
            made = _begun(state, phase, width, scene, doing)
        case "failed":
            return [row.line for row in failure_rows(state, width, scene, phase=phase.id)]
        case "changes":
            made = _change(state, phase, detail, width, scene, diff)
    return [scene.fit(line, width) for line in made]


# Which


def _failed(state: RunState, phase: Phase, waiting: Sequence[Decision]) -> bool:
    """Whether a failure is what there is to look at: it ended the phase, is the newest step, or a person is asked."""
    found = last_failure(state, phase.id)
    if found is None:
        return False
    ended_by_it = phase.status in ("failed", "stopped")
    return ended_by_it or phase.last is found[1] or any(one.kind in _HANDED_OVER for one in waiting)


def _trees(state: RunState, phase: Phase, waiting: Sequence[Decision]) -> tuple[str, str] | None:
    if phase.commit:
        # Each commit of a run has one before it.
        return f"{phase.commit}^", phase.commit
    for decision in waiting:
        if (trees := changed_trees(state, decision)) is not None:
            return trees
    if phase.last is not None and phase.last.name == "commit":
        for effect in reversed(phase.last.effects):
            tip, tree = str(effect.args.get("tip", "")), str(effect.result.get("tree", ""))
            if effect.kind == "integrate" and tip and tree:
                return tip, tree
    # Before implement has ended the tree is only that on which the phase stands.
    known = phase.base and phase.tree and _taken(phase) is not None
    return (phase.base, phase.tree) if known else None


def _taken(phase: Phase) -> Step | None:
    """The newest step that ended with another tree."""
    return next(
        (s for s in reversed(phase.steps) if s.name in _CHANGES_FILES and s.ended_at is not None), None
    )


# What


def _change(
    state: RunState, phase: Phase, detail: Detail, width: int, scene: Scene, diff: Diff | None
) -> list[Line]:
    """How large the change is and as of when, then its files."""
    change = diff.change if diff is not None and not diff.problem else phase_change(phase)
    size = ""
    if change is not None:
        size = f"{plural(change.files, 'file')}  {changed_lines(change.added, change.removed)}"
        size = size if change.files else "no file differs"
    made = [
        (*words(" "), *one)
        for one in scene.wrap(
            (*words(f"{size}  " if size else ""), *_as_of(state, phase, detail, scene)), width - 2
        )
    ]
    if diff is not None and diff.problem:
        made += [(*words(" "), *one) for one in scene.wrap(scene.foreign(diff.problem, "fail"), width - 2)]
    if diff is None or len(diff.files) < 2:
        return made
    shown = diff.files if len(diff.files) <= _MOST_FILES else diff.files[: _MOST_FILES - 1]
    made += [_file(path, told, width, scene) for path, told in shown]
    if len(shown) < len(diff.files):
        made.append(note(f" and {plural(len(diff.files) - len(shown), 'more file')}"))
    return made


def _as_of(state: RunState, phase: Phase, detail: Detail, scene: Scene) -> Line:
    """When the change was taken, and what comes on top of it."""
    if phase.commit:
        at = f" at {scene.clock(phase.ended_at, seconds=False)}" if phase.ended_at is not None else ""
        return words(f"committed as {phase.commit[:7]}{at}", "ok")
    decision = state.decisions.get(detail.decision)
    if decision is not None:
        told = kind_words(decision.kind) if decision.kind in _ABOUT_CHANGES else asked(decision)
        if decision.by_itself:
            return scene.foreign(told, "waits")
        return scene.foreign(f"needs you: {told}", "needs-you")
    taken = _taken(phase)
    told = f"as of {step_words(taken.name)}, iteration {taken.iteration}" if taken is not None else ""
    if phase.last is not None and phase.last.name == "implement" and phase.last.status == "running":
        more = f"what iteration {phase.iteration} changes is recorded when implement ends"
        told = f"{told}; {more}" if told else more
    return note(told)


def _file(path: str, told: str, width: int, scene: Scene) -> Line:
    letter, _, rest = told.partition("  ")
    size = words(f"{rest} ", "muted")
    room = max(8, width - len(rest) - 6)
    shown = scene.foreign(short_path(plain(scene.foreign(path)), room, scene.glyphs.ellipsis))
    return scene.sides((*words(f" {letter}  ", "muted"), *shown), size, width)


def _begun(state: RunState, phase: Phase, width: int, scene: Scene, doing: str) -> list[Line]:
    """What is known of a phase that has no tree yet: what its agent does, what it planned, what the plan says."""
    ended = phase.status in PHASE_ENDED
    told = (
        "no change of it is recorded"
        if ended
        else "no change is recorded yet; it is recorded when implement ends"
    )
    made: list[Line] = [*_folded(" ", note(told), width, scene), ()]
    if doing and not ended:
        made += _folded(f" {'now':<{_LABEL - 1}}", scene.foreign(doing, "agent"), width, scene)
    for label, line in _planned(phase, width, scene):
        made.append((*words(f" {label:<{_LABEL - 1}}", "muted"), *line))
    return [*made, *_plan_lines(state, phase, width, scene)]


def _plan_lines(state: RunState, phase: Phase, width: int, scene: Scene) -> list[Line]:
    """What is planned for the phase, folded beside its labels."""
    made: list[Line] = []
    for label, *rest in phase_detail(state, phase, _LONGEST, scene):
        made += _folded(label.text, tuple(rest), width, scene, label.token)
    return made


def _planned(phase: Phase, width: int, scene: Scene) -> list[tuple[str, Line]]:
    """The edits that the agent planned in its newest plan."""
    plan = _plan(phase.steps)
    changes = [change for change in plan.get("changes") or () if isinstance(change, Mapping)]
    paths = [plain(scene.foreign(str(change.get("path", "")))) for change in changes]
    long = longest_name(paths, 1, max(_PATH, (width - _LABEL) // 2 - _ACTION))
    rows: list[tuple[str, Line]] = []
    for change, path in zip(changes, paths, strict=True):
        told = [
            Cell(scene.foreign(str(change.get("action", "")), "muted"), _ACTION),
            Cell(scene.foreign(short_path(path, long, scene.glyphs.ellipsis)), long),
            Cell(scene.foreign(str(change.get("note", "")), "muted"), width),
        ]
        rows.append(("" if rows else "plan", scene.columns(told, max(1, width - _LABEL))))
    return rows


def _plan(steps: Sequence[Step]) -> Mapping[str, Any]:
    for step in reversed(steps):
        for effect in step.effects if step.name == "plan_impl" else ():
            data = effect.result.get("data")
            if effect.kind == "turn" and isinstance(data, Mapping):
                return data
    return {}


def _folded(label: str, line: Line, width: int, scene: Scene, token: str = "muted") -> list[Line]:
    """A label and what it says beside it."""
    first, *rest = scene.wrap(line, max(16, width - len(label) - 1), most=_MOST_FOLDS)
    return [(*words(label, token), *first), *((*words(" " * len(label)), *one) for one in rest)]
