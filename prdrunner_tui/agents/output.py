"""What comes out of an agent: long lines cut, and whether anything new was said. Pure."""

from __future__ import annotations

import re
from collections import OrderedDict

_WHOLE = 8192


class LineLimiter:
    """Cuts what a line has beyond `cap` bytes and says so where the line ends; works over any cut into chunks.

    `total` counts the bytes left out so far.
    """

    def __init__(self, cap: int) -> None:
        self._cap = cap
        self.total = 0
        self._length = 0
        self._dropped = 0

    def feed(self, chunk: bytes) -> bytes:
        """The bytes of the chunk that are kept."""
        if self._cap >= _WHOLE and len(chunk) > self._cap // 2:
            # In slices of half a cap ordinary lines never need to be looked at one by one.
            step = self._cap // 2
            return b"".join(self._feed(chunk[at : at + step]) for at in range(0, len(chunk), step))
        return self._feed(chunk)

    def finish(self) -> bytes:
        """The note about what the line lost, if anything; the next byte begins a new line."""
        self.total += self._dropped
        note = f" [{self._dropped:,} bytes of this line left out]".encode() if self._dropped else b""
        self._length = self._dropped = 0
        return note

    def _feed(self, chunk: bytes) -> bytes:
        if self._length + len(chunk) <= self._cap:
            newline = chunk.rfind(b"\n")
            self._length = self._length + len(chunk) if newline < 0 else len(chunk) - newline - 1
            return chunk
        kept: list[bytes] = []
        at = 0
        while at < len(chunk):
            newline = chunk.find(b"\n", at)
            end = len(chunk) if newline < 0 else newline
            room = max(0, self._cap - self._length)
            kept.append(chunk[at : min(end, at + room)])
            self._dropped += max(0, end - at - room)
            self._length += end - at
            if newline >= 0:
                kept.append(self.finish())
                kept.append(b"\n")
            at = end + 1
        return b"".join(kept)


_SGR = re.compile(rb"\x1b\[[0-9;:]*m")
_REDRAW = re.compile(rb"[\r\x08]|\x1b\[[0-9;?]*[ABCDGHJKfsu]|\x1b[78]")
_NEWLINES = re.compile(rb"\r\n")
_NOT_LETTERS = re.compile(r"\d\w*|[\W_]+")


class Novelty:
    """Tells output that says something new from a spinner, a clock or a progress bar that only moves.

    Redrawn output (carriage return, backspace, cursor movement) is new when its words (letters only) were not
    seen lately; other output when its line was not.
    """

    def __init__(self, remember: int = 256) -> None:
        self._remember = remember
        self._seen: OrderedDict[str, None] = OrderedDict()

    def is_new(self, chunk: bytes) -> bool:
        """Whether the chunk says anything that was not said lately. Only its last 4 KiB are looked at."""
        text = _NEWLINES.sub(b"\n", _SGR.sub(b"", chunk[-4096:]))
        redrawn = _REDRAW.search(text) is not None
        new = False
        for part in _REDRAW.split(text) if redrawn else [text]:
            for line in part.split(b"\n"):
                words = line.decode("utf-8", "replace").strip()
                if redrawn:
                    words = _NOT_LETTERS.sub("", words)
                elif words and not any(c.isalnum() for c in words):
                    # Dots of a test runner: each one is progress, and there is nothing to compare.
                    new = True
                    continue
                if words:
                    new |= self._take(words[:200])
        return new

    def _take(self, words: str) -> bool:
        if words in self._seen:
            self._seen.move_to_end(words)
            return False
        self._seen[words] = None
        if len(self._seen) > self._remember:
            self._seen.popitem(last=False)
        return True
