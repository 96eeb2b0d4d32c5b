"""Redaction of what several messages say one after the other: each piece that comes out has its message. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from prdrunner_tui.text.redact import MARK, Redactor

Owner = TypeVar("Owner")

_MOST_PARTS = 1000
"""Parts that are held back at most: an agent could say empty messages without end."""


@dataclass(slots=True)
class _Part(Generic[Owner]):
    """So many bytes of one owner; `after` comes behind them and is no part of what is searched."""

    owner: Owner
    size: int
    after: bytes = b""


class Attributed(Redactor, Generic[Owner]):
    """A `Redactor` that gives pieces with their owners; a mark belongs to the owner of the secret's beginning.

    `take`, `pause` and `end` stand in for `feed` and `finish`.
    """

    def __init__(self, secrets: Iterable[bytes]) -> None:
        super().__init__(secrets)
        self._parts: list[_Part[Owner]] = []
        self._told = 0  # so many bytes at the start of _held are given already, as they are
        self._before = b""  # the byte before _held; none where an owner begins

    def could_begin(self, chunk: bytes) -> bool:
        """Whether a secret could begin in these bytes, or before them, and end behind them."""
        data = self._held + chunk
        return self._certain(data) < len(data)

    def take(self, owner: Owner, chunk: bytes) -> Iterator[tuple[Owner, bytes]]:
        """Take the next bytes; give those that are certain."""
        if not self._secrets:
            yield owner, chunk
            return
        self._held += chunk
        self._parts.append(_Part(owner, len(chunk)))
        crowded = len(self._parts) > _MOST_PARTS
        yield from self._let_out(len(self._held) if crowded else self._certain(self._held))

    def pause(self, owner: Owner, after: bytes, longest: int) -> Iterator[tuple[Owner, bytes]]:
        """An owner has no more: give what is held back, with `after` behind it, if it is shorter than `longest` and
        stands at the end of a longer word.

        It is remembered nevertheless: of a secret that goes on with another owner the rest becomes a mark there.
        """
        given = max(self._told, self._covered)
        least = 1 if self._begins_a_word() else longest
        if len(self._held) > given and len(self._held) - self._covered >= least:
            self._parts.append(_Part(owner, 0, after))
            return
        yield from self._by_part([(given, self._held[given:])], len(self._held))
        self._told = len(self._held)
        if not self._held:
            self._before = b""
        if after:
            yield owner, after

    def end(self) -> Iterator[tuple[Owner, bytes]]:
        """Give all that is held back; another stream can begin."""
        yield from self._let_out(len(self._held))

    def _begins_a_word(self) -> bool:
        """Whether what is held back is no part of a longer word: a secret is rarely one, and most words are longer."""
        return not self._covered and not self._before.isalnum() and self._before != b"_"

    def _let_out(self, certain: int) -> Iterator[tuple[Owner, bytes]]:
        data, given = self._held, max(self._told, self._covered)
        pieces: list[tuple[int, bytes | None]] = []
        at = covered = 0
        for start, end in self._occurrences(data):
            goes_on = start == 0 and self._covered > 0
            if start >= certain and not goes_on:
                break
            pieces.append((max(at, given), data[max(at, given) : start]))
            if not goes_on:
                pieces.append((max(start, given), None))
            at, covered = min(end, certain), max(0, end - certain)
        pieces.append((max(at, given), data[max(at, given) : certain]))
        yield from self._by_part(pieces, certain)
        self._before = data[certain - 1 : certain] if certain else self._before
        self._held, self._covered, self._told = data[certain:], covered, max(0, self._told - certain)
        while self._parts and self._parts[0].size <= certain:
            certain -= self._parts.pop(0).size
        if self._parts:
            self._parts[0].size -= certain

    def _by_part(
        self, pieces: Sequence[tuple[int, bytes | None]], certain: int
    ) -> Iterator[tuple[Owner, bytes]]:
        """The pieces with their places in what is held back, cut where another owner begins; None is a mark."""
        start = first = 0
        for part in self._parts:
            end = start + part.size
            # Pieces are in their order: what ended with an owner is looked at for none behind it.
            while first < len(pieces) and pieces[first][0] < end:
                at, piece = pieces[first]
                mark = MARK if start <= at else b""
                if mine := mark if piece is None else piece[max(0, start - at) : end - at]:
                    yield part.owner, mine
                if piece is not None and at + len(piece) > end:
                    break  # The rest of it is the next owner's.
                first += 1
            if part.after and end <= certain:
                yield part.owner, part.after
                part.after = b""
            start = end
