"""The event log: append-only, gapless, chained, and whole after whatever kept it from being written."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from prdrunner_tui.journal.log import FORMAT, Log, LogError
from prdrunner_tui.kernel.codec import encode_event
from prdrunner_tui.kernel.events import MessageSent, Recorded, RunPaused, RunResumed
from prdrunner_tui.kernel.state import Actor

ADA = Actor("person", "ada")


def batch(first: int, count: int = 1, text: str = "words") -> list[Recorded]:
    """Events from number ``first`` on."""
    return [
        Recorded(n, 1000.5 - n, MessageSent(f"m{n}", "one", "steer", text, ADA))
        for n in range(first, first + count)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log of ten events."""
    found = tmp_path / "run #1?.db"
    log = Log(found)
    log.append(batch(1, 4))
    log.append([Recorded(5, 1.0, RunPaused(ADA, "x")), Recorded(6, 0.0, RunResumed(ADA))])
    log.append(batch(7, 4, "\udcff\0𝄞"))
    log.close()
    return found


@pytest.fixture
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    """The database without our code."""
    db = sqlite3.connect(path, isolation_level=None)
    yield db
    db.close()


def test_what_was_appended_is_read_back_in_order(path: Path) -> None:
    log = Log(path, read_only=True)
    between = [Recorded(5, 1.0, RunPaused(ADA, "x")), Recorded(6, 0.0, RunResumed(ADA))]
    assert list(log.read()) == [*batch(1, 4), *between, *batch(7, 4, "\udcff\0𝄞")]
    assert [r.seq for r in log.read(after=3, count=2)] == [4, 5]
    assert log.check() == [] and log.last_seq == 10 and len(log.head) == 64
    log.close()


def test_opening_again_goes_on_with_the_same_chain(path: Path) -> None:
    log = Log(path)
    head = log.head
    log.append(batch(11))
    assert log.check() == [] and log.head != head
    log.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET at = 1",
        "DELETE FROM events",
        "DELETE FROM events WHERE seq = 10",
        "REPLACE INTO events SELECT * FROM events WHERE seq = 3",
    ],
)
def test_the_database_itself_keeps_what_stands_in_it(raw: sqlite3.Connection, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match=r"append-only|no gaps"):
        raw.execute(statement)


@pytest.mark.parametrize("first", [1, 10, 12, 0, -5])
def test_a_gap_is_refused_and_nothing_of_its_batch_is_kept(path: Path, first: int) -> None:
    log = Log(path)
    with pytest.raises(LogError, match=r"no gaps|UNIQUE"):
        log.append(batch(11, 2) + batch(first))
    assert log.last_seq == 10 and sum(1 for _ in log.rows()) == 10
    log.append(batch(11))
    assert log.check() == []
    log.close()


@pytest.mark.parametrize("seq", range(1, 11))
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE events SET at = at + 1 WHERE seq = :seq",
        "UPDATE events SET name = 'RunEnded' WHERE seq = :seq",
        "UPDATE events SET version = 2 WHERE seq = :seq",
        "UPDATE events SET data = replace(data, 'ada', 'eve') WHERE seq = :seq",
        "UPDATE events SET hash = zeroblob(32) WHERE seq = :seq",
    ],
)
def test_each_change_of_a_single_row_is_found(
    path: Path, raw: sqlite3.Connection, seq: int, change: str
) -> None:
    raw.execute("DROP TRIGGER events_keep_update")
    raw.execute(change, {"seq": seq})
    assert _faults(path) == [f"event {seq} does not follow from the one before it"]


@pytest.mark.parametrize("seq", range(1, 10))
def test_a_lost_row_and_exchanged_rows_are_found(path: Path, raw: sqlite3.Connection, seq: int) -> None:
    raw.executescript("DROP TRIGGER events_keep_delete; DROP TRIGGER events_keep_update;")
    raw.execute("UPDATE events SET seq = -1 WHERE seq = ?", (seq,))
    raw.execute("UPDATE events SET seq = ? WHERE seq = ?", (seq, seq + 1))
    raw.execute("UPDATE events SET seq = ? WHERE seq = -1", (seq + 1,))
    assert _faults(path)
    raw.execute("DELETE FROM events WHERE seq = ?", (seq,))
    assert f"events {seq} to {seq} are missing" in _faults(path)


def _faults(path: Path) -> list[str]:
    log = Log(path, read_only=True)
    try:
        return log.check()
    finally:
        log.close()


def test_a_damaged_page_is_found(path: Path) -> None:
    data = bytearray(path.read_bytes())
    whole = len(data)
    for offset in range(4096, whole, 512):
        damaged = data.copy()
        damaged[offset : offset + 64] = b"\xa5" * 64
        if damaged == data:
            continue
        copy = path.with_name(f"copy{offset}.db")
        copy.write_bytes(damaged)
        used = any(data[offset : offset + 64])
        try:
            assert _faults(copy) or not used, offset
        except LogError:
            pass


def test_what_is_not_a_log_of_ours_is_one_line(tmp_path: Path, path: Path, raw: sqlite3.Connection) -> None:
    garbage = tmp_path / "garbage.db"
    garbage.write_bytes(b"no database at all" * 100)
    for found in (garbage, tmp_path):
        with pytest.raises(LogError, match=r"^[^\n]+$"):
            Log(found)
    with pytest.raises(LogError, match="does not exist"):
        Log(tmp_path / "missing.db", read_only=True)
    raw.execute(f"PRAGMA user_version = {FORMAT + 1}")
    for read_only in (True, False):
        with pytest.raises(LogError, match=f"format {FORMAT + 1}; this program knows {FORMAT}"):
            Log(path, read_only=read_only)


def test_a_reader_changes_nothing(path: Path) -> None:
    log = Log(path, read_only=True)
    with pytest.raises(LogError, match="readonly"):
        log.append(batch(11))
    assert log.check() == []
    log.close()


def test_an_event_of_a_newer_program_is_named(path: Path, raw: sqlite3.Connection) -> None:
    name, _, data = encode_event(RunResumed(ADA))
    raw.execute("INSERT INTO events VALUES (11, 0.0, ?, 9, ?, zeroblob(32))", (name, data))
    log = Log(path, read_only=True)
    with pytest.raises(LogError, match="event 11: event RunResumed has version 9"):
        list(log.read())
    log.close()


def test_f11_a_full_disk_leaves_nothing_half_written(path: Path) -> None:
    """A child may write so many bytes a file and no more; what it was told to be durable is there afterwards."""
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        _fill(path, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = int(pipe.read() or b"0")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    copy = path.with_name("copy.db")
    for suffix in ("", "-wal"):
        if (found := path.with_name(path.name + suffix)).exists():
            shutil.copy(found, copy.with_name(copy.name + suffix))
    log = Log(copy)
    assert log.check() == [] and log.last_seq == told > 10
    log.append(batch(told + 1))
    log.close()


def _fill(path: Path, writing: int) -> None:
    code = 70
    try:
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        log = Log(path)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
        for number in range(1000):
            try:
                log.append(batch(log.last_seq + 1, 2, "x" * 2000))
            except LogError as error:
                code = 0 if "full" in str(error) or "I/O" in str(error) else 71
                assert number
                os.write(writing, str(log.last_seq).encode())
                break
    finally:
        os._exit(code)
