"""Editing a profile in the person's editor: a copy is edited, and takes the file's place when it can be used."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from prdrunner_tui.cli.configured import Here
from prdrunner_tui.cli.output import complain, note, say
from prdrunner_tui.cli.profilecheck import check
from prdrunner_tui.cli.profilefacts import lies_in
from prdrunner_tui.cli.writing import replace
from prdrunner_tui.config.files import read_text_file
from prdrunner_tui.config.profilefiles import ConfigProblems, parse_profile
from prdrunner_tui.text.problem import Problem


def edit_with_editor(place: Here, path: Path) -> int:
    """Edit the file of a profile; the exit code. Whatever goes wrong, the file is as it was and the copy is told.

    Raises:
        Problem: there is no editor, it failed, or the file changed meanwhile.
    """
    before = read_text_file(path)
    if before is None:
        raise Problem("no such file", where=place.short(str(path)))
    folder = Path(tempfile.mkdtemp(prefix="prdrunner-edit-"))
    copy = folder / path.name
    copy.write_bytes(before)
    try:
        done = _rounds(place, path, copy, before)
    except Problem as problem:
        if copy.is_file() and copy.read_bytes() != before:
            note(f"what you wrote is kept in {copy}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
        raise problem from None
    if done == 0:
        shutil.rmtree(folder, ignore_errors=True)
    return done


def editor() -> list[str]:
    """The words of the person's editor.

    Raises:
        Problem: the variable that names it cannot be read.
    """
    named = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        return shlex.split(named) or ["vi"]
    except ValueError as error:
        raise Problem(
            f"$VISUAL or $EDITOR cannot be read: {error}", hint="EDITOR=nano, for example"
        ) from None


def _rounds(place: Here, path: Path, copy: Path, before: bytes) -> int:
    while True:
        _run_editor(copy)
        after = read_text_file(copy)
        if after is None:
            raise Problem("the copy is gone, so nothing changed", where=str(copy), code=1)
        if after == before:
            say(f"nothing changed in {place.short(str(path))}")
            return 0
        mistakes, warnings = _looked_at(place, path, after)
        if not mistakes:
            break
        for mistake in mistakes:
            complain(Problem(mistake.message, where=place.short(mistake.where), hint=mistake.hint))
        if not (sys.stdin.isatty() and click.confirm("edit it again?", default=True)):
            note(f"{place.short(str(path))} is as it was; what you wrote is kept in {copy}")
            return 2
    if read_text_file(path) != before:
        hint = "compare it with the copy"
        raise Problem("somebody else changed it meanwhile", where=place.short(str(path)), hint=hint, code=5)
    replace(path, after)
    say(f"changed {place.short(str(path))}" + ("; then: prdrunner trust" if lies_in(place, path) else ""))
    for warning in warnings:
        note(f"warning: {place.short(str(warning))}")
    return 0


def _looked_at(place: Here, path: Path, data: bytes) -> tuple[list[Problem], list[Problem]]:
    """What is wrong with these bytes as that file."""
    try:
        read = parse_profile(data, path)
    except ConfigProblems as several:
        return list(several.problems), []
    except Problem as problem:
        return [problem], []
    try:
        passed = place.load().config.workers.pass_env
    except Problem:
        passed = ()
    found = check(read.values, read.document.where, place.root, passed)
    return list(found.mistakes), list(found.warnings)


def _run_editor(copy: Path) -> None:
    words = editor()
    try:
        code = subprocess.run([*words, str(copy)], check=False).returncode
    except OSError as error:
        hint = "set VISUAL or EDITOR to the editor you like, or change it with --set KEY=VALUE"
        raise Problem(f"the editor {words[0][:60]} cannot be started: {error.strerror}", hint=hint) from None
    if code != 0:
        raise Problem(f"the editor ended with exit {code}, so nothing changed", code=1)
