"""The writer thread: order, group commit, failure, close."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from prdrunner_tui.journal import faults
from prdrunner_tui.journal.log import Log, LogError
from prdrunner_tui.journal.writer import JournalWriter
from prdrunner_tui.kernel.events import Recorded
from tests.unit.journal.test_log import batch


class SlowLog(Log):
    """Holds the first append until told, and counts transactions."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.go = threading.Event()
        self.transactions: list[int] = []

    def append(self, batch: Sequence[Recorded]) -> None:
        assert self.go.wait(10)
        self.transactions.append(len(batch))
        super().append(batch)


async def test_what_gathers_while_the_disk_is_busy_is_one_transaction_in_order(tmp_path: Path) -> None:
    log = SlowLog(tmp_path / "run.db")
    writer = JournalWriter(log, lambda error: None)
    done: list[int] = []
    futures = []
    for number in range(1, 101):
        future = writer.append(batch(number))
        future.add_done_callback(lambda _, number=number: done.append(number))  # type: ignore[misc]
        futures.append(future)
    assert not any(future.done() for future in futures)
    log.go.set()
    await asyncio.gather(*futures)
    assert done == list(range(1, 101))
    assert len(log.transactions) <= 3 and sum(log.transactions) == 100
    await writer.close()


async def test_closing_writes_what_is_queued_and_takes_no_more(tmp_path: Path) -> None:
    log = SlowLog(tmp_path / "run.db")
    writer = JournalWriter(log, lambda error: None)
    futures = [writer.append(batch(number)) for number in range(1, 6)]
    log.go.set()
    await writer.close()
    await asyncio.gather(*futures)
    with pytest.raises(RuntimeError, match="closed"):
        await writer.append(batch(6))
    read = Log(tmp_path / "run.db", read_only=True)
    assert read.last_seq == 5
    read.close()


async def test_a_failure_is_told_once_and_nothing_is_written_after_it(tmp_path: Path) -> None:
    log = SlowLog(tmp_path / "run.db")
    failures: list[Exception] = []
    writer = JournalWriter(log, failures.append)
    log.go.set()
    await writer.append(batch(1))
    log.go.clear()
    futures = [writer.append(batch(3)), writer.append(batch(2)), writer.append(batch(4))]
    log.go.set()
    outcomes = await asyncio.gather(*futures, return_exceptions=True)
    assert all(isinstance(outcome, LogError) for outcome in outcomes)
    with pytest.raises(LogError):
        await writer.append(batch(2))
    assert len(failures) == 1
    await writer.close()
    read = Log(tmp_path / "run.db", read_only=True)
    assert read.last_seq == 1 and read.check() == []
    read.close()


async def test_each_batch_passes_a_boundary_before_and_after(tmp_path: Path) -> None:
    passed: list[str] = []
    writer = JournalWriter(Log(tmp_path / "run.db"), lambda error: None)
    faults.install(passed.append)
    try:
        await writer.append(batch(1))
        await writer.append(batch(2))
    finally:
        faults.install(None)
        await writer.close()
    assert passed == ["one/append.MessageSent.before", "one/append.MessageSent.after"] * 2
