"""What the agents said, for the chat: read from the log of a phase as it grows. No screen, no textual."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.projections.logindex import log_parts
from prdrunner_tui.tui.logbook import Ask, working
from prdrunner_tui.tui.rows.chat import Said

Line = tuple[float, str, str]
"""When it was put out, its kind, its text."""

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
        self._said: dict[str, tuple[Said, ...]] = {}
        self._unfinished: dict[str, tuple[int, Line]] = {}
        """The line, of its number, that an agent has not ended yet, by the job."""
        self._seen: dict[str, int] = {}
        self._jobs: dict[str, tuple[str, ...]] = {}
        self._working: frozenset[str] = frozenset()
        self._cuts: dict[str, tuple[float, ...]] = {}
        """When messages to the phase were sent: what is said after one is no part of what was said before."""
        self._whole: set[str] = set()
        """The jobs that were read after they had ended."""
        self._wanted: set[str] = set()
        self._wake = asyncio.Event()

    def of(self, phase: str) -> Sequence[Said]:
        """What the agent of a phase said, as far as it was read."""
        return [said for key in self._jobs.get(phase, ()) for said in self._of(key, phase)]

    def text(self, key: str) -> str:
        """A text by the key of its `Said`; empty when there is none."""
        job = key.rpartition(":")[0]
        phase = next((phase for phase, jobs in self._jobs.items() if job in jobs), "")
        return next((said.text for said in self._of(job, phase) if said.key == key), "")

    def want(self, state: RunState, phase: str) -> None:
        """Ask for the words of a phase that are not here yet."""
        self._jobs[phase] = tuple(part.key for part in log_parts(state, phase) if not part.label)
        self._working = working(state)
        self._cuts[phase] = tuple(one.sent_at for one in state.messages.values() if one.phase == phase)
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
                    if key not in self._whole:
                        came |= await self._read(key, phase)
            if came:
                self._changed()

    async def _read(self, key: str, phase: str) -> bool:
        ended = key not in self._working
        first = self._seen.get(key, 0)
        found = await self._ask(
            "search", {"key": key, "text": "", "kinds": ["say"], "first": first, "limit": _MOST}
        )
        if isinstance(found, Refusal):
            return False
        came = False
        for start, count in _runs(sorted(map(int, found["lines"]))):
            answer = await self._ask("log", {"key": key, "first": start, "count": count})
            if isinstance(answer, Refusal):
                return came
            said = self._said.get(key, ())
            self._said[key] = _joined(said, key, phase, start, answer["lines"], self._cuts[phase])
            came |= self._said[key] != said
        self._seen[key] = int(found["total"])
        answer = await self._ask("log", {"key": key, "first": self._seen[key], "count": 1})
        if isinstance(answer, Refusal):
            return came
        if ended:
            self._whole.add(key)
        return self._hear(key, answer) or came

    def _hear(self, key: str, answer: Mapping[str, Any]) -> bool:
        """Take the line that the agent has not ended yet; whether it is another one than before."""
        before = self._unfinished.pop(key, None)
        for line in answer["lines"]:
            if line[1] == "say":
                self._unfinished[key] = self._seen[key], (float(line[0]), "say", str(line[2]))
        return self._unfinished.get(key) != before

    def _of(self, key: str, phase: str) -> tuple[Said, ...]:
        said = self._said.get(key, ())
        if key not in self._unfinished:
            return said
        start, line = self._unfinished[key]
        return _joined(said, key, phase, start, [line], self._cuts.get(phase, ()))


def _joined(
    said: tuple[Said, ...],
    key: str,
    phase: str,
    start: int,
    lines: Sequence[Line],
    cuts: Sequence[float],
) -> tuple[Said, ...]:
    """What was said and the lines that follow; those that go on where the last text ends belong to it."""
    made = list(said)
    for number, (at, _, text) in enumerate(lines, start):
        if made:
            last = made[-1]
            ends = int(last.key.rpartition(":")[2]) + last.text.count("\n") + 1
            if number < ends:
                continue
            if number == ends and not any(last.until < cut <= at for cut in cuts):
                made[-1] = last._replace(text=f"{last.text}\n{text}", until=float(at))
                continue
        made.append(Said(f"{key}:{number}", float(at), phase, str(text), float(at)))
    return tuple(made)


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Numbers that follow one another, as first and count."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and sum(runs[-1]) == number:
            runs[-1] = runs[-1][0], runs[-1][1] + 1
        else:
            runs.append((number, 1))
    return runs
