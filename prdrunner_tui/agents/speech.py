"""The words of an agent as they come, without credentials: what may be a part of one is held back."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Sequence
from dataclasses import replace

from prdrunner_tui.text.redact import Redactor
from prdrunner_tui.workers.port import Said, Thought

Words = Said | Thought


class Speech:
    """Takes what an agent says piece by piece; gives what is certain to hold no part of a secret.

    Args:
        secrets: the credentials.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._redactor = Redactor(secrets)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._last: Words | None = None

    def take(self, words: Words) -> Iterator[Words]:
        """The next piece: what it lets out, after the rest of another message that it ends."""
        last = self._last
        if last is not None and (type(last), last.item) != (type(words), words.item):
            yield from self.end()
        self._last = words
        certain = self._decoder.decode(self._redactor.feed(words.text.encode("utf-8", "replace")))
        if certain:
            yield replace(words, text=certain)

    def end(self) -> Iterator[Words]:
        """The rest of the message that is under way."""
        last, self._last = self._last, None
        rest = self._decoder.decode(self._redactor.finish(), final=True)
        self._decoder.reset()
        if rest and last is not None:
            yield replace(last, text=rest)
