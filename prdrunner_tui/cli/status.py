"""``prdrunner status``: the newest run at a glance, from the registry alone."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prdrunner_tui.cli.output import say, say_json, table
from prdrunner_tui.cli.place import json_option, project, project_option, row_of, run_option, state_of
from prdrunner_tui.cli.waiting import aside_of, block, headline
from prdrunner_tui.projections.wording import step_words
from prdrunner_tui.text.units import duration, money, spent_words

if TYPE_CHECKING:
    from prdrunner_tui.journal.registry import RunRow

NUMBERS = frozenset({"IT", "TIME", "COST", "PHASES"})
"""Columns of numbers, which are aligned right in every table."""


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
    lost = not alive and row.status in ("running", "needs you")
    word = f"{row.status}, no engine" if lost else row.status
    time_and_cost = (
        f"{duration(until - row.started_at)}  {row.done}/{row.phases}  {spent_words(row.usd, row.unpriced)}"
    )
    say(f"{row.run}  {row.prd_path}  {word}  {time_and_cost}")
    if row.reason:
        say(row.reason)
    rows = [_row(phase, until) for phase in shown["phases"]]
    table(("PHASE", "STATE", "STEP", "IT", "TIME", "COST", "NOTE"), rows, NUMBERS)
    aside = aside_of(project(project_dir)) + (f" --run-id {row.run}" if run_id else "")
    for decision in shown["decisions"]:
        # A row of an older version does not say it.
        head = "WAITS" if decision.get("by_itself") else "NEEDS YOU"
        say(f"\n{head}  {decision['phase']}  {headline(decision)}")
        for line in block(decision, aside):
            say(f"    {line}")
    if hint := next_step(row, alive):
        say(f"\n{hint}{aside}")


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


def next_step(row: RunRow, alive: bool) -> str:
    """What a person can do with a run that does not go on by itself, or an empty string."""
    if row.status == "done":
        return f"git log {row.branch}" if row.published else "not published yet: prdrunner publish"
    if row.status == "failed":
        return "take a failed phase up again: prdrunner retry PHASE"
    if row.status in ("paused", "stopped"):
        return "go on: prdrunner resume"
    return "" if alive else "no engine hosts it; go on: prdrunner resume"


def _booked(phase: dict[str, Any]) -> bool:
    """Whether a turn of the phase was booked: what its first one costs is not known while it runs."""
    return phase["usd"] is None or bool(phase["usd"] or phase["tokens"] or phase["ended_at"])


def _row(phase: dict[str, Any], until: float) -> tuple[str, ...]:
    started, ended = phase["started_at"], phase["ended_at"]
    passed = duration((ended or until) - started) if started else "-"
    return (
        phase["id"],
        phase["state"],
        step_words(phase["step"]) or "-",
        str(phase["iteration"] or "-"),
        passed,
        money(phase["usd"]) if _booked(phase) else "-",
        phase["note"],
    )
