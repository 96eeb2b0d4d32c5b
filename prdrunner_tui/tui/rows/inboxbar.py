"""The inbox bar, the last row but one of every screen: how much waits, the oldest of it, and the key that opens it."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from prdrunner_tui.kernel.state import RUN_ENDED, Decision, RunState
from prdrunner_tui.tui.rows.ending import ended_words
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.rows.words import about, kind_words, resets
from prdrunner_tui.tui.span import Line, Span, width_of, words

_NARROW, _ROOMY = 70, 100
"""From these widths on the key of the list stands too, and several waits side by side."""


def inbox_bar(state: RunState, width: int, scene: Scene, *, here: str = "", writing: bool = False) -> Line:
    """The bar in exactly ``width`` cells; all of it is ``needs-you`` when something waits, else it is plain.

    Args:
        here: the id of the decision that stands on the screen, which the bar then speaks of as "this one".
        writing: a text field has the keys.
    """
    waiting = open_now(state)
    if not waiting:
        over = state.run is not None and state.run.status in RUN_ENDED
        text = ended_words(state, scene.key("phase.retry")) if over else "nothing waits for you"
        return scene.fit((*words(f"{scene.glyphs.dot} "), *scene.foreign(text)), width)
    needed = sum(not decision.by_itself for decision in waiting)
    if needed:
        count = f"! {needed} wait{'s' if needed == 1 else ''} for you   "
    else:
        count = f"{scene.glyphs.step['limit']} nothing waits for you   "
    at = next((place for place, decision in enumerate(waiting) if decision.id == here), None)
    oldest, all_ = scene.key("inbox.oldest"), f"{scene.key('inbox.list')} all"
    if at is not None:
        told, keys = words(_place(at, len(waiting))), f"{oldest} next   {all_}" if len(waiting) > 1 else all_
        keys = scene.after_writing(keys) if writing else keys
    else:
        opens = f"{oldest} open the oldest" if width >= _ROOMY else f"{oldest} open it"
        keys = f"{opens}   {all_}" if width >= _NARROW else opens
        keys = scene.after_writing(oldest) if writing else keys
        room = width - len(count) - len(keys) - 2
        if not needed:
            told = _limits(waiting, scene, room)
        else:
            told = _several(waiting, scene, room) if width >= _ROOMY else _oldest(waiting, scene, room)
    whole = scene.sides((*words(count), *told), words(keys), width)
    if not needed:
        return whole
    return tuple(Span("danger" if token == "danger" else "needs-you", text) for token, text in whole)


def gone_bar(why: str, width: int, scene: Scene, *, writing: bool = False) -> Line:
    """The bar while there is no engine, in exactly ``width`` cells: why, and what can be done.

    Args:
        writing: a text field has the keys.
    """
    again = f"{scene.key('run.reconnect')} reconnects"
    again = scene.after_writing(again) if writing else again
    keys = words(f"nothing is lost   {again}" if width >= _NARROW else again)
    told = (*words("! engine gone: "), *scene.foreign(why))
    told = scene.crop(told, width - width_of(keys) - 2)
    whole = scene.sides(told, keys, width)
    return tuple(Span("danger" if token == "danger" else "needs-you", text) for token, text in whole)


def open_now(state: RunState) -> list[Decision]:
    """What waits for a person, oldest first, then what is over by itself; nothing waits once the run has ended."""
    over = state.run is None or state.run.status in RUN_ENDED
    key = attrgetter("by_itself", "opened_at")
    return [] if over else sorted(state.open_decisions(), key=key)


def _place(at: int, count: int) -> str:
    if count == 1:
        return "this is the only one"
    if at == 0:
        return f"this one first, {count - 1} more after it"
    return f"this is {at + 1} of {count}, older ones come first"


def _oldest(waiting: Sequence[Decision], scene: Scene, room: int) -> Line:
    """``oldest: review tags, +96/-11 in 3 files, 2m 10s``: what it is about gives way, kind and time stay."""
    decision = waiting[0]
    named = f"{kind_words(decision.kind)} {decision.phase}".rstrip()
    tail = words(f", {scene.since(decision.opened_at)}")
    head = scene.foreign(f"oldest: {named}" if len(waiting) > 1 else named)
    if width_of(head) + width_of(tail) > room:
        head = scene.crop(scene.foreign(named), room - width_of(tail))
    left = room - width_of(head) - width_of(tail)
    what = scene.foreign(f", {about(decision)}")
    return (*head, *(scene.crop(what, left) if left > 8 else ()), *tail)


def _limits(waiting: Sequence[Decision], scene: Scene, room: int) -> Line:
    """``tags: limit resets in 3m 10s, 1 more``: the phase gives way, then all of it."""
    more = f", {len(waiting) - 1} more" if len(waiting) > 1 else ""
    told = words(f"{resets(waiting[0], scene.left(waiting[0]))}{more}")
    left = room - width_of(told) - 2
    named = (*scene.crop(scene.foreign(waiting[0].phase), left), *words(": ")) if left > 2 else ()
    return (*named, *told) if left >= 0 else ()


def _several(waiting: list[Decision], scene: Scene, room: int) -> Line:
    """``review tags 2m 10s   question search 12s``, as many as there is room for; a single one with what it asks."""
    if len(waiting) == 1:
        return _oldest(waiting, scene, room)
    shown: Line = ()
    for decision in waiting:
        text = f"{kind_words(decision.kind)} {decision.phase} {scene.since(decision.opened_at)}"
        more = (*words("   "), *scene.foreign(text)) if shown else scene.foreign(text)
        if shown and width_of(shown) + width_of(more) > room:
            break
        shown = (*shown, *more)
    return shown
