"""What the rules of a run say to what its agents ask: kept as plain values, judged when an agent asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.kernel.state import Grant
from prdrunner_tui.kernel.values import from_json, to_json
from prdrunner_tui.rules.permission import Permissions, Request, decide, read_request, scope
from prdrunner_tui.rules.verdict import Verdict, shown
from prdrunner_tui.text.redact import MARK

MOST_SHOWN = 1500
"""Characters of a request that is shown whole, and so can be allowed always."""
MOST_PATHS = 199
"""Paths of one request; the host of an agent tells at most one more, and then nobody knows whether these are all."""


def kept(rules: Permissions) -> dict[str, dict[str, tuple[str, ...]]]:
    """Rules as plain values for the settings of a run, without lists that are empty."""
    found = {
        part: {key: tuple(lines) for key, lines in lists.items() if lines}
        for part, lists in to_json(rules).items()
    }
    return {part: lists for part, lists in found.items() if lists}


def rules_of(choice: WorkerChoice) -> Permissions:
    """The rules for a worker of a run.

    Raises:
        ValueError: a rule cannot be read, as one of another version of the program.
    """
    return from_json(Permissions, to_json(choice.permissions), "permissions")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the rules and grants say to a request; ``grant`` is what a person may allow always, None for nothing."""

    verdict: Verdict
    grant: Mapping[str, Any] | None = None


def judge(
    choice: WorkerChoice | None,
    update: Mapping[str, Any],
    *,
    phase: str,
    workspace: str,
    grants: Iterable[Grant] = (),
) -> Judgement:
    """What the rules say to a request.

    Args:
        choice: the worker that asks; None for one that is not known, of which everything is asked.
        update: a PermissionAsked as its host tells it: redacted and cut to a size.
        phase: where the worker works.
        workspace: the absolute path of the phase's workspace, "" when there is none.
        grants: what a person has allowed always in this run.

    Allowed is only what is known whole, and what the agent lets us allow just once.
    """
    told = update.get("paths")
    paths = tuple(map(str, told)) if isinstance(told, list | tuple) else ()
    request = read_request(str(update.get("action", "")), str(update.get("detail", "")), paths)
    try:
        rules = rules_of(choice) if choice is not None else Permissions()
    except ValueError as error:
        return Judgement(Verdict("ask", f"the rules of this run cannot be read: {shown(str(error))}"))
    verdict = decide(request, rules, phase=phase, grants=grants, workspace=workspace)
    if verdict.answer == "deny":
        return Judgement(verdict)
    if why := _unjudged(request, update):
        return Judgement(Verdict("ask", why, verdict.rule) if verdict.answer == "allow" else verdict)
    parts = scope(request) if verdict.answer == "ask" else None
    if parts is not None and sum(map(len, parts)) > MOST_SHOWN:
        parts = None  # Nobody allows always what no screen shows whole.
    return Judgement(verdict, None if parts is None else {"kind": request.kind, "parts": list(parts)})


def _unjudged(request: Request, update: Mapping[str, Any]) -> str:
    """Why nobody but a person can say yes to it, and that only once; empty where that is not so."""
    if len(request.parts) > MOST_PATHS:
        return "it touches too much to judge"
    if any(MARK.decode() in part for part in request.parts):
        return "it holds a secret, behind which nothing can be judged"
    if update.get("options") and once(update) is None:
        return "the agent offers no way to allow it only once"
    return ""


def once(asked: Mapping[str, Any]) -> str | None:
    """The id of the agent's option to allow just this once, None when it offers none."""
    options = asked.get("options")
    for option in options if isinstance(options, list | tuple) else ():
        if isinstance(option, Mapping) and option.get("kind") == "allow_once":
            return str(option.get("id", ""))
    return None


def title(update: Mapping[str, Any]) -> str:
    """What is asked for, in the agent's own words: ``command: pytest -q``, ``edit a.py, b.py: DIFF``."""
    told = update.get("paths")
    paths = ", ".join(map(str, told)) if isinstance(told, list | tuple) else ""
    return f"{update.get('action')}{' ' if paths else ''}{paths}: {update.get('detail')}"
