"""What was begun and not sent, and what was sent, for each purpose of a text field."""

from __future__ import annotations

from prdrunner_tui.tui.editing import Editing

_KEPT = 200


class Draft:
    """The text of one purpose and the texts that were sent for it.

    Attributes:
        editing: what is being written.
        sent: earlier texts, the oldest first.
    """

    def __init__(self, sent: list[str] | None = None) -> None:
        self.editing = Editing()
        self.sent = list(sent or ())[-_KEPT:]
        self._place = len(self.sent)
        self._unsent = ""

    def older(self) -> bool:
        """Put the text before into the field; False when there is none. What was being written is kept."""
        if self._place == 0:
            return False
        if self._place == len(self.sent):
            self._unsent = self.editing.text
        self._place -= 1
        self.editing.set(self.sent[self._place])
        return True

    def newer(self) -> bool:
        """Put the text after into the field, in the end what was being written; False when it is there already."""
        if self._place == len(self.sent):
            return False
        self._place += 1
        self.editing.set(self._unsent if self._place == len(self.sent) else self.sent[self._place])
        return True

    def send(self) -> str:
        """The text, which is an earlier one from now on; the field is empty."""
        text = self.editing.text
        self._keep(text)
        self.editing = Editing()
        return text

    def clear(self) -> None:
        """Empty the field; what was in it comes back as an earlier text."""
        self._keep(self.editing.text)
        self.editing.set("")

    def _keep(self, text: str) -> None:
        if text.strip() and self.sent[-1:] != [text]:
            self.sent.append(text)
            del self.sent[:-_KEPT]
        self._place = len(self.sent)
        self._unsent = ""
