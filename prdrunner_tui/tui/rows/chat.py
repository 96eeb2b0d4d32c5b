"""The chat with the agent of a phase: what a person wrote and what became of it, and what the agent said, in order."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from functools import lru_cache
from typing import NamedTuple

from prdrunner_tui.kernel.state import PHASE_ENDED, Message, RunState
from prdrunner_tui.tui.rows.facts import worker_of
from prdrunner_tui.tui.rows.layout import foreign, wrap
from prdrunner_tui.tui.rows.scene import Row, Scene, note
from prdrunner_tui.tui.rows.words import receipt, step_state, step_words
from prdrunner_tui.tui.span import Line, sides, spaces, width_of, words

_CLOCK, _NAME = 6, 8
"""Cells of the time of day, and of a name at least, with the space behind it."""
_MOST_LINES = 12
_COUNTED = 100
"""Lines of a folded text that are counted; of more it is only said that there are more."""
_A_CELL = 4
"""Characters that are looked at for each cell: a letter may have combining marks."""
_LEFT_OUT = "older words are left out here; the transcript has them"
_SIGN_TOKENS = {
    "queued": "waits",
    "delivered": "text",
    "acknowledged": "ok",
    "undeliverable": "fail",
    "withdrawn": "muted",
}


class Said(NamedTuple):
    """Words of the agent of a phase, at a time in seconds since 1970; ``key`` names them among the others.

    ``until`` is when the last line of them began; ``gap`` says that words before these are left out.
    """

    key: str
    at: float
    phase: str
    text: str
    until: float = 0.0
    gap: bool = False


class _Page(NamedTuple):
    """Where the rows stand: their cells, how they look, and the cells of a name with the space behind it."""

    width: int
    scene: Scene
    named: int

    @property
    def indent(self) -> int:
        """Cells before what is said."""
        return 1 + _CLOCK + self.named


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

    Keys: ``("message", id, line)``, ``("said", key, line)``, ``("left", key)``, ``("step", phase, index, end)``.
    """
    said = [one for one in said if phase in ("", one.phase)]
    asked = [message for message in state.messages.values() if phase in ("", message.phase)]
    names = {_by(message, scene) for message in asked} | {_speaker(state, one) for one in said}
    longest = max((width_of(scene.foreign(name)) for name in names), default=0) + 1
    page = _Page(width, scene, max(_NAME, min(longest, width // 4)))
    found: list[tuple[float, int, list[Row]]] = []
    for message in asked:
        most = 0 if message.id in unfolded else _MOST_LINES
        found.append((message.sent_at, 1, _message(state, message, not phase, page, most)))
    found += [(one.at, 2, _said(state, one, page, 0 if one.key in unfolded else _MOST_LINES)) for one in said]
    if steps:
        found += [(at, 0, [row]) for at, row in _steps(state, phase, page)]
    rows = [row for _, _, group in sorted(found, key=lambda entry: entry[:2]) for row in group]
    return rows or [Row("empty", scene.fit(note(f" {_empty(state, phase)}"), width), False)]


def _empty(state: RunState, phase: str) -> str:
    if not phase or phase not in state.phases:
        return "no messages yet"
    if (status := state.phases[phase].status) in PHASE_ENDED:
        return f"no agent here: {phase} is {status}"
    return f"m writes to {phase}"


def turn_is_over(state: RunState, message: Message) -> bool:
    """Whether the turn that a message went out with has ended; false where that turn is not known.

    It is the one that was given the message, else the one under way when it was sent, else the next one.
    """
    phase = state.phases.get(message.phase)
    steps = phase.steps if phase is not None else ()
    turns = [effect for step in steps for effect in step.effects if effect.kind == "turn"]
    given = [turn for turn in turns if message.id in (turn.args.get("messages") or ())]
    during = [turn for turn in turns if turn.at <= message.sent_at <= (turn.ended_at or message.sent_at)]
    after = [turn for turn in turns if turn.at > message.sent_at]
    carried = next(iter((*given[-1:], *during[-1:], *after[:1])), None)
    return carried is not None and carried.status != "intended"


def _by(message: Message, scene: Scene) -> str:
    """Who sent it."""
    return "you" if scene.me is None or message.by.name == scene.me.name else message.by.name


def _speaker(state: RunState, one: Said) -> str:
    """The agent that was at work when the words came."""
    steps = state.phases[one.phase].steps if one.phase in state.phases else ()
    speaking = next((step.name for step in reversed(steps) if step.began_at <= one.at), "implement")
    return worker_of(state, speaking)


def _message(state: RunState, message: Message, addressed: bool, page: _Page, most: int) -> list[Row]:
    width, scene = page.width, page.scene
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
        *scene.foreign(f" {receipt(message, ahead, over=turn_is_over(state, message))}", "muted"),
    )
    aside = f"{message.kind} to {message.phase}" if addressed else message.kind
    text = _speech(message.sent_at, _by(message, scene), "person", message.text, aside, page, most)
    below = [(*words(" " * page.indent), *one) for one in scene.wrap(became, width - page.indent, most=2)]
    return [
        Row(("message", message.id, place), scene.fit(one, width), not place)
        for place, one in enumerate([*text, *below])
    ]


def _said(state: RunState, one: Said, page: _Page, most: int) -> list[Row]:
    width, scene = page.width, page.scene
    told = _speech(one.at, _speaker(state, one), "agent", one.text, "", page, most)
    rows = [Row(("said", one.key, place), scene.fit(row, width), not place) for place, row in enumerate(told)]
    if one.gap:
        left = words(f"{'':{page.indent}}{_LEFT_OUT}", "muted")
        rows.insert(0, Row(("left", one.key), scene.fit(left, width), False))
    return rows


def _speech(at: float, name: str, token: str, text: str, kind: str, page: _Page, most: int) -> list[Line]:
    """``13:59 you     Keep the old import working.    requirement``, folded under its first word."""
    width, scene = page.width, page.scene
    who = scene.fit(scene.foreign(name, token), page.named - 1)
    head = (*words(f" {scene.clock(at, seconds=False)[-5:]} "), *who, *words(" "))
    aside = width_of(scene.foreign(kind)) + 2 if kind else 0
    room = max(8, width - page.indent - aside)
    folded, whole = _folded(text.strip("\n"), room, _COUNTED if most else 0, scene.glyphs.ascii)
    if most and (len(folded) > most or not whole):
        left = len(folded) - most + 1
        more = f"{'' if whole else 'more than '}{max(1, left):,} more lines, enter shows them"
        folded = (*folded[: most - 1], words(more, "muted"))
    first, *rest = folded
    opening = (*head, *first)
    if kind:
        opening = sides(opening, scene.foreign(kind, "muted"), width, gap=2, ellipsis=scene.glyphs.ellipsis)
    return [opening, *((*words(spaces(page.indent)), *one) for one in rest)]


@lru_cache(maxsize=512)
def _folded(text: str, room: int, most: int, ascii: bool) -> tuple[tuple[Line, ...], bool]:
    """A text in lines of so many cells, and whether that is all of it.

    With ``most`` no more is looked at than about so many lines show: an agent may say a megabyte without a space.
    """
    rows: list[Line] = []
    left = most * room * _A_CELL
    for line in text.split("\n"):
        part = line[:left] if most else line
        rows += wrap(foreign(part, ascii=ascii), room, most=most and most + 1)
        left -= len(part)
        if most and (len(part) < len(line) or len(rows) > most):
            return tuple(rows[:most]), False
    return tuple(rows), True


def _steps(state: RunState, phase: str, page: _Page) -> Iterable[tuple[float, Row]]:
    for one in state.phases.values():
        if phase not in ("", one.id):
            continue
        for index, step in enumerate(one.steps):
            where = "" if phase else f"{one.id}  "
            began = f"{where}{step_words(step.name)}, iteration {step.iteration} began"
            yield step.began_at, _system(("step", one.id, index, False), step.began_at, began, page)
            if step.ended_at is not None and step.status not in ("ok", "skipped"):
                told = f"{where}{step_words(step.name)} {step_state(step)}: {step.summary}"
                yield step.ended_at, _system(("step", one.id, index, True), step.ended_at, told, page)


def _system(key: Hashable, at: float, text: str, page: _Page) -> Row:
    scene = page.scene
    head = words(f" {scene.clock(at, seconds=False)[-5:]} {'system':<{page.named}}", "system")
    return Row(key, scene.fit((*head, *scene.foreign(text, "system")), page.width), False)
