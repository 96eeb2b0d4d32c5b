"""The query `search`: which lines of an output hold a text."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.agents.results import segment_path
from prdrunner_tui.engine import queries
from prdrunner_tui.journal.segments import SegmentReader, SegmentWriter
from prdrunner_tui.kernel.commands import Refusal

KEY = "one/implement/1.1/turn"


@pytest.fixture
def hosted(tmp_path: Path) -> Any:
    """A run with one output of 6,000 lines: every 1,000th is a command, and line 4321 has its own text."""
    job = tmp_path / directory_name(KEY, 1)
    path = segment_path(job)
    path.parent.mkdir(parents=True)
    writer = SegmentWriter(path, cap=1 << 20)
    for number in range(6000):
        text = "Straße [x] \x1b[31m" if number == 4321 else f"line {number}"
        writer.write("out" if number % 1000 else "cmd", f"{text}\n".encode())
    writer.close()
    return SimpleNamespace(directory=SimpleNamespace(jobs=tmp_path))


async def search(hosted: Any, **args: Any) -> Any:
    return await queries.search(hosted, {"key": KEY, **args})


async def test_a_text_is_taken_literally_and_in_any_case(hosted: Any) -> None:
    for text in ("[X]", "straße", "STRASSE"[:4] + "ße", "\x1b[31M"):
        answer = await search(hosted, text=text)
        assert answer == {"total": 6000, "lines": [4321], "more": False}, text
    assert (await search(hosted, text=".*"))["lines"] == []
    assert (await search(hosted, text="x", key="two/none"))["lines"] == []


async def test_the_newest_come_first_and_no_more_than_wanted(hosted: Any) -> None:
    answer = await search(hosted, text="LINE 59", limit=3)
    assert answer == {"total": 6000, "lines": [5999, 5998, 5997], "more": True}
    every = await search(hosted, text="line 599", limit=100)
    assert every["lines"] == [*range(5999, 5989, -1), 599] and not every["more"]
    assert (await search(hosted, text="", limit=10**9))["lines"] == [*range(5999, -1, -1)]


async def test_kinds_and_where_to_begin(hosted: Any) -> None:
    assert (await search(hosted, text="", kinds=["cmd"]))["lines"] == [5000, 4000, 3000, 2000, 1000, 0]
    assert (await search(hosted, text="", kinds=["cmd"], first=4000))["lines"] == [5000, 4000]
    assert (await search(hosted, text="line 1", kinds=["cmd"]))["lines"] == [1000]


@pytest.mark.parametrize("args", [{"limit": "3"}, {"first": -1}, {"limit": -1}, {"kinds": "cmd"}])
async def test_what_cannot_be_asked(hosted: Any, args: dict[str, Any]) -> None:
    answer = await search(hosted, text="x", **args)
    assert isinstance(answer, Refusal) and answer.code == "denied"


async def test_it_ends_when_nobody_wants_to_know(hosted: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    began, go_on, blocks = threading.Event(), threading.Event(), []
    read = SegmentReader.lines

    def slowly(reader: SegmentReader, first: int, count: int) -> Any:
        blocks.append(first)
        began.set()
        assert go_on.wait(10)
        return read(reader, first, count)

    ended = threading.Event()
    through = queries._search

    def followed(*args: Any) -> Any:
        try:
            return through(*args)
        finally:
            ended.set()

    monkeypatch.setattr(SegmentReader, "lines", slowly)
    monkeypatch.setattr(queries, "_search", followed)
    task = asyncio.create_task(search(hosted, text="line"))
    await asyncio.to_thread(began.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    assert await asyncio.to_thread(ended.wait, 10)
    assert blocks == [4000], "it read on after it was cancelled"
