"""Lines of the log: output with the phase and step it belongs to, and the rules where steps begin and end."""

from __future__ import annotations

import re
from functools import lru_cache

from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.projections.logindex import MARKS
from prdrunner_tui.text.cells import cells
from prdrunner_tui.text.find import ranges
from prdrunner_tui.text.units import duration
from prdrunner_tui.tui.logbook import LogAsked, LogLine, LogRow, LogRule
from prdrunner_tui.tui.rows.facts import doer
from prdrunner_tui.tui.rows.layout import foreign, wrap
from prdrunner_tui.tui.rows.names import longest_name, name_line
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.rows.words import asked, decided, kind_of, step_state, step_words
from prdrunner_tui.tui.span import Line, Span, mark, plain, width_of, words

_TOKENS = {"thought": "muted", "note": "muted", "plan": "muted", "cmd": "key", "exit": "key", "err": "fail"}
_SHORTEST, _LONGEST = 12, 24
_A_CELL = 4
"""Characters that one cell takes at most: a letter and its combining marks."""
_SHARE = 5
"""Names of phases take at most one cell in so many, within these bounds."""


def log_line(
    row: LogRow | None,
    state: RunState,
    width: int,
    scene: Scene,
    *,
    one_phase: bool,
    find: re.Pattern[str] | None = None,
    found: bool = False,
) -> Line:
    """A row of the log in at most ``width`` cells; one that is not here yet is blank.

    Args:
        find: what is marked in the text.
        found: whether this is the place that a search stands at; then its time is marked too.
    """
    if row is None:
        return ()
    if isinstance(row, LogAsked):
        return _asked(row, width, scene)
    if isinstance(row, LogRule):
        return _rule(row, state, width, scene)
    head, text = _head(row, state, width, scene, one_phase), _text(row, width, scene)
    if find is not None:
        # What is not seen is not marked: a line may have many thousands of cells.
        text = scene.crop(text, width)
        text = mark(text, ranges(find, plain(text)), "match")
    if found:
        head = (Span("match", head[0].text), *head[1:])
    return scene.crop((*head, *text), width)


def whole_lines(row: LogLine, width: int, scene: Scene, find: re.Pattern[str] | None = None) -> list[Line]:
    """All of the text of a line, wrapped."""
    lines = list(_wrapped(row.text, _TOKENS.get(row.kind, "text"), width, scene.glyphs.ascii))
    return lines if find is None else [mark(line, ranges(find, plain(line)), "match") for line in lines]


@lru_cache(maxsize=4)
def _wrapped(text: str, token: str, width: int, ascii: bool) -> tuple[Line, ...]:
    """Kept, since a line of a quarter of a megabyte would be wrapped anew with each event."""
    return tuple(wrap(foreign(text, token, ascii=ascii), width))


def _head(row: LogLine, state: RunState, width: int, scene: Scene, one_phase: bool) -> Line:
    time = words(f"{scene.clock(row.at)} ", "muted")
    if one_phase:
        return time
    most = longest_name(state.phases, 0, max(_SHORTEST, min(_LONGEST, width // _SHARE)))
    name = name_line(row.phase, state.phases, max(most, min(_SHORTEST, cells(row.phase))), scene, "muted")
    return (*time, *scene.fit(name, max(most, width_of(name))), *scene.foreign(f" {row.tag} ", "muted"))


def _text(row: LogLine, width: int, scene: Scene) -> Line:
    """The mark and the text, of which no more is made safe than so many cells can show."""
    token = _TOKENS.get(row.kind, "text")
    seen = row.text.strip("\r\n")[: width * _A_CELL]
    return (*words(MARKS.get(row.kind, ""), "muted"), *scene.foreign(seen, token))


def _rule(row: LogRule, state: RunState, width: int, scene: Scene) -> Line:
    step = row.step
    if row.edge == "begin":
        told = f"{row.phase}  {step_words(step.name)}  iteration {step.iteration}  {doer(state, step.name)}"
        at, token = step.began_at, "rule"
    else:
        passed = duration((step.ended_at or step.began_at) - step.began_at)
        summary = step.summary or "done"
        if scene.me is not None and summary == f"stopped by {scene.me.name}":
            summary = "stopped by you"
        told = f"{row.phase}  {step_words(step.name)} {step_state(step)}: {summary}, {passed}"
        at, token = step.ended_at or step.began_at, "ok" if step.status == "ok" else "needs-you.word"
    return _ruled(at, told.strip(), "text", token if row.edge == "end" else "rule", width, scene)


def _asked(row: LogAsked, width: int, scene: Scene) -> Line:
    decision = row.decision
    if row.edge == "asked":
        what = decision.title if decision.by_itself else f"needs you: {asked(decision)}"
        token = "waits" if decision.by_itself else "needs-you.word"
        return _ruled(decision.opened_at, f"{decision.phase}  {what}".strip(), token, token, width, scene)
    told = f"{decision.phase}  {kind_of(decision)} {decided(decision, scene.me)}"
    token = "fail" if decision.status == "rejected" else "ok"
    return _ruled(decision.decided_at or decision.opened_at, told.strip(), "text", token, width, scene)


def _ruled(at: float, told: str, token: str, rule: str, width: int, scene: Scene) -> Line:
    """A time and words in a rule."""
    head = (
        *words(f"{scene.clock(at)} ", "muted"),
        Span("rule", scene.glyphs.rule(2)),
        *scene.foreign(f" {told} ", token),
    )
    rest = max(0, width - width_of(head))
    return scene.crop((*head, Span(rule, scene.glyphs.rule(rest))), width)
