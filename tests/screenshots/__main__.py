"""``make screenshots``: play the recorded demo in a terminal and keep what it shows at fixed points.

Times, ids and sums differ from run to run; a picture in which nothing but those changed is left as it is.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from prdrunner_tui.cli.demo import copy_sample
from prdrunner_tui.config.samples import samples_dir
from tests.cli.conftest import Place
from tests.screenshots.svg import Cell, cell, picture
from tests.terminal.app_visit import Visit
from tests.terminal.pty import Terminal

FOLDER = Path(__file__).parents[2] / "docs/pictures"
WIDE, LARGE, MEDIUM = (180, 50), (120, 40), (100, 30)
PROJECT = "todo-app"
_CHANGING = re.compile(r"[0-9a-f]*\d[0-9a-f.]*|[▁▂▃▄▅▆▇█]+| +|textLength=\S+|x=\S+")
_PATIENCE = 60.0
_OUTSIDE = ("url(", "@import", "@font-face", "<image", "<use", "<script", "href")


def main() -> int:
    """Take all pictures; the exit code."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures-") as temporary:
        place = Place(Path(temporary, "home", PROJECT), Path(temporary, "home"))
        place.home.mkdir()
        copy_sample(samples_dir() / "python-todo", place.root)
        try:
            for name, title, rows in scenes(place):
                keep(name, picture(rows, title), temporary)
        finally:
            place.kill_engine()
    return 0


def only_git(place: Place) -> dict[str, str]:
    """A PATH without the agents that happen to be installed here."""
    folder = place.home / "bin"
    folder.mkdir()
    for name in ("git", "sh"):
        found = shutil.which(name)
        assert found is not None, f"{name} is needed"
        (folder / name).symlink_to(found)
    return {"PATH": str(folder)}


def scenes(place: Place) -> Iterator[tuple[str, str, list[list[Cell]]]]:
    """Name, title and screen of each picture, from the first to the last moment of one run."""
    trusted = place.run("trust")
    assert trusted.code == 0, trusted.err
    begun = place.run("run", "--prd-file", "docs/todo.md", "--detach")
    assert begun.code == 0, begun.err
    place.until("status", holds="review d1", seconds=_PATIENCE)
    approved = place.run("approve", "d1")
    assert approved.code == 0, approved.err
    place.until("status", holds="review d2", seconds=_PATIENCE)
    with show(place, LARGE, "attach") as terminal:
        visit = Visit(terminal)
        visit("", "commit  iteration 2")
        yield "cockpit", f"prdrunner attach   {PROJECT}", screen(terminal)
    with show(place, WIDE, "attach") as terminal:
        visit = Visit(terminal)
        visit("", "Commits")
        visit("", "class DueTest")
        yield "wide", f"prdrunner attach   {PROJECT}", screen(terminal)
    with show(place, MEDIUM, "attach") as terminal:
        visit = Visit(terminal)
        visit("", "! 1 waits")
        visit.to("I", "Review")
        visit("", "@@ -")
        yield "decision", "I opens what waits longest", screen(terminal)
        visit.back()
        visit("2", "1 overview")
        visit("/", "esc ends")
        visit("test_due", "test_due")
        visit("\r", "/test_due 1 of")
        yield "log", "2 shows the log, / searches it", screen(terminal)
    place.extra = only_git(place)
    with show(place, MEDIUM, "tui") as terminal:
        visit = Visit(terminal)
        visit("", "Agents found")
        visit("", "changed")
        yield "start", f"prdrunner   {PROJECT}", screen(terminal)


def show(place: Place, size: tuple[int, int], *arguments: str) -> Terminal:
    """The program in a terminal with all colours."""
    command = [sys.executable, "-m", "prdrunner_tui", *arguments]
    return Terminal(command, cwd=place.root, size=size, env=place.env)


def screen(terminal: Terminal) -> list[list[Cell]]:
    """What the terminal shows when nothing more is coming but the next tick of the clock."""
    terminal.quiet(0.7)
    return [
        [
            cell(
                one.data, one.fg, one.bg,
                bold=one.bold, italic=one.italics, underline=one.underscore, reverse=one.reverse,
            )
            for one in row
        ]
        for row in terminal.cells()
    ]  # fmt: skip


def keep(name: str, made: str, temporary: str) -> None:
    """Write a picture, unless it is the one that is there but for what changes each time.

    Raises:
        AssertionError: it holds something of this machine, or would load something.
    """
    private = (temporary, socket.gethostname(), str(Path.home()), os.getcwd())
    for text in (*private, *_OUTSIDE):
        assert text not in made, f"{name} holds {text}"
    assert not re.search(rf"\b{re.escape(getpass.getuser())}\b", made), f"{name} names the user"
    file = FOLDER / f"{name}.svg"
    if file.exists() and _CHANGING.sub("", file.read_text("utf-8")) == _CHANGING.sub("", made):
        print(f"{file.name} is as it was")
        return
    file.write_text(made, "utf-8")
    print(f"{file.name} {len(made) // 1024} KiB")


if __name__ == "__main__":
    sys.exit(main())
