"""When what is on the screen is brought up to date: with news of the run, with its output, with the clock.

Only the screen on top is seen, so only that is told; the others are when they are on top again. Nothing is painted
before the terminal has taken the frame before.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from prdrunner_tui.kernel.state import RUN_ENDED, Phase, RunState
from prdrunner_tui.projections.wording import used_words
from prdrunner_tui.rules.budget import Share, shares
from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.alerts import Alerts
from prdrunner_tui.tui.feed import Topic
from prdrunner_tui.tui.rows.inboxbar import open_now
from prdrunner_tui.tui.rows.pausing import at_work
from prdrunner_tui.tui.span import Line, words

if TYPE_CHECKING:
    from prdrunner_tui.tui.app import CockpitApp
    from prdrunner_tui.tui.driver import CockpitDriver
    from prdrunner_tui.tui.screens.frame import Frame

_LAST_LINES = 3
_REST, _WAITING = 5, 60
"""Seconds between two looks at the clocks below row 1, while a phase works and while none does."""
_OUTPUT_PAUSE = 0.05
"""Seconds between two looks at how far outputs are."""


class Live:
    """Tells the screen on top of an app what changed."""

    def __init__(self, app: CockpitApp) -> None:
        self._app = app
        self._alerts = Alerts()
        self._warned: int | None = None
        self._warning: tuple[Frame, str, Line] | None = None
        """The screen that says that much of a limit is used, the name of that limit, and what it says."""
        self._output_due = False
        self._output_read = float("-inf")
        self._seconds = 0
        self._working_in: RunState | None = None
        self._at_work: frozenset[str] = frozenset()

    @property
    def working(self) -> frozenset[str]:
        """The phases that work now, and wait for nobody."""
        state = self._app.state
        if self._working_in is not state:
            self._working_in = state
            self._at_work = at_work(state)
        return self._at_work

    # What came

    def changed(self, topics: frozenset[Topic]) -> None:
        """The feed has news."""
        app = self._app
        if topics & {"state", "signals", "connection"}:
            app.book.show(app.state, app.book.phase)
            self._soon(self._show_news)
        if topics & {"state", "output"} and not self._output_due:
            self._output_due = True
            wait = self._output_read + _OUTPUT_PAUSE - time.monotonic()
            if wait > 0:
                app.set_timer(wait, self._ask_output)
            else:
                app.call_later(self._ask_output)

    def output_came(self) -> None:
        """Rows of the log are here."""
        self._soon(self._show_output)
        self._take_last_lines()

    def words_came(self) -> None:
        """Words of an agent are here."""
        self._soon(self._show_words)

    def tick(self) -> None:
        """A second passed: show the clocks that the person looks at while a phase works, the others less often.

        While nothing works only waits grow, and those are told in minutes.
        """
        app, self._seconds = self._app, self._seconds + 1
        run = app.state.run
        if run is None or (run.status in RUN_ENDED and not app.connection):
            return
        moving = bool(self.working) or app.connection is not None
        if self._seconds % (_REST if moving else _WAITING) == 0:
            self._soon(self._show_news)
        elif moving:
            self._soon(self._show_clocks, ask=False)

    # What is shown

    def name_window(self) -> None:
        """Name the window, and draw attention to what came to wait."""
        app, driver = self._app, self._driver
        waiting = [one for one in open_now(app.state) if not one.by_itself]
        title = f"({len(waiting)}) prdrunner {app.repo}" if waiting else f"prdrunner {app.repo}"
        # What a rule of the person's decides is decided a moment later.
        theirs = [one for one in waiting if one.facts.get("rules") not in ("allow", "deny")]
        fresh = self._alerts.new(theirs) if app.state.run is not None else None
        if title != app.title:
            app.title = title
            if driver is not None:
                driver.show_title(sanitize(title))
        if fresh is not None and driver is not None:
            driver.alert(fresh, bell=app.wanted.bell, note=app.wanted.terminal)

    def _show_news(self) -> None:
        if top := self._top:
            top.refreshed()
            self._tell_warnings(top)
        self.name_window()

    def _tell_warnings(self, top: Frame) -> None:
        """Say once that much of a limit is used; what was said before this screen came stands in row 1.

        While it stands it tells what is used now: turns of phases side by side end.
        """
        state = self._app.state
        self._renew_warning()
        known, self._warned = self._warned, len(state.budget.warned) if state.run is not None else None
        if known is None:
            return
        fresh = state.budget.warned[known:]
        share = next((share for share in self._shares() if share.name in fresh), None) if fresh else None
        if share is not None:
            line = _warning_line(share)
            self._warning = top, share.name, line
            top.say(line)

    def _renew_warning(self) -> None:
        if self._warning is None:
            return
        frame, name, said = self._warning
        share = next((share for share in self._shares() if share.name == name), None)
        # A limit that was raised has another name: the warning was of the one before.
        line = _warning_line(share) if share is not None else ()
        if line != said:
            stands = frame.is_mounted and frame.say_anew(said, line)
            self._warning = (frame, name, line) if stands and line else None

    def _shares(self) -> Iterator[Share]:
        """The limits that hold for any phase, some of them more than once."""
        state = self._app.state
        return (share for phase in state.phases for share in shares(state, phase))

    def _show_output(self) -> None:
        if top := self._top:
            top.output_came()

    def _show_words(self) -> None:
        if top := self._top:
            top.words_came()

    def _show_clocks(self) -> None:
        if top := self._top:
            top.ticked()

    def _show_last_lines(self) -> None:
        if top := self._top:
            top.last_lines_came()

    def _ask_output(self) -> None:
        """Let what works bring what it put out; `output_came` is told when it is here."""
        app = self._app
        self._output_due = False
        self._output_read = time.monotonic()
        if top := self._top:
            top.grew()
            app.want_sayings(top.chat_shown())
        for phase in app.state.phases.values():
            # Of what waits for a person too: it has put out what it asks.
            key = app.book.running(phase.id) if self._under_way(phase) else None
            if key is not None:
                app.book.grew(key)
        self._take_last_lines()

    def _take_last_lines(self) -> None:
        app = self._app
        newest = {phase: self._lines_of(phase) for phase in sorted(self.working)}
        output = {phase: lines for phase, lines in newest.items() if lines}
        if output != app.feed.output:
            app.feed.output = output
            self._soon(self._show_last_lines)

    def _lines_of(self, phase: str) -> Sequence[str]:
        """The newest lines of what a phase does now; those of what it did before are none."""
        book = self._app.book
        key, now = book.running(phase), self._under_way(self._app.state.phases[phase])
        ours = key is not None and bool(now) and (key == now or key.startswith(f"{now}/"))
        return book.last_lines(phase, _LAST_LINES) if ours else ()

    def _under_way(self, phase: Phase) -> str:
        """The key of what a phase does now; empty where it does nothing."""
        effects = phase.last.effects if phase.last is not None else ()
        return next((one.key for one in effects if one.status == "intended"), "")

    def _soon(self, show: Callable[[], object], *, ask: bool = True) -> None:
        """Show something as soon as the terminal has taken the frame before, and once however often it is asked.

        Args:
            ask: whether the terminal is asked to acknowledge it.
        """
        driver = self._driver
        if driver is None:
            show()
        else:
            driver.pacing.request(show, ask=ask)

    def say(self, told: str) -> None:
        """Show what came of something that took its time."""
        if top := self._top:
            top.say(words(sanitize(told)))

    @property
    def _top(self) -> Frame | None:
        top = self._app.top
        return top if top is not None and top.is_mounted else None

    @property
    def _driver(self) -> CockpitDriver | None:
        return getattr(self._app, "cockpit_driver", None)


def _warning_line(share: Share) -> Line:
    """That much of a limit is used."""
    told = used_words(share.what, share.used, share.limit, share.scope)
    return words(sanitize(f"budget: {told}"), "needs-you")
