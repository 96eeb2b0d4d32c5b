"""The start screen, and the look at what a repository would run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.panes.rowspane import RowsView
from prdrunner_tui.tui.rows.keyrow import key_row
from prdrunner_tui.tui.rows.scene import Row, note
from prdrunner_tui.tui.rows.start import (
    Brought,
    RunLine,
    problem_rows,
    start_rows,
    trust_rows,
    unfinished,
    waiting_runs,
)
from prdrunner_tui.tui.screens.homeframe import HomeFrame
from prdrunner_tui.tui.screens.newrun import NewRunScreen
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.pane import Pane, Title

if TYPE_CHECKING:
    from prdrunner_tui.tui.start import Home


_RUNS_AGAIN = 2.0
"""Seconds after which the list of runs is read again; nothing is painted unless it says something else."""


class StartScreen(HomeFrame):
    """What one can begin or go on with in a repository."""

    place = "start"

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.view = RowsView(self._rows, place="start")
        self.pane = Pane(self.view, title=Title((sanitize("Start"),)))
        self.problem: Problem | None = None
        self._placed = False
        self._busy = False

    def on_screen_resume(self) -> None:
        """It is on top, for the first time or again: runs and files may be others now."""
        self.run_worker(self.home.look(self._came), exclusive=True, group="look")

    def on_mount(self) -> None:
        """Runs go on while they are looked at."""
        self.set_interval(_RUNS_AGAIN, self._look_at_runs)

    def _look_at_runs(self) -> None:
        if self.cockpit.top is self and self.home.facts.runs is not None:
            self.run_worker(self._read_runs(), exclusive=True, group="runs")

    async def _read_runs(self) -> None:
        if await self.home.look_at_runs() and self.is_mounted:
            self.refreshed()

    def fail(self, problem: Problem | None) -> None:
        """Show why what was asked for did not happen; None takes it away."""
        self.problem = problem
        self.refreshed()
        if problem is not None:
            self.view.move_to(0)

    async def on_line_view_opened(self) -> None:
        """Do what the row offers."""
        key = self.view.cursor_key
        kind, *rest = key if isinstance(key, tuple) else ("",)
        if self._busy:
            return
        self.fail(None)
        if kind == "run":
            self.cockpit.show_run(self.home.target(str(rest[0])))
        elif kind == "prd":
            self.act_list_new()
        elif kind == "trust":
            self.act_app_trust()
        elif kind == "demo":
            self._busy = True
            self.say(words("copying the sample and starting the demo", "muted"))
            self.run_worker(self._demo(), group="demo")

    def not_now(self, action: str) -> str:
        """A run that waits can be opened, though no run is shown; trust needs something to look at."""
        if action == "app.trust":
            return self._no_trust()
        if action == "inbox.list" and self.cockpit.state.run is None:
            return "no run is shown"
        if action == "list.new":
            return self._no_prd()
        run = self._waiting()
        return "" if action == "inbox.oldest" and run is not None else super().not_now(action)

    def _no_prd(self) -> str:
        """Why there is no PRD to begin from, or not yet."""
        if self.home.facts.found is None and "prds" not in self.home.facts.problems:
            return "still reading what is here"
        return "" if self._prds() else "there is no PRD here"

    def _no_trust(self) -> str:
        """Why there is nothing to trust, or not yet."""
        brought = self.home.facts.brought
        if brought is None and "trust" not in self.home.facts.problems:
            return "still looking"
        return "this repository brings nothing that needs trust" if brought and not brought.files else ""

    async def act_inbox_oldest(self) -> None:
        """Open what waits longest; of another run the run."""
        run = self._waiting()
        if run is None:
            await self.cockpit.act_inbox_oldest()
        else:
            self.cockpit.show_run(self.home.target(run.run))

    def _waiting(self) -> RunLine | None:
        """The run that waits for a person, where none is shown."""
        waiting = waiting_runs(self.home.facts)
        return waiting[0] if waiting and self.cockpit.state.run is None else None

    def key_line(self, width: int) -> Line:
        """The key row: files that are trusted already can be looked at, but nobody needs to."""
        if self.menu:
            return super().key_line(width)
        app, labels = self.cockpit, self.labels()
        return key_row(
            self.footer_place(), app.keymap, width, app.scene, labels=labels, not_now=self._not_needed
        )

    def _not_needed(self, action: str) -> str:
        brought = self.home.facts.brought
        trusted = action == "app.trust" and brought is not None and brought.trusted
        return "you trust it already" if trusted else self.not_now(action)

    def footer_place(self) -> str:
        """On a run, and on the demo, opening it is the likeliest."""
        key = self.view.cursor_key
        opens = isinstance(key, tuple) and key[0] in ("run", "demo")
        return "start.run" if opens else super().footer_place()

    def on_line_view_moved(self) -> None:
        """Other keys are the likeliest elsewhere."""
        self.show_keys()

    def labels(self) -> Mapping[str, str]:
        """What is new here is a run."""
        return {"list.new": "new run"}

    def act_list_new(self) -> str | None:
        """A new run from the PRD under the cursor, or from the only one."""
        key, prds = self.view.cursor_key, self._prds()
        here = str(key[1]) if isinstance(key, tuple) and key[0] == "prd" else ""
        if not here and len(prds) != 1:
            return "move to a PRD first" if prds else self._no_prd()
        self.cockpit.push_screen(NewRunScreen(self.home, here or prds[0]), self._told)
        return None

    def act_list_refresh(self) -> str | None:
        """Look at the repository again: files, runs, agents."""
        self.fail(None)
        self.run_worker(self.home.look(self._came), exclusive=True, group="look")
        return "looking again"

    def act_app_trust(self) -> None:
        """Look at what the repository would run."""
        self.cockpit.push_screen(TrustScreen(self.home), self._told)

    def act_nav_back(self) -> str | None:
        """Back to the run, where one is below."""
        if self.cockpit.state.run is None:
            return f"this is the top; {self.cockpit.keymap.key('app.leave')} leaves"
        self.dismiss(None)
        return None

    def _told(self, result: object) -> None:
        if isinstance(result, str):
            self.say(words(result))

    async def _demo(self) -> None:
        try:
            target = await self.home.demo()
        except Problem as problem:
            self.say(())
            self.fail(problem)
        else:
            self.cockpit.show_run(target)
        finally:
            self._busy = False

    def _came(self) -> None:
        if not self.is_mounted:
            return
        self.refreshed()
        facts, prds = self.home.facts, self._prds()
        run = unfinished(facts)
        if self._placed or (facts.runs is None and "runs" not in facts.problems):
            return
        if run is not None:
            self._placed = self.view.move_to_key(("run", run.run))
        elif prds:
            self._placed = self.view.move_to_key(("prd", prds[0]))

    def _prds(self) -> list[str]:
        found = self.home.facts.found
        return [prd.path for prd in found.prds] if found is not None else []

    def _rows(self, width: int) -> Sequence[Row]:
        scene = self.cockpit.scene
        rows = start_rows(self.home.facts, width, scene)
        return [*problem_rows("asked", self.problem, width, scene), *rows] if self.problem else rows


class TrustScreen(HomeFrame):
    """What a repository brings that could run, all of it; y trusts exactly this."""

    place = "trust"
    decides = True
    confirms = "trust these files as they are"

    def __init__(self, home: Home) -> None:
        super().__init__(home)
        self.view = RowsView(
            self._rows, place="list", empty=note(" reading what the repository brings"), cursor=False
        )
        self.pane = Pane(self.view, title=Title((sanitize("Trust"), sanitize("what this repository brings"))))
        self.shown: Brought | None = None
        self.texts: Sequence[tuple[str, Sequence[str]]] = ()
        self.problem: Problem | None = None

    def on_mount(self) -> None:
        """Read the files."""
        self.run_worker(self._read(), exclusive=True, group="read")

    def key_line(self, width: int) -> Line:
        """What y does."""
        scroll = ("nav.down nav.up", "scroll")
        if self.shown is not None and self.shown.trusted:
            return self.keys_line(width, scroll, ("nav.back", "back"))
        back = ("nav.back", "back, not trusted")
        return self.keys_line(width, ("decide.confirm", "trust these files"), scroll, back)

    async def act_decide_confirm(self) -> str | None:
        """Trust what is shown."""
        if self.shown is None:
            return "nothing is shown yet"
        if self.shown.trusted:
            return "you trust it already"
        try:
            await self.home.trust(self.shown)
        except Problem as problem:
            await self._read()
            self.problem = problem
            self.refreshed()
            return None
        self.home.facts = replace(self.home.facts, brought=self.shown._replace(trusted=True))
        self.dismiss("trusted; asked again when one of these files changes")
        return None

    async def _read(self) -> None:
        try:
            self.shown, self.texts = await self.home.contents()
            self.problem = None
            self.be_deaf()
        except Problem as problem:
            self.shown, self.problem = None, problem
        if self.is_mounted:
            self.refreshed()

    def _rows(self, width: int) -> Sequence[Row]:
        scene = self.cockpit.scene
        rows = problem_rows("trust", self.problem, width, scene) if self.problem is not None else []
        return rows if self.shown is None else [*rows, *trust_rows(self.shown, self.texts, width, scene)]
