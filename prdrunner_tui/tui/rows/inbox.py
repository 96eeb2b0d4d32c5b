"""The inbox: what waits, oldest first, what was decided in the last hour, and a preview of the row under the cursor."""

from __future__ import annotations

from typing import NamedTuple

from prdrunner_tui.kernel.state import PHASE_ENDED, Decision, RunState
from prdrunner_tui.text.cells import cells
from prdrunner_tui.tui.rows.facts import fact_lines
from prdrunner_tui.tui.rows.inboxbar import open_now
from prdrunner_tui.tui.rows.names import longest_name, name_line
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.rows.words import about, decided, kind_words, plural, unattended
from prdrunner_tui.tui.span import Cell, Line, words

_HOUR = 3600.0
_TIME, _PHASE, _KIND, _LONGEST_PHASE = 7, 9, 10, 16
_KIND_FROM = 60
"""From this width on the kind has a column of its own."""
_SIGNS = {
    "approved": "yes",
    "answered": "yes",
    "rejected": "no",
    "skipped": "needless",
    "withdrawn": "needless",
}
_TOKENS = {"yes": "ok", "no": "fail", "by_rule": "muted", "needless": "muted"}


class _Sizes(NamedTuple):
    """Widths of the columns, by what is in them, and the phases that stand in one."""

    phase: int
    kind: int
    names: tuple[str, ...]


def inbox_head(state: RunState, width: int, scene: Scene) -> Line:
    """The titles of the columns, in exactly ``width`` cells."""
    kind, what = ("kind", "what") if width >= _KIND_FROM else ("what", "")
    told = ((), *(words(title, "muted") for title in ("waits", "phase", kind, what)))
    return _columns(told, _sizes(state, width, scene), width, scene)


def inbox_rows(state: RunState, width: int, scene: Scene) -> list[Row]:
    """The rows in exactly ``width`` cells; column 0 stays free for the cursor. Keys: ``("decision", id)``, or words.

    What waits comes first, oldest first; below it what was decided in the last hour, newest first.
    """
    waiting, recent, sizes = open_now(state), _recent(state, scene), _sizes(state, width, scene)
    rows = [Row(("decision", one.id), _open(one, sizes, width, scene)) for one in waiting]
    if not waiting:
        working = sum(p.status == "running" for p in state.phases.values())
        more = f"; {plural(working, 'phase')} {'is' if working == 1 else 'are'} working" if working else ""
        rows.append(Row("nothing", scene.fit(note(f"   nothing waits for you{more}"), width), False))
    if recent:
        rows.append(Row("gap", scene.fit((), width), False))
        rows.append(Row("decided", scene.fit(note(" decided in the last hour"), width), False))
    return rows + [Row(("decision", one.id), _decided(one, sizes, width, scene)) for one in recent]


def preview(state: RunState, decision: Decision, width: int, scene: Scene, *, most: int = 6) -> list[Line]:
    """What a decision is about and what happens if nobody decides it, in lines of exactly ``width`` cells."""
    indent = words(" ")
    made = [(*indent, *one) for one in fact_lines(state, decision, width - 1, scene, most=most)]
    if decision.status == "open":
        told = [if_nobody_decides(decision, scene), who_waits(state, decision)]
        made += [(*indent, *words(text, "muted")) for text in told if text]
    else:
        made.append((*indent, *scene.foreign(decided(decision, scene.me), "muted")))
    return [scene.fit(one, width) for one in made]


def if_nobody_decides(decision: Decision, scene: Scene) -> str:
    """What happens to a decision that is left alone, with the time until then."""
    return unattended(decision, scene.left(decision))


def who_waits(state: RunState, decision: Decision) -> str:
    """Which phases wait for the one that a decision holds up: ``search waits for tags``."""
    phase = state.phases.get(decision.phase)
    if phase is None or phase.status in PHASE_ENDED:
        return ""
    after = [one.id for one in state.phases.values() if phase.id in one.plan.deps and one.status == "pending"]
    return f"{', '.join(after)} wait{'s' if len(after) == 1 else ''} for {phase.id}" if after else ""


def _open(decision: Decision, sizes: _Sizes, width: int, scene: Scene) -> Line:
    told = (
        words(scene.glyphs.decision["open"], "needs-you"),
        words(scene.since(decision.opened_at)),
        _phase(decision, sizes, scene),
        words(kind_words(decision.kind)),
        scene.foreign(about(decision)),
    )
    return _columns(told, sizes, width, scene)


def _decided(decision: Decision, sizes: _Sizes, width: int, scene: Scene) -> Line:
    by_rule = decision.by is not None and decision.by.kind == "policy"
    sign = "by_rule" if by_rule else _SIGNS.get(decision.status, "needless")
    told = (
        words(scene.glyphs.decision[sign], _TOKENS[sign]),
        words(scene.clock(decision.decided_at or scene.now, seconds=False)[-5:], "muted"),
        _phase(decision, sizes, scene),
        words(kind_words(decision.kind)),
        scene.foreign(_verdict(decision, scene)),
    )
    return _columns(told, sizes, width, scene)


def _verdict(decision: Decision, scene: Scene) -> str:
    """What was decided, of a request with what was asked for: an agent asks for many things."""
    told = decided(decision, scene.me)
    return f"{about(decision)}  {told}" if decision.kind == "permission" else told


def _phase(decision: Decision, sizes: _Sizes, scene: Scene) -> Line:
    return name_line(decision.phase or "run", sizes.names, sizes.phase, scene)


def _recent(state: RunState, scene: Scene) -> list[Decision]:
    """What was decided in the last hour, newest first."""
    found = [
        d for d in state.decisions.values() if d.decided_at is not None and scene.now - d.decided_at <= _HOUR
    ]
    return sorted(found, key=lambda d: d.decided_at or 0.0, reverse=True)


def _sizes(state: RunState, width: int, scene: Scene) -> _Sizes:
    shown = [*open_now(state), *_recent(state, scene)]
    names = tuple(dict.fromkeys(d.phase for d in shown))
    phase = longest_name(names, _PHASE, max(_LONGEST_PHASE, width // 4))
    return _Sizes(phase, max((cells(kind_words(d.kind)) for d in shown), default=_KIND), names)


def _columns(told: tuple[Line, ...], sizes: _Sizes, width: int, scene: Scene) -> Line:
    sign, time, phase, kind, what = told
    space = words(" ")
    row = [Cell((*space, *sign), 2), Cell(time, _TIME, True), Cell((*space, *phase), 1 + sizes.phase)]
    if width >= _KIND_FROM:
        row += [Cell((*space, *kind), 1 + sizes.kind), Cell((*space, *what), width)]
    else:
        row.append(Cell((*space, *kind, *space, *what), width))
    return scene.columns(row, width, gap=1)
