"""The start screen over a real repository and a real engine."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from prdrunner_tui.cli.screen import on_terminal
from prdrunner_tui.cli.trust import trusted
from prdrunner_tui.config.trust import inventory
from prdrunner_tui.journal.registry import Registry, RunRow
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui import newrun, prdscan
from prdrunner_tui.tui.app import CockpitApp
from prdrunner_tui.tui.keymap import Keymap
from prdrunner_tui.tui.newrun import agent_meant, options_of
from prdrunner_tui.tui.prdscan import find_prds, look_into
from prdrunner_tui.tui.rows.newrun import Wish
from prdrunner_tui.tui.rows.start import RunLine
from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.newrun import NewRunScreen
from prdrunner_tui.tui.screens.start import StartScreen, TrustScreen
from prdrunner_tui.tui.start import PROGRAMS, Home
from prdrunner_tui.tui.target import target_of
from prdrunner_tui.workers.acp.profile import names as agent_names
from prdrunner_tui.workers.acp.profile import profile as agent_profile
from tests.cli.conftest import Place, make_place
from tests.tui.conftest import screen_text, until
from tests.tui.listapp import skin
from tests.unit.tui.sample_run import sample_log


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A repository whose configuration nobody has trusted yet, and this process in its environment."""
    made = make_place(tmp_path)
    for name, value in made.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(made.root)
    find = shutil.which

    def which(name: str) -> str | None:
        """What is found, but no agent of the machine that runs the test: only one that the test made."""
        found = find(name)
        agents = {agent_profile(one).argv[0] for one in agent_names()} | set(PROGRAMS)
        return None if name in agents and not str(found).startswith(str(tmp_path)) else found

    monkeypatch.setattr(shutil, "which", which)
    yield made
    made.kill_engine()


@dataclass
class Begun:
    """The app on a screen."""

    app: CockpitApp
    pilot: Pilot[int]

    @property
    def text(self) -> str:
        return "\n".join(screen_text(self.app))

    async def press(self, *keys: str) -> None:
        for key in keys:
            # A screen that decides takes no key in its first moment.
            await until(self.pilot, lambda: self.app.top is None or self.app.top.ready)
            await self.pilot.press(key)

    async def sees(self, *texts: str) -> None:
        await until(self.pilot, lambda: all(text in self.text for text in texts))

    async def on(self, kind: type[Any]) -> None:
        await until(self.pilot, lambda: isinstance(self.app.screen, kind) and self.app.screen.is_mounted)

    async def to(self, *key: str) -> None:
        """Put the cursor on a row as soon as it is there."""
        screen: Any = self.app.screen
        await until(self.pilot, lambda: screen.view.move_to_key(key))


@asynccontextmanager
async def begun(place: Place, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Begun]:
    """The app without a run, when all has been looked at."""
    app = CockpitApp(target_of(place.root, ""), skin(), Keymap(), home=Home(place.root))
    async with app.run_test(size=size) as pilot:
        made = Begun(app, pilot)
        await made.sees("docs/prd.md")
        yield made
        await app.feed.close()


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_it_shows_what_one_can_begin(place: Place, size: tuple[int, int]) -> None:
    async with begun(place, size) as app:
        await app.sees("2 features,  2 criteria", "none yet in this repository", "not trusted", "Demo")
        rows = screen_text(app.app)
        assert rows[0].startswith("prdrunner ") and rows[0].rstrip().endswith("no run is active")
        assert rows[-2].rstrip() == "· nothing waits for you"
        assert rows[-1].startswith("n new")
        screen = app.app.screen
        assert isinstance(screen, StartScreen) and screen.view.cursor_key == ("prd", "docs/prd.md")
        await app.press("escape")
        await app.sees("this is the top; q leaves")


async def test_y_trusts_exactly_what_was_shown(place: Place) -> None:
    async with begun(place) as app:
        await app.press("T")
        await app.on(TrustScreen)
        await app.sees("names commands that run", "default: 'command: sh agent.sh'")
        home = app.app.home
        assert home is not None
        with (place.root / ".prd_runner/config.yaml").open("a") as config:
            config.write("# one more line\n")
        await app.press("y")
        await app.sees("it changed while you looked", "# one more line")
        assert not trusted(home.repo_id, inventory(place.root))
        await app.press("y")
        await app.on(StartScreen)
        await app.sees("you trust it as it is now")
        assert trusted(home.repo_id, inventory(place.root))


async def test_what_the_commit_holds_for_agents_is_a_part_of_trust(place: Place) -> None:
    assert place.run("trust").code == 0
    (place.root / ".mcp.json").write_text('{"mcpServers": {"spy": {"command": "sh"}}}\n')
    place.git("add", ".mcp.json")
    place.git("commit", "-qm", "tools")
    async with begun(place) as app:
        await app.sees(".prd_runner/ with 1 file and 1 file that agents obey", "not trusted")
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("✗ .mcp.json steers what agents start here", "T on the start screen", "tests")
        await app.press("y")
        await app.sees("it cannot start: .mcp.json steers")
        await app.press("escape")
        await app.on(StartScreen)
        await app.press("T")
        await app.on(TrustScreen)
        await app.sees("can name programs that Claude Code starts", '"spy": {"command": "sh"}')
        await app.press("y")
        await app.on(StartScreen)
        await app.sees("you trust it as it is now")
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("y start")


async def test_a_file_for_agents_is_shown_whole_or_with_a_word_on_the_rest(place: Place) -> None:
    assert place.run("trust").code == 0
    (place.root / ".claude").mkdir()
    (place.root / ".claude/settings.json").write_text(f"{'{'}{' ' * 2500}hook{'}'}\n")
    (place.root / ".claude/long.md").write_text("one more line\n" * 500)
    (place.root / ".claude/z\x1b]0;x\n.md").write_text("\x1b[2J\u202eevil\n")
    place.git("add", "-A")
    place.git("commit", "-qm", "tools")
    async with begun(place) as app:
        await app.press("T")
        await app.on(TrustScreen)
        await app.sees(".claude/settings.json")
        home = app.app.home
        assert home is not None
        texts = dict((await home.contents())[1])
        settings, long = texts[".claude/settings.json"], texts[".claude/long.md"]
        assert "".join(settings) == f"{'{'}{' ' * 2500}hook{'}'}"
        assert len(settings) == 3
        assert long[-1] == "(100 more lines; git show HEAD:PATH has them)"
        assert next(name for name in texts if name.startswith(".claude/")) == ".claude/settings.json"
        await app.press("G")
        await app.sees("evil")
        assert all(char.isprintable() for line in screen_text(app.app) for char in line)


def test_what_threads_import_is_there_before_any_of_them_goes_on() -> None:
    """Two threads that import a package and a module of it can end in an error of Python's, which ended the screen."""
    code = """if True:
        import asyncio, sys
        from prdrunner_tui.tui import start
        def loaded():
            module = sys.modules.get("prdrunner_tui.tui.newrun")
            return module is not None and not module.__spec__._initializing
        async def main():
            assert not loaded()
            return await asyncio.gather(*(start._thread(loaded) for _ in range(4)))
        assert asyncio.run(main()) == [True] * 4
    """
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_esc_trusts_nothing(place: Place) -> None:
    async with begun(place) as app:
        await app.press("T")
        await app.on(TrustScreen)
        await app.sees("config.yaml")
        await app.press("escape")
        await app.on(StartScreen)
        assert app.app.home is not None
        assert not trusted(app.app.home.repo_id, inventory(place.root))


async def test_what_is_not_trusted_does_not_start(place: Place) -> None:
    async with begun(place) as app:
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("you have not trusted it", "T on the start screen", "halve", "Checks        not read")
        await app.press("y")
        await app.sees("it cannot start: ", "is not trusted")
        await app.to("field", "aside")
        await app.press("space")
        await app.sees("no agent is configured", "name one below")
        await app.press("y")
        await app.sees("it cannot start: no agent is configured")
        assert not app.app.home.state.registry.exists()  # type: ignore[union-attr]


async def test_a_run_is_chosen_started_and_opened_again(place: Place) -> None:
    assert place.run("trust").code == 0
    (place.root / "left.txt").write_text("mine\n")
    async with begun(place) as app:
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("Plan: 2 phases", "multiply", "command: sh agent.sh", "left out: left.txt")
        await app.to("field", "gate:before_implement")
        await app.press("space")
        await app.to("field", "budget")
        await app.sees("< $10.00 >")
        await app.press("h", "h")
        await app.sees("[x] before the agent implements", "< $2.00 >")
        # Nothing but y starts it, and only when what is shown is what was chosen.
        await app.press("enter", "h", "a", "1")
        await app.sees("< $2.00 >")
        await until(app.pilot, lambda: app.app.screen.prepared.wish == app.app.screen.wish)  # type: ignore[attr-defined]
        assert not isinstance(app.app.screen, Cockpit)
        await app.press("y")
        await app.on(Cockpit)
        await until(app.pilot, lambda: app.app.state.open_decisions())
        state = app.app.state
        assert state.run is not None
        assert state.open_decisions()[0].kind == "gate"
        assert state.run.settings.allowance.usd == 2.0
        run = state.run.id

        await app.press("g", "s")
        await app.on(StartScreen)
        await app.sees(run, "needs you")
        await app.press("escape")
        await app.on(Cockpit)
        await app.press("g", "r")
        await app.on(StartScreen)
        await app.to("run", run)
        await app.press("enter")
        await app.on(Cockpit)
        await until(app.pilot, lambda: app.app.state.run is not None)
        assert [type(screen) for screen in app.app.screen_stack[1:]] == [Cockpit]
    async with begun(place) as app:
        await app.press("n")
        await app.sees(f"{run} of this PRD is unfinished", "start another run")
        await app.press("escape")
        await app.on(StartScreen)
        await app.to("run", run)
        await app.press("enter")
        await app.on(Cockpit)
        await until(app.pilot, lambda: app.app.state.run is not None and app.app.state.run.id == run)


async def test_what_changed_since_it_was_shown_is_shown_again(place: Place) -> None:
    assert place.run("trust").code == 0
    async with begun(place) as app:
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("Plan: 2 phases")
        with (place.root / "docs/prd.md").open("a") as prd:
            prd.write("\n## F-3: Root\n\n- AC-3: root(9) is 3\n")
        await app.press("y")
        await app.sees("what would run changed since it was shown", "Plan: 3 phases")
        assert isinstance(app.app.screen, NewRunScreen)


async def test_a_saved_prd_is_read_by_itself(place: Place) -> None:
    assert place.run("trust").code == 0
    async with begun(place) as app:
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("Plan: 2 phases", "Checks        tests", "y start")
        prd = place.root / "docs/prd.md"
        whole = prd.read_text()
        prd.write_text(whole + "\n## F-3: Root\n\n- AC-3: root(9) is 3\n")
        await app.sees("Plan: 3 phases")
        prd.write_text("# Nothing\n")
        await app.sees("no feature found")
        assert "y start" not in app.text
        prd.write_text(whole)
        await app.sees("Plan: 2 phases", "y start")


async def test_over_a_run_the_bar_counts_what_waits_in_other_runs_too(place: Place) -> None:
    async with begun(place) as app:
        await app.sees("none yet in this repository")
        home, screen = app.app.home, app.app.screen
        assert home is not None and isinstance(screen, StartScreen)
        row = RunRow("run-7", "prd.md", "paused", "", 2, 0, 2, 0.0, 0, 1000.0, None, "", "", "prd.md", "{}")
        home.state.root.mkdir(parents=True, exist_ok=True)
        Registry(home.state.registry).put(row)
        await app.sees("! 2 wait for you   run-7, paused, 0/2")
        app.app.feed.state = sample_log().state()
        screen.refreshed()
        await app.sees("! 1 waits for you   review tags", "! 2 wait in run-7")
        bar = screen_text(app.app)[-2]
        assert len(bar) == 80 and bar.rstrip().endswith("! 2 wait in run-7")


async def test_a_new_run_keeps_the_branch_that_it_showed_first(place: Place) -> None:
    assert place.run("trust").code == 0
    async with begun(place) as app:
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("commits go to prdrunner/run-", "y start")
        screen: Any = app.app.screen
        first = screen.prepared.command.branch
        for key in ("l", "h"):
            await app.to("field", "budget")
            before = screen.prepared
            await app.press(key)
            await until(app.pilot, lambda before=before: screen.prepared is not before)
            assert screen.prepared.command.branch == first and first in app.text
        await app.press("r")
        await until(app.pilot, lambda: screen.prepared.command.branch == first)
        named = screen.prepared.command
        assert named.run in first and screen.prepared.preview.branch == first


async def test_the_keys_of_a_new_run_are_those_of_the_row(place: Place) -> None:
    assert place.run("trust").code == 0
    async with begun(place) as app:
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("y start  enter name an agent")
        await app.to("field", "aside")
        await app.sees("y start  space on or off")
        await app.press("question_mark")
        await app.sees("Keys here", "start the run as it is shown")
        rows = screen_text(app.app)
        assert rows[0].startswith("prdrunner ") and "opening the run" not in app.text
        assert rows[-2].startswith("· nothing waits for you")


async def test_files_that_are_trusted_are_no_likely_key(place: Place) -> None:
    async with begun(place) as app:
        await app.sees("T trust")
        assert place.run("trust").code == 0
        await app.press("r")
        await until(app.pilot, lambda: "T trust" not in app.text)
        await app.press("T")
        await app.sees("You trust these files as they are")


async def test_reading_again_sees_new_files(place: Place) -> None:
    assert place.run("trust").code == 0
    async with begun(place) as app:
        screen: Any = app.app.screen
        (place.root / "other.md").write_text("# O\n\n## F-1: A\n\n- AC-1: b\n")
        assert screen.act_list_refresh() == "looking again"
        await app.sees("other.md")
        await app.to("prd", "docs/prd.md")
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("left out: other.md")
        screen = app.app.screen
        (place.root / "new.txt").write_text("x\n")
        assert screen.act_list_refresh() == "reading again"
        await app.sees("take 2 uncommitted files along")


async def test_a_plain_command_line_is_an_agent_and_a_wrong_one_comes_back(place: Place) -> None:
    async with begun(place) as app:
        await app.press("n")
        await app.on(NewRunScreen)
        await app.to("field", "aside")
        await app.press("space")
        await app.sees("no agent is configured", "none: each phase will ask you")
        assert "y start" not in app.text
        await app.to("field", "worker")
        await app.press("enter", *"nosuchprogram", "space", "x", "enter")
        await app.sees("there is no agent 'nosuchprogram x'", "did you mean  command: nosuchprogram x")
        await app.press("enter")
        screen: Any = app.app.screen
        assert screen.entry.text == "nosuchprogram x"
        screen.entry.set_text("agent.sh")
        await app.press("enter")
        await app.sees("did you mean  sh agent.sh")
        await app.press("enter")
        screen.entry.set_text("sh agent.sh")
        await app.press("enter")
        await app.sees("< command: sh agent.sh >", "y start")
        await app.press("enter")
        assert screen.entry.text == "command: sh agent.sh"


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Programs of these names that do nothing, on PATH."""
    programs = folder / "bin"
    programs.mkdir()
    for name in names:
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")


async def test_the_only_agent_that_is_installed_is_taken(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(place.root / ".prd_runner")
    install(tmp_path, monkeypatch, "qwen")
    async with begun(place) as app:
        await app.sees("qwen           installed, h/l in a new run chooses it")
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("< qwen >   the only one found; enter names another", "y start")
        screen: Any = app.app.screen
        assert {choice.label for choice in screen.prepared.command.settings.workers.values()} == {"qwen"}
        await app.press("enter")
        assert screen.entry.text == "", "what is typed is the whole name"
        await app.press(*"claude-agent-acp", "enter")
        await app.sees("< claude-agent-acp >")


async def test_of_several_agents_that_are_installed_a_person_chooses(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, "qwen", "claude-agent-acp", "gemini")
    async with begun(place) as app:
        await app.sees("claude-agent-acp", "qwen ", "gemini           installed")
        assert "use it as a command line" not in app.text, "gemini is told once"
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("not read")
        assert "h/l chooses" not in app.text, "what is not trusted may configure another one"
        await app.to("field", "aside")
        await app.press("space")
        await app.sees("h/l on the row Agent chooses one", "h/l chooses one")
        await app.press("y")
        await app.sees("it cannot start: no agent is configured")
        await app.to("field", "worker")
        await app.press("h")
        await app.sees("< qwen >", "y start")


async def test_while_an_agent_is_typed_the_bar_says_how_to_get_at_its_keys(place: Place) -> None:
    async with begun(place) as app:
        home = app.app.home
        assert home is not None
        waits = RunLine("run-1", "prd.md", "needs you", 2, 1, 0.0, 0, 0.0, False, 1)
        home.facts = replace(home.facts, runs=[waits])
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("I open it")
        await app.to("field", "worker")
        await app.press("enter")
        await app.sees("esc, then I")
        assert "I open it" not in app.text
        await app.press("escape")
        await app.sees("I open it")


async def test_the_agent_of_the_last_run_comes_first(place: Place) -> None:
    told = ("run", "--prd-file", "docs/prd.md", "--ignore-repo-config", "--detach")
    assert place.run(*told, "--worker", "command: sh agent.sh").code == 0
    async with begun(place) as app:
        await app.press("n")
        await app.on(NewRunScreen)
        await app.to("field", "aside")
        await app.press("space")
        await app.sees("< command: sh agent.sh >   as in the last run")
        await app.to("field", "another")
        await app.press("space")
        await app.sees("y start")


async def test_a_refusal_names_what_to_do_here(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    assert place.run("trust").code == 0

    async def refused(outlook: object, command: object) -> None:
        raise Problem("no", where=f"{place.root}/docs/prd.md:1", hint="look: prdrunner trust --show", code=5)

    monkeypatch.setattr(newrun, "start", refused)
    shown = await newrun.look_at(place.root, Wish("docs/prd.md"))
    with pytest.raises(Problem) as caught:
        await newrun.begin(place.root, shown)
    assert (caught.value.where, caught.value.hint) == ("docs/prd.md:1", "T on the start screen looks at it")


def test_what_a_typed_agent_means() -> None:
    known = {"sh", "claude"}
    assert agent_meant("fast", ["fast"], known.__contains__) == "fast"
    assert agent_meant("claude -p", [], known.__contains__) == "command: claude -p"
    assert agent_meant("A=1 sh 'x y'", [], known.__contains__) == "command: A=1 sh 'x y'"
    assert agent_meant("command: nosuch", [], known.__contains__) == "command: nosuch"
    assert agent_meant("sh 'open", [], known.__contains__) == "command: sh 'open"
    for text, hint in (("fst", "did you mean fast?"), ("nosuch -x", "did you mean  command: nosuch -x")):
        with pytest.raises(Problem) as refused:
            agent_meant(text, ["fast"], known.__contains__)
        assert refused.value.hint == hint


async def test_an_agent_is_typed(place: Place) -> None:
    async with begun(place) as app:
        await app.press("n")
        await app.on(NewRunScreen)
        await app.to("field", "aside")
        await app.press("space")
        await app.sees("no agent is configured")
        await app.to("field", "worker")
        await app.press("enter", *"command", "colon", "space", *"true", "enter")
        await app.sees("< command: true >")
        await until(app.pilot, lambda: "no agent is configured" not in app.text)


async def test_a_prd_that_is_gone_is_one_line(place: Place) -> None:
    async with begun(place) as app:
        (place.root / "docs/prd.md").unlink()
        await app.press("n")
        await app.sees("docs/prd.md: there is no such file any more")
        await app.press("y")
        await app.sees("it cannot start: there is no such file any more")


async def test_a_run_that_cannot_be_opened_leads_back(place: Place) -> None:
    async with begun(place) as app:
        app.app.show_run(target_of(place.root, "run-none"))
        await app.on(Cockpit)
        await app.on(StartScreen)
        await app.sees("run-none")


async def test_the_demo_plays_on_a_copy(place: Place) -> None:
    async with begun(place) as app:
        await app.to("demo")
        await app.press("enter")
        await app.on(Cockpit)
        await until(app.pilot, lambda: app.app.state.run is not None)
        assert app.app.repo == "demo-todo"
        assert (place.home / "data/prdrunner/demo-todo/todo").is_dir()
        assert place.git("status", "--porcelain") == ""
        run = app.app.target.run
    async with begun(place) as app:
        await app.to("demo")
        await app.press("enter")
        await app.on(Cockpit)
        await until(app.pilot, lambda: app.app.state.run is not None)
        assert (app.app.repo, app.app.target.run) == ("demo-todo", run)


async def test_only_files_with_features_are_prds(place: Place) -> None:
    root = place.root
    for name, text in {
        "README.md": "# It\n\nwords\n\n## Install\n\nwords\n",
        "broken.MD": "# P\n\n## F-1: A\n\nDepends on: F-2\n\n## F-2: B\n\nDepends on: F-1\n",
        "node_modules/x/prd.md": "# P\n\n## F-1: A\n\n- AC-1: b\n",
        ".hidden/prd.md": "# P\n\n## F-1: A\n\n- AC-1: b\n",
        "empty.md": "",
        ".gitignore": "node_modules/\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "link.md").symlink_to("docs/prd.md")
    (root / "binary.md").write_bytes(b"\0\xff\0")
    found = await find_prds(root)
    assert {prd.path for prd in found.prds} == {"docs/prd.md", "broken.MD"}
    assert next(prd for prd in found.prds if prd.path == "broken.MD").problem.startswith("cycle")
    assert found.others == 4
    assert not found.cut


def test_the_search_is_bounded(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prdscan, "MOST_FILES", 1)
    assert look_into(place.root, ["docs/prd.md", "z/b.md"]).cut
    monkeypatch.setattr(prdscan, "MOST_FILES", 400)
    monkeypatch.setattr(prdscan, "MOST_SECONDS", -1.0)
    assert look_into(place.root, ["docs/prd.md"]) == ([], 0, True)


def test_guessed_features_count_where_nothing_is_sure(place: Place) -> None:
    (place.root / "README.md").write_text("# It\n\n## Install\n\nwords\n\n## Use\n\nwords\n")
    (alone,) = look_into(place.root, ["README.md"]).prds
    assert alone.path == "README.md"
    assert [prd.path for prd in look_into(place.root, ["README.md", "docs/prd.md"]).prds] == ["docs/prd.md"]


def test_a_wish_is_what_a_command_line_can_say() -> None:
    wish = Wish("p.md", "fast", {"before_commit": False, "before_implement": True}, 0.0, True, True)
    options = options_of(wish)
    assert options.overrides == {"approval_gates.gates.before_commit.enabled": False, "budget.usd": None}
    assert (options.worker, options.gates) == ("fast", ("before_implement",))
    assert options.take_along and not options.use_repo_config
    assert options_of(Wish("p.md")).overrides == {}


async def test_looking_never_holds_the_loop(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(root: Path, names: list[str]) -> Any:
        loop.call_soon_threadsafe(waiting.set)
        asyncio.run_coroutine_threadsafe(seen.wait(), loop).result(20)
        return prdscan.Found()

    seen = asyncio.Event()
    monkeypatch.setattr(prdscan, "look_into", slow)
    home = Home(place.root)
    told: list[object] = []
    task = asyncio.create_task(home.look(lambda: told.append(home.facts.found)))
    await asyncio.wait_for(waiting.wait(), 20)
    # The loop runs while files are read, and the other parts are told before.
    assert told == [None]
    assert home.facts.runs == []
    seen.set()
    await task
    assert home.facts.found == prdscan.Found()


def test_alone_on_no_terminal_prints_the_help(place: Place) -> None:
    said = place.run()
    assert said.code == 0
    assert said.out.startswith("Usage: prdrunner") and "tui" in said.out
    assert not on_terminal()


def test_outside_a_repository_is_one_line(place: Place, tmp_path: Path) -> None:
    said = place.run("tui", "--project-dir", str(tmp_path))
    assert said.code == 2
    assert said.problem[0] == f"error: {tmp_path}: this is not a git work tree"


async def test_what_cannot_be_read_is_a_line(place: Place) -> None:
    home = Home(place.root)
    home.state.root.mkdir(parents=True)
    home.state.registry.write_text("no database")
    config = place.root / ".prd_runner/config.yaml"
    config.unlink()
    config.symlink_to("/etc/hostname")
    async with begun(place) as app:
        await app.sees("the list of runs cannot be read", "is a symbolic link that leads out")
        await app.press("T")
        await app.on(TrustScreen)
        await app.sees("is a symbolic link that leads out")
        await app.press("y")
        await app.sees("nothing is shown yet")
        await app.press("escape")
        await app.on(StartScreen)
        await app.press("n")
        await app.on(NewRunScreen)
        await app.sees("the list of runs cannot be read")


async def test_taken_along_is_what_was_listed(place: Place) -> None:
    assert place.run("trust").code == 0
    (place.root / "mine.txt").write_text("mine\n")
    async with begun(place) as app:
        await app.press("n")
        await app.on(NewRunScreen)
        await app.to("field", "take_along")
        await app.press("space")
        await app.sees("[x] take 1 uncommitted file along")
        screen: Any = app.app.screen
        await until(app.pilot, lambda: screen.prepared.wish == screen.wish)
        (place.root / "secret.txt").write_text("not listed\n")
        await app.press("y")
        await app.sees("what would run changed since it was shown", "take 2 uncommitted files along")
        assert app.app.screen is screen
        await app.press("y")
        await app.on(Cockpit)
        await until(app.pilot, lambda: app.app.state.run is not None)


async def test_without_a_run_no_screen_of_one_opens(place: Place) -> None:
    async with begun(place) as app:
        for letter in "pitfcmb":
            await app.press("g", letter)
            await app.sees("no run is shown")
            await app.on(StartScreen)
            await app.press("j")
        await app.press("g", "z")
        await app.sees("z is no screen")
        await app.press("colon", *"metrics", "enter")
        await app.sees("metrics: no run is shown")


async def test_a_new_run_is_offered_where_there_is_a_prd(place: Place) -> None:
    async with begun(place) as app:
        await app.sees("n new run  ")
        (place.root / "docs/prd.md").unlink()
        await app.press("r")
        await until(app.pilot, lambda: "n new run  " not in app.text)
        await app.press("n")
        await app.sees("there is no PRD here")


async def test_trust_is_offered_where_there_is_something_to_trust(place: Place) -> None:
    async with begun(place) as app:
        await app.sees("T trust")
        shutil.rmtree(place.root / ".prd_runner")
        await app.press("r")
        await until(app.pilot, lambda: "T trust" not in app.text)
        await app.press("T")
        await app.sees("this repository brings nothing that needs trust")


async def test_runs_are_told_as_they_go_on(place: Place) -> None:
    async with begun(place) as app:
        await app.sees("none yet in this repository")
        home, screen = app.app.home, app.app.screen
        assert home is not None and isinstance(screen, StartScreen)
        row = RunRow("run-7", "prd.md", "running", "", 2, 0, 0, 0.0, 0, 1000.0, None, "", "", "prd.md", "{}")
        home.state.root.mkdir(parents=True, exist_ok=True)
        Registry(home.state.registry).put(row)
        await app.sees("run-7 running", "0/2")
        cursor, painted = screen.view.cursor_key, []
        screen.refreshed = lambda: painted.append(1)  # type: ignore[method-assign]
        assert not await home.look_at_runs() and not painted, "nothing is painted where nothing changed"
        del screen.refreshed
        Registry(home.state.registry).put(replace(row, status="needs you", done=1, waiting=1))
        await app.sees("run-7 needs you", "1 waits for you", "1/2")
        assert screen.view.cursor_key == cursor
