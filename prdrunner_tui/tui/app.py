"""The cockpit: one app, one run on screen, and the engine reached through `Feed`."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from prdrunner_tui.kernel.commands import Command, Refusal
from prdrunner_tui.kernel.state import Actor, Decision, RunState
from prdrunner_tui.projections.changed import changed_trees
from prdrunner_tui.projections.history import RunFacts, earlier_seconds, facts_from_json, remaining
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui import clipboard, private
from prdrunner_tui.tui.actions import VERBS
from prdrunner_tui.tui.alerts import Wanted, wanted
from prdrunner_tui.tui.crash import run_app
from prdrunner_tui.tui.depth import depth_of
from prdrunner_tui.tui.driver import CockpitDriver
from prdrunner_tui.tui.feed import Feed
from prdrunner_tui.tui.glyphs import Glyphs, wants_ascii
from prdrunner_tui.tui.inturn import InTurn
from prdrunner_tui.tui.keymap import Keymap, load_keymap, user_file
from prdrunner_tui.tui.live import Live
from prdrunner_tui.tui.logbook import LogBook
from prdrunner_tui.tui.opening import Opening, make
from prdrunner_tui.tui.remember import Memory
from prdrunner_tui.tui.rows.difflines import Patch
from prdrunner_tui.tui.rows.header import Connection
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.rows.words import refusal_words
from prdrunner_tui.tui.sayings import Sayings
from prdrunner_tui.tui.screens.cockpit import Cockpit
from prdrunner_tui.tui.screens.frame import Frame
from prdrunner_tui.tui.skin import Skin
from prdrunner_tui.tui.themefile import DEFAULT, load_theme
from prdrunner_tui.wire.client import EngineClient

if TYPE_CHECKING:
    from textual.worker import WorkType

    from prdrunner_tui.tui.start import Home
    from prdrunner_tui.tui.target import Target

_LOOK_AGAIN = 1.0
_ANSWER = 3.0
"""Seconds after which an engine that does not answer is told of; it may take the command all the same."""


class CockpitApp(Opening, InTurn, inherit_bindings=False):
    """The app. Screens ask it for the state, the scene and the keymap, and give it commands."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init__(
        self, target: Target, skin: Skin, keymap: Keymap, *, home: Home | None = None, driver: Any = None
    ) -> None:
        super().__init__(driver_class=driver, ansi_color=True)
        self.skin = skin
        self.keymap = keymap
        self._verb_keys = {action.id: keymap.key(action.id) for action in keymap.actions}
        self._verb_keys |= {verb: keymap.key(id) for verb, id in VERBS.items()}
        self.home = home
        self.me = Actor("person", getpass.getuser())
        self.last_word = ""
        self.memory = Memory(target.memory)
        self.wanted = Wanted()
        self._aim(target)

    def _aim(self, target: Target) -> None:
        """Let everything be about another run."""
        self.repo = target.repo
        self.target = target
        self.live = Live(self)
        self.feed = Feed(target.connect, target.run, self.live.changed, time.time)
        self.book = LogBook(self.feed.ask, self.live.output_came)
        self.sayings = Sayings(self.feed.ask, self.live.words_came)
        self.earlier: tuple[RunFacts, ...] | None = None
        """The runs of this repository that ended before, newest first; None until they are known."""
        self.drafts: dict[str, str] = {}
        """What was begun and not sent, by the purpose of its field; it outlives the screen of the field."""

    @property
    def state(self) -> RunState:
        """The state of the run."""
        return self.feed.state

    @property
    def top(self) -> Frame | None:
        """The screen that is seen; None before the first one and after the last one."""
        shown = self.screen_stack[-1] if self.screen_stack else None
        return shown if isinstance(shown, Frame) else None

    @property
    def scene(self) -> Scene:
        """The present and the glyphs."""
        still = not self.live.working
        return Scene(time.time(), self.skin.glyphs, self.me, still=still, verb_keys=self._verb_keys)

    @property
    def left(self) -> tuple[float, float] | None:
        """The least and the most seconds that the run may still take, by its own phases and by earlier runs."""
        earlier = earlier_seconds(self.earlier or (), self.state)
        return remaining(self.state, time.time(), earlier=earlier)

    def ask_earlier(self) -> None:
        """Ask the engine for the facts of earlier runs."""

        async def ask() -> None:
            feed, answer = self.feed, await self.feed.ask("history", {})
            if feed is self.feed and not isinstance(answer, Refusal):
                self.earlier = facts_from_json(answer)
                self.live.changed(frozenset(("state",)))

        work: WorkType[None] = ask
        self.run_worker(work, exclusive=True, group="history")

    @property
    def connection(self) -> Connection | None:
        """Set while the engine does not answer."""
        feed = self.feed
        if feed.gone_since is not None:
            return Connection("gone", feed.gone_since, feed.gone_why)
        return Connection("silent", feed.silent_since) if feed.silent_since is not None else None

    async def on_mount(self) -> None:
        """Show the cockpit, then reach the engine; without a run, the start screen."""
        self.set_interval(1, lambda: self.live.tick())
        self.run_worker(self._ask_what_is_wanted(), group="wanted")
        self.run_worker(self.load_rest(), group="rest")
        if self.target.run or self.home is None:
            await self._show_target()
        else:
            await self.push_screen(make("start", self.home))

    async def _ask_what_is_wanted(self) -> None:
        self.wanted = await wanted()

    async def _show_target(self) -> None:
        await self.push_screen(Cockpit())
        self.run_worker(self._reach(), exclusive=True, group="engine")
        self.run_worker(self.book.read(), exclusive=True, group="log")
        self.run_worker(self.sayings.read(), exclusive=True, group="sayings")

    def show_run(self, target: Target) -> None:
        """Show another run, in place of all that is on the screen."""
        self.run_worker(self._switch(target), exclusive=True, group="switch")

    async def _switch(self, target: Target, problem: Problem | None = None) -> None:
        self.workers.cancel_group(self, "engine")
        self.workers.cancel_group(self, "log")
        self.workers.cancel_group(self, "sayings")
        await self.feed.close()
        self._aim(target)
        with self.batch_update():
            while len(self.screen_stack) > 1:
                await self.pop_screen()
            if target.run or self.home is None:
                await self._show_target()
            else:
                start = make("start", self.home)
                await self.push_screen(start)
                start.fail(problem)
        self.live.name_window()

    def leave(self, word: str) -> None:
        """End the cockpit with a last word, which stands in the terminal then."""
        self.last_word = word
        self.exit(return_code=0)

    def _not_reached(self, problem: Problem) -> None:
        """Leave with the reason, or go back to the start screen, which shows it."""
        if self.home is None:
            self.exit(return_code=problem.code, message=str(problem))
        else:
            self.run_worker(
                self._switch(replace(self.target, run=""), problem), exclusive=True, group="switch"
            )

    async def _reach(self) -> None:
        try:
            refused = await self.feed.open()
        except Problem as problem:
            self._not_reached(problem)
            return
        if refused is not None:
            hint = "" if self.home is not None and "prdrunner " in refused.hint else refused.hint
            self._not_reached(Problem(refused.message, hint=hint, code=4))
            return
        self.live.changed(frozenset(("state", "output")))
        for screen in self.screen_stack:
            if isinstance(screen, Cockpit):
                screen.arrived()
        self.ask_earlier()
        await self._follow()

    async def _follow(self) -> None:
        """Take news; when the engine is gone, look until another terminal has started one."""
        while True:
            await self.feed.follow()
            if not await self._find():
                return

    async def _find(self) -> bool:
        """Look until another terminal has started an engine, and take that one; false where it cannot be looked for."""
        if self.target.find is None:
            return False
        client = None
        while client is None:
            await asyncio.sleep(_LOOK_AGAIN)
            client = await self.target.find()
        if await self._take_up(client) is not None:
            return False
        self.live.output_came()
        return True

    async def _take_up(self, client: EngineClient) -> Refusal | None:
        async def found() -> EngineClient:
            return client

        try:
            return await self.feed.reconnect(found)
        except Problem as problem:
            return Refusal("not_now", str(problem))

    async def act_run_reconnect(self) -> str:
        """Reach the engine again, and start one where there is none."""
        self.run_worker(self._reconnect(), exclusive=True, group="engine")
        return "reaching the engine, or starting one"

    async def _reconnect(self) -> None:
        try:
            refused = await self.feed.reconnect()
            told = refused.message if refused is not None else ""
        except Problem as problem:
            told = str(problem)
        self.live.say(told or "reconnected")
        self.live.output_came()
        if not told or await self._find():
            await self._follow()

    async def give(self, command: Command, done: str) -> str:
        """Send a command; the words for what came of it."""
        try:
            answer = await asyncio.wait_for(self.feed.submit(command), _ANSWER)
        except TimeoutError:
            return "sent; the engine has not answered yet"
        if isinstance(answer, Refusal):
            return refusal_words(answer)
        return done

    async def patch(self, decision: Decision) -> Patch | None:
        """The patch that a decision is about; None when it is about none.

        Raises:
            Problem: it cannot be read.
        """
        trees = changed_trees(self.state, decision)
        if trees is None:
            return None
        return await asyncio.to_thread(Patch, await self.target.patch(*trees))

    def want_sayings(self, phase: str) -> None:
        """Bring what the agent of a phase said; the chat shows it then."""
        if phase and self.state.run is not None:
            self.sayings.want(self.state, phase)

    def copy(self, text: str) -> str:
        """Put a text into the clipboard: of the terminal, and of the desktop where there is one."""
        text = clipboard.plain(text)
        self.copy_to_clipboard(text)

        async def to_desktop() -> None:
            await clipboard.copy(text, os.environ)

        work: WorkType[None] = to_desktop
        self.run_worker(work, exclusive=True, group="clipboard")
        return f"copied {len(text)} characters"


def run(arguments: Sequence[str]) -> int:
    """Run the cockpit; called by the launcher in its child.

    Args:
        arguments: the project's directory, the run (empty for the start screen), the theme, and ``ascii`` or an
            empty string.

    Raises:
        Problem: the theme or the keymap cannot be read.
    """
    from prdrunner_tui.cli.output import say
    from prdrunner_tui.tui.start import Home
    from prdrunner_tui.tui.target import target_of

    private.narrow_updates()
    project, run_id, theme, ascii = arguments
    glyphs = Glyphs(wants_ascii(os.environ, asked=ascii == "ascii", encoding=sys.stdout.encoding or ""))
    CockpitDriver.plain = glyphs.ascii
    skin = Skin(load_theme(theme or DEFAULT, depth_of(os.environ)), glyphs)
    app = CockpitApp(
        target_of(Path(project), run_id),
        skin,
        load_keymap(user_file()),
        home=Home(Path(project)),
        driver=CockpitDriver,
    )
    code = run_app(app)
    if app.last_word:
        say(app.last_word)
    return code
