"""``prdrunner profiles``: the workers by name, each with the file it stands in."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import click

from prdrunner_tui.cli.configured import Here, here, in_repository
from prdrunner_tui.cli.output import note, say, say_json, table
from prdrunner_tui.cli.place import json_option, project_option
from prdrunner_tui.cli.profilecheck import check
from prdrunner_tui.cli.profileedit import edit_with_editor
from prdrunner_tui.cli.profilefacts import (
    effective,
    file_of,
    found_at,
    lies_in,
    only_in_config,
    stated_in,
    used_by,
)
from prdrunner_tui.cli.profiletext import Change, edited, read_change, shown_values, to_yaml, with_changes
from prdrunner_tui.cli.profilevalidate import Report, validate_all, validate_names
from prdrunner_tui.cli.writing import replace, write_new
from prdrunner_tui.config.files import read_text_file
from prdrunner_tui.config.profilefiles import ConfigProblems, model_problems, parse_profile, profile_file
from prdrunner_tui.steps.choices import named_workers
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.redact import secrets_of
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.text.yaml import KeyPath, Value, read_yaml

_ASK_FIRST = 3

set_option = click.option(
    "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Set a key of the profile."
)
"""``--set``, for each command that changes a profile."""


@click.group()
def profiles() -> None:
    """List the workers by name, and make, change and check them."""


@profiles.command("list")
@json_option
@project_option
def list_profiles(as_json: bool, project_dir: Path | None) -> None:
    """List every name that --worker takes, with the steps that use it."""
    place = here(project_dir)
    loaded = place.load(without_broken=True)
    steps = used_by(loaded.config)
    rows = []
    for name, profile in named_workers(loaded.config).items():
        agent = profile.profile or (profile.argv[0] if profile.argv else "")
        what = agent or profile.command or profile.script
        rows.append((name, profile.worker, what, stated_in(place, loaded, name), steps.get(name, [])))
    if as_json:
        keys = ("name", "worker", "agent", "from", "steps")
        say_json([dict(zip(keys, row, strict=True)) for row in rows])
        return
    for notice in place.notices(loaded):
        note(notice)
    shown = [
        (name, worker, what, ", ".join(places) or "comes along", ", ".join(used) or "-")
        for name, worker, what, places, used in rows
    ]
    narrow = frozenset({"AGENT", "FROM"})
    table(("NAME", "WORKER", "AGENT", "FROM", "STEPS"), shown, narrow=narrow)


@profiles.command()
@click.argument("name")
@project_option
def show(name: str, project_dir: Path | None) -> None:
    """Show a profile as it is used, each key with the place it comes from. Credentials are masked."""
    place = here(project_dir)
    loaded = place.load(without_broken=True)
    for notice in place.notices(loaded):
        note(notice)
    if broken := [one for one in loaded.broken if one.name == name]:
        problem = broken[0].problem
        hint = f"prdrunner profiles validate {name} says all that is wrong"
        raise Problem(problem.message, where=place.short(problem.where), hint=hint)
    values, places = effective(place, loaded, name)
    secrets = secrets_of(os.environ)
    say(to_yaml(shown_values(values, secrets), lambda path: places.get(path, "")).rstrip())


@profiles.command()
@click.argument("name")
@click.option("--worker", default="", metavar="WORKER", help="The adapter: acp, command or scripted.")
@click.option("--agent", default="", metavar="AGENT", help="An agent that comes along, for example qwen.")
@set_option
@click.option("--repo", "in_repo", is_flag=True, help="In this repository, for everyone who works in it.")
@project_option
def create(
    name: str, worker: str, agent: str, changes: tuple[str, ...], in_repo: bool, project_dir: Path | None
) -> None:
    """Write a new profile, by default among your own.

    \b
    prdrunner profiles create careful --agent claude-agent-acp --set mode=default
    prdrunner profiles create mine --worker acp --set 'argv=[my-agent, --acp]'
    prdrunner profiles create script --worker command --set 'command=sh agent.sh'
    """
    place = here(project_dir)
    config = in_repository(place) if in_repo else place.user
    path = profile_file(config, name)
    given: list[Change] = [(("worker",), worker or ("acp" if agent else ""))]
    given += [(("profile",), agent)] if agent else []
    given += [read_change(change) for change in changes]
    values = with_changes({}, given)
    if not values["worker"]:
        hint = "--agent NAME for an agent that comes along, --worker command for a command line"
        raise Problem("which worker?", hint=hint)
    if os.path.lexists(path):
        hint = f"prdrunner profiles edit {name}"
        raise Problem("it is there already", where=place.short(str(path)), hint=hint, code=5)
    if (elsewhere := only_in_config(config, name)) is not None:
        raise Problem(f"{name} is there already", where=place.short(elsewhere), hint="edit that file", code=5)
    options = {"worker": "--worker", "profile": "--agent"}

    def where(at: KeyPath, key: bool = False) -> str:
        return _option(at, changes) or options.get(str(at[0]) if at else "", "")

    warnings = _checked(values, where, place)
    text = to_yaml(values).encode("utf-8", "surrogateescape")
    parse_profile(text, path)
    write_new(path, text, 0o644 if in_repo else 0o600)
    say(
        f"wrote {place.short(str(path))}; use it: --worker {name}"
        + ("; then: prdrunner trust" if in_repo else "")
    )
    _warn(warnings)


@profiles.command()
@click.argument("name")
@set_option
@click.option(
    "--repo", "in_repo", is_flag=True, help="That of this repository, where you have one of that name too."
)
@project_option
def edit(name: str, changes: tuple[str, ...], in_repo: bool, project_dir: Path | None) -> int:
    """Change a profile in $VISUAL or $EDITOR, or with --set.

    You edit a copy; it takes the profile's place when nothing is wrong with it.
    """
    place = here(project_dir)
    path = file_of(place, name, in_repo=in_repo)
    if not changes:
        return edit_with_editor(place, path)
    data = read_text_file(path)
    assert data is not None
    given = [read_change(change) for change in changes]
    shown = place.short(str(path))
    made = edited(data, given, name=shown)
    document = read_yaml(data, name=shown)
    values = with_changes(document.value if isinstance(document.value, dict) else {}, given)

    def where(at: KeyPath, key: bool = False) -> str:
        return _option(at, changes) or document.where(at, key=key)

    warnings = _checked(values, where, place)
    replace(path, made)
    say(f"changed {shown}" + _trust_again(place, path))
    _warn(warnings)
    return 0


@profiles.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--repo", "in_repo", is_flag=True, help="That of this repository, where you have one of that name too."
)
@project_option
def delete(name: str, yes: bool, in_repo: bool, project_dir: Path | None) -> None:
    """Remove the file of a profile."""
    place = here(project_dir)
    path = file_of(place, name, in_repo=in_repo)
    shown = place.short(str(path))
    try:
        steps = used_by(place.load().config).get(name, [])
    except Problem:
        steps = []  # A profile that is wrong must be possible to delete.
    if steps:
        others = [other for other in found_at(place, name) if other != path]
        left = f"; then {place.short(str(others[0]))} counts" if others else ""
        say(f"{name} is what {', '.join(steps)} {'uses' if len(steps) == 1 else 'use'}{left}")
    if not yes:
        if not sys.stdin.isatty():
            raise Problem(f"{shown} is not removed unasked", hint="--yes removes it", code=_ASK_FIRST)
        if not click.confirm(str(sanitize(f"remove {shown}?")), prompt_suffix=" "):
            say("nothing was removed")
            return
    path.unlink()
    say(f"removed {shown}" + _trust_again(place, path))


@profiles.command()
@click.argument("names", nargs=-1, metavar="[NAME|FILE]...")
@project_option
def validate(names: tuple[str, ...], project_dir: Path | None) -> int:
    """Check profiles: all of them, or those named. Runs nothing.

    Mistakes and warnings are told with file, line and column; exit code 2 when there is a mistake.
    """
    place = here(project_dir)
    report = validate_names(place, names) if names else validate_all(place)
    return _told(place, report)


def _told(place: Here, report: Report) -> int:
    for word, problems in (("error", report.mistakes), ("warning", report.warnings)):
        for problem in problems:
            where = f"{place.short(problem.where)}: " if problem.where else ""
            hint = f"; {problem.hint}" if problem.hint else ""
            # A line each, whatever a file has put into its names and values.
            say(sanitize(f"{where}{word}: {place.short(problem.message)}{hint}"))
    counts = [
        f"{len(problems)} {word}{'' if len(problems) == 1 else 's'}"
        for word, problems in (("mistake", report.mistakes), ("warning", report.warnings))
        if problems
    ]
    looked = f"{report.count} profile{'' if report.count == 1 else 's'}"
    say(f"{looked}: {', '.join(counts) or 'nothing wrong'}")
    return 2 if report.mistakes else 0


def _checked(values: dict[str, Value], where: Callable[..., str], place: Here) -> Sequence[Problem]:
    """See that a profile could be used; what is only worth a word is returned.

    Raises:
        ConfigProblems: it could not.
    """
    if wrong := model_problems(values, where):
        raise ConfigProblems(wrong)
    found = check(values, where, place.root, _pass_env(place))
    if found.mistakes:
        raise ConfigProblems(list(found.mistakes))
    return found.warnings


def _pass_env(place: Here) -> tuple[str, ...]:
    try:
        return place.load().config.workers.pass_env
    except Problem:
        return ()  # What is wrong with the rest of the configuration is not in the way of this profile.


def _option(path: KeyPath, changes: Iterable[str]) -> str:
    """The option ``--set`` by which a key was given, "" where it was not."""
    key = str(path[0]) if path else ""
    if any(change.partition("=")[0].partition(".")[0] == key for change in changes):
        return f"--set {'.'.join(map(str, path[:2]))}"
    return ""


def _warn(warnings: Iterable[Problem]) -> None:
    for warning in warnings:
        hint = f"; {warning.hint}" if warning.hint else ""
        note(sanitize(f"warning: {warning.message}{hint}"))


def _trust_again(place: Here, path: Path) -> str:
    return "; then: prdrunner trust" if lies_in(place, path) else ""
