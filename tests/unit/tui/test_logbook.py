"""The log as rows: numbered at once, read when they are looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.tui.logbook import PAGE, LogAsked, LogBook, LogLine, LogRule
from tests.unit.tui.sample_run import ME, Log, review, started

KEY = "one/implement/1.1/turn"


class Segments:
    """Answers as an engine does, and notes what was asked."""

    def __init__(self, **lines: int) -> None:
        self.lines = {KEY: lines.get("one", 0), "two/implement/1.1/turn": lines.get("two", 0)}
        self.asked: list[tuple[str, int, int]] = []
        self.refuses = False
        self.unfinished = ""
        """What follows the last line that has ended."""

    async def ask(self, what: str, args: Mapping[str, Any]) -> Any:
        key, first, count = args["key"], args["first"], args["count"]
        self.asked.append((key, first, count))
        if self.refuses:
            return Refusal("not_now", "the engine is gone")
        total = self.lines.get(key, 0)
        start = max(0, total + first) if first < 0 else first
        wanted = range(start, min(total, start + count))
        lines = [[float(n), "out", f"{key[:3]} {n}"] for n in wanted]
        if self.unfinished and start + count > total:
            lines.append([float(total), "say", self.unfinished])
        return {"total": total, "lines": lines}

    @property
    def pages(self) -> list[int]:
        """The first lines of the pages that were asked for."""
        return [first for _, first, count in self.asked if count == PAGE]


def begun(*phases: str) -> Log:
    """A run whose phases are in their turns, one after the other."""
    log = started(*(PhasePlan(name, name.title()) for name in phases))
    for place, name in enumerate(phases):
        at = 10.0 * place
        log.add(at, events.PhaseStarted(name, "base"), events.StepBegan(name, "implement", 1, 1))
        log.effect(name, at, None, "turn", f"{name}/implement/1.1/turn")
    return log


@asynccontextmanager
async def reading(segments: Segments, log: Log) -> AsyncIterator[LogBook]:
    changes: list[int] = []
    book = LogBook(segments.ask, lambda: changes.append(1))
    book.show(log.state())
    task = asyncio.get_running_loop().create_task(book.read())
    yield book
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not holds():
            await asyncio.sleep(0)


def text(book: LogBook, number: int) -> str | None:
    row = book.row(number) if number < len(book) else None
    return row.text if isinstance(row, LogLine) else None


async def test_rows_are_counted_at_once_and_lines_come_when_they_are_looked_at() -> None:
    segments = Segments(one=100_000)
    async with reading(segments, begun("one")) as book:
        await until(lambda: len(book) == 100_001)
        assert not segments.pages
        rule = book.row(0)
        assert isinstance(rule, LogRule) and (rule.edge, rule.phase) == ("begin", "one")
        assert book.row(50_001) is None
        await until(lambda: text(book, 50_001) == "one 50000")
        assert segments.pages == [50_000]
        assert text(book, 50_001 + PAGE - 1) == f"one {50_000 + PAGE - 1}"
        assert segments.pages == [50_000], "the same page is read once"
        line = book.row(50_001)
        assert isinstance(line, LogLine) and (line.phase, line.tag, line.kind) == ("one", "I1", "out")


async def test_pages_that_were_not_seen_for_long_are_forgotten() -> None:
    segments = Segments(one=100_000)
    async with reading(segments, begun("one")) as book:
        await until(lambda: len(book) > 1)
        for page in range(70):
            number = 1 + page * PAGE
            await until(lambda number=number: text(book, number) is not None)
        assert len(segments.pages) == 70
        assert text(book, 1 + 69 * PAGE) is not None and book.row(1) is None


async def test_lines_that_come_later_are_there_when_they_are_told() -> None:
    segments = Segments(one=3)
    async with reading(segments, begun("one")) as book:
        await until(lambda: text(book, 3) == "one 2")
        segments.lines[KEY] = 5
        book.grew(KEY)
        await until(lambda: len(book) == 6)
        await until(lambda: text(book, 5) == "one 4")


async def test_what_was_put_out_while_its_job_ended_is_counted() -> None:
    segments, log = Segments(one=0), begun("one")
    async with reading(segments, log) as book:
        await until(lambda: segments.asked)
        await until(lambda: len(book) == 1)
        segments.lines[KEY] = 4
        log.add(5, events.EffectDone("one", KEY, {"outcome": "ended"}))
        log.add(5, events.StepEnded("one", "ok", "done"), events.StepBegan("one", "verify", 1, 1))
        book.show(log.state())
        await until(lambda: len(book) == 1 + 4 + 1 + 1)
        edges = [row.edge for n in (0, 5, 6) if isinstance(row := book.row(n), LogRule)]
        assert edges == ["begin", "end", "begin"] and book.step_edges() == [0, 6]


async def test_what_was_refused_is_asked_for_again() -> None:
    segments = Segments(one=4)
    segments.refuses = True
    async with reading(segments, begun("one")) as book:
        await until(lambda: segments.asked)
        assert len(book) == 1
        segments.refuses = False
        book.grew("another")
        await until(lambda: len(book) == 5)
        await until(lambda: text(book, 4) == "one 3")
        segments.refuses = True
        segments.lines[KEY] = 2 * PAGE
        segments.refuses = False
        book.grew(KEY)
        await until(lambda: len(book) == 2 * PAGE + 1)
        segments.refuses = True
        assert text(book, 2 * PAGE) == f"one {2 * PAGE - 1}", "the newest lines come with their number"
        assert book.row(PAGE + 5) is None
        await until(lambda: PAGE in segments.pages)
        segments.refuses = False
        book.grew("another")
        await until(lambda: text(book, PAGE + 5) == f"one {PAGE + 4}")


async def test_one_phase_alone_and_all_again() -> None:
    segments, log = Segments(one=2, two=3), begun("one", "two")
    async with reading(segments, log) as book:
        await until(lambda: len(book) == 2 + 2 + 3)
        await until(lambda: text(book, 6) == "two 2")
        await until(lambda: text(book, 1) == "one 0")
        book.show(log.state(), "two")
        assert len(book) == 4 and book.phase == "two"
        await until(lambda: text(book, 1) == "two 0")
        book.show(log.state())
        assert len(book) == 7
        assert book.running("one") == KEY and book.running("never") is None


async def test_a_rule_alone_is_told_too() -> None:
    told: list[int] = []
    book = LogBook(Segments().ask, lambda: told.append(len(book)))
    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "base"))
    book.show(log.state())
    assert not told
    book.show(log.add(1, events.StepBegan("one", "commit", 1, 1)).state())
    assert told == [1]


async def test_the_newest_lines_of_a_phase() -> None:
    segments = Segments(one=9)
    async with reading(segments, begun("one")) as book:
        assert book.last_lines("one", 2) == ()
        book.grew(KEY)
        await until(lambda: book.last_lines("one", 2) == ["one 7", "one 8"])
        assert book.last_lines("never", 2) == ()


def decisions(log: Log) -> list[tuple[str, str]]:
    """The rules of a log: what was asked or decided, and where steps begin and end."""
    book = LogBook(Segments().ask, lambda: None)
    book.show(log.state())
    rows = [book.row(number) for number in range(len(book))]
    return [
        (row.edge, row.decision.id if isinstance(row, LogAsked) else row.step.name)
        for row in rows
        if isinstance(row, LogAsked | LogRule)
    ]


def test_what_a_person_is_asked_and_decides_stands_where_it_happened() -> None:
    def opened(id: str, kind: str, step: str) -> events.DecisionOpened:
        return replace(review(), id=id, phase="one", step=step, kind=kind)  # type: ignore[arg-type]

    log = started(PhasePlan("one", "One")).add(0, events.PhaseStarted("one", "base"))
    log.add(1, events.StepBegan("one", "implement", 1, 1))
    log.add(2, opened("d1", "question", "implement"), events.StepEnded("one", "ok", ""))
    log.add(3, opened("d2", "breakpoint", "verify"))
    assert decisions(log)[-1] == ("asked", "d2")
    log.add(4, events.DecisionMade("d2", "approved", ME), events.StepBegan("one", "verify", 1, 1))
    log.add(5, events.StepEnded("one", "ok", ""), events.StepBegan("one", "commit", 1, 1))
    log.add(6, opened("d3", "review", "commit"))
    assert decisions(log) == [
        ("begin", "implement"),
        ("end", "implement"),
        ("asked", "d2"),
        ("decided", "d2"),
        ("begin", "verify"),
        ("end", "verify"),
        ("begin", "commit"),
        ("asked", "d3"),
    ]


@pytest.mark.parametrize("before", [0, 1, 119, 120, 500])
async def test_words_that_are_being_said_are_the_last_row_and_stay_in_it_when_they_end(before: int) -> None:
    segments = Segments(one=before)
    async with reading(segments, begun("one")) as book:
        await until(lambda: len(book) == 1 + before)
        for words in ("I look", "I look at calc.py"):
            segments.unfinished = words
            book.grew(KEY)
            await until(lambda: text(book, 1 + before) == segments.unfinished)
            assert len(book) == 2 + before and list(book.last_lines("one", 1)) == [words]
            assert book.row_of(KEY, before) == 1 + before and book.place(1 + before) == (KEY, before)
        segments.unfinished = ""
        segments.lines[KEY] += 1
        book.grew(KEY)
        await until(lambda: text(book, 1 + before) == f"one {before}")
        assert len(book) == 2 + before


async def test_a_part_line_is_no_line_of_a_kind_that_is_looked_for() -> None:
    segments = Segments(one=0)
    segments.unfinished = "half"
    async with reading(segments, begun("one")) as book:
        await until(lambda: len(book) == 2)
        assert book.whole == 0
