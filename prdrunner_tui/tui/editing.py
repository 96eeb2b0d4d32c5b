"""A text that is being written: its characters, the place of the caret, and what keys do to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from prdrunner_tui.text.cells import cell_width, cells
from prdrunner_tui.text.safe import SafeText, sanitize

_UNDO_DEPTH = 200
_WORD_BACK = re.compile(r"\w+\W*\Z")
_WORD_ON = re.compile(r"\W*\w+")
_FIELD_BACK = re.compile(r"\S+\s*\Z|\s+\Z")


class Editing:
    """A text and a caret before one of its characters, or behind the last. Everything is kept as it was typed.

    Attributes:
        text: what was written, with line feeds between lines.
        caret: characters before the caret.
    """

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.caret = len(text)
        self._killed = ""
        self._undo: list[tuple[str, int]] = []
        self._typing = False

    def insert(self, text: str) -> None:
        """Put text before the caret."""
        # A word that is typed is taken back as one.
        if not (self._typing and len(text) == 1 and not text.isspace()):
            self._remember()
        self._typing = len(text) == 1
        self._replace(self.caret, self.caret, text)

    def set(self, text: str) -> None:
        """Another text; the caret is behind it."""
        if text != self.text:
            self._remember()
            self.text = text
        self._typing = False
        self.caret = len(text)

    def replace(self, start: int, end: int, text: str) -> None:
        """Other characters in place of ``[start, end)``; the caret is behind them."""
        self._remember()
        self._replace(start, end, text)

    def do(self, key: str) -> bool:
        """Do what a key of readline does; whether it is one. Keys are named as Textual names them."""
        action = _KEYS.get(key)
        if action is None:
            return False
        action(self)
        self._typing = False
        return True

    def _replace(self, start: int, end: int, text: str) -> None:
        self.text = self.text[:start] + text + self.text[end:]
        self.caret = start + len(text)

    def _remember(self) -> None:
        if not self._undo or self._undo[-1][0] != self.text:
            self._undo.append((self.text, self.caret))
            del self._undo[:-_UNDO_DEPTH]

    def _delete(self, start: int, end: int, *, kill: bool = False) -> None:
        if start < end:
            self._remember()
            if kill:
                self._killed = self.text[start:end]
            self._replace(start, end, "")

    @property
    def _before(self) -> int:
        """Where the character before the caret begins, with the marks that combine with it."""
        place = self.caret - 1
        while place > 0 and cell_width(self.text[place]) == 0 and self.text[place] != "\n":
            place -= 1
        return max(0, place)

    @property
    def _behind(self) -> int:
        place = min(self.caret + 1, len(self.text))
        while place < len(self.text) and cell_width(self.text[place]) == 0 and self.text[place] != "\n":
            place += 1
        return place

    @property
    def _line_start(self) -> int:
        return self.text.rfind("\n", 0, self.caret) + 1

    @property
    def _line_end(self) -> int:
        end = self.text.find("\n", self.caret)
        return len(self.text) if end < 0 else end

    def _back_to(self, pattern: re.Pattern[str]) -> int:
        found = pattern.search(self.text, 0, self.caret)
        return found.start() if found else 0

    @property
    def _word_end(self) -> int:
        found = _WORD_ON.match(self.text, self.caret)
        return found.end() if found else len(self.text)

    def _go(self, place: int) -> None:
        self.caret = place

    def _transpose(self) -> None:
        at = min(self.caret, len(self.text) - 1)
        if at >= 1:
            self._remember()
            self._replace(at - 1, at + 1, self.text[at] + self.text[at - 1])

    def _yank(self) -> None:
        if self._killed:
            self._remember()
            self._replace(self.caret, self.caret, self._killed)

    def _undo_one(self) -> None:
        while self._undo:
            text, caret = self._undo.pop()
            if text != self.text:
                self.text, self.caret = text, caret
                return


_KEYS: Mapping[str, Callable[[Editing], None]] = {
    "left": lambda on: on._go(on._before),
    "ctrl+b": lambda on: on._go(on._before),
    "right": lambda on: on._go(on._behind),
    "ctrl+f": lambda on: on._go(on._behind),
    "home": lambda on: on._go(on._line_start),
    "ctrl+a": lambda on: on._go(on._line_start),
    "end": lambda on: on._go(on._line_end),
    "ctrl+e": lambda on: on._go(on._line_end),
    "ctrl+left": lambda on: on._go(on._back_to(_WORD_BACK)),
    "alt+b": lambda on: on._go(on._back_to(_WORD_BACK)),
    "ctrl+right": lambda on: on._go(on._word_end),
    "alt+f": lambda on: on._go(on._word_end),
    "backspace": lambda on: on._delete(on._before, on.caret),
    "ctrl+h": lambda on: on._delete(on._before, on.caret),
    "delete": lambda on: on._delete(on.caret, on._behind),
    "ctrl+d": lambda on: on._delete(on.caret, on._behind),
    "ctrl+k": lambda on: (
        on._delete(on.caret, max(on._line_end, min(on.caret + 1, len(on.text))), kill=True)
        if on.caret == on._line_end
        else on._delete(on.caret, on._line_end, kill=True)
    ),
    "ctrl+u": lambda on: on._delete(on._line_start, on.caret, kill=True),
    "ctrl+w": lambda on: on._delete(on._back_to(_FIELD_BACK), on.caret, kill=True),
    "alt+backspace": lambda on: on._delete(on._back_to(_WORD_BACK), on.caret, kill=True),
    "alt+d": lambda on: on._delete(on.caret, on._word_end, kill=True),
    "ctrl+y": lambda on: on._yank(),
    "ctrl+t": lambda on: on._transpose(),
    "ctrl+underscore": lambda on: on._undo_one(),
}


class Layout:
    """The rows that a text fills at a width, and where its characters are in them.

    Characters are shown as `sanitize` shows them, so one may fill several cells; a row ends where the next character
    would not fit. Behind the last character there is room for the caret.

    Attributes:
        rows: for each row the places ``[start, end)`` of its characters in the text.
    """

    def __init__(self, text: str, width: int, *, ascii: bool = False) -> None:
        self._text = text
        self._width = max(width, 2)
        self._ascii = ascii
        self.rows: list[tuple[int, int]] = []
        start = used = 0
        for place, character in enumerate(text):
            if character == "\n":
                self.rows.append((start, place))
                start, used = place + 1, 0
                continue
            wide = cells(self.shown(character))
            if used + wide > self._width and place > start:
                self.rows.append((start, place))
                start, used = place, 0
            used += wide
        self.rows.append((start, len(text)))
        if used >= self._width:
            self.rows.append((len(text), len(text)))

    def shown(self, character: str) -> SafeText:
        """What a character of the text is shown as."""
        return sanitize(character, ascii=self._ascii)

    def pieces(self, row: int) -> list[tuple[int, SafeText]]:
        """Each character of a row: its place in the text and what it is shown as."""
        start, end = self.rows[row]
        return [(place, self.shown(self._text[place])) for place in range(start, end)]

    def find(self, place: int) -> tuple[int, int]:
        """Row and column of a place in the text; at the seam of two rows it is the beginning of the second."""
        row = max(index for index, (start, _) in enumerate(self.rows) if start <= place)
        start, end = self.rows[row]
        return row, sum(cells(self.shown(character)) for character in self._text[start : min(place, end)])

    def place(self, row: int, column: int) -> int:
        """The place in the text that is nearest to a row and a column."""
        row = min(max(row, 0), len(self.rows) - 1)
        start, end = self.rows[row]
        used = 0
        for place in range(start, end):
            wide = cells(self.shown(self._text[place]))
            if used + wide > column:
                return place
            used += wide
        # The end of a row that goes on in the next one is that one's beginning.
        seam = row + 1 < len(self.rows) and self.rows[row + 1][0] == end and end > start
        return end - 1 if seam else end
