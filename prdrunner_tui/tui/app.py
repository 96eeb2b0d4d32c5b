"""The cockpit: one app, one run on screen, and the engine reached through `Feed`."""

from __future__ import annotations

import asyncio
import getpass
import os
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType

from prdrunner_tui.kernel.commands import Command, Refusal
from prdrunner_tui.kernel.state import RUN_ENDED, Actor, Decision, RunState
from prdrunner_tui.projections.changed import changed_trees
from prdrunner_tui.projections.history import remaining
from prdrunner_tui.projections.overview import overview
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui import clipboard, private
from prdrunner_tui.tui.alerts import Alerts, wanted
from prdrunner_tui.tui.crash import run_app
from prdrunner_tui.tui.depth import depth_of
from prdrunner_tui.tui.driver import CockpitDriver
from prdrunner_tui.tui.feed import Feed, Topic
from prdrunner_tui.tui.glyphs import Glyphs, wants_ascii
from prdrunner_tui.tui.inturn import InTurn
from prdrunner_tui.tui.keymap import Keymap, load_keymap, user_file
from prdrunner_tui.tui.logbook import LogBook
from prdrunner_tui.tui.opening import Opening, make
from prdrunner_tui.tui.remember import Memory
from prdrunner_tui.tui.rows.difflines import Patch
from prdrunner_tui.tui.rows.header import Connection
from prdrunner_tui.tui.rows.inboxbar import open_now
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

_VERBS = {
    "approve": "decide.yes",
    "reject": "decide.no",
    "skip": "decide.skip",
    "answer": "decide.answer",
}
"""The verbs of decisions and their actions."""
_LAST_LINES = 3
_LOOK_AGAIN = 1.0
_ANSWER = 3.0
"""Seconds after which an engine that does not answer is told of; it may take the command all the same."""
_REST, _WAITING = 5, 60
"""Seconds between two looks at the clocks below row 1, while a phase runs and while none does."""
_OUTPUT_PAUSE = 0.05
"""Seconds between two looks at how far outputs are."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the cockpit shows.

    Attributes:
        repo: the name of the repository.
        run: the run's id; empty for the start screen.
        connect: gives a client of the engine.
        patch: reads the patch between two trees of the store.
        memory: the file that keeps how the panes stood; None for none.
        find: gives a client of an engine that is there already, and starts none.
    """

    repo: str
    run: str
    connect: Callable[[], Awaitable[EngineClient]]
    patch: Callable[[str, str], Awaitable[bytes]]
    memory: Path | None = None
    find: Callable[[], Awaitable[EngineClient | None]] | None = None


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
        self._verb_keys = {verb: keymap.key(id) for verb, id in _VERBS.items()}
        self.home = home
        self.me = Actor("person", getpass.getuser())
        self._output_due = False
        self._output_read = float("-inf")
        self._seconds = 0
        self._working_in: RunState | None = None
        self.last_word = ""
        self._at_work: frozenset[str] = frozenset()
        self.memory = Memory(target.memory)
        self._aim(target)

    def _aim(self, target: Target) -> None:
        """Let everything be about another run."""
        self.repo = target.repo
        self.target = target
        self.feed = Feed(target.connect, target.run, self._changed, time.time)
        self.alerts = Alerts()
        self.book = LogBook(self.feed.ask, self.output_came)
        self.sayings = Sayings(self.feed.ask, self.output_came)
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
        return Scene(time.time(), self.skin.glyphs, self.me, still=not self.moving, verb_keys=self._verb_keys)

    @property
    def left(self) -> tuple[float, float] | None:
        """The least and the most seconds that the run may still take, as far as its own phases tell."""
        return remaining(self.state, time.time()) if self.state.run is not None else None

    @property
    def connection(self) -> Connection | None:
        """Set while the engine does not answer."""
        return Connection("gone", self.feed.gone_since) if self.feed.gone_since is not None else None

    async def on_mount(self) -> None:
        """Show the cockpit, then reach the engine; without a run, the start screen."""
        self.set_interval(1, self._tick)
        self.run_worker(self._ask_what_is_wanted(), group="wanted")
        self.run_worker(self.load_rest(), group="rest")
        if self.target.run or self.home is None:
            await self._show_target()
        else:
            await self.push_screen(make("start", self.home))

    async def _ask_what_is_wanted(self) -> None:
        self.alerts.wanted = await wanted()

    async def _show_target(self) -> None:
        await self.push_screen(Cockpit())
        self.run_worker(self._reach(), exclusive=True, group="engine")
        self.run_worker(self.book.read(), exclusive=True, group="log")

    def show_run(self, target: Target) -> None:
        """Show another run, in place of all that is on the screen."""
        self.run_worker(self._switch(target), exclusive=True, group="switch")

    async def _switch(self, target: Target, problem: Problem | None = None) -> None:
        self.workers.cancel_group(self, "engine")
        self.workers.cancel_group(self, "log")
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
        self._title()

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
        self._changed(frozenset(("state", "output")))
        for screen in self.screen_stack:
            if isinstance(screen, Cockpit):
                screen.arrived()
        await self._follow()

    async def _follow(self) -> None:
        """Take news; when the engine is gone, look until another terminal has started one."""
        while True:
            await self.feed.follow()
            if self.target.find is None:
                return
            client = None
            while client is None:
                await asyncio.sleep(_LOOK_AGAIN)
                client = await self.target.find()
            if await self._take_up(client) is not None:
                return
            self.output_came()

    async def _take_up(self, client: EngineClient) -> Refusal | None:
        async def found() -> EngineClient:
            return client

        try:
            return await self.feed.reconnect(found)
        except Problem as problem:
            return Refusal("not_now", str(problem))

    async def act_run_reconnect(self) -> str:
        """Reach the engine again, and start one where there is none."""
        self.workers.cancel_group(self, "engine")
        try:
            refused = await self.feed.reconnect()
        except Problem as problem:
            return str(problem)
        if refused is not None:
            return refused.message
        self.run_worker(self._follow(), exclusive=True, group="engine")
        self.output_came()
        return "reconnected"

    def _changed(self, topics: frozenset[Topic]) -> None:
        if topics & {"state", "signals", "connection"}:
            self.book.show(self.state, self.book.phase)
            self._soon(self._show_news)
        if topics & {"state", "output"} and not self._output_due:
            self._output_due = True
            wait = self._output_read + _OUTPUT_PAUSE - time.monotonic()
            if wait > 0:
                self.set_timer(wait, self._read_output)
            else:
                self.call_later(self._read_output)

    async def _read_output(self) -> None:
        self._output_due = False
        self._output_read = time.monotonic()
        if self.top is not None and self.top.is_mounted:
            self.top.grew()
        before = dict(self.feed.output)
        working = self._working()
        for phase in set(before) - working:
            del self.feed.output[phase]
        for phase in sorted(working):
            key = self.book.running(phase)
            if key is not None:
                self.book.grew(key)
                lines = await self.book.last_lines(phase, _LAST_LINES)
                if lines:
                    self.feed.output[phase] = lines
        if self.top is not None:
            self.read_sayings(self.top.chat_shown())
        if self.feed.output != before:
            self._soon(self._show_last_lines)

    def _show_last_lines(self) -> None:
        if self.top is not None and self.top.is_mounted:
            self.top.last_lines_came()

    def output_came(self) -> None:
        """Rows of the log came."""
        self._soon(self._show_output)

    def _soon(self, show: Callable[[], object], *, ask: bool = True) -> None:
        """Show something as soon as the terminal has taken the frame before, and once however often it is asked.

        Args:
            ask: whether the terminal is asked to acknowledge it.
        """
        driver = getattr(self, "cockpit_driver", None)
        if driver is None:
            show()
        else:
            driver.pacing.request(show, ask=ask)

    def _show_output(self) -> None:
        if self.top is not None and self.top.is_mounted:
            self.top.output_came()

    def _show_news(self) -> None:
        """Only the screen on top is seen; the others are brought up to date when they are again."""
        if self.top is not None and self.top.is_mounted:
            self.top.refreshed()
        self._title()

    def _tick(self) -> None:
        """The clock: what the person looks at each second while a phase works, the rest of the screen less often.

        While nothing works only waits grow, and those are told in minutes.
        """
        run, self._seconds = self.state.run, self._seconds + 1
        if run is None or (run.status in RUN_ENDED and not self.connection):
            return
        moving = self.moving or self.connection is not None
        if self._seconds % (_REST if moving else _WAITING) == 0:
            self._soon(self._show_news)
        elif moving:
            self._soon(self._show_clocks, ask=False)

    def _show_clocks(self) -> None:
        if self.top is not None and self.top.is_mounted:
            self.top.ticked()

    @property
    def moving(self) -> bool:
        """Whether a phase works now."""
        return bool(self._working())

    def _working(self) -> frozenset[str]:
        """The phases that work now, and wait for nobody."""
        if self._working_in is not self.state:
            self._working_in = self.state
            rows = overview(self.state).phases if self.state.run is not None else ()
            self._at_work = frozenset(row.id for row in rows if row.state == "running")
        return self._at_work

    def _title(self) -> None:
        """Name the window, and draw attention to what came to wait."""
        waiting = open_now(self.state)
        title = f"({len(waiting)}) prdrunner {self.repo}" if waiting else f"prdrunner {self.repo}"
        fresh = self.alerts.new(waiting) if self.state.run is not None else None
        driver = getattr(self, "cockpit_driver", None)
        if title != self.title:
            self.title = title
            if driver is not None:
                driver.show_title(sanitize(title))
        if fresh is not None and driver is not None:
            wanted = self.alerts.wanted
            driver.alert(fresh, bell=wanted.bell, note=wanted.terminal)

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

    def read_sayings(self, phase: str) -> None:
        """Bring what the agent of a phase said; the chat shows it then."""
        if phase and self.state.run is not None:
            state = self.state

            async def read() -> None:
                await self.sayings.read(state, phase)

            self._begin(read, "sayings")

    def _begin(self, work: WorkType[None], group: str) -> None:
        """Do it beside all else, in place of what was begun in its group."""
        self.run_worker(work, exclusive=True, group=group)

    def copy(self, text: str) -> str:
        """Put a text into the clipboard: of the terminal, and of the desktop where there is one."""
        text = clipboard.plain(text)
        self.copy_to_clipboard(text)

        async def to_desktop() -> None:
            await clipboard.copy(text, os.environ)

        self._begin(to_desktop, "clipboard")
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
