"""Questions of an agent's own question tool, which come as a permission request. Pure.

The shape is that of Claude Code's and Qwen Code's tools: the input of the tool call is
``{"questions": [{"question", "header", "options": [{"label", "description"}], "multiSelect"}]}``. Qwen Code takes the
answers beside the outcome of the request, ``{"answers": {"0": "..."}}`` by the number of the question (0.15.10).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from prdrunner_tui.workers.acp.plain import mapping, text

_MOST, _MOST_CHOICES = 8, 9
_LONGEST, _LONGEST_SHOWN = 4000, 300
_INPUT = frozenset(("questions", "metadata"))
_ASKED = frozenset(("question", "header", "options", "multiSelect"))
_OPTION = frozenset(("label", "description"))
"""What the input of a question may hold. With anything more it may be another tool's, which an answer would allow."""


class Question(NamedTuple):
    """What is asked, and the answers that are proposed, each as it is shown -> as the agent calls it."""

    words: str
    choices: Mapping[str, str]

    def answer(self, given: str) -> str:
        """The person's words as the agent gets them."""
        return self.choices.get(given, given)


def questions(given: Mapping[str, Any]) -> tuple[Question, ...]:
    """The questions in the input of a tool call; none where it is anything else, or more than can be asked."""
    asked = given.get("questions")
    beside = mapping(given.get("metadata"))
    if not isinstance(asked, list) or not 0 < len(asked) <= _MOST or not _INPUT.issuperset(given):
        return ()
    if set(beside) - {"source"} or ("metadata" in given and not isinstance(given["metadata"], dict)):
        return ()
    found = tuple(_question(one) for one in asked if isinstance(one, dict))
    return found if len(found) == len(asked) and all(one.words for one in found) else ()


def _question(given: Mapping[str, Any]) -> Question:
    """One question, without words where it holds something that is not shown."""
    words = text(given.get("question"), _LONGEST).strip()
    options = given.get("options", [])
    if not _ASKED.issuperset(given) or not isinstance(options, list) or len(options) > _MOST_CHOICES:
        return Question("", {})
    if words and given.get("multiSelect") is True:
        words += " (several can be chosen: write them)"
    choices: dict[str, str] = {}
    for option in map(mapping, options):
        label = text(option.get("label"), _LONGEST).strip()
        means = text(option.get("description"), _LONGEST_SHOWN).strip()
        if not label or not _OPTION.issuperset(option):
            return Question("", {})
        choices[text(f"{label}: {means}" if means else label, _LONGEST_SHOWN)] = label
    return Question(words, choices)
