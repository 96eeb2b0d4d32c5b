"""What a verdict on a decision is called, before and after it was given: the same words on every front."""

from __future__ import annotations

from collections.abc import Mapping

from prdrunner_tui.kernel.state import Decision
from prdrunner_tui.projections.wording import amount_words

_DONE: Mapping[str, str] = {
    "approved": "approved",
    "rejected": "rejected",
    "skipped": "skipped",
    "answered": "answered",
    "withdrawn": "no longer needed",
}
"""A decision's status as people read it."""
_PAST: Mapping[tuple[str, str], str] = {
    ("permission", "approved"): "allowed",
    ("permission", "rejected"): "refused",
    ("breakpoint", "approved"): "continued",
    ("stuck", "approved"): "let go on",
    ("stuck", "rejected"): "given up",
    ("stuck", "skipped"): "left out",
    ("limit", "approved"): "tried again",
    ("limit", "rejected"): "given up",
    ("budget", "approved"): "raised",
    ("budget", "rejected"): "refused",
    ("conflict", "approved"): "sent back",
    ("conflict", "rejected"): "given up",
    ("error", "approved"): "let go on",
    ("error", "rejected"): "given up",
    ("nothing_ran", "approved"): "taken",
    ("nothing_ran", "rejected"): "sent back",
}
"""A kind and a decision's status, where another word tells it: the past of the verb on the screen."""
_RESULTS: Mapping[tuple[str, str], str] = {
    ("permission", "always"): "always allowed {}",
    ("permission", "approve"): "allowed {}",
    ("permission", "reject"): "refused {}",
    ("stuck", "approve"): "let {} go on",
    ("stuck", "reject"): "gave {} up",
    ("stuck", "skip"): "left {} out",
    ("limit", "approve"): "trying {} again",
    ("limit", "reject"): "gave {} up",
    ("budget", "approve"): "raised the budget",
    ("budget", "reject"): "refused to raise the budget",
    ("conflict", "approve"): "sent {} back",
    ("conflict", "reject"): "gave {} up",
    ("error", "approve"): "let {} go on",
    ("error", "reject"): "gave {} up",
    ("nothing_ran", "approve"): "took {} as good",
    ("nothing_ran", "reject"): "sent {} back",
    ("breakpoint", "approve"): "continued {}",
    ("author", "answer"): "named the author",
}
"""A kind and a verb: what was done, where it is not the verb's own past and the phase."""
_PLAIN: Mapping[str, str] = {
    "approve": "approved",
    "always": "always allowed",
    "reject": "rejected",
    "skip": "skipped",
    "answer": "answered",
}


def past_words(kind: str, status: str) -> str:
    """What became of a decision of a kind, by its status: the past of the verb."""
    return _PAST.get((kind, status), _DONE.get(status, status))


def result_words(decision: Decision, verb: str) -> str:
    """The result of a verdict that was given just now: ``approved tags``, ``raised the budget to $10.00``."""
    named = decision.phase or "the run"
    told = _RESULTS.get((decision.kind, verb), f"{_PLAIN.get(verb, verb)} {{}}").format(named)
    sums = raised_sums(decision) if verb == "approve" else None
    return f"{told} to {sums[1]}" if sums is not None else told


def raised_sums(decision: Decision) -> tuple[str, str] | None:
    """What is allowed now, and what a raise of the budget allows then, in words; ``None`` where that is not known.

    A person allows as much again as the run was started with: the facts say how much that is, or the decision's subject
    counts how often it was.
    """
    facts, counted = decision.facts, decision.subject.rsplit("/", 1)[-1]
    if decision.kind != "budget" or "limit" not in facts:
        return None
    what, limit, more = str(facts.get("what", "")), float(facts["limit"]), facts.get("more")
    if more is None:
        if not counted.isdecimal():
            return None
        more = limit / (1 + int(counted))
    return amount_words(what, limit), amount_words(what, limit + float(more))
