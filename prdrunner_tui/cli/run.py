"""``prdrunner run`` and ``prdrunner resume``."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import click

from prdrunner_tui.cli.engine import accepted, me
from prdrunner_tui.cli.headless import Follower
from prdrunner_tui.cli.loop import in_loop
from prdrunner_tui.cli.output import note, say
from prdrunner_tui.cli.place import project, project_option, row_of, run_option, state_of
from prdrunner_tui.cli.screen import on_terminal, shown
from prdrunner_tui.cli.starting import look_ahead, make_start, refuse_unseen, start, uncommitted
from prdrunner_tui.cli.waiting import aside_of
from prdrunner_tui.cli.which import active_run
from prdrunner_tui.client.socket import SocketClient
from prdrunner_tui.embed.attach import attach_or_start
from prdrunner_tui.kernel.commands import ResumePhase, ResumeRun, StartRun
from prdrunner_tui.kernel.settings import GateName
from prdrunner_tui.prd import Plan
from prdrunner_tui.repo.dirty import DirtyFile
from prdrunner_tui.repo.discover import Repo, discover
from prdrunner_tui.steps.prepare import Options
from prdrunner_tui.steps.surroundings import of_the_terminal

COCKPIT = "prdrunner_tui.tui.app:run"
"""Shows a run, in the launcher's child."""
_SHOWN_FILES = 8


@click.command()
@click.option(
    "--prd-file",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The PRD, a markdown file.",
)
@click.option(
    "--plan-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A phase_plan.yaml that says the phases, in place of the PRD's features.",
)
@click.option(
    "--worker",
    default="",
    metavar="WORKER",
    help="The agent: a profile, one that comes along (qwen), or 'command: COMMAND LINE'.",
)
@click.option(
    "--verify", multiple=True, metavar="CMD", help="A test command, in place of the configured ones."
)
@click.option("--headless", is_flag=True, help="Print progress lines, also on a terminal.")
@click.option("--yes", is_flag=True, help="Approve gates and answer questions, recorded as auto(policy).")
@click.option("--detach", is_flag=True, help="Start the run and leave it.")
@click.option("--new", is_flag=True, help="A new run, also when one of this PRD is unfinished.")
@click.option("--take-along", is_flag=True, help="Take uncommitted files along, as the run's base commit.")
@click.option("--approve-before-implement", is_flag=True, help="Ask before each implementation.")
@click.option("--approve-before-commit", is_flag=True, help="Ask before each commit.")
@click.option("--ignore-repo-config", is_flag=True, help="Leave this repository's .prd_runner/ aside.")
@project_option
def run(
    prd_file: Path,
    plan_file: Path | None,
    worker: str,
    verify: tuple[str, ...],
    headless: bool,
    yes: bool,
    detach: bool,
    new: bool,
    take_along: bool,
    approve_before_implement: bool,
    approve_before_commit: bool,
    ignore_repo_config: bool,
    project_dir: Path | None,
) -> int:
    """Take a PRD through its phases, each to a verified commit.

    Your checkout is not touched; the commits go to a branch of their own. On a terminal the cockpit shows the run;
    with --headless, --yes, or where the output is no terminal, lines do.
    """
    asked: list[GateName] = ["before_implement"] if approve_before_implement else []
    asked += ["before_commit"] if approve_before_commit else []
    options = Options(
        worker=worker,
        verify=verify,
        plan_file=plan_file,
        gates=tuple(asked),
        take_along=take_along,
        use_repo_config=not ignore_repo_config,
    )
    folder = project(project_dir)
    if not (headless or yes or detach) and on_terminal():
        return cockpit(folder, in_loop(started(folder, prd_file, options, new=new)))
    return in_loop(begin(folder, prd_file, options, yes=yes, detach=detach, new=new))


def cockpit(folder: Path, run: str) -> int:
    """Show a run in the cockpit; the exit code of that."""
    return shown(COCKPIT, [str(folder), run, "", ""])


async def started(folder: Path, prd_file: Path, options: Options, *, new: bool) -> str:
    """Start a run; its id."""
    client, command, _ = await launch(folder, prd_file, options, new=new)
    await client.close()
    return command.run


async def begin(
    folder: Path, prd_file: Path, options: Options, *, yes: bool, detach: bool, new: bool, quiet: bool = False
) -> int:
    """Start a run and follow it; the exit code."""
    client, command, aside = await launch(folder, prd_file, options, new=new, quiet=quiet)
    try:
        if detach:
            say(f"it goes on by itself; look: prdrunner status{aside}   follow: prdrunner resume{aside}")
            return 0
        return await follow(client, command.run, yes, aside)
    finally:
        await client.close()


async def launch(
    folder: Path, prd_file: Path, options: Options, *, new: bool, quiet: bool = False
) -> tuple[SocketClient, StartRun, str]:
    """Start a run and say so; a client of its engine, what started it, and what commands elsewhere need beside.

    Raises:
        Problem: it does not start.
    """
    outlook = await look_ahead(folder, prd_file, options)
    repo, plan = outlook.repo, outlook.plan
    command = make_start(outlook, new=new, by=me())
    dirty = await uncommitted(outlook)
    refuse_unseen(outlook, dirty)
    if not quiet:
        for line in outlook.remarks:
            note(line)
        tell_dirty(dirty, options.take_along)
    client = await start(outlook, command)
    say(headline(command, plan))
    return client, command, aside_of(repo.root)


def headline(command: StartRun, plan: Plan) -> str:
    """The first line of a run."""
    allowance = command.settings.allowance
    budget = f"  budget ${allowance.usd:.2f}" if allowance.usd else ""
    recording = any(choice.worker == "scripted" for choice in command.settings.workers.values())
    label = "  recording, no agent" if recording else ""
    count = len(command.phases)
    batches = len(plan.batches())
    phases = f"{count} phase{'' if count == 1 else 's'}, {batches} batch{'' if batches == 1 else 'es'}"
    return f"{command.run}  {Path(command.prd).name}  {phases}{budget}{label}"


def tell_dirty(files: tuple[DirtyFile, ...], take_along: bool) -> None:
    """List the uncommitted files, with what becomes of them."""
    if not files:
        return
    one = len(files) == 1
    stays = "is left out; --take-along brings it" if one else "are left out; --take-along brings them"
    fate = ("goes along" if one else "go along") if take_along else stays
    note(f"{len(files)} uncommitted file{'' if one else 's'} {fate}:")
    for file in files[:_SHOWN_FILES]:
        note(f"  {file.kind:<10} {file.path.decode('utf-8', 'surrogateescape')}")
    if len(files) > _SHOWN_FILES:
        note(f"  and {len(files) - _SHOWN_FILES} more")


async def follow(client: SocketClient, run: str, yes: bool, aside: str = "") -> int:
    """Follow a run until it is over or needs a person; ctrl+c leaves it running."""
    follower = Follower(client, run, yes=yes, terminal=sys.stdout.isatty(), aside=aside)
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(follower.follow())
    left: list[int] = []

    def leave(number: int) -> None:
        left.append(number)
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, leave, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not left:
            raise
        if left[0] != signal.SIGHUP:
            note(f"{run} goes on; follow it again: prdrunner resume{aside}   end it: prdrunner stop{aside}")
        return 128 + left[0]


@click.command()
@click.option("--phase", default="", metavar="PHASE", help="Only this phase, after a pause of it alone.")
@click.option("--headless", is_flag=True, help="Print progress lines, also on a terminal.")
@click.option("--yes", is_flag=True, help="Approve gates and answer questions, recorded as auto(policy).")
@click.option("--detach", is_flag=True, help="Let it go on and leave it.")
@run_option
@project_option
def resume(phase: str, headless: bool, yes: bool, detach: bool, run_id: str, project_dir: Path | None) -> int:
    """Go on with a run: after a pause, a stop, or a crash.

    On a terminal the cockpit shows it; with --headless, --yes, or where the output is no terminal, lines do.
    """
    place = state_of(project_dir)
    row = row_of(place, active_run(place, run_id))

    with_cockpit = not (headless or yes or detach) and on_terminal()
    folder = project(project_dir)
    left: list[str] = []

    async def work() -> int:
        repo: Repo = await discover(folder)
        client = await attach_or_start(repo.root, place)
        try:
            accepted(await client.host(row.run))
            state = accepted(await client.attach(row.run)).state
            assert state.run is not None
            # An engine that began in another terminal knows neither a key that was corrected nor a new PATH.
            await client.lend(row.run, of_the_terminal(os.environ, state.run.settings))
            if state.run.status in ("paused", "stopped", "failed"):
                accepted(await client.submit(row.run, ResumeRun(me())))
            elif state.run.status == "done":
                say(f"{row.run} is done, branch {state.run.branch}")
                return 0
            for paused in [
                p.id for p in state.phases.values() if p.status == "paused" and phase in ("", p.id)
            ]:
                accepted(await client.submit(row.run, ResumePhase(paused, me())))
            if detach:
                say(f"{row.run} goes on; look: prdrunner status{aside_of(repo.root)}")
                return 0
            say(f"{row.run}  {row.prd_path}  goes on  {row.done}/{row.phases} done")
            if with_cockpit:
                left.append(row.run)
                return 0
            return await follow(client, row.run, yes, aside_of(repo.root))
        finally:
            await client.close()

    code = in_loop(work())
    # The cockpit is a process of its own; it begins when nothing of this loop is left.
    return cockpit(folder, left[0]) if left else code
