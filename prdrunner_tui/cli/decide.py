"""``prdrunner approve``, ``reject``, ``skip``, ``answer``: decisions from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from prdrunner_tui.cli.engine import accepted, in_loop, me, with_engine
from prdrunner_tui.cli.output import say
from prdrunner_tui.cli.place import project, project_option, row_of, run_option, state_of
from prdrunner_tui.client.socket import SocketClient
from prdrunner_tui.kernel.commands import Decide
from prdrunner_tui.kernel.state import Decision, RunState
from prdrunner_tui.text.problem import Problem

Verb = Literal["approve", "reject", "skip", "answer"]
_DONE = {"approve": "approved", "reject": "rejected", "skip": "skipped", "answer": "answered"}


@click.command()
@click.argument("decision", required=False, default="")
@click.option("--reason", "-r", default="", help="Words that go with it: guidance for the agent.")
@click.option("--protected", is_flag=True, help="You looked at the protected files too.")
@click.option("--seen", default="", metavar="HASH", help="Refuse unless this is what the decision shows.")
@run_option
@project_option
def approve(
    decision: str, reason: str, protected: bool, seen: str, run_id: str, project_dir: Path | None
) -> None:
    """Approve a DECISION, the only open one by default."""
    _decide("approve", decision, reason, run_id, project_dir, protected=protected, seen=seen)


@click.command()
@click.argument("decision", required=False, default="")
@click.option("--reason", "-r", required=True, help="Why; the agent gets these words.")
@click.option("--seen", default="", metavar="HASH", help="Refuse unless this is what the decision shows.")
@run_option
@project_option
def reject(decision: str, reason: str, seen: str, run_id: str, project_dir: Path | None) -> None:
    """Reject a DECISION, the only open one by default."""
    _decide("reject", decision, reason, run_id, project_dir, seen=seen)


@click.command()
@click.argument("decision", required=False, default="")
@click.option("--reason", "-r", default="", help="Why.")
@run_option
@project_option
def skip(decision: str, reason: str, run_id: str, project_dir: Path | None) -> None:
    """Skip what a DECISION asks about, where that is allowed."""
    _decide("skip", decision, reason, run_id, project_dir)


@click.command()
@click.argument("decision")
@click.argument("text")
@run_option
@project_option
def answer(decision: str, text: str, run_id: str, project_dir: Path | None) -> None:
    """Answer the question of a DECISION with TEXT; a number picks one of its choices."""
    _decide("answer", decision, text, run_id, project_dir)


def _decide(
    verb: Verb,
    id: str,
    reason: str,
    run_id: str,
    project_dir: Path | None,
    *,
    protected: bool = False,
    seen: str = "",
) -> None:
    place = state_of(project_dir)
    run = row_of(place, run_id).run

    async def work(client: SocketClient) -> None:
        state = accepted(await client.attach(run)).state
        decision = pick(state, id)
        if seen and not decision.content_hash.startswith(seen):
            raise Problem(f"{decision.id} changed; look again", hint="prdrunner status", code=5)
        words = choice(decision, reason) if verb == "answer" else reason
        command = Decide(decision.id, verb, decision.content_hash, me(), words, protected)
        accepted(await client.submit(run, command))
        paused = state.run is not None and state.run.status == "paused"
        say(f"{_DONE[verb]} {decision.id}  {decision.phase}  {decision.title}")
        if paused:
            say(f"{run} is paused; prdrunner resume goes on")

    in_loop(with_engine(place, project(project_dir), run, work))


def pick(state: RunState, id: str) -> Decision:
    """The decision meant.

    Raises:
        Problem: there is none, or more than one.
    """
    if id:
        found = state.decisions.get(id)
        if found is None:
            raise Problem(f"no decision {id[:40]}", hint="prdrunner status lists what waits", code=4)
        return found
    waiting = state.open_decisions()
    if not waiting:
        raise Problem("nothing waits for you", hint="prdrunner status", code=5)
    if len(waiting) > 1:
        names = ", ".join(f"{d.id} ({d.phase} {d.kind})" for d in waiting)
        raise Problem(f"{len(waiting)} decisions wait: {names}", hint="name the one you mean")
    return waiting[0]


def choice(decision: Decision, text: str) -> str:
    """The answer that a number stands for, or the text itself."""
    choices = list(decision.facts.get("choices", ()))
    if text.isdecimal() and 1 <= int(text) <= len(choices):
        return str(choices[int(text) - 1])
    return text
