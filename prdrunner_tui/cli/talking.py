"""``prdrunner message``, ``explain``, ``require``, ``correct``, ``feedback``: words for the agent of a phase."""

from __future__ import annotations

from pathlib import Path

import click

from prdrunner_tui.cli.engine import accepted, me, with_engine
from prdrunner_tui.cli.loop import in_loop
from prdrunner_tui.cli.output import say
from prdrunner_tui.cli.place import project, project_option, run_option, state_of
from prdrunner_tui.cli.which import active_run
from prdrunner_tui.client.socket import SocketClient
from prdrunner_tui.kernel.commands import SendMessage
from prdrunner_tui.kernel.state import MESSAGE_KINDS, PHASE_ENDED, RunState
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.text.suggest import did_you_mean, nearest

_words = click.argument("words", nargs=-1, required=True, metavar="[PHASE] TEXT...")


@click.command()
@_words
@click.option("--kind", "-k", type=click.Choice(MESSAGE_KINDS), default="message", help="What it is.")
@run_option
@project_option
def message(words: tuple[str, ...], kind: str, run_id: str, project_dir: Path | None) -> None:
    """Write to the agent of a phase: message PHASE TEXT, or message 'TEXT' while one phase is under way.

    A TEXT of several words without a PHASE stands in quotes, here and with explain, require, correct and feedback.
    An agent that listens gets it at once, others with their next turn.
    """
    _tell(words, kind, run_id, project_dir)


@click.command()
@_words
@run_option
@project_option
def explain(words: tuple[str, ...], run_id: str, project_dir: Path | None) -> None:
    """Ask the agent of a phase why or how; its answer stands in the log and in the chat."""
    _tell(words, "question", run_id, project_dir)


@click.command()
@_words
@run_option
@project_option
def require(words: tuple[str, ...], run_id: str, project_dir: Path | None) -> None:
    """Add a requirement to a phase: every later turn of it is told, and its reviewer too."""
    _tell(words, "requirement", run_id, project_dir)


@click.command()
@_words
@click.option("--file", "-f", "file", default="", metavar="PATH", help="The file that is wrong.")
@click.option("--fix", default="", metavar="TEXT", help="How it is put right.")
@run_option
@project_option
def correct(words: tuple[str, ...], file: str, fix: str, run_id: str, project_dir: Path | None) -> None:
    """Say what is wrong with what the agent did."""
    _tell(words, "correction", run_id, project_dir, file=file, fix=fix)


@click.command()
@_words
@click.option("--file", "-f", "file", default="", metavar="PATH", help="The file that it is about.")
@run_option
@project_option
def feedback(words: tuple[str, ...], file: str, run_id: str, project_dir: Path | None) -> None:
    """Say what you think of what the agent did."""
    _tell(words, "message", run_id, project_dir, file=file)


def _tell(
    words: tuple[str, ...],
    kind: str,
    run_id: str,
    project_dir: Path | None,
    *,
    file: str = "",
    fix: str = "",
) -> None:
    place = state_of(project_dir)
    run = active_run(place, run_id)

    async def work(client: SocketClient) -> None:
        state = accepted(await client.attach(run)).state
        phase, text = addressee(state, words)
        accepted(await client.submit(run, SendMessage(phase, kind, about(text, file=file, fix=fix), me())))
        say(f"queued for {phase}; it goes with the next turn unless the agent takes it now")

    in_loop(with_engine(place, project(project_dir), run, work))


def about(text: str, *, file: str = "", fix: str = "") -> str:
    """A message with the file that it is about before it, and the way to put it right behind it."""
    told = f"{file}: {text}" if file else text
    return f"{told}\nTo put it right: {fix}" if fix else told


def addressee(state: RunState, words: tuple[str, ...]) -> tuple[str, str]:
    """The phase and the text that the words of a command mean.

    A text without a phase is one argument: several words of a shell begin with the phase, and so does one that
    is nearly the id of a phase. What is meant for one phase never goes to another one.

    Raises:
        Problem: there is no such phase, there is no text, or no phase is named and not exactly one is running.
    """
    first, rest = words[0], words[1:]
    if first in state.phases:
        if not rest:
            raise Problem("the message is empty", hint=f"name the phase, then the text: {first} 'TEXT'")
        return first, " ".join(rest)
    is_text = any(map(str.isspace, first.strip()))
    if not is_text and (rest or nearest(first, state.phases)):
        behind = "a text of one word stands behind its phase"
        raise _no_phase(state, first, f"; {'a text without a phase stands in quotes' if rest else behind}")
    return phase_under_way(state), " ".join(words)


def phase_under_way(state: RunState, named: str = "") -> str:
    """The phase that is named, or the only one that is under way.

    Raises:
        Problem: there is no such phase, or not exactly one under way.
    """
    if named in state.phases:
        return named
    if named:
        raise _no_phase(state, named)
    active = [p.id for p in state.phases.values() if p.status not in PHASE_ENDED and p.status != "pending"]
    if len(active) != 1:
        many = "no phase is" if not active else f"{len(active)} phases are"
        raise Problem(f"{many} under way; name one: prdrunner message PHASE TEXT", hint=_the_phases(state))
    return active[0]


def _no_phase(state: RunState, named: str, more: str = "") -> Problem:
    meant = did_you_mean(named, state.phases)
    hint = f"{meant} {_the_phases(state)}" if meant else _the_phases(state)
    return Problem(f"there is no phase {one_line(named, 40)}, nothing was sent", hint=hint + more)


def _the_phases(state: RunState) -> str:
    return f"the phases are {', '.join(state.phases)}"
