"""A new run before it starts, as rows: the plan, what the person chooses, what is left out, what warns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from prdrunner_tui.prd import Plan
from prdrunner_tui.text.cells import cells
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.units import money
from prdrunner_tui.tui.rows.scene import Row, Scene
from prdrunner_tui.tui.rows.start import problem_rows
from prdrunner_tui.tui.span import Cell, Line, width_of, words

BUDGETS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
"""Amounts in US dollars that are offered."""
_SHOWN_PHASES = 9
_SHOWN_WARNINGS = 6
_SHOWN_FILES = 3
_LABEL = 14
_UNREAD = "not read: .prd_runner/ is not trusted"
_NO_CHECKS = "none: each phase will ask you; prdrunner init writes them"

GATES: Mapping[str, str] = {
    "before_implement": "before the agent implements",
    "after_implement": "after the agent implemented",
    "before_commit": "before each commit",
    "after_review_issues": "after a self-review found something",
}
"""Where a person can ask to be asked, in words."""
_LONGEST_PHASE = 24


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person chose for a run; what is not chosen is as the configuration has it.

    Attributes:
        worker: a profile's name or ``command: COMMAND LINE``; empty for the configured one.
        gates: whether to be asked, by the name of a gate.
        budget: US dollars; 0 for no limit, None for the configured one.
        take_along: uncommitted files become part of the run's base.
        aside: the repository's ``.prd_runner`` is not used.
        another: also when a run of the PRD is unfinished.
        whole_plan: all phases are shown.
    """

    prd: str
    worker: str = ""
    gates: Mapping[str, bool] = field(default_factory=dict)
    budget: float | None = None
    take_along: bool = False
    aside: bool = False
    another: bool = False
    whole_plan: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """What would run.

    Attributes:
        problem: why it cannot start as it is.
        worker: the one that works where none is wished for: configured, or that of the last run, or the only one.
        last: that of the repository's last run, where it can be used again.
        only: the one agent that is there, where none is configured as the one to take.
        profiles: names of the configured workers, and of the agents that come along and are installed.
        checks: names of our own commands that judge each phase.
        gates: name -> (whether the configuration has it on, whether it is required).
        budget: US dollars of the configuration.
        dirty: (kind, path) of files that are not committed.
        brings: the repository has a ``.prd_runner``.
        untrusted: it is not trusted as it is, nor left aside, so what it configures is not known.
        unfinished: an unfinished run of this PRD.
        branch: where the commits go.
    """

    plan: Plan | None = None
    problem: Problem | None = None
    worker: str = ""
    last: str = ""
    only: str = ""
    profiles: Sequence[str] = ()
    checks: Sequence[str] = ()
    gates: Mapping[str, tuple[bool, bool]] = field(default_factory=dict)
    budget: float | None = None
    dirty: Sequence[tuple[str, str]] = ()
    remarks: Sequence[str] = ()
    brings: bool = False
    untrusted: bool = False
    unfinished: str = ""
    branch: str = ""


class Field(NamedTuple):
    """One thing to choose; ``on`` is None where it has values rather than two states."""

    key: str
    label: str
    value: str
    note: str = ""
    on: bool | None = None
    shorter: Sequence[str] = ()
    """What stands in place of the note where that has no room, the longest first; then nothing does."""


def fields(preview: Preview, wish: Wish) -> list[Field]:
    """What can be chosen here, in the order of the screen."""
    agent = wish.worker or preview.worker
    hints = ["enter names another" if agent else "enter types a command line"]
    if len(_agents(preview, wish)) > 1:
        hints.insert(0, f"h/l changes it, {hints[0]}")
    if agent and agent == preview.last:
        hints = [f"as in the last run; {hints[0]}", "as in the last run", *hints]
    elif agent and agent == preview.only:
        hints = [f"the only one found; {hints[0]}", "the only one found", *hints]
    elif not agent and preview.profiles and not preview.untrusted:
        hints = [f"h/l chooses: {', '.join(preview.profiles)}", "h/l chooses one", *hints]
    named = agent or ("not read" if preview.untrusted else "none configured")
    made = [Field("worker", "Agent", named, hints[0], shorter=hints[1:])]
    for number, (name, (_, required)) in enumerate(preview.gates.items()):
        note = "required" if required else ""
        label, asked = "" if number else "You decide", _asked(preview, wish, name)
        made.append(Field(f"gate:{name}", label, GATES.get(name, name), note, asked))
    limit = _budget(preview, wish)
    made.append(Field("budget", "Budget", money(limit) if limit else "no limit", "h/l changes it"))
    if preview.dirty:
        count = len(preview.dirty)
        shown = ", ".join(path for _, path in preview.dirty[:_SHOWN_FILES])
        more = f" and {count - _SHOWN_FILES} more" if count > _SHOWN_FILES else ""
        text = f"take {count} uncommitted file{'' if count == 1 else 's'} along"
        left = "" if wish.take_along else "left out: "
        made.append(Field("take_along", "Uncommitted", text, f"{left}{shown}{more}", wish.take_along))
    if preview.brings:
        made.append(Field("aside", ".prd_runner/", "leave it aside", "", wish.aside))
    if preview.unfinished:
        note = f"{preview.unfinished} is unfinished"
        made.append(Field("another", "Unfinished", "start another run", note, wish.another))
    return made


def changed(preview: Preview, wish: Wish, key: str, step: int) -> Wish | str:
    """The wish with one field changed, to the value before (``step`` -1) or after it (1); or why it cannot be."""
    if key.startswith("gate:"):
        name = key.removeprefix("gate:")
        asked = _asked(preview, wish, name)
        if asked and preview.gates[name][1]:
            return f"{GATES.get(name, name)}: required by the configuration"
        return replace(wish, gates={**wish.gates, name: not asked})
    match key:
        case "worker":
            choices = _agents(preview, wish)
            if len(choices) < 2:
                return "there is no other; enter types a command line"
            at = choices.index(wish.worker) if wish.worker in choices else 0
            return replace(wish, worker=choices[(at + step) % len(choices)])
        case "budget":
            amounts = sorted({0.0, *BUDGETS, preview.budget or 0.0})
            at = amounts.index(_budget(preview, wish)) if _budget(preview, wish) in amounts else 0
            return replace(wish, budget=amounts[(at + step) % len(amounts)])
        case "take_along":
            return replace(wish, take_along=not wish.take_along)
        case "aside":
            return replace(wish, aside=not wish.aside)
        case "another":
            return replace(wish, another=not wish.another)
        case "more":
            return replace(wish, whole_plan=not wish.whole_plan)
    return "nothing to change here"


def newrun_rows(preview: Preview | None, wish: Wish, width: int, scene: Scene) -> list[Row]:
    """The rows, each in exactly ``width`` cells. Keys: ``("phase", id)``, ``("more",)``, ``("field", key)``."""
    if preview is None:
        return [Row(("told", "reading"), scene.fit(words("   reading the PRD", "muted"), width), stop=False)]
    rows: list[Row] = []
    if preview.plan is not None:
        rows += _plan(preview.plan, wish, width, scene)
        rows.append(_blank("plan", width, scene))
    if preview.problem is not None:
        rows += [*problem_rows("run", preview.problem, width, scene), _blank("problem", width, scene)]
    if preview.plan is not None:
        agent, *others = (_field(one, width, scene) for one in fields(preview, wish))
        rows += [agent, _checks(preview, width, scene), *others]
        where = f" Your checkout is not touched; commits go to {preview.branch or 'a branch of their own'}."
        rows.append(_note("branch", scene.foreign(where, "muted"), width, scene))
    rows += _warnings(preview, width, scene)
    return rows


def _agents(preview: Preview, wish: Wish) -> list[str]:
    """What h and l go through; empty stands for the one that works where none is wished for."""
    others = (name for name in (*preview.profiles, preview.last, wish.worker) if name != preview.worker)
    return list(dict.fromkeys(("", *others)))


def _asked(preview: Preview, wish: Wish, gate: str) -> bool:
    return wish.gates.get(gate, preview.gates[gate][0])


def _budget(preview: Preview, wish: Wish) -> float:
    return (preview.budget or 0.0) if wish.budget is None else wish.budget


def _plan(plan: Plan, wish: Wish, width: int, scene: Scene) -> list[Row]:
    batches = plan.batches()
    several = len(plan.phases) != 1
    head = f" Plan: {len(plan.phases)} phase{'s' if several else ''}, {len(batches)} batch"
    head += f"{'es' if len(batches) != 1 else ''}{', one after the other' if several else ''}"
    named = min(_LONGEST_PHASE, max(5, *(cells(phase.id) for phase in plan.phases)), max(10, width // 4))
    wide = [_note("plan", words(head), width, scene)]
    titles = ("batch", "phase", "features", "after", "scope")
    wide.append(
        Row(("titles",), _cells([words(t, "muted") for t in titles], named, width, scene), stop=False)
    )
    listed = [
        (number, place, id) for number, batch in enumerate(batches, 1) for place, id in enumerate(batch)
    ]
    short = not wish.whole_plan and len(listed) > _SHOWN_PHASES + 1
    for number, place, id in listed[:_SHOWN_PHASES] if short else listed:
        phase = plan.phase(id)
        assert phase is not None
        told = (
            words("" if place else f"  {number}"),
            scene.foreign(id),
            scene.foreign(", ".join(phase.features) or "-"),
            scene.foreign(", ".join(phase.deps) or "-"),
            scene.foreign(", ".join(phase.scope) or "-"),
        )
        wide.append(Row(("phase", id), _cells(told, named, width, scene)))
    if short:
        text = f"   and {len(listed) - _SHOWN_PHASES} more phases   enter shows them"
        wide.append(Row(("more",), scene.fit(words(text, "muted"), width)))
    if len(plan.critical_path()) > 1:
        path = scene.foreign(f" critical path  {' > '.join(plan.critical_path())}", "muted")
        wide.append(_note("path", path, width, scene))
    return wide


def _cells(told: Sequence[Line], named: int, width: int, scene: Scene) -> Line:
    rest = max(6, width - 3 - 5 - named - 4 * 2)
    widths = (5, named, max(8, rest // 4), rest // 3, rest)
    row = [Cell(line, wide) for line, wide in zip(told, widths, strict=True)]
    return scene.fit((*words("   "), *scene.columns(row, width - 3)), width)


def _checks(preview: Preview, width: int, scene: Scene) -> Row:
    """What judges the phases. It is chosen in a file, so the cursor does not stop here."""
    sign = " ! " if not preview.checks else "   "
    missing = words(_UNREAD if preview.untrusted else _NO_CHECKS, "waits")
    told = scene.foreign(", ".join(preview.checks)) if preview.checks else missing
    line = (*words(sign, "waits"), *words(f"{'Checks':<{_LABEL}}", "muted"), *told)
    return _note("checks", line, width, scene)


def _field(one: Field, width: int, scene: Scene) -> Row:
    label = words(f"   {one.label:<{_LABEL}}", "muted")
    if one.on is None:
        value = (*words("< ", "key"), *scene.foreign(one.value), *words(" >", "key"))
    else:
        value = (*words("[x] " if one.on else "[ ] ", "key"), *scene.foreign(one.value))
    room = width - width_of((*label, *value)) - 3
    shown = one.note
    if one.shorter and width_of(scene.foreign(shown)) > room:
        shown = next((hint for hint in one.shorter if width_of(scene.foreign(hint)) <= room), "")
    note = scene.foreign(f"   {shown}", "muted") if shown else ()
    return Row(("field", one.key), scene.fit((*label, *value, *note), width))


def _warnings(preview: Preview, width: int, scene: Scene) -> list[Row]:
    remarks = list(dict.fromkeys(preview.remarks))
    rows: list[Row] = []
    for number, remark in enumerate(remarks[:_SHOWN_WARNINGS]):
        for part, line in enumerate(scene.wrap(scene.foreign(remark), width - 4, most=3)):
            sign = words("   " if part else " ! ", "waits")
            rows.append(Row(("warning", number, part), scene.fit((*sign, *line), width), stop=False))
    if len(remarks) > _SHOWN_WARNINGS:
        left = words(f"   and {len(remarks) - _SHOWN_WARNINGS} more", "muted")
        rows.append(_note("warnings", left, width, scene))
    return [_blank("warnings", width, scene), *rows] if rows else []


def _note(name: str, line: Line, width: int, scene: Scene) -> Row:
    return Row(("told", name), scene.fit(line, width), stop=False)


def _blank(name: str, width: int, scene: Scene) -> Row:
    return Row(("gap", name), scene.fit((), width), stop=False)
