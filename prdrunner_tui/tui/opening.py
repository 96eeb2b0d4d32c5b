"""Actions of the app that open a screen, or leave the last one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from itertools import takewhile
from typing import TYPE_CHECKING, Any, cast

from prdrunner_tui.tui.rows.inboxbar import open_now
from prdrunner_tui.tui.rows.pausing import at_work
from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.frame import Frame
from prdrunner_tui.tui.span import words
from prdrunner_tui.tui.widgets.entry import Entry

if TYPE_CHECKING:
    from prdrunner_tui.tui.app import CockpitApp

_SCREENS: Mapping[str, tuple[str, str]] = {
    "start": ("start", "StartScreen"),
    "decision": ("decision", "DecisionScreen"),
    "chat": ("chat", "ChatScreen"),
    "inbox": ("lists", "InboxScreen"),
    "help": ("lists", "HelpScreen"),
    "plan": ("plan", "PlanScreen"),
    "checkpoints": ("checkpoints", "CheckpointsScreen"),
    "failure": ("failure", "FailureScreen"),
    "numbers": ("metrics", "MetricsScreen"),
    "breakpoints": ("breakpoints", "BreakpointsScreen"),
    "transcript": ("transcript", "TranscriptScreen"),
    "palette": ("palette", "PaletteScreen"),
    "why": ("why", "WhyScreen"),
    "leave": ("leave", "LeaveScreen"),
    "stop": ("stopping", "StopPhaseScreen"),
}
"""The place of a screen -> its module and class."""

_PRELOAD = 1.5
"""Seconds after the start from which modules of other screens are imported, one at a time: then they open at once, and
none of another version after an upgrade."""


def make(place: str, *arguments: object) -> Any:
    """A screen by its place. Its module is imported when it is first shown: the first frame needs one screen only."""
    module, name = _SCREENS[place]
    return getattr(import_module(f"prdrunner_tui.tui.screens.{module}"), name)(*arguments)


def load_rest() -> Iterator[None]:
    """Import the modules of all screens, one for each step."""
    for module in dict.fromkeys(module for module, _ in _SCREENS.values()):
        import_module(f"prdrunner_tui.tui.screens.{module}")
        yield


GOES_TO: Mapping[str, str] = {
    "go.plan": "plan",
    "go.inbox": "inbox",
    "go.transcript": "transcript",
    "go.failure": "failure",
    "go.checkpoints": "checkpoints",
    "go.metrics": "numbers",
    "go.breaks": "breakpoints",
    "go.runs": "start",
    "go.start": "start",
}
"""The actions that go to a screen, and its place."""


class Opening:
    """What `CockpitApp` can show of where a person is."""

    def show(self, place: str, *arguments: object) -> None:
        """Put a screen on top, unless it is there already; its last words go into the rule of the one below.

        One that lies below goes away with what lies on it: the way back is never longer than the screens are many.
        """
        app = self._app
        if app.top is None or app.top.place == place:
            return
        above = list(takewhile(lambda screen: not isinstance(screen, Cockpit), reversed(app.screen_stack)))
        places = [screen.place if isinstance(screen, Frame) else "" for screen in above]
        for _ in range(places.index(place) + 1 if place in places and place != "start" else 0):
            app.pop_screen()
        app.push_screen(make(place, *arguments), self._told)

    def _told(self, result: object) -> None:
        if isinstance(result, str) and self._app.top is not None:
            self._app.top.say(words(result))

    async def open_decision(self, id: str) -> None:
        """Show a decision."""
        if id in self._app.state.decisions:
            self.show("decision", id)

    def open_failure(self, phase: str) -> None:
        """What failed in a phase."""
        self.show("failure", phase)

    def go_to(self, action: str) -> str:
        """The screen of an action ``go.*``; the reason where it shows none."""
        app, place = self._app, GOES_TO[action]
        if app.top is not None and app.top.place == place:
            return "you are there"
        if place == "start" and app.home is None:
            return "this shows one run only"
        about = {"start": (app.home,), "transcript": (self.phase_here(),)}
        self.show(place, *about.get(place, ()))
        return ""

    async def act_inbox_oldest(self) -> str | None:
        """Open what waits longest; from a decision the one after it."""
        app = self._app
        waiting = [decision.id for decision in open_now(app.state)]
        here = app.top.decision_here() if app.top is not None else ""
        if not here:
            await self.open_decision(waiting[0])
            return None
        after = waiting.index(here) + 1 if here in waiting else 0
        others = [id for id in (*waiting[after:], *waiting[:after]) if id != here]
        if not others:
            return "nothing else waits for you"
        app.screen.dismiss(None)
        await self.open_decision(others[0])
        return None

    def act_inbox_list(self) -> None:
        """Everything that waits."""
        self.show("inbox")

    def act_help_open(self) -> None:
        """The keys that work here."""
        screen = self._app.top
        if screen is not None and screen.place != "help":
            self._app.push_screen(make("help", screen), self._picked_on(screen))

    def act_palette_open(self) -> None:
        """Find an action by its words; it is done on the screen on which this was opened."""
        app, screen = self._app, self._app.top
        if screen is None or screen.place == "palette":
            return

        app.push_screen(make("palette", screen), self._picked_on(screen))

    def _picked_on(self, screen: Frame) -> Callable[[object], None]:
        """Does an action that was picked from a list of them, on the screen on which it was opened."""

        def picked(id: object) -> None:
            if isinstance(id, str) and id:
                screen.say(())
                screen.call_later(screen.do, self._app.keymap.get(id))

        return picked

    def act_phase_message(self) -> None:
        """Write to the agent of the phase here."""
        self.act_layout_chat()

    def act_layout_chat(self) -> None:
        """What was said in the phase here, with a field below."""
        phase = self.phase_here()
        self.show("chat", phase)
        self._app.want_sayings(phase)

    def act_phase_transcript(self) -> None:
        """All that the newest step of the phase here put out."""
        self.show("transcript", self.phase_here())

    def act_phase_stop(self) -> None:
        """Ask whether the phase here is stopped."""
        self.show("stop", self.phase_here())

    def act_why_open(self) -> str | None:
        """Why the phase or the decision here waits."""
        top = self._app.top
        decision = top.decision_meant() if top is not None else ""
        phase = "" if decision else self.phase_here()
        if not phase and not decision:
            return "no phase here"
        self.show("why", phase, decision)
        return None

    def act_app_leave(self) -> None:
        """Ask how to leave while something runs or waits for a person; else leave."""
        app, state = self._app, self._app.state
        run = state.run
        if run is not None and app.connection is None and (run.status == "running" or at_work(state)):
            if app.top is not None and app.top.place != "leave":
                app.push_screen(make("leave"), self._left)
        elif run is not None and run.status in ("paused", "stopped"):
            self._left(f"is {run.status}; go on: prdrunner resume{app.target.aside}")
        else:
            app.exit(return_code=0)

    async def load_rest(self) -> None:
        """Import what is not shown yet, while nobody waits for it."""
        await asyncio.sleep(_PRELOAD)
        for _ in load_rest():
            await asyncio.sleep(0.1)

    def _left(self, result: object) -> None:
        run = self._app.state.run
        if isinstance(result, str) and result and run is not None:
            self._app.leave(f"{run.id} {result}")

    def act_app_interrupt(self) -> str:
        """Empty the field that has the keys; where there is none, or it is empty, say how to leave."""
        leaves = self._app.keymap.key("app.leave")
        if not isinstance(self._app.focused, Entry):
            return f"{leaves} leaves"
        if self._app.focused.clear():
            return "emptied; up brings it back"
        return f"{self._app.keymap.key('nav.back')}, then {leaves} leaves"

    def phase_here(self) -> str:
        """The phase that the screen is about: under the cursor, or of its decision; of a failure the one that failed.

        On other screens it is that of the cockpit below. Empty when there is none.
        """
        app = self._app
        decision = app.state.decisions.get(app.top.decision_meant()) if app.top is not None else None
        if decision is not None:
            return decision.phase
        frames = (screen for screen in reversed(app.screen_stack) if isinstance(screen, Frame))
        return next(filter(None, (screen.phase_here() for screen in frames)), "")

    @property
    def _app(self) -> CockpitApp:
        return cast("CockpitApp", self)
