"""What the agents said, for the chat: read from the log of a phase as it grows. No screen, no textual."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.projections.logindex import log_parts
from prdrunner_tui.tui.logbook import Ask
from prdrunner_tui.tui.rows.chat import Said

_MOST = 40
"""Texts of one job that are read: the newest; the transcript has all of them."""


class Sayings:
    """The words of the agents by phase.

    Args:
        ask: asks the engine.
        changed: told when words came.
    """

    def __init__(self, ask: Ask, changed: Callable[[], None]) -> None:
        self._ask = ask
        self._changed = changed
        self._said: dict[str, list[Said]] = {}
        self._seen: dict[str, int] = {}
        self._jobs: dict[str, tuple[str, ...]] = {}
        self._wanted: set[str] = set()
        self._wake = asyncio.Event()

    def of(self, phase: str) -> Sequence[Said]:
        """What the agent of a phase said, as far as it was read."""
        return [said for key in self._jobs.get(phase, ()) for said in self._said.get(key, ())]

    def text(self, key: str) -> str:
        """A text by the key of its `Said`; empty when there is none."""
        job = key.rpartition(":")[0]
        return next((said.text for said in self._said.get(job, ()) if said.key == key), "")

    def want(self, state: RunState, phase: str) -> None:
        """Ask for the words of a phase that are not here yet."""
        self._jobs[phase] = tuple(part.key for part in log_parts(state, phase) if not part.label)
        self._wanted.add(phase)
        self._wake.set()

    async def read(self) -> None:
        """Bring what is wanted, until this is cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            came = False
            while self._wanted:
                phase = self._wanted.pop()
                for key in self._jobs[phase]:
                    came |= await self._read(key, phase)
            if came:
                self._changed()

    async def _read(self, key: str, phase: str) -> bool:
        first = self._seen.get(key, 0)
        found = await self._ask(
            "search", {"key": key, "text": "", "kinds": ["say"], "first": first, "limit": _MOST}
        )
        if isinstance(found, Refusal) or int(found["total"]) == first:
            return False
        said = self._said.setdefault(key, [])
        came = False
        for start, count in _runs(sorted(map(int, found["lines"]))):
            answer = await self._ask("log", {"key": key, "first": start, "count": count})
            if isinstance(answer, Refusal):
                return came
            lines = answer["lines"]
            if lines and not any(one.key == f"{key}:{start}" for one in said):
                text = "\n".join(str(text) for _, _, text in lines)
                said.append(Said(f"{key}:{start}", float(lines[0][0]), phase, text))
                came = True
        self._seen[key] = int(found["total"])
        return came


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Numbers that follow one another, as first and count."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and sum(runs[-1]) == number:
            runs[-1] = runs[-1][0], runs[-1][1] + 1
        else:
            runs.append((number, 1))
    return runs
