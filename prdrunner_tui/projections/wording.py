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
    ("budget", "reject"): "the step fails",
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


def used_words(what: str, used: float, of: float, scope: str = "run") -> str:
    """What is used of a limit: ``$4.02 of $5.00 used (80%)``, ``40 of 40 turns used (100%) by tags``.

    Args:
        what: ``usd``, ``tokens``, ``turns`` or ``seconds``.
        scope: ``run``, ``phase/ID`` or ``day/DAY``.
    """
    match what:
        case "usd":
            amounts = f"{money(used)} of {money(of)}"
        case "tokens":
            amounts = f"{tokens(int(used), unit=False)} of {tokens(int(of))}"
        case "seconds":
            amounts = f"{duration(used)} of {duration(of)}"
        case _:
            amounts = f"{used:g} of {of:g} {what}"
    kind, _, about = scope.partition("/")
    whose = {"phase": f" by {about}", "day": " today, by all runs"}.get(kind, "")
    return f"{amounts} used ({percent(used, of)}){whose}"
