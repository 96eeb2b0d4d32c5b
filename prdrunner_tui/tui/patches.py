"""The changes that are looked at in passing: read one after the other, and the newest ones kept. No screen."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from prdrunner_tui.text.problem import Problem

if TYPE_CHECKING:
    from prdrunner_tui.tui.rows.detail import Diff

Trees = tuple[str, str]
"""A tree or commit, and a later one."""

_PAUSE = 0.15
"""Seconds for which a wish stands before it is read: what the cursor only passes is not."""
_KEPT = 16
_MOST_LINES = 200_000
"""Lines of patches that are kept together; the newest one whatever its length."""


class Patches:
    """Changes by their trees.

    Only one is read at a time, always the one wished for last, and what is shown is asked for by its trees: so none
    that comes late stands in the place of another.

    Args:
        read: gives the patch between two trees.
        changed: told when a change was read.
        pause: seconds for which a wish stands before it is read.
    """

    def __init__(
        self, read: Callable[[str, str], Awaitable[bytes]], changed: Callable[[], None], pause: float = _PAUSE
    ) -> None:
        self._read = read
        self._changed = changed
        self._pause = pause
        self._known: OrderedDict[Trees, Diff] = OrderedDict()
        self._wanted: Trees | None = None
        self._wake = asyncio.Event()

    def want(self, trees: Trees | None) -> Diff | None:
        """The change, if it was read; if not, it will be, in place of any other one that waits to be read."""
        self._wanted = trees
        if trees is None:
            return None
        if trees not in self._known:
            self._wake.set()
            return None
        self._known.move_to_end(trees)
        return self._known[trees]

    async def run(self) -> None:
        """Read what is wished for, until this is cancelled."""
        while True:
            await self._wake.wait()
            await asyncio.sleep(self._pause)
            self._wake.clear()
            trees = self._wanted
            if trees is None or trees in self._known:
                continue
            self._keep(trees, await self._diff(*trees))
            self._changed()

    async def _diff(self, old: str, new: str) -> Diff:
        from prdrunner_tui.tui.rows.detail import Diff, read_diff

        try:
            return await asyncio.to_thread(read_diff, await self._read(old, new))
        except (Problem, OSError) as problem:
            return Diff(problem=f"the change cannot be read: {problem}")

    def _keep(self, trees: Trees, diff: Diff) -> None:
        self._known[trees] = diff
        lines = sum(len(one.rows or ()) for one in self._known.values())
        while len(self._known) > 1 and (len(self._known) > _KEPT or lines > _MOST_LINES):
            lines -= len(self._known.popitem(last=False)[1].rows or ())
