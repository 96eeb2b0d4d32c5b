"""``prdrunner approve``, ``reject``, ``skip``, ``answer``: decisions from the command line."""

from __future__ import annotations

from pathlib import Path

import click

from prdrunner_tui.cli.engine import accepted, me, with_engine
from prdrunner_tui.cli.loop import in_loop
from prdrunner_tui.cli.output import say
from prdrunner_tui.cli.place import project, project_option, run_option, state_of
from prdrunner_tui.cli.waiting import headline, row
from prdrunner_tui.cli.which import decision_of, run_of_decision
from prdrunner_tui.client.socket import SocketClient
from prdrunner_tui.kernel.commands import Decide, Verb
from prdrunner_tui.kernel.state import Decision
from prdrunner_tui.projections.verdicts import result_words
from prdrunner_tui.text.problem import Problem


@click.command()
@click.argument("decision", required=False, default="")
@click.option("--reason", "-r", default="", help="Words that go with it: guidance for the agent.")
@click.option(
    "--always",
    is_flag=True,
    help="Of a permission: exactly this request, from now on in this phase of the run.",
)
@click.option(
    "--protected", is_flag=True, help="You looked at the protected files, or at what seems a secret, too."
)
@click.option("--seen", default="", metavar="HASH", help="Refuse unless this is what prdrunner show told.")
@run_option
@project_option
def approve(
    decision: str,
    reason: str,
    always: bool,
    protected: bool,
    seen: str,
    run_id: str,
    project_dir: Path | None,
) -> None:
    """Approve a DECISION, the only open one by default."""
    verb: Verb = "always" if always else "approve"
    _decide(verb, decision, reason, run_id, project_dir, protected=protected, seen=seen)


@click.command()
@click.argument("decision", required=False, default="")
@click.option("--reason", "-r", required=True, help="Why; the agent gets these words.")
@click.option("--seen", default="", metavar="HASH", help="Refuse unless this is what prdrunner show told.")
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
    run = run_of_decision(place, id, run_id)

    async def work(client: SocketClient) -> None:
        state = accepted(await client.attach(run)).state
        decision = decision_of(state, id)
        if seen and not decision.content_hash.startswith(seen):
            hint = f"look again: prdrunner show {decision.id}"
            raise Problem(
                f"{decision.id} is not what you saw; it shows {decision.content_hash[:12]}", hint=hint, code=5
            )
        words = choice(decision, reason) if verb == "answer" else reason
        command = Decide(decision.id, verb, decision.content_hash, me(), words, protected)
        accepted(await client.submit(run, command))
        paused = state.run is not None and state.run.status == "paused"
        say(f"{result_words(decision, verb)}  {headline(row(decision))}")
        if paused:
            say(f"{run} is paused; go on: prdrunner resume")

    in_loop(with_engine(place, project(project_dir), run, work))


def choice(decision: Decision, text: str) -> str:
    """The answer that a number stands for, or the text itself."""
    choices = list(decision.facts.get("choices", ()))
    if text.isdecimal() and 1 <= int(text) <= len(choices):
        return str(choices[int(text) - 1])
    return text
