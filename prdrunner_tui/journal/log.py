"""The event log of one run: an append-only sqlite database with a hash chain.

Table ``events``: ``seq`` (from 1, without gaps), ``at`` (seconds since 1970), ``name``, ``version``, ``data``
(canonical JSON of the event's fields), ``hash``: SHA-256 over the previous hash and this row, so that a changed,
lost or inserted row breaks the chain from there on. Triggers refuse every update and delete, and a row whose number
is not the next.
"""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.kernel.codec import decode_event, encode_event
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.values import CodecError

FORMAT = 1
"""The layout of the database, in ``PRAGMA user_version``."""

_SCHEMA = f"""
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    data TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE TRIGGER events_keep_update BEFORE UPDATE ON events BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER events_keep_delete BEFORE DELETE ON events BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
CREATE TRIGGER events_gapless BEFORE INSERT ON events
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'the log has no gaps'); END;
PRAGMA user_version = {FORMAT};
"""


class LogError(Exception):
    """The log cannot be read or written; the message is one line for a person."""


@dataclass(frozen=True, slots=True)
class Row:
    """An event as stored."""

    seq: int
    at: float
    name: str
    version: int
    data: str


def chain(previous: bytes, row: Row) -> bytes:
    """The hash of a row that follows ``previous`` (32 bytes, empty before the first)."""
    head = struct.pack("<qdq", row.seq, row.at, row.version)
    body = b"\0".join((row.name.encode(), row.data.encode("utf-8", "surrogatepass")))
    return hashlib.sha256(previous + head + body).digest()


class Log:
    """One run's log. Not for use by several threads at once; only one process may append.

    Args:
        path: the database, made when it is missing unless ``read_only``.

    Raises:
        LogError: it is missing, damaged, or of a newer program.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        if read_only and not path.exists():
            raise LogError(f"{path} does not exist")
        mode = "ro" if read_only else "rwc"
        address = f"{path.absolute().as_uri()}?mode={mode}"
        try:
            self._db = sqlite3.connect(address, uri=True, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise LogError(f"{path}: {error}") from error
        try:
            self._db.execute("PRAGMA busy_timeout = 5000")
            if not read_only:
                self._db.execute("PRAGMA journal_mode = WAL")
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute("PRAGMA wal_autocheckpoint = 1000")
            version = int(self._db.execute("PRAGMA user_version").fetchone()[0])
            if version == 0 and not read_only:
                self._db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
            elif version != FORMAT:
                raise LogError(f"{path} has format {version}; this program knows {FORMAT}")
            last = self._db.execute("SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1").fetchone()
        except (sqlite3.Error, LogError) as error:
            self._db.close()
            raise error if isinstance(error, LogError) else LogError(f"{path}: {error}") from error
        self._path = path
        self.last_seq: int = last[0] if last else 0
        self._last_hash: bytes = last[1] if last else b""

    @property
    def head(self) -> str:
        """The hash of the last event, in hex; it stands for the whole log."""
        return self._last_hash.hex()

    def append(self, batch: Sequence[Recorded]) -> None:
        """Write ``batch`` in one transaction; when this returns, it is on the disk.

        Raises:
            LogError: nothing of the batch was written.
        """
        rows: list[tuple[int, float, str, int, str, bytes]] = []
        previous = self._last_hash
        for recorded in batch:
            row = Row(recorded.seq, recorded.at, *encode_event(recorded.event))
            previous = chain(previous, row)
            rows.append((row.seq, row.at, row.name, row.version, row.data, previous))
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                self._db.executemany("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", rows)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise LogError(f"{self._path}: {error}") from error
        if rows:
            self.last_seq, self._last_hash = rows[-1][0], previous

    def read(self, after: int = 0, count: int = -1) -> Iterator[Recorded]:
        """The events after number ``after``, at most ``count``.

        Raises:
            LogError: a row cannot be decoded.
        """
        for row in self.rows(after, count):
            try:
                yield Recorded(row.seq, row.at, decode_event(row.name, row.version, row.data))
            except CodecError as error:
                raise LogError(f"{self._path}: event {row.seq}: {error}") from error

    def rows(self, after: int = 0, count: int = -1) -> Iterator[Row]:
        """The rows after number ``after`` as they stand."""
        query = "SELECT seq, at, name, version, data FROM events WHERE seq > ? ORDER BY seq LIMIT ?"
        try:
            for values in self._db.execute(query, (after, count)):
                yield Row(*values)
        except sqlite3.Error as error:
            raise LogError(f"{self._path}: {error}") from error

    def check(self) -> list[str]:
        """What is wrong with the log: gaps, a broken chain, damaged pages. Empty when it is whole."""
        faults: list[str] = []
        previous, expected = b"", 1
        try:
            for seq, at, name, version, data, stored in self._db.execute("SELECT * FROM events ORDER BY seq"):
                if seq != expected:
                    faults.append(f"events {expected} to {seq - 1} are missing")
                previous = chain(previous, Row(seq, at, name, version, data))
                if previous != stored:
                    faults.append(f"event {seq} does not follow from the one before it")
                    break
                expected = seq + 1
            answer = self._db.execute("PRAGMA integrity_check").fetchone()[0]
            if answer != "ok":
                faults.append(f"sqlite: {answer}")
        except sqlite3.Error as error:
            faults.append(f"sqlite: {error}")
        return faults

    def close(self) -> None:
        """Close the database; its write-ahead log is folded in."""
        self._db.close()
