"""Questions of an agent's own question tool, which come as a permission request. Pure.

The shape is that of Claude Code's and Qwen Code's tools: the input of the tool call is
``{"questions": [{"question", "header", "options": [{"label", "description"}], "multiSelect"}]}``. Qwen Code takes the
answers beside the outcome of the request, ``{"answers": {"0": "..."}}`` by the number of the question (0.15.10).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from prdrunner_tui.workers.acp.plain import items, mapping, text

_MOST, _MOST_CHOICES = 8, 9
_LONGEST, _LONGEST_CHOICE = 4000, 400
_BESIDE = frozenset(("questions", "metadata"))
"""What the input of a question holds. With anything more it may be another tool's, which an answer would allow."""


class Question(NamedTuple):
    """What is asked, and the answers that are proposed, each as it is shown -> as the agent calls it."""

    words: str
    choices: Mapping[str, str]

    def answer(self, given: str) -> str:
        """The person's words as the agent gets them."""
        return self.choices.get(given, given)


def questions(call: Mapping[str, Any]) -> tuple[Question, ...]:
    """The questions of a tool call; none where it is no question."""
    given = mapping(call.get("rawInput"))
    if not given or not _BESIDE.issuperset(given):
        return ()
    found = tuple(_question(mapping(one)) for one in items(given.get("questions"), _MOST))
    return found if all(one.words for one in found) else ()


def _question(given: Mapping[str, Any]) -> Question:
    words = text(given.get("question"), _LONGEST).strip()
    if words and given.get("multiSelect") is True:
        words += " (several can be chosen: write them)"
    choices: dict[str, str] = {}
    for option in map(mapping, items(given.get("options"), _MOST_CHOICES)):
        label = text(option.get("label"), _LONGEST_CHOICE).strip()
        means = text(option.get("description"), _LONGEST_CHOICE).strip()
        if label:
            choices[f"{label}: {means}" if means else label] = label
    return Question(words, choices)
