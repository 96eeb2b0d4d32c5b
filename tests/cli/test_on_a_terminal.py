"""``run``, ``resume`` and ``demo`` on a terminal: the cockpit shows the run; lines where they are asked for."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Place
from tests.terminal.app_world import PROGRAM, READY, quit_of
from tests.terminal.pty import SOON, Terminal

RUN = ("run", "--prd-file", "docs/prd.md")


def terminal(place: Place, *arguments: str) -> Terminal:
    return Terminal([*PROGRAM, *arguments], cwd=place.root, env=place.env)


def test_run_and_resume_open_the_cockpit(place: Place) -> None:
    (place.root / "left.txt").write_text("mine\n")
    with terminal(place, *RUN) as shown:
        shown.until_text(READY, 2 * SOON)
        assert "Phases" in shown.text
        assert quit_of(shown) == 0
        assert "1 uncommitted file is left out" in shown.text
    assert "needs you" in place.run("status").out
    with terminal(place, "resume") as shown:
        shown.until_text(READY, 2 * SOON)
        assert "Phases" in shown.text
        assert quit_of(shown) == 0


def test_with_headless_there_are_lines_that_name_the_cockpit(place: Place) -> None:
    with terminal(place, *RUN, "--headless") as shown:
        shown.until_text("prdrunner attach, the cockpit", 2 * SOON)
        assert "NEEDS YOU  multiply  review d1" in shown.text
        shown.send("\x03")
        assert shown.exit_code(2 * SOON) == 130


def test_a_run_that_cannot_start_is_a_line(place: Place) -> None:
    with terminal(place, *RUN, "--worker", "nosuch") as shown:
        assert shown.exit_code(2 * SOON) == 2
        assert "there is no worker 'nosuch'" in shown.text


def test_the_demo_goes_on_in_the_cockpit(place: Place, tmp_path: Path) -> None:
    for _ in range(2):
        with terminal(place, "demo", "--speed", "0") as shown:
            shown.until_text(READY, 2 * SOON)
            assert "demo-todo" in shown.text
            assert quit_of(shown) == 0
    names = [one.name for one in (place.home / "data/prdrunner").iterdir() if one.is_dir()]
    assert names == ["demo-todo"]
