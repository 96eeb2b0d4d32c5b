"""The frame of a pane: a rule with its title above, heavy where the keys go, and the body below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events
from textual.app import ComposeResult
from textual.message import Message
from textual.widget import Widget

from prdrunner_tui.text.safe import SafeText, sanitize
from prdrunner_tui.tui.glyphs import Glyphs
from prdrunner_tui.tui.skin import skin_of
from prdrunner_tui.tui.span import Line, Span, crop, width_of, words
from prdrunner_tui.tui.widgets.row import Rows


@dataclass(frozen=True)
class Title:
    """What stands in the rule of a pane.

    Attributes:
        parts: from the left; the first one is the pane's name, and the last ones give way when it is narrow.
        right: at the right edge, e.g. ``following``.
        tabs: the panes that share this place, instead of a name; the parts come behind them.
        active: which of the tabs is shown.
    """

    parts: tuple[SafeText, ...] = ()
    right: Line = ()
    tabs: tuple[SafeText, ...] = ()
    active: int = 0


def title_rule(title: Title, width: int, glyphs: Glyphs, *, focused: bool, result: Line = ()) -> Line:
    """The rule of a pane in `width` cells; `result` (of the last key) takes the place of what is at the right."""
    rule_token = "rule.focus" if focused else "rule"
    dash = Span(rule_token, glyphs.rule(1, heavy=focused))
    right = result or title.right
    head, tail = _head(title, dash, focused), _parts(title, dash)
    if right:
        room = width - sum(width_of(piece) for piece in head) - 4
        right = crop(right, max(room, width // 2) if result else room, glyphs.ellipsis)
    if right:
        right = (Span("text", _SPACE), *right, Span("text", _SPACE), dash)
    left: list[Span] = []
    for piece in [*head, *tail]:
        if width_of((*left, *piece, *right)) >= width:
            break
        left.extend(piece)
    if not left and head:
        left = [*crop(head[0], width - width_of(right) - 1, glyphs.ellipsis)]
    missing = width - width_of(tuple(left)) - width_of(right)
    return crop((*left, Span(rule_token, glyphs.rule(max(0, missing), heavy=focused)), *right), width)


def tab_at(title: Title, x: int) -> int | None:
    """Which tab stands at a cell of the rule."""
    start = 1
    for place, tab in enumerate(title.tabs):
        end = start + width_of(words(tab)) + 2
        if start <= x < end:
            return place
        start = end + 1
    return None


_SPACE = sanitize(" ")
_OPEN, _CLOSE = sanitize("["), sanitize("]")


def _head(title: Title, dash: Span, focused: bool) -> list[Line]:
    """The name or the tabs, each with the dash before it."""
    if not title.tabs:
        name = title.parts[:1]
        token = "text" if focused else "muted"
        return [(dash, Span("text", _SPACE), Span(token, part), Span("text", _SPACE)) for part in name]
    return [
        (dash, Span("text", _OPEN), Span("text", tab), Span("text", _CLOSE))
        if place == title.active
        else (dash, Span("text", _SPACE), Span("muted", tab), Span("text", _SPACE))
        for place, tab in enumerate(title.tabs)
    ]


def _parts(title: Title, dash: Span) -> list[Line]:
    parts: Sequence[SafeText] = title.parts if title.tabs else title.parts[1:]
    return [(dash, Span("text", _SPACE), Span("muted", part), Span("text", _SPACE)) for part in parts if part]


class TitleRow(Rows):
    """The rule of a pane."""

    DEFAULT_CSS = "TitleRow { width: 1fr; height: 1; }"

    def __init__(self, title: Title) -> None:
        super().__init__()
        self.title = title
        self.focused = False
        self.result: Line = ()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The rule, as wide as the row."""
        glyphs = skin_of(self.app).glyphs
        return [title_rule(self.title, width, glyphs, focused=self.focused, result=self.result)]


class Pane(Widget):
    """A body with its rule. The rule is heavy while something in the pane has the focus."""

    DEFAULT_CSS = "Pane { width: 1fr; height: 1fr; layout: vertical; }"

    class TabChosen(Message):
        """A tab was clicked."""

        def __init__(self, pane: Pane, tab: int) -> None:
            super().__init__()
            self.pane = pane
            self.tab = tab

        @property
        def control(self) -> Pane:
            """The pane it belongs to."""
            return self.pane

    def __init__(
        self, *bodies: Widget, title: Title, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._bodies = bodies
        self._title_row = TitleRow(title)

    def compose(self) -> ComposeResult:
        """The rule, then the bodies."""
        yield self._title_row
        yield from self._bodies

    @property
    def title(self) -> Title:
        """What stands in the rule."""
        return self._title_row.title

    def show_title(self, title: Title) -> None:
        """Put something else into the rule."""
        if title == self._title_row.title:
            return
        self._title_row.title = title
        self._title_row.repaint()

    def say(self, result: Line) -> None:
        """Show the result of a key in the rule, until it is taken away with an empty line."""
        self._title_row.result = result
        self._title_row.repaint()

    @property
    def said(self) -> Line:
        """The result of a key that stands in the rule now."""
        return self._title_row.result

    def unsay(self) -> None:
        """Take the result of a key away, if there is one."""
        if self._title_row.result:
            self.say(())

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        """The keys go here."""
        self._title_row.focused = True
        self._title_row.repaint()

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        """They go elsewhere; what the last key did here is over."""
        self._title_row.focused = False
        self._title_row.result = ()
        self._title_row.repaint()

    def on_rows_pressed(self, event: Rows.Pressed) -> None:
        """A click into the rule takes a tab, or the focus to the first body."""
        if event.rows is not self._title_row:
            return
        event.stop()
        tab = tab_at(self.title, event.x)
        if tab is not None:
            self.post_message(self.TabChosen(self, tab))
        for body in self._bodies:
            if body.focusable:
                body.focus()
                break


class Divider(Rows):
    """One column between two panes; a mouse can take it elsewhere."""

    DEFAULT_CSS = "Divider { width: 1; height: 1fr; }"

    class Dragged(Message):
        """It was drawn by so many cells to the right."""

        def __init__(self, divider: Divider, by: int) -> None:
            super().__init__()
            self.divider = divider
            self.by = by

        @property
        def control(self) -> Divider:
            """The divider."""
            return self.divider

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """A side in each row."""
        return [(Span("rule", skin_of(self.app).glyphs.side()),)] * height

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """All moves of the mouse come here until it is let go."""
        event.stop()
        self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Where the mouse is, the line shall be."""
        by = event.screen_x - self.region.x
        if self.app.mouse_captured is self and by:
            self.post_message(self.Dragged(self, by))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """It stays where it is."""
        event.stop()
        self.release_mouse()
