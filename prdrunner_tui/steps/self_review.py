"""Step review: another look by a worker, as JSON that it writes to a file of ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from prdrunner_tui.kernel.subjects import gate_subject
from prdrunner_tui.steps.turns import checkpoint_first, end_unless_ended, put_back_changes
from prdrunner_tui.steps.view import View

BLOCKING = frozenset({"blocker", "major"})
"""The severities of an issue that send a phase back; the others are notes."""


def self_review(view: View) -> NoReturn:
    """Let the reviewer look at the verified tree; skipped without a reviewer."""
    if view.settings.workers.get("review") is None:
        view.end("skipped", "no reviewer is configured")
    checkpoint_first(view)
    turn = view.turn("review", view.phase.tree)
    put_back_changes(view, turn)
    end_unless_ended(view, turn)
    report = turn.get("data")
    if report is None:
        why = str(turn.get("report_error") or "the reviewer wrote no report")
        view.end("failed", why, signature=f"review: {why}")
    issues = list(report.get("issues", []))
    blocking = [issue for issue in issues if issue.get("severity", "major") in BLOCKING]
    notes = f"{len(issues) - len(blocking)} note{'' if len(issues) - len(blocking) == 1 else 's'}"
    summary = f"{notes}, {len(blocking)} blocker{'' if len(blocking) == 1 else 's'}"
    if not blocking:
        view.end("ok", summary)
    _ask_issues(view, blocking, summary)
    view.end(
        "issues",
        summary,
        signature="review: " + "; ".join(map(issue_line, blocking)),
        evidence=_lines(blocking),
    )


def _ask_issues(view: View, issues: list[Mapping[str, Any]], summary: str) -> None:
    gate = view.settings.gates.get("after_review_issues")
    if gate is None:
        return
    about = f"{view.step.attempt}"
    decision = view.ask(
        "gate",
        gate_subject("after_review_issues", view.phase.id, view.step.iteration, about),
        gate.message or "after_review_issues: go on fixing?",
        facts={"summary": summary, "issues": issues} if "issues" in gate.show else {"summary": summary},
        verbs=("approve", "reject", "skip")
        if gate.allow_override and not gate.required
        else ("approve", "reject"),
        gate=gate,
    )
    if decision.status == "skipped":
        view.end("ok", f"{summary}, overridden: {decision.reason or 'a person said so'}")
    if decision.status == "rejected":
        view.end("rejected", decision.reason, evidence=_lines(issues))


def issue_line(issue: Mapping[str, Any]) -> str:
    """One issue in one line: where, and what."""
    where = str(issue.get("file", "")) + (f":{issue['line']}" if issue.get("line") else "")
    return f"{where}: {issue['text']}" if where else str(issue["text"])


def _lines(issues: list[Mapping[str, Any]]) -> str:
    return "\n".join(f"- {issue_line(issue)}" for issue in issues)
