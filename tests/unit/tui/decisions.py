"""One open decision of each kind that the kernel can raise, with facts as the steps give them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prdrunner_tui.kernel.events import DecisionOpened
from prdrunner_tui.kernel.state import Decision, RunState
from tests.unit.tui.sample_run import EVIDENCE, Log, review, sample_log

PLAN = {
    "summary": "Parse due dates",
    "approach": "date.fromisoformat, no new dependency",
    "changes": [
        {"path": "src/todo/due.py", "action": "new", "note": "parse, compare, print"},
        {"path": "src/todo/cli.py", "action": "modify", "note": "--due, --until"},
    ],
}


def opened(
    id: str, kind: str, title: str, facts: Mapping[str, Any], verbs: tuple[str, ...], **more: Any
) -> DecisionOpened:
    """A decision about due-dates."""
    step = more.pop("step", "implement")
    return DecisionOpened(
        id, kind, f"subject/{id}", "due-dates", step, 2, title, "hash", facts, verbs, **more
    )  # type: ignore[arg-type]


YES_NO = ("approve", "reject")
KINDS: Mapping[str, DecisionOpened] = {
    "review": review(),
    "gate": opened(
        "d2", "gate", "before_implement: the plan", {"plan": PLAN, "summary": "plan of 2 edits"},
        ("approve", "reject", "skip"), timeout=600.0,
    ),
    "question": opened(
        "d3", "question", "Should `--until` include the day itself?",
        {"job": "j", "ask": "a", "choices": ["yes, include it", "no, stop the day before"]}, ("answer",),
    ),
    "permission": opened(
        "d4", "permission", "run: pip install freezegun",
        {"choices": [], "options": [], "grant": {"kind": "command", "parts": ["pip", "install", "freezegun"]}},
        ("approve", "always", "reject"),
    ),
    "conflict": opened(
        "d5", "conflict", "due-dates conflicts with 4f02e11 in src/todo/cli.py", {"conflicts": ["src/todo/cli.py"]},
        YES_NO, step="commit", person_only="a conflict is never resolved by a policy",
    ),
    "stuck": opened(
        "d6", "stuck", "the same failure 3 times: exit 1",
        {"why": "the same failure 3 times: exit 1", "summary": "exit 1", "evidence": EVIDENCE, "steps": 3},
        ("approve", "reject", "skip"), step="verify",
    ),
    "nothing_ran": opened(
        "d7", "nothing_ran", "nothing ran: exit 0, but no test ran",
        {"tree": "t", "summary": "exit 0, but no test ran", "checks": [{"name": "pytest", "reason": "no test ran"}]},
        YES_NO, step="verify",
    ),
    "breakpoint": opened("d8", "breakpoint", "before verify", {"breakpoint": "b1"}, ("approve",), step="verify"),
    "author": opened(
        "d9", "author", "who stands in the commits? git has no user.name and user.email here", {}, ("answer",),
        step="commit",
    ),
    "error": opened(
        "d10", "error", "verify failed: exit 1", {"summary": "exit 1", "evidence": EVIDENCE}, YES_NO, step="verify"
    ),
    "large_change": opened(
        "d11", "large_change", "12 files changed, more than 10",
        {"files": [["M", f"src/a/file{n}.py", n, 1] for n in range(12)], "limit": 10}, YES_NO,
    ),
    "budget": opened("d12", "budget", "4.02 of 5 usd used", {"what": "usd", "spent": 4.02, "limit": 5.0}, YES_NO),
    "limit": opened(
        "d13", "limit", "the provider's limit: usage limit reached", {"why": "usage limit reached", "resets": None},
        YES_NO, timeout=750.0, on_timeout="approve",
    ),
}  # fmt: skip


def all_open() -> Log:
    """The sample run with one decision of each kind, opened one second after the other."""
    log = sample_log()
    for place, event in enumerate(KINDS.values()):
        if event.id != "d1":
            log.add(800 + place, event)
    return log


def of_kind(kind: str) -> tuple[RunState, Decision]:
    """The run in which all wait, and the one of a kind."""
    state = all_open().state()
    return state, state.decisions[KINDS[kind].id]
