"""``prdrunner checkpoint``: the restorable states of a run."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from prdrunner_tui.cli.engine import me, send
from prdrunner_tui.cli.loop import in_loop
from prdrunner_tui.cli.output import say, say_json, table
from prdrunner_tui.cli.place import folded, json_option, project, project_option, row_of, run_option, state_of
from prdrunner_tui.cli.which import active_run
from prdrunner_tui.kernel.commands import RollBack
from prdrunner_tui.kernel.state import Checkpoint, RunState
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.units import clock


@click.group()
def checkpoint() -> None:
    """List, show and restore checkpoints."""


@checkpoint.command("list")
@click.option("--task", "phase", default="", help="Only of this phase.")
@run_option
@json_option
@project_option
def list_checkpoints(phase: str, run_id: str, as_json: bool, project_dir: Path | None) -> None:
    """List the checkpoints of a run, oldest first."""
    place = state_of(project_dir)
    state = folded(place, row_of(place, run_id).run)
    found = [c for c in state.checkpoints.values() if phase in ("", c.phase)]
    if as_json:
        say_json([asdict(c) for c in found])
        return
    if not found:
        say("no checkpoint yet; one is taken before each implementation and each commit")
        return
    now = datetime.now().astimezone()
    rows = [
        (
            c.id,
            c.phase,
            c.step,
            str(c.iteration),
            clock(datetime.fromtimestamp(c.at).astimezone(), now),
            c.label,
        )
        for c in found
    ]
    table(("ID", "PHASE", "STEP", "IT", "TAKEN", "LABEL"), rows, frozenset({"IT"}))


@checkpoint.command()
@click.argument("id")
@run_option
@json_option
@project_option
def show(id: str, run_id: str, as_json: bool, project_dir: Path | None) -> None:
    """Show the files of a checkpoint.

    They are compared with the commit on which its phase stands.
    """
    from prdrunner_tui.repo.diffs import diff_trees
    from prdrunner_tui.repo.discover import discover
    from prdrunner_tui.repo.store import open_store

    place = state_of(project_dir)
    state = folded(place, row_of(place, run_id).run)
    found = one(state, id)

    async def files() -> list[list[str]]:
        repo = await discover(project(project_dir))
        store = await open_store(place, repo.object_format)
        changes = await diff_trees(store, state.phases[found.phase].base, found.commit)
        return [
            [c.status, c.path.decode("utf-8", "surrogateescape"), f"+{c.added}/-{c.removed}"] for c in changes
        ]

    changed = in_loop(files())
    if as_json:
        say_json({**asdict(found), "files": changed})
        return
    say(f"{found.id}  {found.phase}  {found.label}  {found.commit[:7]}")
    if changed:
        table(("", "FILE", "LINES"), changed, frozenset({"LINES"}))
    else:
        say("nothing changed since the commit on which the phase stands")


@checkpoint.command()
@click.argument("id", required=False, default="")
@click.option("--to", "label", default="", help="The checkpoint with this label.")
@click.option("--latest", is_flag=True, help="The newest one.")
@run_option
@project_option
def rollback(id: str, label: str, latest: bool, run_id: str, project_dir: Path | None) -> None:
    """Put a phase's workspace back to a checkpoint.

    What the workspace holds now is kept as another checkpoint, so this can be undone.
    """
    place = state_of(project_dir)
    run = active_run(place, run_id)
    state = folded(place, run)
    found = one(state, id, label=label, latest=latest)
    send(place, project(project_dir), run, RollBack(found.id, me()))
    say(f"rolling {found.phase} back to {found.id}; it pauses there; go on: prdrunner resume")


def one(state: RunState, id: str, *, label: str = "", latest: bool = False) -> Checkpoint:
    """The checkpoint meant.

    Raises:
        Problem: there is none.
    """
    known = list(state.checkpoints.values())
    if not known:
        raise Problem(
            "no checkpoint yet", hint="one is taken before each implementation and each commit", code=4
        )
    if latest:
        return known[-1]
    if not id and not label:
        raise Problem("which checkpoint?", hint="name its id, or --latest; prdrunner checkpoint list")
    wanted = [c for c in known if c.id == id or (label and c.label == label)]
    if not wanted:
        from prdrunner_tui.text.suggest import did_you_mean

        hint = did_you_mean(id, [c.id for c in known]) or "prdrunner checkpoint list shows what there is"
        raise Problem(f"no checkpoint {id or label}"[:80], hint=hint, code=4)
    return wanted[-1]
