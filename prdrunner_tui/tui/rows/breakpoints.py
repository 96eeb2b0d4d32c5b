"""The breakpoints of a run: where each stops, whether it is on, how often it did, and the fields of a new one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from prdrunner_tui.kernel.settings import STEPS
from prdrunner_tui.kernel.state import Breakpoint, Decision, RunState
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.rows.words import plural, step_words
from prdrunner_tui.tui.span import Cell, Line, words

_WIDE = 60
_WHERE, _HITS = 20, 12
_LABEL = 8

When = Literal["before", "after"]
_WHENS: tuple[When, ...] = ("before", "after")


@dataclass(frozen=True, slots=True)
class Draft:
    """A breakpoint that is not set yet; an empty ``phase`` means every phase."""

    when: When = "before"
    step: str = "verify"
    phase: str = ""


FIELDS = ("when", "step", "phase")
"""The fields of a draft, in the order of the screen."""


def breakpoint_head(width: int, scene: Scene) -> Line:
    """The titles of the columns, in exactly ``width`` cells."""
    return _columns([(), *(words(title, "muted") for title in ("stops", "phase", "so far"))], width, scene)


def breakpoint_rows(state: RunState, width: int, scene: Scene) -> list[Row]:
    """A row each, in exactly ``width`` cells; column 0 stays free for the cursor. Keys: ``("breakpoint", id)``.

    The pauses that the configuration of the run asks for (``pause_on_*``) stand below, with ``("pause", kind)``.
    """
    rows = [Row(("breakpoint", p.id), _row(p, width, scene)) for p in state.breakpoints.values()]
    rows += [Row(("pause", kind), _pause(state, kind, told, width, scene)) for kind, told in _pauses(state)]
    return rows or [Row("none", scene.fit(note(" none; b on a step sets one"), width), False)]


def breakpoint_words(point: Breakpoint | Draft) -> str:
    """Where it stops: ``before verify``."""
    return f"{point.when} {step_words(point.step)}"


def stopped_at(state: RunState, id: str) -> list[Decision]:
    """The open decisions of phases that a breakpoint stopped, oldest first."""
    return [one for one in state.open_decisions() if one.facts.get("breakpoint") == id]


def changed_draft(state: RunState, draft: Draft, field: str, by: int) -> Draft:
    """The draft with a field on its next value (``by`` 1) or the one before (-1)."""
    if field == "when":
        return replace(draft, when=_WHENS[(_WHENS.index(draft.when) + by) % len(_WHENS)])
    choices = list(STEPS) if field == "step" else ["", *state.phases]
    now = draft.step if field == "step" else draft.phase
    at = choices.index(now) if now in choices else 0
    value = choices[(at + by) % len(choices)]
    return replace(draft, step=value) if field == "step" else replace(draft, phase=value)


def draft_rows(state: RunState, draft: Draft, width: int, scene: Scene) -> list[Row]:
    """The fields of a new breakpoint, then what it would do, in exactly ``width`` cells. Keys: ``("field", name)``."""
    values: dict[str, Line] = {
        "when": words(draft.when),
        "step": words(step_words(draft.step)),
        "phase": scene.foreign(draft.phase) if draft.phase else words("all phases"),
    }
    rows = [
        Row(
            ("field", name),
            scene.fit(
                (
                    *words(f" {name:<{_LABEL}}", "muted"),
                    *words("< ", "key"),
                    *values[name],
                    *words(" >", "key"),
                ),
                width,
            ),
        )
        for name in FIELDS
    ]
    told: Line = (
        *(scene.foreign(f" {draft.phase}", "muted") if draft.phase else note(" each phase")),
        *note(f" stops {breakpoint_words(draft)} and waits for you"),
    )
    again = next((p for p in state.breakpoints.values() if (p.when, p.step, p.phase) == _place(draft)), None)
    if again is not None:
        told = note(f" {again.id} stops there already" + ("" if again.enabled else ", but it is off"))
    return [*rows, Row("gap", scene.fit((), width), False), Row("does", scene.fit(told, width), False)]


def _pauses(state: RunState) -> list[tuple[str, str]]:
    """The kinds of decisions that the configuration asks for by itself, and when."""
    if state.run is None:
        return []
    settings, found = state.run.settings, []
    if settings.pause_on_error:
        found.append(("error", "on a failed step"))
    if settings.large_change_files is not None:
        found.append(("large_change", f"over {plural(settings.large_change_files, 'file')}"))
    return found


def _pause(state: RunState, kind: str, told: str, width: int, scene: Scene) -> Line:
    hits = sum(decision.kind == kind for decision in state.decisions.values())
    often = f"hit {plural(hits, 'time')}" if width >= _WIDE else plural(hits, "hit")
    everywhere = "all phases" if width >= _WIDE else "all"
    sign = words(scene.glyphs.breakpoint["on"], "muted")
    return _columns([sign, words(told), words(everywhere), words(often)], width, scene)


def _place(draft: Draft) -> tuple[str, str, str]:
    return draft.when, draft.step, draft.phase


def _row(point: Breakpoint, width: int, scene: Scene) -> Line:
    sign = words(
        scene.glyphs.breakpoint["on" if point.enabled else "off"], "paused" if point.enabled else "muted"
    )
    token = "text" if point.enabled else "muted"
    everywhere = "all phases" if width >= _WIDE else "all"
    phase = scene.foreign(point.phase, token) if point.phase else words(everywhere, token)
    hits = f"hit {plural(point.hits, 'time')}" if width >= _WIDE else plural(point.hits, "hit")
    told = words(hits if point.enabled else "off", token)
    return _columns([sign, words(breakpoint_words(point), token), phase, told], width, scene)


def _columns(told: list[Line], width: int, scene: Scene) -> Line:
    sign, where, phase, hits = told
    return scene.columns(
        [
            Cell((*words(" "), *sign), 2),
            Cell(where, _WHERE),
            Cell(phase, max(4, min(24, width - 2 - _WHERE - _HITS - 4))),
            Cell(hits, _HITS),
        ],
        width,
        gap=1,
    )
