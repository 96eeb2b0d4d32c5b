"""``prdrunner show``: all of one decision, before a person decides it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from prdrunner_tui.cli.loop import in_loop
from prdrunner_tui.cli.output import say, say_json, table
from prdrunner_tui.cli.place import folded, json_option, project, project_option, run_option, state_of
from prdrunner_tui.cli.waiting import aside_of, commands, row
from prdrunner_tui.cli.which import decision_of, run_of_decision
from prdrunner_tui.kernel.state import Decision, RunState
from prdrunner_tui.kernel.values import to_json
from prdrunner_tui.projections.changed import changed_trees
from prdrunner_tui.projections.wording import amount_words, kind_words
from prdrunner_tui.repo.rundir import StateDir
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.units import clock, lines

SEEN = 12
"""Digits of the content hash that are shown and suffice for ``--seen``."""
_EVIDENCE_LINES = 60


@click.command()
@click.argument("decision", required=False, default="")
@click.option("--diff", is_flag=True, help="Show the changes too, as a patch.")
@run_option
@json_option
@project_option
def show(decision: str, diff: bool, run_id: str, as_json: bool, project_dir: Path | None) -> None:
    """Show what a DECISION is about, the only open one by default.

    The line "seen" is a hash of what is shown: approve --seen HASH is refused when that has changed meanwhile.
    """
    place, folder = state_of(project_dir), project(project_dir)
    run = run_of_decision(place, decision, run_id)
    state = folded(place, run)
    found = decision_of(state, decision)
    patch = in_loop(_patch(place, folder, state, found)) if diff else ""
    if as_json:
        more = {"diff": patch} if diff else {}
        say_json({"run": run, **to_json(found), **more})
        return
    _head(found)
    _about(state, found)
    if found.status == "open":
        say("")
        aside = aside_of(folder) + (f" --run-id {run}" if run_id else "")
        rows = commands(row(found), aside)
        if not diff and changed_trees(state, found):
            rows.insert(0, ("look", f"prdrunner show {found.id} --diff{aside}", "the changes as a patch"))
        if found.kind in ("stuck", "error", "nothing_ran"):
            output = f"prdrunner logs {found.phase} -n 40{aside}"
            rows.insert(0, ("look", output, "what the agent and the checks put out"))
        table(("DECIDE", "", ""), [(verb, line, means) for verb, line, means in rows], bare=True)
    if diff:
        say(f"\n{patch.rstrip()}" if patch else "\nnothing changed")


def _head(decision: Decision) -> None:
    now = datetime.now().astimezone()
    at = clock(datetime.fromtimestamp(decision.opened_at).astimezone(), now)
    where = f"{decision.step}, iteration {decision.iteration}" if decision.step else ""
    say(
        "  ".join(
            filter(None, (decision.id, decision.phase, kind_words(decision.kind), where, f"since {at}"))
        )
    )
    say(decision.title)
    if decision.status != "open":
        by = f" by {decision.by.name}" if decision.by is not None and decision.by.name else ""
        say(f"{decision.status}{by}" + (f": {decision.reason}" if decision.reason else ""))


def _about(state: RunState, decision: Decision) -> None:
    facts = decision.facts
    pairs = [(label, _short(key, facts[key])) for key, label in _LABELS.items() if _plain(facts.get(key))]
    pairs = [pair for pair in pairs if pair[1] not in decision.title]
    if decision.kind == "budget":
        pairs += _amounts(facts)
    if isinstance(plan := facts.get("plan"), Mapping):
        pairs += [(key, str(plan[key])) for key in ("summary", "approach") if _plain(plan.get(key))]
    for key in ("protected", "secrets", "conflicts", "left_out"):
        pairs += [(key.replace("_", " "), str(path)) for path in facts.get(key) or ()]
    if decision.person_only and decision.kind == "review":
        pairs.append(("look closely", f"it {decision.person_only}"))
    pairs.append(("seen", decision.content_hash[:SEEN]))
    say("")
    table(("", ""), list(dict.fromkeys(pairs)), bare=True)
    _lists(facts)
    if evidence := str(facts.get("evidence") or ""):
        kept = evidence.splitlines()[-_EVIDENCE_LINES:]
        say("\n" + "\n".join(kept))


_LABELS = {
    "why": "why",
    "base": "on",
    "summary": "what",
    "verify": "verify",
    "review": "self-review",
    "what": "budget",
}


def _amounts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was used of a budget and what it allows, with their unit."""
    what = str(facts.get("what", ""))
    known = [key for key in ("spent", "limit") if isinstance(facts.get(key), int | float)]
    return [(key, amount_words(what, float(facts[key]))) for key in known]


def _short(key: str, value: object) -> str:
    return str(value)[:7] if key == "base" else str(value)


def _plain(value: object) -> bool:
    return isinstance(value, str | int | float) and value != ""


def _lists(facts: Mapping[str, Any]) -> None:
    if files := facts.get("files"):
        say("")
        rows = [(str(f[0]), str(f[1]), lines(int(f[2]), int(f[3]))) for f in files]
        table(("", "FILE", "LINES"), rows, frozenset({"LINES"}))
    plan = facts.get("plan")
    if isinstance(plan, Mapping) and (changes := plan.get("changes")):
        say("")
        planned = [[str(change.get(key, "")) for key in ("action", "path", "note")] for change in changes]
        table(("ACTION", "FILE", "NOTE"), planned)
    if issues := facts.get("issues"):
        say("")
        told = [(str(i.get("severity", "")), _place(i), str(i.get("text", ""))) for i in issues]
        table(("SEVERITY", "WHERE", "ISSUE"), told)
    if checks := facts.get("checks"):
        say("")
        table(("CHECK", "RESULT"), [(str(c.get("name", "")), str(c.get("reason", ""))) for c in checks])
    if choices := facts.get("choices"):
        say("")
        for number, text in enumerate(choices, 1):
            say(f"  {number}  {text}")


def _place(issue: Mapping[str, Any]) -> str:
    return str(issue.get("file", "")) + (f":{issue['line']}" if issue.get("line") else "")


async def _patch(place: StateDir, folder: Path, state: RunState, decision: Decision) -> str:
    from prdrunner_tui.repo.diffs import patch_text
    from prdrunner_tui.repo.discover import discover
    from prdrunner_tui.repo.store import open_store

    changed = changed_trees(state, decision)
    if changed is None:
        hint = f"prdrunner show {decision.id} shows the rest"
        raise Problem(f"{decision.id} comes without changes to show", hint=hint, code=5)
    store = await open_store(place, (await discover(folder)).object_format)
    return (await patch_text(store, *changed)).decode("utf-8", "surrogateescape")
