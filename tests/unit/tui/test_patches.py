"""Changes are read one after the other, the newest wish first, and never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui import patches as module
from prdrunner_tui.tui.patches import Patches

PATCH = b"diff --git a/%s b/%s\n--- a/%s\n+++ b/%s\n@@ -1 +1 @@\n-a\n+b\n"


class Store:
    """Patches that are given out when a test says so."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.gates: dict[str, asyncio.Event] = {}
        self.came = asyncio.Event()

    async def read(self, old: str, new: str) -> bytes:
        self.asked.append((old, new))
        self.came.set()
        if new in self.gates:
            await self.gates[new].wait()
        if new == "gone":
            raise Problem("there is no such tree")
        return PATCH.replace(b"%s", new.encode())


@asynccontextmanager
async def reading(store: Store) -> AsyncIterator[tuple[Patches, asyncio.Queue[None]]]:
    news: asyncio.Queue[None] = asyncio.Queue()
    patches = Patches(store.read, lambda: news.put_nowait(None), pause=0)
    task = asyncio.create_task(patches.run())
    try:
        yield patches, news
    finally:
        task.cancel()


async def test_a_change_is_read_once_and_kept() -> None:
    store = Store()
    async with reading(store) as (patches, news):
        assert patches.want(("a", "b")) is None
        await asyncio.wait_for(news.get(), 10)
        diff = patches.want(("a", "b"))
        assert diff is not None and diff.files == (("b", "M  +1/-1"),)
        assert patches.want(None) is None
        assert patches.want(("a", "b")) is diff and store.asked == [("a", "b")]


async def test_what_comes_late_never_stands_in_the_place_of_another() -> None:
    store = Store()
    store.gates["slow"] = asyncio.Event()
    async with reading(store) as (patches, news):
        patches.want(("a", "slow"))
        await asyncio.wait_for(store.came.wait(), 10)
        for passed in ("x", "y", "z"):
            assert patches.want(("a", passed)) is None
        store.gates["slow"].set()
        await asyncio.wait_for(news.get(), 10)
        assert patches.want(("a", "z")) is None, "the one that was asked for first is not shown for it"
        await asyncio.wait_for(news.get(), 10)
        diff = patches.want(("a", "z"))
        assert diff is not None and diff.files[0][0] == "z"
        assert store.asked == [("a", "slow"), ("a", "z")], "what was only passed is not read"


async def test_what_cannot_be_read_says_why_and_is_not_asked_for_again() -> None:
    store = Store()
    async with reading(store) as (patches, news):
        patches.want(("a", "gone"))
        await asyncio.wait_for(news.get(), 10)
        diff = patches.want(("a", "gone"))
        assert diff is not None and diff.problem == "the change cannot be read: there is no such tree"
        assert diff.rows is None and len(store.asked) == 1


async def test_the_oldest_ones_are_given_up() -> None:
    store = Store()
    async with reading(store) as (patches, news):
        for number in range(module._KEPT + 1):
            patches.want(("a", str(number)))
            await asyncio.wait_for(news.get(), 10)
        assert patches.want(("a", "1")) is not None
        assert patches.want(("a", "0")) is None
