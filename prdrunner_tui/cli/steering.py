"""``prdrunner pause``, ``stop``, ``retry``, ``publish``."""

from __future__ import annotations

from pathlib import Path

import click

from prdrunner_tui.cli.engine import NoEngine, accepted, me, send, with_engine
from prdrunner_tui.cli.loop import in_loop
from prdrunner_tui.cli.output import say
from prdrunner_tui.cli.place import folded, project, project_option, row_of, run_option, state_of
from prdrunner_tui.cli.which import active_run
from prdrunner_tui.client.socket import SocketClient
from prdrunner_tui.kernel.commands import (
    IntendPublish,
    PausePhase,
    PauseRun,
    RetryPhase,
    StopPhase,
    StopRun,
)
from prdrunner_tui.kernel.decide import decide
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.wire.client import RunEvent


@click.command()
@click.option("--phase", default="", metavar="PHASE", help="Only this phase.")
@click.option("--reason", "-r", default="", help="Why.")
@run_option
@project_option
def pause(phase: str, reason: str, run_id: str, project_dir: Path | None) -> None:
    """Begin nothing new; what runs ends its turn."""
    place = state_of(project_dir)
    run = active_run(place, run_id)
    command = PausePhase(phase, me(), reason) if phase else PauseRun(me(), reason)
    try:
        send(place, project(project_dir), run, command, start=False)
    except NoEngine:
        # An engine ends when nothing is left to do, as in a run that is paused: then this is the answer.
        accepted(decide(folded(place, run), command))
        raise
    say(f"paused {phase or run}; go on: prdrunner resume")


@click.command()
@click.option("--phase", default="", metavar="PHASE", help="Only this phase; others go on.")
@click.option("--reason", "-r", default="", help="Why.")
@run_option
@project_option
def stop(phase: str, reason: str, run_id: str, project_dir: Path | None) -> None:
    """End a run and its agents now, or one phase; workspaces and checkpoints stay."""
    place = state_of(project_dir)
    run = active_run(place, run_id)
    if phase:
        send(place, project(project_dir), run, StopPhase(phase, me(), reason))
        say(f"stopped {phase}; prdrunner retry {phase} takes it up again")
    else:
        send(place, project(project_dir), run, StopRun(me(), reason))
        say(f"stopped {run}; prdrunner resume takes it up again")


@click.command()
@click.argument("phase")
@click.option("--reason", "-r", default="", help="Words for the agent.")
@run_option
@project_option
def retry(phase: str, reason: str, run_id: str, project_dir: Path | None) -> None:
    """Take a failed or stopped PHASE up again."""
    place = state_of(project_dir)
    run = row_of(place, run_id).run
    send(place, project(project_dir), run, RetryPhase(phase, me(), reason))
    say(f"{phase} is taken up again; prdrunner status shows it, prdrunner resume follows it")


@click.command()
@run_option
@project_option
def publish(run_id: str, project_dir: Path | None) -> None:
    """Make the branch of a run in this repository, as far as its commits go."""
    place = state_of(project_dir)
    run = row_of(place, run_id).run

    async def work(client: SocketClient) -> None:
        state = accepted(await client.attach(run)).state
        if state.run is None or state.run.tip == state.run.base:
            raise Problem(
                f"{run} has no commit yet",
                hint="each phase makes one; prdrunner status shows how far it is",
                code=5,
            )
        if state.run.published == state.run.tip:
            say(f"{state.run.branch} is at {state.run.tip[:7]} already")
            return
        accepted(await client.submit(run, IntendPublish(me())))
        say(await _published(client, run))

    in_loop(with_engine(place, project(project_dir), run, work))


async def _published(client: SocketClient, run: str) -> str:
    async for news in client.news():
        if not isinstance(news, RunEvent) or news.run != run:
            continue
        event = news.recorded.event
        match type(event).__name__:
            case "RunPublished":
                return f"{event.branch} is at {event.commit[:7]}"  # type: ignore[union-attr]
            case "EffectFailed" if not event.phase:  # type: ignore[union-attr]
                raise Problem(f"not published: {event.error}", hint="prdrunner publish tries again", code=1)  # type: ignore[union-attr]
    raise Problem("the engine is gone", hint="prdrunner publish tries again", code=4)
