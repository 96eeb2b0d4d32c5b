"""The words of an agent as they come, without credentials: what may be a part of one is held back.

A secret is found over pieces, and over messages of the same kind: a tool call or another message in its middle leaves
no two halves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from prdrunner_tui.agents.attributed import Attributed
from prdrunner_tui.text.redact import SHORTEST
from prdrunner_tui.workers.port import Said, Thought

Words = Said | Thought


class Speech:
    """Takes what an agent says piece by piece; gives what is certain to hold no part of a secret.

    What could begin a secret where a message ends is held back until the next message of the kind shows what it is, at
    most to the end of the turn, and then told as a part of its own message. The last letters of a longer word are let
    go where they are fewer than any secret that is looked for, or many a message had no end for a while: if the next
    message goes on with the secret, the rest is redacted there.

    Args:
        secrets: the credentials, as UTF-8.
    """

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._streams = {kind: _Stream(secrets) for kind in (Said, Thought)}
        self._last: Words | None = None

    def take(self, words: Words) -> Iterator[Words]:
        """The next piece: what it lets out, after the rest of another message that it ends."""
        last = self._last
        if last is not None and (type(last), last.item) != (type(words), words.item):
            yield from self.message_ended()
        # What has no name is a message of its own, and whole.
        self._last = words if words.item else None
        yield from self._streams[type(words)].take(words)

    def message_ended(self) -> Iterator[Words]:
        """The message that is under way is whole, and the turn goes on: what of it can be let go."""
        last, self._last = self._last, None
        if last is not None:
            yield from self._streams[type(last)].message_ended(last)

    def end(self) -> Iterator[Words]:
        """Nothing more is said: all that is held back."""
        yield from self.message_ended()
        for stream in self._streams.values():
            yield from stream.end()


class _Stream:
    """All messages of one kind, one after the other."""

    def __init__(self, secrets: Sequence[bytes]) -> None:
        self._redactor: Attributed[Words] = Attributed(secrets)
        self._line_end = b""

    def take(self, words: Words) -> Iterator[Words]:
        """The next piece of a message."""
        data = self._line_end + words.text.encode("utf-8", "replace")
        # The end of a line where a message ends belongs to the message, and not to what goes on in the next one.
        self._line_end = b"\n" if data.endswith(b"\n") and self._redactor.could_begin(data[:-1]) else b""
        pieces = [*self._redactor.take(words, data[:-1] if self._line_end else data)]
        if not words.item:
            pieces += self._end_of(words)
        yield from _told(pieces)

    def message_ended(self, words: Words) -> Iterator[Words]:
        """A message is whole; `words` is its last piece."""
        yield from _told(self._end_of(words))

    def end(self) -> Iterator[Words]:
        """All that is held back."""
        yield from _told(self._redactor.end())

    def _end_of(self, words: Words) -> Iterator[tuple[Words, bytes]]:
        line_end, self._line_end = self._line_end, b""
        yield from self._redactor.pause(words, line_end, SHORTEST)


def _told(pieces: Iterable[tuple[Words, bytes]]) -> Iterator[Words]:
    for _, group in groupby(pieces, key=lambda piece: id(piece[0])):
        same = list(group)
        text = b"".join(data for _, data in same).decode("utf-8", "replace")
        if text:
            yield replace(same[0][0], text=text)
