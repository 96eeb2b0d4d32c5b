"""The words for decisions and steps that every front uses."""

from __future__ import annotations

from collections.abc import Mapping

from prdrunner_tui.text.units import duration, money, percent, tokens

MEANS: Mapping[tuple[str, str], str] = {
    ("gate", "approve"): "go on",
    ("gate", "reject"): "back to the agent with your words",
    ("gate", "skip"): "go on without it",
    ("review", "approve"): "commit it",
    ("review", "reject"): "back to the agent with your words",
    ("question", "answer"): "the agent goes on with your words",
    ("permission", "approve"): "the agent may do it",
    ("permission", "always"): "exactly this, in this phase, from now on",
    ("permission", "reject"): "the agent may not, and is told why",
    ("conflict", "approve"): "the agent resolves it on the newest commit",
    ("conflict", "reject"): "the phase fails",
    ("stuck", "approve"): "two more iterations; --reason gives the agent a hint",
    ("stuck", "reject"): "the phase fails",
    ("stuck", "skip"): "leave the phase out",
    ("nothing_ran", "approve"): "take this tree as good although no test ran",
    ("nothing_ran", "reject"): "back to the agent with your words",
    ("error", "approve"): "go on; --reason gives the agent a hint",
    ("error", "reject"): "the phase fails",
    ("large_change", "approve"): "go on",
    ("large_change", "reject"): "back to the agent with your words",
    ("limit", "approve"): "begin the turn again now",
    ("limit", "reject"): "the step fails",
    ("budget", "approve"): "allow as much again",
    ("budget", "reject"): "the phase ends; a retry asks again",
    ("breakpoint", "approve"): "go on",
    ("author", "answer"): "stands in the commits of this run",
}
"""What a verb does to a kind of decision, in few words."""


def kind_words(kind: str) -> str:
    """A kind of decision as people read it."""
    return kind.replace("_", " ")


def step_words(step: str) -> str:
    """A step as people read it: the step ``review`` is an agent's; what a person does is called review."""
    return "self-review" if step == "review" else step


def amount_words(what: str, amount: float, *, unit: bool = True) -> str:
    """An amount of what a budget limits: ``$4.02``, ``412k tok``, ``2m 30s``, ``40 turns``, or without its ``unit``."""
    match what:
        case "usd":
            return money(amount)
        case "tokens":
            return tokens(round(amount), unit=unit)
        case "seconds":
            return duration(amount)
        case _:
            return f"{amount:g} {what.removesuffix('s') if amount == 1 else what}" if unit else f"{amount:g}"


def used_words(what: str, used: float, of: float, scope: str = "run") -> str:
    """What is used of a limit: ``$4.02 of $5.00 used (80%)``, ``40 of 40 turns used (100%) by tags``.

    Args:
        what: ``usd``, ``tokens``, ``turns`` or ``seconds``.
        scope: ``run``, ``phase/ID`` or ``day/DAY``.
    """
    amounts = f"{amount_words(what, used, unit=False)} of {amount_words(what, of)}"
    kind, _, about = scope.partition("/")
    whose = {"phase": f" by {about}", "day": " today, by all runs"}.get(kind, "")
    return f"{amounts} used ({percent(used, of)}){whose}"
