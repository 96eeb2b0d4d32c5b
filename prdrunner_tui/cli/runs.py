"""``prdrunner runs``: the runs of this repository."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from prdrunner_tui.cli.output import say, say_json, table
from prdrunner_tui.cli.place import folded, json_option, project_option, registry_of, row_of, state_of
from prdrunner_tui.cli.status import NUMBERS
from prdrunner_tui.projections.wording import step_words
from prdrunner_tui.text.units import cost_words, duration, spent_words, started

STATES = ("running", "needs you", "paused", "done", "failed", "stopped")


@click.group()
def runs() -> None:
    """List the runs of this repository, or show one."""


@runs.command("list")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(min=1), help="How many.")
@click.option("--offset", default=0, type=click.IntRange(min=0), help="How many of the newest to leave out.")
@click.option("--status", type=click.Choice(STATES), help="Only runs in this state.")
@json_option
@project_option
def list_runs(limit: int, offset: int, status: str | None, as_json: bool, project_dir: Path | None) -> None:
    """List runs, newest first."""
    rows = registry_of(state_of(project_dir)).newest(limit=limit, offset=offset, status=status or "")
    if as_json:
        say_json([{**asdict(row), "overview": json.loads(row.overview)} for row in rows])
        return
    if not rows:
        say(
            f"no run here {'needs you' if status == 'needs you' else f'is {status}'}"
            if status
            else "no run yet in this repository; prdrunner run --prd-file FILE starts one"
        )
        return
    now = datetime.now().astimezone()
    shown = [
        (
            row.run,
            row.prd,
            row.status,
            f"{row.done}/{row.phases}",
            cost_words(row.usd, row.unpriced),
            started(datetime.fromtimestamp(row.started_at).astimezone(), now),
            duration((row.ended_at or time.time()) - row.started_at),
        )
        for row in rows
    ]
    table(("RUN", "PRD", "STATE", "PHASES", "COST", "STARTED", "TIME"), shown, NUMBERS)


@runs.command("show")
@click.argument("run", required=False, default="")
@json_option
@project_option
def show(run: str, as_json: bool, project_dir: Path | None) -> None:
    """Show all steps of a RUN, the newest by default."""
    from prdrunner_tui.kernel.values import to_json

    place = state_of(project_dir)
    row = row_of(place, run)
    state = folded(place, row.run)
    if as_json:
        say_json(to_json(state))
        return
    spent = spent_words(row.usd, row.unpriced)
    say(f"{row.run}  {row.prd_path}  {row.status}  {row.done}/{row.phases}  {spent}")
    if row.published:
        say(f"published as {row.branch} at {row.published[:7]}")
    for phase in state.phases.values():
        head = f"{phase.id}  {phase.status}" + (f"  {phase.reason}" if phase.reason else "")
        say(f"\n{head}" if phase.steps else head)
        rows = [
            (
                step_words(step.name),
                f"{step.iteration}.{step.attempt}" if step.attempt > 1 else str(step.iteration),
                step.status,
                duration((step.ended_at or time.time()) - step.began_at),
                step.summary.splitlines()[0] if step.summary else "",
            )
            for step in phase.steps
        ]
        if rows:
            table(
                ("  STEP", "IT", "STATE", "TIME", "SUMMARY"),
                [(f"  {name}", *rest) for name, *rest in rows],
                NUMBERS,
            )
