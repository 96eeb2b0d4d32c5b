"""What a line that begins with a slash means in the chat: kinds of messages, and a few things to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.text.suggest import nearest
from prdrunner_tui.tui.actions import BREAK
from prdrunner_tui.tui.offer import Offer

KINDS: Mapping[str, tuple[str, str]] = {
    "/requirement": ("requirement", "something that has to be so"),
    "/constraint": ("constraint", "something that must not be touched or done"),
    "/example": ("example", "how it should look"),
    "/correct": ("correction", "what is wrong with what was done"),
    "/interrupt": ("interrupt", "stop what the agent does now, and say this"),
    "/explain": ("question", "ask the agent why or how"),
}
"""The command, the kind of message it sends, and what that is for."""

DOES: Mapping[str, tuple[str, str]] = {
    "/pause": ("phase.pause", "pause the phase, or resume it"),
    "/retry": ("phase.retry", "take the failed phase up again"),
    "/break": ("phase.break", "stop before a step: /break verify"),
    "/transcript": ("phase.transcript", "all that the agent put out"),
    "/why": ("why.open", "why it waits, and for whom"),
}
"""The command, the action it does on the phase of the chat, and what that is."""

_STEPS = tuple(BREAK.values())


@dataclass(frozen=True, slots=True)
class Say:
    """Send a text as a kind of message."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Do:
    """Do an action; ``step`` is that of a breakpoint."""

    action: str
    step: str = ""
    when: Literal["before", "after"] = "before"


@dataclass(frozen=True, slots=True)
class Wrong:
    """It cannot be done; the reason."""

    reason: str


def read(text: str) -> Say | Do | Wrong:
    """What a text of the chat means. Two slashes begin a text that begins with one."""
    if not text.startswith("/"):
        return Say("message", text)
    if text.startswith("//"):
        return Say("message", text[1:])
    word, *after = text.split(maxsplit=1)
    rest = after[0].strip() if after else ""
    if word in KINDS:
        return Say(KINDS[word][0], rest) if rest else Wrong(f"{word} needs words: {word} TEXT")
    if word == "/break":
        return _breakpoint(rest)
    if word in DOES:
        return Do(DOES[word][0]) if not rest else Wrong(f"{word} takes nothing")
    near = nearest(word[1:], (known[1:] for known in (*KINDS, *DOES)))
    said = f"; did you mean /{near}?" if near else ""
    return Wrong(f"no command {word[:40]}{said}  // begins a text with a slash")


def _breakpoint(rest: str) -> Do | Wrong:
    when, _, step = rest.rpartition(" ")
    if step not in _STEPS or when not in ("", "before", "after"):
        return Wrong(f"/break [before|after] STEP: {', '.join(_STEPS)}")
    return Do("phase.break", step, "after" if when == "after" else "before")


def complete(text: str, caret: int) -> Sequence[Offer]:
    """What can be written at the caret: commands while the first word is written, steps behind ``/break``."""
    before = text[:caret]
    if not before.startswith("/") or before.startswith("//") or "\n" in before:
        return ()
    if " " not in before:
        every = {**KINDS, **DOES}
        return [
            Offer(0, f"{name} " if name in KINDS or name == "/break" else name, sanitize(about))
            for name, (_, about) in every.items()
            if name.startswith(before) and name != before
        ]
    word, _, rest = before.partition(" ")
    if word != "/break":
        return ()
    start = before.rindex(" ") + 1
    last = before[start:]
    choices = [*_STEPS, *(("before ", "after ") if " " not in rest else ())]
    return [Offer(start, one, sanitize("")) for one in choices if one.startswith(last) and one != last]
