"""What every screen has: row 1, the inbox bar, the key row, and keys that are looked up in the table of actions."""

from __future__ import annotations

import inspect
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from prdrunner_tui.text.safe import sanitize
from prdrunner_tui.tui.actions import GO, Action
from prdrunner_tui.tui.rows.header import header
from prdrunner_tui.tui.rows.inboxbar import gone_bar, inbox_bar
from prdrunner_tui.tui.rows.keyrow import go_row, key_at, key_row, pairs_line, pairs_width
from prdrunner_tui.tui.rows.notnow import not_now
from prdrunner_tui.tui.span import Line, words
from prdrunner_tui.tui.widgets.bars import InboxBar, KeyRow, TopRow
from prdrunner_tui.tui.widgets.lines import LineView
from prdrunner_tui.tui.widgets.pane import Pane
from prdrunner_tui.tui.widgets.row import Rows

if TYPE_CHECKING:
    from prdrunner_tui.tui.app import CockpitApp

SAID = 8.0
"""Seconds for which the result of a key stands in a rule."""
CLICK = 1.0
"""Seconds after it opened in which a click on a key decides nothing."""
DEAF = 0.3
"""Seconds after it opened in which a key comes too early to be a verdict: it was meant for what stood there before."""


class Body(Widget):
    """What stands between row 1 and the inbox bar."""

    DEFAULT_CSS = "Body { width: 1fr; height: 1fr; layout: vertical; }"


class Frame(Screen[Any], inherit_bindings=False):
    """A screen of the cockpit.

    Subclasses give `body` and `place`, and a method ``act_AREA_NAME`` for each action of theirs; it may say why the
    action cannot be done now by returning a reason.
    """

    place = "list"
    """Where the keys of this screen are looked up, beside what has the focus."""

    decides = False
    """Whether keys decide something here; then none is taken in the first moment."""

    DEFAULT_CSS = "Frame { layout: vertical; }"

    def __init__(self) -> None:
        super().__init__()
        self.top = TopRow()
        self.inbox = InboxBar()
        self.keys = KeyRow()
        self.menu = ""
        self._wrote = False
        self.ready = not self.decides
        self._opened_at = time.monotonic()
        self._shown_at = time.monotonic()
        self._deaf: Timer | None = None
        self._said: Timer | None = None

    def body(self) -> ComposeResult:
        """The widgets between the rows; a screen without any is the three rows."""
        yield from ()

    def frame_body(self) -> Widget:
        """What holds the widgets between the rows."""
        return Body()

    def compose(self) -> ComposeResult:
        """The three rows around the body."""
        yield self.top
        with self.frame_body():
            yield from self.body()
        yield self.inbox
        yield self.keys

    @property
    def cockpit(self) -> CockpitApp:
        """The app."""
        return cast("CockpitApp", self.app)

    def on_mount(self) -> None:
        """Show the rows."""
        self.be_deaf()
        self.show_rows()

    def on_screen_resume(self) -> None:
        """On top again: what happened below another screen is shown now."""
        if self.is_mounted:
            self.refreshed()

    def show_rows(self) -> None:
        """Paint what differs in the three rows."""
        app = self.cockpit
        self.show_top()
        if app.state.run is None and not app.target.run and app.home is not None:
            # On top of the start screen, or of a new run: what holds there holds here.
            from prdrunner_tui.tui.rows.start import start_bar

            facts = app.home.facts
            self.inbox.show(lambda width: start_bar(facts, width, app.scene, writing=self.writing))
        elif app.state.run is None and app.target.run:
            self.inbox.show(())  # What waits is not known yet.
        elif self.gone and app.connection is not None:
            why = app.connection.why
            self.inbox.show(lambda width: gone_bar(why, width, app.scene, writing=self.writing))
        else:
            self.inbox.show(
                lambda width: inbox_bar(
                    app.state, width, app.scene, here=self.decision_here(), writing=self.writing
                )
            )
        self.show_keys()

    def show_keys(self) -> None:
        """Paint what differs in the key row."""
        self.keys.show(self.key_line)

    @property
    def writing(self) -> bool:
        """Whether a text field has the focus, where every letter is a letter."""
        return getattr(self.focused, "place", "") in ("text", "chat_text")

    def on_descendant_focus(self) -> None:
        """Into a text field or out of one: the inbox bar tells other keys."""
        if self.writing != self._wrote:
            self._wrote = self.writing
            self.show_rows()

    @property
    def gone(self) -> bool:
        """Whether there is no engine."""
        return self.cockpit.connection is not None and self.cockpit.connection.kind == "gone"

    @property
    def gone_words(self) -> str:
        """What keys answer that would tell the engine something, while there is none."""
        key = self.cockpit.keymap.key("run.reconnect")
        return (
            f"the engine is gone; {self.cockpit.scene.after_writing(key) if self.writing else key} reconnects"
        )

    def show_top(self) -> None:
        """Paint what differs in row 1."""
        app = self.cockpit
        if app.state.run is None and not app.target.run and app.home is not None:
            from prdrunner_tui.tui.rows.start import start_top

            facts = app.home.facts
            self.top.show(lambda width: start_top(facts, width, app.scene))
            return
        self.top.show(
            lambda width: header(
                app.state, width, app.scene, repo=app.repo, connection=app.connection, left=app.left
            )
        )

    def key_line(self, width: int) -> Line:
        """The key row."""
        app = self.cockpit
        if self.menu == "go":
            return go_row(width, app.scene, self.not_now)
        labels, place = self.labels(), self.footer_place()
        return key_row(
            place, app.keymap, width, app.scene, labels=labels, not_now=self.not_now, first=self.likely_now()
        )

    def likely_now(self) -> Sequence[str]:
        """Actions that are likelier at this moment than those of the table, by their ids."""
        return ("run.reconnect",) if self.gone else ()

    def keys_line(self, width: int, *told: tuple[str, str], least: Sequence[str] = ()) -> Line:
        """A key row of its own: ids of actions (or a key, where there is no dot) and what their keys do.

        Several ids with spaces between them are told as one, e.g. ``j/k``.

        Args:
            least: what goes first where there is no room for all, one after the other; then the last ones go.
        """
        keymap = self.cockpit.keymap
        pairs = {
            ids: ("/".join(keymap.key(id) if "." in id else id for id in ids.split()), label)
            for ids, label in told
        }
        for ids in least:
            if pairs_width(list(pairs.values())) > width:
                pairs.pop(ids, None)
        return pairs_line(list(pairs.values()), width, self.cockpit.scene)

    def decision_here(self) -> str:
        """The id of the decision that this screen shows, if it is one."""
        return ""

    def decision_meant(self) -> str:
        """The id of the decision that keys are about: that of the screen, or under its cursor."""
        return self.decision_here()

    def phase_here(self) -> str:
        """The phase that the screen shows or that is under its cursor; empty where there is none."""
        return ""

    def grew(self) -> None:
        """More was put out; a screen that asks for it itself does so."""

    def output_came(self) -> None:
        """Rows of the log are here."""

    def words_came(self) -> None:
        """Words of an agent are here."""

    def chat_shown(self) -> str:
        """The phase whose chat is on the screen; empty where there is none."""
        return ""

    def last_lines_came(self) -> None:
        """The newest lines of what works are others now."""

    def ticked(self) -> None:
        """A second passed while something works: show the clocks that a person looks at."""
        self.show_top()

    def refreshed(self) -> None:
        """The run changed: bring what this screen shows up to date."""
        self.show_rows()

    def focus_place(self) -> str:
        """Where keys are looked up first: the place of what has the focus."""
        return getattr(self.focused, "place", self.place)

    def footer_place(self) -> str:
        """The place whose likeliest keys the key row shows."""
        return self.focus_place()

    def labels(self) -> Mapping[str, str]:
        """Labels that say more here than those of the table, by action."""
        return {}

    def places(self) -> Sequence[str]:
        """Where keys are looked up, the most special place first."""
        here = getattr(self.focused, "place", "")
        if here in ("text", "chat_text"):
            return tuple(dict.fromkeys((here, "text")))
        gone = ("gone",) if self.gone else ()
        return tuple(dict.fromkeys((*gone, self.focus_place(), self.place, "everywhere")))

    def say(self, line: Line) -> None:
        """Show the result of a key in the rule of the pane that has the focus, for some seconds."""
        if self._said is not None:
            self._said.stop()
        self._said = self.set_timer(SAID, self._unsay) if line and self.is_mounted else None
        for widget in self.focused.ancestors_with_self if self.focused is not None else ():
            if isinstance(widget, Pane):
                widget.say(line)
                return
        for pane in self.query(Pane).results(Pane):
            pane.say(line)
            return

    def say_anew(self, before: Line, line: Line) -> bool:
        """Show another line where one still stands, no longer than that would have; false where it is gone."""
        panes = [pane for pane in self.query(Pane).results(Pane) if before and pane.said == before]
        for pane in panes:
            pane.say(line)
        return bool(panes)

    def _unsay(self) -> None:
        """What was said has been read: the rules say again what they say; what says nothing is not painted."""
        self._said = None
        for pane in self.query(Pane).results(Pane):
            pane.unsay()

    async def on_key(self, event: events.Key) -> None:
        """Do what the key means here; none goes further, to an app that may have no screen any more."""
        event.stop()
        event.prevent_default()
        if event.key == "ctrl+z":
            self.app.action_suspend_process()
            return
        app, places = self.cockpit, self.places()
        action = app.keymap.find(event.key, places)
        decides = action is None or action.group in ("decide", "act")
        leaves = action is not None and action.id == "nav.back"
        if not leaves and self._too_early(event) and decides:
            self.say(words("1 key ignored, the screen was changing"))
            return
        if self.menu:
            menu, self.menu = self.menu, ""
            self.show_rows()
            await self.chosen(menu, event)
            return
        if action is None:
            if event.is_printable and "text" not in places:
                told = f"{event.character} does nothing here; {app.keymap.key('help.open')} lists the keys"
                self.say(words(sanitize(told), "muted"))
            return
        self.say(())
        await self.do(action)

    def be_deaf(self) -> None:
        """Take no verdict until nothing was typed for a moment: what is shown has just come."""
        if not self.decides:
            return
        self._opened_at = time.monotonic()
        if self._deaf is not None:
            self._deaf.stop()
        self._deaf = self.set_timer(DEAF, self._hear)
        if self.ready:
            self.ready = False
            self.refreshed()

    def _hear(self) -> None:
        self.ready = True
        self.refreshed()

    def _too_early(self, event: Message) -> bool:
        """Whether it was meant for what stood here before; then all has to be quiet for a moment again."""
        early = self.decides and (not self.ready or event.time < self._opened_at + DEAF)
        if early:
            self.be_deaf()
        return early

    async def on_rows_pressed(self, event: Rows.Pressed) -> None:
        """A click on the inbox bar opens what waits longest, one on a key does what the key does."""
        if event.rows is self.inbox:
            event.stop()
            await self.do(self.cockpit.keymap.get("inbox.oldest"))
        elif event.rows is self.keys:
            event.stop()
            if self._too_early(event) or (self.decides and event.time < self._shown_at + CLICK):
                return  # The second click of two that were meant for what stood there before.
            key = key_at(self.key_line(self.size.width), event.x)
            action = self.cockpit.keymap.shown_as(key, self.places()) if key and not self.menu else None
            if action is not None:
                self.say(())
                await self.do(action)

    async def chosen(self, menu: str, event: events.Key) -> None:
        """A key after one that opened a menu."""
        if menu == "go" and event.key != "escape":
            letter = event.character or ""
            if letter in GO:
                await self.do(self.cockpit.keymap.get(GO[letter]))
            elif letter.isprintable():
                told = f"{letter} is no screen; {self.cockpit.keymap.key('go.menu')} lists the letters"
                self.say(words(sanitize(told)))

    def not_now(self, action: str) -> str:
        """Why an action that works here does nothing at this moment; an empty string where it does something."""
        return not_now(action, self.cockpit.state, self.cockpit.phase_here(), self.cockpit.keymap.key)

    async def do(self, action: Action) -> None:
        """Do an action: of a list, of this screen, or of the app; or say why it does nothing."""
        if isinstance(self.focused, LineView) and self.focused.navigate(action.id):
            return
        if why := self.not_now(action.id):
            self.say(words(sanitize(why)))
            return
        if action.id in GO.values():
            self.say(words(self.cockpit.go_to(action.id)))
            return
        name = f"act_{action.id.replace('.', '_')}"
        method = getattr(self, name, None) or getattr(self.cockpit, name, None)
        reason = method() if method is not None else f"{action.label}: not here"
        if inspect.isawaitable(reason):
            reason = await reason
        if isinstance(reason, str) and reason:
            self.say(words(sanitize(reason), "text"))

    def act_chat_send(self) -> str:
        """Enter on a field without a text."""
        return "write something first; esc goes back"

    def act_nav_back(self) -> str | None:
        """Go one level back."""
        self.dismiss(None)
        return None

    def act_go_menu(self) -> None:
        """Show the letters of the screens in the key row."""
        self.menu = "go"
        self.show_rows()
