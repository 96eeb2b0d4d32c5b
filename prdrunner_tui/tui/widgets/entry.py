"""The text field of the cockpit: chat, reasons, search. One row that grows to four."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.geometry import Offset
from textual.message import Message

from prdrunner_tui.text.safe import SafeText, sanitize
from prdrunner_tui.tui.drafts import Draft
from prdrunner_tui.tui.editing import Editing, Layout
from prdrunner_tui.tui.offer import Completer, Offer
from prdrunner_tui.tui.skin import skin_of
from prdrunner_tui.tui.span import Cell, Line, Span, columns, fit, width_of, words
from prdrunner_tui.tui.widgets.row import Rows

MOST_ROWS = 4
_MOST_OFFERS = 10
_SPACE = sanitize(" ")


class Offers(Rows):
    """The ways to complete, in rows above the field; it covers what is there and moves nothing."""

    DEFAULT_CSS = "Offers { overlay: screen; display: none; width: auto; height: auto; }"

    def __init__(self) -> None:
        super().__init__()
        self.offers: Sequence[Offer] = ()
        self.chosen = 0

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """Each offer in a row, the chosen one marked."""
        glyphs = skin_of(self.app).glyphs
        names = [words(offer.text) for offer in self.offers]
        wide = max((width_of(name) for name in names), default=0)
        lines = []
        for place, (name, offer) in enumerate(zip(names, self.offers, strict=True)):
            token = "selection" if place == self.chosen else "text"
            mark = glyphs.cursor if place == self.chosen else _SPACE
            row = columns(
                [Cell(words(mark), 1), Cell(name, wide), Cell(words(offer.about), width - wide - 3)]
            )
            lines.append(tuple(Span(token, text) for _, text in row))
        return lines


class Entry(Rows, can_focus=True):
    """A field for a text. What was written for a purpose is still there when that purpose comes again.

    Enter sends, alt+enter or a backslash before enter makes a new line, up and down go through earlier texts from the
    first and last row, tab completes. Keys that it does not know go on to the app, escape among them.

    Attributes:
        completer: offers completions; None for none.
        multiline: whether a text may have several lines.
        hint: stands in the field while it is empty.
    """

    DEFAULT_CSS = "Entry { width: 1fr; height: 1; }"

    class Submitted(Message):
        """Enter was pressed on a text that is not empty."""

        def __init__(self, entry: Entry, purpose: str, text: str) -> None:
            super().__init__()
            self.entry = entry
            self.purpose = purpose
            self.text = text

        @property
        def control(self) -> Entry:
            """The field."""
            return self.entry

    class Changed(Message):
        """The text is another one."""

        def __init__(self, entry: Entry, purpose: str, text: str) -> None:
            super().__init__()
            self.entry = entry
            self.purpose = purpose
            self.text = text

        @property
        def control(self) -> Entry:
            """The field."""
            return self.entry

        def can_replace(self, message: Message) -> bool:
            """The newest one tells all."""
            return isinstance(message, Entry.Changed) and message.entry is self.entry

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.completer: Completer | None = None
        self.multiline = True
        self.hint: Line = ()
        self.prompt: Line = (Span("key", sanitize("> ")),)
        self._drafts: dict[str, Draft] = {}
        self._purpose = ""
        self._first_row = 0
        self._offers = Offers()

    def compose(self) -> ComposeResult:
        """The offers lie over the screen when there are some."""
        yield self._offers

    def open(
        self,
        purpose: str,
        *,
        prompt: Line | None = None,
        hint: Line = (),
        multiline: bool = True,
        completer: Completer | None = None,
    ) -> None:
        """Write for a purpose from now on, e.g. ``chat:due-dates``; its draft and its earlier texts come back."""
        self._purpose = purpose
        self.prompt = (Span("key", sanitize("> ")),) if prompt is None else prompt
        self.hint = hint
        self.multiline = multiline
        self.completer = completer
        self._first_row = 0
        self._offer(())
        self._show()

    @property
    def purpose(self) -> str:
        """What the text is for."""
        return self._purpose

    @property
    def text(self) -> str:
        """What is in the field."""
        return self._draft.editing.text

    def set_text(self, text: str) -> None:
        """Put another text into the field."""
        self._draft.editing.set(text)
        self._edited()

    def drafts(self) -> dict[str, str]:
        """Purpose -> text that was not sent, where there is one."""
        return {name: draft.editing.text for name, draft in self._drafts.items() if draft.editing.text}

    def clear(self) -> bool:
        """Empty the field; up brings the text back. False when it was empty."""
        if not self.text:
            return False
        self._draft.clear()
        self._edited()
        return True

    @property
    def _draft(self) -> Draft:
        return self._drafts.setdefault(self._purpose, Draft())

    @property
    def _editing(self) -> Editing:
        return self._draft.editing

    # Keys

    def on_key(self, event: events.Key) -> None:
        """Take the keys that mean something here."""
        before = self.text
        if self._take(event):
            event.stop()
            event.prevent_default()
            if self.text != before:
                self._edited()
            else:
                self._show()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Characters are text here, whatever else they mean elsewhere."""
        return character is not None and character.isprintable()

    def on_paste(self, event: events.Paste) -> None:
        """Take a pasted text as it is; where only one line is wanted, its lines are joined."""
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        self._editing.insert(text if self.multiline else " ".join(text.split("\n")))
        event.stop()
        self._edited()

    def on_click(self, event: events.Click) -> None:
        """Put the caret there."""
        event.stop()
        layout = self._layout()
        column = event.x - width_of(self.prompt)
        self._editing.caret = layout.place(self._first_row + event.y, max(0, column))
        self._show()

    def _take(self, event: events.Key) -> bool:
        key = event.key
        offers = self._offers.offers
        if offers and key in ("up", "down", "tab", "escape"):
            self._choose(key)
            return True
        if key == "enter" and not self.text.strip():
            return False
        if key == "enter":
            self._enter()
        elif key in ("alt+enter", "shift+enter", "ctrl+j"):
            if self.multiline:
                self._editing.insert("\n")
        elif key in ("up", "ctrl+p"):
            return self._vertical(-1)
        elif key in ("down", "ctrl+n"):
            return self._vertical(1)
        elif self._editing.do(key):
            pass
        elif event.character is not None and event.is_printable:
            self._editing.insert(event.character)
        else:
            return False
        return True

    def _enter(self) -> None:
        editing = self._editing
        if self.multiline and editing.caret and editing.text[editing.caret - 1] == "\\":
            editing.replace(editing.caret - 1, editing.caret, "\n")
        elif self.text.strip():
            self.post_message(self.Submitted(self, self._purpose, self._draft.send()))

    def _vertical(self, by: int) -> bool:
        layout = self._layout()
        row, column = layout.find(self._editing.caret)
        if 0 <= row + by < len(layout.rows):
            self._editing.caret = layout.place(row + by, column)
            return True
        return self._draft.older() if by < 0 else self._draft.newer()

    def _choose(self, key: str) -> None:
        popup = self._offers
        if key == "tab":
            offer = popup.offers[popup.chosen]
            self._editing.replace(offer.start, self._editing.caret, offer.text)
            self._offer(())
        elif key == "escape":
            self._offer(())
        else:
            popup.chosen = (popup.chosen + (1 if key == "down" else -1)) % len(popup.offers)
            popup.repaint()

    # Painting

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The rows that hold the caret, the prompt before the first."""
        layout = self._layout()
        caret = self._editing.caret
        indent = width_of(self.prompt)
        shown = []
        for row in range(self._first_row, min(self._first_row + height, len(layout.rows))):
            head = self.prompt if row == 0 else words(" " * indent)
            shown.append(fit((*head, *self._row(layout, row, caret)), width))
        return shown

    def _row(self, layout: Layout, row: int, caret: int) -> Line:
        spans = [
            Span("caret" if place == caret and self.has_focus else _token(text, self.text[place]), text)
            for place, text in layout.pieces(row)
        ]
        at_end = self.has_focus and layout.find(caret)[0] == row and caret == layout.rows[row][1]
        if at_end:
            spans.append(Span("caret", _SPACE))
        if not self.text and self.hint:
            spans.extend(self.hint)
        return tuple(spans)

    def _layout(self) -> Layout:
        width = self.size.width - width_of(self.prompt)
        return Layout(self.text, width, ascii=skin_of(self.app).glyphs.ascii)

    def _edited(self) -> None:
        offers = self.completer(self.text, self._editing.caret) if self.completer and self.text else ()
        self._offer(offers[:_MOST_OFFERS])
        self._show()
        self.post_message(self.Changed(self, self._purpose, self.text))

    def _show(self) -> None:
        """Grow or shrink to the text, keep the caret on the screen, paint what differs."""
        if not self.is_mounted or not self.size:
            return
        layout = self._layout()
        row, column = layout.find(self._editing.caret)
        height = min(len(layout.rows), MOST_ROWS)
        self._first_row = min(max(self._first_row, row - height + 1), row, len(layout.rows) - height)
        if self.size.height != height:
            self.styles.height = height
        if self.has_focus:
            # Where an input method shows what is being composed.
            self.app.cursor_position = self.content_region.offset + Offset(
                width_of(self.prompt) + column, row - self._first_row
            )
        self.repaint()

    def _offer(self, offers: Sequence[Offer]) -> None:
        popup = self._offers
        if not offers and not popup.offers:
            return
        popup.offers, popup.chosen = offers, 0
        popup.display = bool(offers)
        if offers:
            popup.styles.width = max(self.size.width, 1)
            popup.styles.height = len(offers)
            popup.styles.offset = (0, -len(offers))
        popup.repaint()

    def on_resize(self) -> None:
        """The text may fill other rows now."""
        self._show()

    def watch_has_focus(self, has_focus: bool) -> None:
        """There is a caret only where the keys go."""
        super().watch_has_focus(has_focus)
        if not has_focus:
            self._offer(())
        self._show()


def _token(shown: SafeText, character: str) -> str:
    """What a terminal would obey, or hide, is shown by a sign that must not be taken for the text itself."""
    return "text" if shown == character or character == "\t" else "danger"
