"""``prdrunner workers``: which agents are there, whether they can work, and one tiny turn of one of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from prdrunner_tui.cli.configured import here
from prdrunner_tui.cli.loop import in_loop
from prdrunner_tui.cli.output import note, say, say_json, table, terminal_width
from prdrunner_tui.cli.place import json_option, project_option
from prdrunner_tui.cli.workerlook import Looked, Subject, examine, subjects, versions
from prdrunner_tui.cli.workertest import PROMPT, Heard, take_turn
from prdrunner_tui.steps.choices import worker_choice
from prdrunner_tui.steps.confine import chosen
from prdrunner_tui.steps.prompts import ROLES
from prdrunner_tui.text.cells import cells, crop
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.text.units import duration, money, tokens
from prdrunner_tui.workers.acp.profile import from_options
from prdrunner_tui.workers.port import Capabilities
from prdrunner_tui.workers.registry import create

_ASK_FIRST = 3
_MOST_LINES, _WIDEST = 10, 300
_LEAST_PATH = 16
"""Cells of a path that still tell which program it is."""
_COSTS_NOTHING = ("scripted", "command")


@click.group()
def workers() -> None:
    """List the agents, see whether they can work, and try one."""


@workers.command("list")
@json_option
@project_option
def list_workers(as_json: bool, project_dir: Path | None) -> None:
    """List every worker that could be used: the version of its program, which steps use it, what it can do.

    Where the program lies stands behind that on a wide terminal, and whole in --json.

    \b
    steer   a message reaches the running turn, or has it begun anew
    resume  the next turn goes on in the agent's session
    asks    it asks for permission before it does what it may not
    tokens, cost  it tells them
    """
    place = here(project_dir)
    loaded = place.load(without_broken=True)
    found = subjects(place, loaded.config)
    told = in_loop(versions(place, loaded.config, found))
    if as_json:
        say_json([_as_json(subject, version) for subject, version in zip(found, told, strict=True)])
        return
    for notice in place.notices(loaded):
        note(notice)
    shown = [
        (subject.text, _there(subject, version), _steps(subject), _can(subject.capabilities))
        for subject, version in zip(found, told, strict=True)
    ]
    head = ("WORKER", "VERSION", "STEPS", "CAN")
    room = _room([head, *shown])
    narrow = frozenset({"WORKER", "VERSION", "STEPS"})
    if room:
        paths = [_path(subject, room) for subject in found]
        table(
            (*head, "PROGRAM"), [(*row, path) for row, path in zip(shown, paths, strict=True)], narrow=narrow
        )
    else:
        table(head, shown, narrow=narrow)
    for subject in found:
        if subject.problem is not None:
            say(
                f"{one_line(subject.text, _WIDEST)} is unusable: {one_line(subject.problem.message, _WIDEST)}"
            )


@workers.command()
@click.argument("name", required=False, default="")
@json_option
@project_option
def doctor(name: str, as_json: bool, project_dir: Path | None) -> int:
    """See whether the workers can work, with one line that mends each failing point.

    Program, version, answer, sign-in and sandbox are looked at. Agents are started and greeted, and ended again; no
    model is asked. Exit code 1 when one that a step uses, or the
    one that is named, cannot work.
    """
    place = here(project_dir)
    loaded = place.load()
    looked = in_loop(examine(place, loaded.config, subjects(place, loaded.config, name), asked=bool(name)))
    unusable = [one for one in looked if one.needed and not one.usable]
    if as_json:
        say_json([_looked_as_json(one) for one in looked])
        return int(bool(unusable))
    for notice in loaded.notices:
        note(place.short(notice))
    for one in looked:
        _tell(one)
    say(_summary(looked, unusable))
    return int(bool(unusable))


@workers.command()
@click.argument("name")
@click.option("--prompt", default=PROMPT, metavar="TEXT", help="What to ask in place of one word.")
@click.option("--yes", is_flag=True, help="Do not ask before a turn that costs money.")
@project_option
def test(name: str, prompt: str, yes: bool, project_dir: Path | None) -> int:
    """Take one tiny turn with a worker, in an empty workspace that is removed again.

    What it asks permission for is refused. It is in the sandbox that a run would have; the last line says so. Exit code
    1 when the turn did not end well.
    """
    place = here(project_dir)
    config = place.load().config
    choice = worker_choice(place.root, config, name)
    create(choice.worker, choice.options)
    wanted = chosen(config.sandbox)
    if choice.worker not in _COSTS_NOTHING and not yes:
        if not sys.stdin.isatty():
            hint = f"prdrunner workers test {name} --yes takes it"
            raise Problem(
                "a turn of an agent costs money, so it is not taken unasked", hint=hint, code=_ASK_FIRST
            )
        if not click.confirm(f"one turn of {one_line(name, 60)} costs money; take it?", prompt_suffix=" "):
            say("no turn was taken")
            return 0
    heard = in_loop(take_turn(place.root, config, choice, prompt, wanted))
    _told(heard, from_options(choice.options).auth if choice.worker == "acp" else "")
    return int(heard.result is None or heard.result.outcome != "ended")


def _told(heard: Heard, auth: str) -> None:
    """Tell what came of a turn. `auth`: how one signs in to the agent, where that is known."""
    say(heard.words.strip() or "it said nothing")
    for line in heard.notes[:_MOST_LINES]:
        note(f"note  {one_line(line, _WIDEST)}")
    for what in heard.refused[:_MOST_LINES]:
        note(f"refused  {one_line(what, _WIDEST)}")
    if heard.changed:
        note(f"changed  {one_line(', '.join(heard.changed[:_MOST_LINES]), _WIDEST)}")
    result = heard.result
    assert result is not None
    why = result.reason if result.outcome != "ended" else ""
    if auth and why.endswith(f"; {auth}"):
        # Behind what a provider answered it would be cut off, and it is what helps.
        why = why.removesuffix(f"; {auth}")
        say(f"\nto mend it: {one_line(auth, _WIDEST)}")
    reason = f", {one_line(why, _WIDEST)}" if why else ""
    sandbox = f"no sandbox: {one_line(heard.without, _WIDEST)}" if heard.without else "in the sandbox"
    say(f"\n{result.outcome}{reason}  {duration(result.ended - result.started)}  {_usage(heard)}  {sandbox}")


def _usage(heard: Heard) -> str:
    usage = heard.result.usage if heard.result is not None else None
    if usage is None or (usage.input is None and usage.output is None):
        return "tokens not told"
    cost = f"  {money(usage.cost_usd)}" if usage.cost_usd is not None else ""
    return f"{tokens(usage.input)} in, {tokens(usage.output)} out{cost}"


def _tell(one: Looked) -> None:
    used = f"  {', '.join(one.subject.steps)}" if one.subject.steps else ""
    here = all(point.level != "fail" for point in one.points if point.name == "program")
    unused = "cannot work" if here else "not here"
    state = "" if one.usable else "  cannot work" if one.needed else f"  {unused}; no step uses it"
    say(f"{one_line(one.subject.text, _WIDEST)}{used}{state}")
    for point in one.points:
        # What no step uses is nobody's failure.
        level = point.level if one.needed or point.level != "fail" else "-"
        fix = f"  ({one_line(point.fix, _WIDEST)})" if point.fix and point.level != "ok" else ""
        say(f"  {level:<5} {point.name:<8} {point.text}{fix}")


def _summary(looked: Iterable[Looked], unusable: list[Looked]) -> str:
    able = sum(one.usable for one in looked)
    if unusable:
        return f"{able} can work, {', '.join(one_line(one.subject.text, 40) for one in unusable)} cannot"
    return f"{able} can work"


def _there(subject: Subject, version: str) -> str:
    """The version of a worker's program, or in a word whether that is there."""
    if subject.problem is not None:
        return "unusable"
    if subject.program is None:
        return "-"
    return (version or "found") if subject.program.path else "not here"


def _steps(subject: Subject) -> str:
    if len(subject.steps) == len(ROLES):
        return "all"
    return ", ".join(subject.steps) or "-"


def _room(rows: Sequence[Sequence[str]]) -> int:
    """Cells that these columns leave for a path on the terminal; none where that would say nothing."""
    width = terminal_width()
    if not width:
        return _WIDEST
    taken = sum(max(cells(row[column]) for row in rows) + 2 for column in range(len(rows[0])))
    return width - taken if width - taken >= _LEAST_PATH else 0


def _path(subject: Subject, room: int) -> str:
    """Where a worker's program lies, in so many cells: below ``~``, without directories in its middle."""
    path = subject.program.path if subject.program is not None else ""
    if not path:
        return "-"
    home = str(Path("~").expanduser()).rstrip("/")
    if home and path.startswith(f"{home}/"):
        path = f"~{path.removeprefix(home)}"
    if cells(path) <= room:
        return path
    *folders, name = path.split("/")
    for kept in range(len(folders) - 1, 0, -1):
        # The first directory tells whose it is, the last ones which of several it is.
        first = folders[0] or f"/{folders[1]}"
        shown = "/".join((first, "…", *folders[len(folders) - kept + 1 :], name))
        if cells(shown) <= room:
            return shown
    return crop(f"…/{name}", room)


def _can(capabilities: Capabilities | None) -> str:
    if capabilities is None:
        return "-"
    can = {
        "steer": capabilities.steer != "none",
        "resume": capabilities.resume,
        "asks": capabilities.permissions,
        "tokens": capabilities.usage,
        "cost": capabilities.cost,
    }
    return " ".join(word for word, does in can.items() if does) or "-"


def _as_json(subject: Subject, version: str) -> dict[str, object]:
    program = subject.program
    return {
        "worker": subject.text,
        "adapter": subject.choice.worker if subject.choice is not None else None,
        "program": program.word if program is not None else None,
        "path": (program.path or None) if program is not None else None,
        "installed": bool(program.path) if program is not None else None,
        "version": version or None,
        "capabilities": asdict(subject.capabilities) if subject.capabilities is not None else None,
        "steps": subject.steps,
        "problem": str(subject.problem) if subject.problem is not None else None,
    }


def _looked_as_json(one: Looked) -> dict[str, object]:
    points = [asdict(point) for point in one.points]
    return {"worker": one.subject.text, "steps": one.subject.steps, "usable": one.usable, "points": points}
