"""The chat with the agent of a phase: what a person wrote and what became of it, and what the agent said, in order."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from typing import NamedTuple

from prdrunner_tui.kernel.state import PHASE_ENDED, Message, RunState
from prdrunner_tui.tui.rows.facts import worker_of
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.rows.words import receipt, step_state, step_words
from prdrunner_tui.tui.span import Line, sides, spaces, width_of, words

_CLOCK, _NAME = 6, 8
_INDENT = 1 + _CLOCK + _NAME
_MOST_LINES = 12
_SIGN_TOKENS = {
    "queued": "waits",
    "delivered": "text",
    "acknowledged": "ok",
    "undeliverable": "fail",
    "withdrawn": "muted",
}


class Said(NamedTuple):
    """Words of the agent of a phase, at a time in seconds since 1970; ``key`` names them among the others."""

    key: str
    at: float
    phase: str
    text: str


def chat_title(state: RunState, phase: str) -> str:
    """What the pane is about: the phase and who writes for it."""
    last = state.phases[phase].last if phase in state.phases else None
    return (
        f"{phase}  {worker_of(state, last.name if last is not None else 'implement')}"
        if phase
        else "all phases"
    )


def chat_rows(
    state: RunState,
    width: int,
    scene: Scene,
    *,
    phase: str = "",
    said: Iterable[Said] = (),
    steps: bool = False,
    unfolded: Collection[str] = (),
) -> list[Row]:
    """The conversation, oldest first, in rows of exactly ``width`` cells; column 0 stays free for the cursor.

    Args:
        phase: only that of one phase.
        said: the agents' words, as far as they are known.
        steps: whether the beginnings and failures of steps stand between the messages.
        unfolded: keys of `Said` and ids of messages that show whole however long they are.

    Keys: ``("message", id, line)``, ``("said", key, line)``, ``("step", phase, index, end)``.
    """
    found: list[tuple[float, int, list[Row]]] = []
    for message in state.messages.values():
        if phase in ("", message.phase):
            most = 0 if message.id in unfolded else _MOST_LINES
            found.append((message.sent_at, 1, _message(state, message, not phase, width, scene, most)))
    found += [
        (one.at, 2, _said(state, one, width, scene, 0 if one.key in unfolded else _MOST_LINES))
        for one in said
        if phase in ("", one.phase)
    ]
    if steps:
        found += [(at, 0, [row]) for at, row in _steps(state, phase, width, scene)]
    rows = [row for _, _, group in sorted(found, key=lambda entry: entry[:2]) for row in group]
    return rows or [Row("empty", scene.fit(note(f" {_empty(state, phase)}"), width), False)]


def _empty(state: RunState, phase: str) -> str:
    if not phase or phase not in state.phases:
        return "no messages yet"
    if (status := state.phases[phase].status) in PHASE_ENDED:
        return f"no agent here: {phase} is {status}"
    return f"m writes to {phase}"


def _message(
    state: RunState, message: Message, addressed: bool, width: int, scene: Scene, most: int
) -> list[Row]:
    name = "you" if scene.me is None or message.by.name == scene.me.name else message.by.name
    known = message.receipt in scene.glyphs.receipt
    sign = words(
        scene.glyphs.receipt[message.receipt] if known else "?", _SIGN_TOKENS.get(message.receipt, "fail")
    )
    ahead = 0
    for other in state.messages.values():
        if other.id == message.id:
            break
        ahead += other.phase == message.phase and other.receipt == "queued"
    became = (
        *sign,
        *scene.foreign(f" {receipt(message, ahead)}", "muted"),
    )
    aside = f"{message.kind} to {message.phase}" if addressed else message.kind
    text = _speech(message.sent_at, name, "person", message.text, aside, width, scene, most)
    below = [(*words(" " * _INDENT), *one) for one in scene.wrap(became, width - _INDENT, most=2)]
    return [
        Row(("message", message.id, place), scene.fit(one, width), not place)
        for place, one in enumerate([*text, *below])
    ]


def _said(state: RunState, one: Said, width: int, scene: Scene, most: int) -> list[Row]:
    steps = state.phases[one.phase].steps if one.phase in state.phases else ()
    speaking = next((step.name for step in reversed(steps) if step.began_at <= one.at), "implement")
    name = worker_of(state, speaking)
    told = _speech(one.at, name, "agent", one.text, "", width, scene, most)
    return [Row(("said", one.key, place), scene.fit(row, width), not place) for place, row in enumerate(told)]


def _speech(
    at: float, name: str, token: str, text: str, kind: str, width: int, scene: Scene, most: int
) -> list[Line]:
    """``13:59 you     Keep the old import working.    requirement``, folded under its first word."""
    who = scene.fit(scene.foreign(name, token), _NAME - 1)
    head = (*words(f" {scene.clock(at, seconds=False)[-5:]} "), *who, *words(" "))
    aside = width_of(scene.foreign(kind)) + 2 if kind else 0
    room = max(8, width - _INDENT - aside)
    folded = [part for one in text.strip("\n").split("\n") for part in scene.wrap(scene.foreign(one), room)]
    if most and len(folded) > most:
        folded = [
            *folded[: most - 1],
            words(f"{len(folded) - most + 1} more lines, enter shows them", "muted"),
        ]
    first, *rest = folded
    opening = (*head, *first)
    if kind:
        opening = sides(opening, scene.foreign(kind, "muted"), width, gap=2, ellipsis=scene.glyphs.ellipsis)
    return [opening, *((*words(spaces(_INDENT)), *one) for one in rest)]


def _steps(state: RunState, phase: str, width: int, scene: Scene) -> Iterable[tuple[float, Row]]:
    for one in state.phases.values():
        if phase not in ("", one.id):
            continue
        for index, step in enumerate(one.steps):
            where = "" if phase else f"{one.id}  "
            began = f"{where}{step_words(step.name)}, iteration {step.iteration} began"
            yield step.began_at, _system(("step", one.id, index, False), step.began_at, began, width, scene)
            if step.ended_at is not None and step.status not in ("ok", "skipped"):
                told = f"{where}{step_words(step.name)} {step_state(step)}: {step.summary}"
                yield step.ended_at, _system(("step", one.id, index, True), step.ended_at, told, width, scene)


def _system(key: Hashable, at: float, text: str, width: int, scene: Scene) -> Row:
    head = words(f" {scene.clock(at, seconds=False)[-5:]} {'system':<{_NAME}}", "system")
    return Row(key, scene.fit((*head, *scene.foreign(text, "system")), width), False)
