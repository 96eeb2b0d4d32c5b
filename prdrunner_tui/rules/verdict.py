"""The answer of a rule to what an agent asks for, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from prdrunner_tui.text.safe import one_line

Answer: TypeAlias = Literal["allow", "ask", "deny"]

_STRICTNESS: dict[Answer, int] = {"allow": 0, "ask": 1, "deny": 2}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say.

    Attributes:
        answer: allow and deny need no person; ask needs one.
        why: one plain sentence for the screen, without controls and without a full stop.
        rule: the rule that decided, as its author wrote it, or "".
    """

    answer: Answer
    why: str
    rule: str = ""


def strictest(verdicts: tuple[Verdict, ...]) -> Verdict:
    """The strictest of some verdicts, of equal ones the first. Raises ValueError when there is none."""
    return max(verdicts, key=lambda verdict: _STRICTNESS[verdict.answer])


def shown(text: str, width: int = 60) -> str:
    """Foreign text in quotes, on one line and without controls, for a sentence; `width` in cells."""
    return f'"{one_line(text, width)}"'
