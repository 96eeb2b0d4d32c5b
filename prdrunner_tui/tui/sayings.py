"""What the agents said, for the chat: read from the log of a phase as it grows. No screen, no textual."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.projections.logindex import log_parts
from prdrunner_tui.tui.logbook import Ask, working
from prdrunner_tui.tui.rows.chat import Said

Line = tuple[float, str, str]
"""When it was put out, its kind, its text."""

_TEXTS, _CHARACTERS = 300, 1 << 19
"""What is kept of a phase, the newest: more is no use in rows that are made anew with each word."""
_LONG = 1 << 18
"""Characters of a text from which on the next line begins another one."""
_LINES = 5000
"""Lines that are looked for at a time; of more only the newest come."""
_PAGE = 100
"""Lines in one answer: so few that a long one of them is whole (see `engine.queries.log`)."""
_NEAR = 8
"""Lines of other kinds, as of a command, that are brought along rather than asked around."""


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
        self._left: set[str] = set()
        """The phases of which older words are not kept."""
        self._whole: set[str] = set()
        """The jobs that were read after they had ended."""
        self._wanted: set[str] = set()
        self._wake = asyncio.Event()

    def of(self, phase: str) -> Sequence[Said]:
        """What the agent of a phase said, as far as it was read."""
        said = [one for key in self._jobs.get(phase, ()) for one in self._of(key, phase)]
        if said and phase in self._left:
            said[0] = said[0]._replace(gap=True)
        return said

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
        """Bring what a job said since it was last read; whether anything came."""
        ended = key not in self._working
        found = await self._ask(
            "search",
            {"key": key, "text": "", "kinds": ["say"], "first": self._seen.get(key, 0), "limit": _LINES},
        )
        if isinstance(found, Refusal):
            return False
        pages, left = _pages(sorted(map(int, found["lines"])))
        gap, came = left or bool(found["more"]), False
        for first, count in pages:
            answer = await self._ask("log", {"key": key, "first": first, "count": count})
            if isinstance(answer, Refusal):
                return came
            said = self._said.get(key, ())
            self._said[key] = _joined(said, key, phase, first, answer["lines"], self._cuts[phase], gap=gap)
            came |= self._said[key] != said
            gap = False
            self._forget(phase)
        self._seen[key] = int(found["total"])
        answer = await self._ask("log", {"key": key, "first": self._seen[key], "count": 1})
        if isinstance(answer, Refusal):
            return came
        if ended:
            self._whole.add(key)
        return self._hear(key, answer) or came

    def _forget(self, phase: str) -> None:
        """Leave out the oldest words of a phase that are too many to be kept."""
        jobs = self._jobs[phase]
        kept = [one for key in jobs for one in self._said.get(key, ())]
        size, texts = sum(len(one.text) for one in kept), len(kept)
        for key in jobs:
            said = self._said.get(key, ())
            out = 0
            while out < len(said) and texts > 1 and (texts > _TEXTS or size > _CHARACTERS):
                size, texts, out = size - len(said[out].text), texts - 1, out + 1
            if out:
                self._said[key] = said[out:]
                self._left.add(phase)

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
    *,
    gap: bool = False,
) -> tuple[Said, ...]:
    """What was said and the lines that follow; those that go on where the last text ends belong to it.

    Args:
        start: the number of the first of the lines.
        lines: what was put out; what is no words, or is there already, is passed over.
        cuts: when messages were sent: what is said after one is no part of what was said before.
        gap: whether older lines are left out before these.
    """
    made = list(said[:-1])
    last = said[-1] if said else None
    texts = [last.text] if last is not None else []
    ends = 0 if last is None else int(last.key.rpartition(":")[2]) + last.text.count("\n") + 1
    size = sum(map(len, texts))

    def whole() -> Iterator[Said]:
        if last is not None:
            yield last._replace(text="\n".join(texts))

    for number, (at, kind, text) in enumerate(lines, start):
        if kind != "say" or number < ends:
            continue
        apart = last is None or number > ends or size >= _LONG
        if apart or any(last.until < cut <= at for cut in cuts if last is not None):
            made += whole()
            last = Said(f"{key}:{number}", float(at), phase, "", float(at), gap)
            texts, size, gap = [], 0, False
        elif last is not None:
            last = last._replace(until=float(at))
        texts.append(str(text))
        size += len(text)
        ends = number + 1
    return (*made, *whole())


def _pages(numbers: Sequence[int]) -> tuple[list[tuple[int, int]], bool]:
    """Where to read lines of these numbers, as first and count, and whether the oldest are too many to be read."""
    texts = 0
    pages: list[tuple[int, int]] = []
    kept = len(numbers)
    while kept and texts < _TEXTS:
        # From the newest back: a text begins where the line before it is none of the words.
        kept -= 1
        texts += not kept or numbers[kept - 1] != numbers[kept] - 1
    for number in numbers[kept:]:
        first, count = pages[-1] if pages else (0, 0)
        if pages and number < first + _PAGE and number <= first + count + _NEAR:
            pages[-1] = first, number - first + 1
        else:
            pages.append((number, 1))
    return pages, kept > 0
