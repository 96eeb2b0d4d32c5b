"""What the rules of a run say to what its agents ask: kept as plain values, judged when an agent asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.kernel.values import from_json, to_json
from prdrunner_tui.rules.permission import Permissions, decide, read_request
from prdrunner_tui.rules.verdict import Verdict, shown
from prdrunner_tui.text.redact import MARK

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


def judge(
    choice: WorkerChoice | None, update: Mapping[str, Any], *, run: str, phase: str, workspace: str
) -> Verdict:
    """What the rules say to a request.

    Args:
        choice: the worker that asks; None for one that is not known, of which everything is asked.
        update: a PermissionAsked as its host tells it: redacted and cut to a size.
        run, phase: where the worker works.
        workspace: the absolute path of the phase's workspace, "" when there is none.

    Allowed is only what is known whole, and what the agent lets us allow just once.
    """
    told = update.get("paths")
    paths = tuple(map(str, told)) if isinstance(told, list | tuple) else ()
    request = read_request(str(update.get("action", "")), str(update.get("detail", "")), paths)
    try:
        rules = rules_of(choice) if choice is not None else Permissions()
    except ValueError as error:
        return Verdict("ask", f"the rules of this run cannot be read: {shown(str(error))}")
    verdict = decide(request, rules, run=run, phase=phase, workspace=workspace)
    if verdict.answer != "allow":
        return verdict
    if len(request.parts) > MOST_PATHS:
        return Verdict("ask", "it touches too much to judge", verdict.rule)
    if any(MARK.decode() in part for part in request.parts):
        return Verdict("ask", "it holds a secret, behind which nothing can be judged", verdict.rule)
    if update.get("options") and once(update) is None:
        return Verdict("ask", "the agent offers no way to allow it only once", verdict.rule)
    return verdict


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
