"""``prdrunner status``: the newest run at a glance, from the registry alone."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import click

from prdrunner_tui.cli.output import say, say_json, table
from prdrunner_tui.cli.place import json_option, project_option, row_of, run_option, state_of
from prdrunner_tui.text.units import duration, money

_MARKS = {"running": "running", "paused": "paused", "waits": "waits", "needs you": "needs you"}


@click.command()
@run_option
@json_option
@project_option
def status(run_id: str, as_json: bool, project_dir: Path | None) -> None:
    """Show the newest run of this repository, or another one."""
    from dataclasses import asdict

    state = state_of(project_dir)
    row = row_of(state, run_id)
    shown = json.loads(row.overview)
    alive = engine_alive(state.lock)
    if as_json:
        say_json({**asdict(row), "overview": shown, "engine": alive})
        return
    until = row.ended_at or time.time()
    word = (
        row.status
        if alive or row.status in ("done", "failed", "stopped", "paused")
        else f"{row.status}, no engine"
    )
    cost = cost_words(row.usd, row.unpriced)
    say(
        f"{row.run}  {row.prd_path}  {word} {duration(until - row.started_at)}  {row.done}/{row.phases}  {cost}"
    )
    if row.reason:
        say(f"  {row.reason}")
    rows = [_row(phase, until) for phase in shown["phases"]]
    table(("PHASE", "STATE", "STEP", "IT", "TIME", "COST", "NOTE"), rows)
    for decision in shown["decisions"]:
        say(f"! {decision['id']}  {decision['phase']}  {decision['kind']}  {decision['title']}")
        say(f"     {command_for(decision)}")
    if not alive and row.status in ("running", "needs you"):
        say("no engine hosts it: prdrunner resume goes on")


def engine_alive(lock: Path) -> bool:
    """Whether an engine holds the repository's lock."""
    import fcntl

    try:
        with lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    except OSError:
        return False
    return False


def command_for(decision: dict[str, Any]) -> str:
    """The command that decides."""
    verbs = decision["verbs"]
    if "answer" in verbs:
        return f"prdrunner answer {decision['id']} TEXT"
    more = " --protected" if decision["kind"] == "review" and decision["person_only"] else ""
    reject = f"   or   prdrunner reject {decision['id']} --reason WORDS" if "reject" in verbs else ""
    return f"prdrunner approve {decision['id']}{more}{reject}"


def cost_words(usd: float, unpriced: int) -> str:
    """What was spent, with a sign that some of it is unknown."""
    if unpriced and not usd:
        return "cost ?"
    return money(usd) + (f" and {unpriced} of unknown cost" if unpriced else "")


def _row(phase: dict[str, Any], until: float) -> tuple[str, ...]:
    started, ended = phase["started_at"], phase["ended_at"]
    passed = duration((ended or until) - started) if started else "-"
    return (
        phase["id"],
        _MARKS.get(phase["state"], phase["state"]),
        phase["step"] or "-",
        str(phase["iteration"] or "-"),
        passed,
        money(phase["usd"]) if started else "-",
        phase["note"],
    )
