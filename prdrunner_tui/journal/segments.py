"""Segment files: the raw output of one step, capped, with an index that finds a line without reading the rest.

A segment named ``S`` is two files. ``S.log`` holds the bytes as they came (credentials redacted). ``S.idx`` holds
a 32-byte record a chunk, little endian: time (f64, seconds since 1970), offset in ``S.log`` (u64), lines that end
before this chunk (u64), length (u32), kind (u8), flags (u8, bit 0: bytes were left out before this chunk), two
unused bytes. The log is written before its record, so that a record never names bytes that are not there; after
a crash, a torn last record is ignored.

Of the cap three quarters are the beginning of the output and one quarter its end, because a test tool says what
happened in its last lines.
"""

from __future__ import annotations

import os
import struct
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.text.redact import Redactor

KINDS = ("say", "thought", "plan", "edit", "cmd", "out", "err", "exit", "note")
"""The kinds of a chunk, in the order of their codes in the index; new ones are added at the end."""

_CODES = {kind: code for code, kind in enumerate(KINDS)}
_RECORD = struct.Struct("<dQQIBBH")
_OMITTED = 1
_MAX_CHUNK = 1 << 20
_GATHERED = 4096
_BLOCK = 4096
"""Records of an index that are read at a time."""


@dataclass(frozen=True, slots=True)
class SegmentStats:
    """What a finished segment holds. ``seen`` and ``kept`` are bytes."""

    seen: int
    kept: int
    truncated: bool
    lines: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """One record of the index: ``lines`` is the number of lines that end before it."""

    at: float
    offset: int
    lines: int
    length: int
    kind: str
    omitted: bool


class SegmentWriter:
    """The one writer of a segment.

    Args:
        path: the segment's name without suffix; an existing segment is appended to.
        cap: bytes kept at most.
        redact: credentials that are replaced before anything is written.
        clock: seconds since 1970.

    Raises:
        OSError: when the disk refuses (full, gone), from any method.
    """

    def __init__(
        self, path: Path, *, cap: int, redact: Sequence[bytes] = (), clock: Callable[[], float] = time.time
    ) -> None:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._clock = clock
        self._log = os.open(path.with_name(path.name + ".log"), flags, 0o600)
        self._index = os.open(path.with_name(path.name + ".idx"), flags, 0o600)
        self._head = cap * 3 // 4
        self._tail_cap = cap - self._head
        self._tail: deque[tuple[float, int, bytearray]] = deque()
        self._tail_size = 0
        self._dropped = 0
        self._secrets = tuple(redact)
        self._redactor: Redactor | None = None
        self._open_kind: int | None = None
        self._offset = 0
        self._lines = 0
        self._mid_line = False
        self._last_kind: int | None = None
        self._resume()
        self._seen = self._offset
        self._truncated = False
        self._closed: SegmentStats | None = None

    @property
    def size(self) -> int:
        """Bytes in the log so far, the end that is still held back not counted."""
        return self._offset

    @property
    def lines(self) -> int:
        """Lines that ended so far."""
        return self._lines

    def write(self, kind: str, data: bytes) -> None:
        """Take one chunk of ``kind``."""
        code = _CODES[kind]
        if self._open_kind is not None and self._open_kind != code:
            self.flush()
        self._open_kind = code
        if self._secrets:
            if self._redactor is None:
                self._redactor = Redactor(self._secrets)
            data = self._redactor.feed(data)
        self._take(code, data)

    def flush(self) -> None:
        """Give up what the redactor still holds back."""
        if self._redactor is not None and self._open_kind is not None:
            self._take(self._open_kind, self._redactor.finish())
            self._redactor = None

    def close(self) -> SegmentStats:
        """Write the kept end of a capped output, close both files, and say what is there. Idempotent."""
        if self._closed is None:
            try:
                self.flush()
                self._write_tail()
            finally:
                os.close(self._log)
                os.close(self._index)
            self._closed = SegmentStats(self._seen, self._offset, self._truncated, self._lines)
        return self._closed

    def _resume(self) -> None:
        """Continue an existing segment after its last whole record."""
        index_size = os.fstat(self._index).st_size
        whole = index_size - index_size % _RECORD.size
        os.ftruncate(self._index, whole)
        if whole:
            record = _RECORD.unpack(os.pread(self._index, _RECORD.size, whole - _RECORD.size))
            last = os.pread(self._log, record[3], record[1])
            self._offset = record[1] + record[3]
            self._lines = record[2] + last.count(b"\n")
            self._mid_line = not last.endswith(b"\n")
            self._last_kind = record[4]
        os.ftruncate(self._log, self._offset)

    def _take(self, code: int, data: bytes) -> None:
        if not data:
            return
        self._seen += len(data)
        for start in range(0, len(data), _MAX_CHUNK):
            piece = data[start : start + _MAX_CHUNK]
            room = self._head - self._offset
            if not self._truncated and room > 0:
                self._append(code, piece[:room], omitted=False)
                piece = piece[room:]
            if piece:
                self._hold(code, piece)

    def _hold(self, code: int, piece: bytes) -> None:
        last = self._tail[-1] if self._tail else None
        # Small pieces are gathered, or a million single bytes would cost a hundred times their size.
        if last is not None and last[1] == code and len(last[2]) < _GATHERED:
            last[2].extend(piece)
        else:
            self._tail.append((self._clock(), code, bytearray(piece)))
        self._tail_size += len(piece)
        while self._tail_size > self._tail_cap and self._tail:
            at, oldest, held = self._tail.popleft()
            surplus = min(self._tail_size - self._tail_cap, len(held))
            self._truncated = True
            self._dropped += surplus
            self._tail_size -= surplus
            if surplus < len(held):
                del held[:surplus]
                self._tail.appendleft((at, oldest, held))

    def _write_tail(self) -> None:
        if self._truncated:
            self._append(
                _CODES["note"], f"\n[{self._dropped:,} bytes left out here]\n".encode(), omitted=True
            )
        while self._tail:
            at, code, piece = self._tail.popleft()
            self._append(code, bytes(piece), omitted=False, at=at)
        self._tail_size = 0

    def _append(self, code: int, data: bytes, *, omitted: bool = False, at: float | None = None) -> None:
        if self._mid_line and code != self._last_kind:
            self._record(self._last_kind or 0, b"\n", omitted=False, at=at)
        self._record(code, data, omitted=omitted, at=at)
        self._last_kind = code

    def _record(self, code: int, data: bytes, *, omitted: bool, at: float | None) -> None:
        _write_all(self._log, data)
        when = self._clock() if at is None else at
        _write_all(self._index, _RECORD.pack(when, self._offset, self._lines, len(data), code, omitted, 0))
        self._offset += len(data)
        self._lines += data.count(b"\n")
        self._mid_line = not data.endswith(b"\n")


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


class SegmentReader:
    """Reads a segment that may still be growing; it holds no file open between calls.

    Args:
        path: the segment's name without suffix. A segment that does not exist reads as empty.
    """

    def __init__(self, path: Path) -> None:
        self._log = path.with_name(path.name + ".log")
        self._index = path.with_name(path.name + ".idx")

    def chunk_count(self) -> int:
        """Whole records in the index."""
        try:
            return self._index.stat().st_size // _RECORD.size
        except FileNotFoundError:
            return 0

    def chunks(self, first: int = 0, count: int | None = None) -> Iterator[Chunk]:
        """The chunks from number ``first`` on, without their bytes."""
        wanted = self.chunk_count() - first if count is None else count
        while wanted > 0:
            try:
                with self._index.open("rb") as index:
                    index.seek(first * _RECORD.size)
                    data = index.read(min(wanted, _BLOCK) * _RECORD.size)
            except FileNotFoundError:
                return
            records = list(_RECORD.iter_unpack(data[: len(data) - len(data) % _RECORD.size]))
            if not records:
                return
            for at, offset, lines, length, code, flags, _ in records:
                kind = KINDS[code] if code < len(KINDS) else "note"
                yield Chunk(at, offset, lines, length, kind, bool(flags & _OMITTED))
            first += len(records)
            wanted -= len(records)

    def read(self, chunk: Chunk) -> bytes:
        """The bytes of one chunk."""
        with self._log.open("rb") as log:
            log.seek(chunk.offset)
            return log.read(chunk.length)

    def content(self, limit: int = -1) -> bytes:
        """All bytes of the log, at most ``limit``."""
        try:
            with self._log.open("rb") as log:
                return log.read(limit)
        except FileNotFoundError:
            return b""

    def tail(self, limit: int) -> bytes:
        """The last bytes of the log, at most ``limit``, from the beginning of a line on where there is one."""
        try:
            with self._log.open("rb") as log:
                size = log.seek(0, os.SEEK_END)
                log.seek(max(0, size - limit))
                data = log.read(limit)
        except FileNotFoundError:
            return b""
        return data if size <= limit or b"\n" not in data else data[data.index(b"\n") + 1 :]

    def line_count(self) -> int:
        """Lines that ended so far."""
        count = self.chunk_count()
        for last in self.chunks(count - 1, 1) if count else ():
            return last.lines + self.read(last).count(b"\n")
        return 0

    def lines(self, first: int, count: int) -> list[tuple[float, str, bytes]]:
        """At most ``count`` lines from line ``first`` (0-based) on, as (time, kind, bytes without the newline).

        A line that several chunks make up carries the time of the chunk in which it begins.
        """
        found: list[tuple[float, str, bytes]] = []
        rest: list[bytes] = []
        rest_at, rest_kind = 0.0, ""
        number = -1
        start = self._chunk_before_line(first)
        try:
            log = self._log.open("rb")
        except FileNotFoundError:
            return []
        with log:
            for chunk in self.chunks(start):
                number = chunk.lines if number < 0 else number
                log.seek(chunk.offset)
                *ended, last = log.read(chunk.length).split(b"\n")
                for piece in ended:
                    if not rest:
                        rest_at, rest_kind = chunk.at, chunk.kind
                    if number >= first:
                        found.append((rest_at, rest_kind, b"".join((*rest, piece))))
                        if len(found) == count:
                            return found
                    number += 1
                    rest = []
                if last:
                    if not rest:
                        rest_at, rest_kind = chunk.at, chunk.kind
                    # Joined once: a line may come in a hundred thousand pieces.
                    rest.append(last)
        if rest and number >= first and len(found) < count:
            found.append((rest_at, rest_kind, b"".join(rest)))
        return found

    def _chunk_before_line(self, line: int) -> int:
        """The number of the chunk in which the newline stands that ends line ``line - 1``."""
        low, high = 0, self.chunk_count()
        if line <= 0 or not high:
            return 0
        with self._index.open("rb") as index:
            while low < high:
                middle = (low + high) // 2
                index.seek(middle * _RECORD.size)
                if _RECORD.unpack(index.read(_RECORD.size))[2] < line:
                    low = middle + 1
                else:
                    high = middle
        return low - 1
