"""The log of a run as rows that are read from the segments when they are wanted. No screen, no textual.

Rows are numbered over everything that was put out: a rule where a step begins, the lines of its jobs in their
order, a rule where it ends. Only how many there are is known at once; the lines come in pages.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf
from typing import Any, Literal

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.kernel.state import Decision, RunState, Step
from prdrunner_tui.projections.logindex import LogPart, log_parts

PAGE = 500
_KEPT = 64
_TAIL = 120
"""Newest lines of a job that come together with their number: more than a screen is high, so that what is counted
can be shown at once."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "messages": ("say", "plan", "note"),
    "thoughts": ("thought",),
    "commands": ("cmd", "exit", "edit"),
    "output": ("out", "err"),
}
"""What a person can have shown alone: a word, and the kinds of lines that it means."""

StepKey = tuple[str, int, int]
"""A step of a phase: its name, iteration and attempt."""

Ask = Callable[[str, Mapping[str, Any]], Awaitable[Refusal | Any]]
"""Asks the engine; see `EngineClient.query`."""


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that an agent or a check put out.

    Attributes:
        at: when, in seconds since 1970.
        phase: whose.
        tag: the step's letter and the iteration, ``I2``.
        kind: what it is, as the segment says (``out``, ``cmd``, ``thought`` ...).
        text: hostile text.
    """

    at: float
    phase: str
    tag: str
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class LogRule:
    """Where a step begins or ends."""

    edge: Literal["begin", "end"]
    phase: str
    step: Step


@dataclass(frozen=True, slots=True)
class LogAsked:
    """Where a person is asked something, or decided it."""

    edge: Literal["asked", "decided"]
    decision: Decision


LogRow = LogLine | LogRule | LogAsked


@dataclass(frozen=True, slots=True)
class _Piece:
    """A rule, or the lines of one job."""

    rule: LogRule | LogAsked | None
    part: LogPart | None


class LogBook:
    """The rows of a run's log: of all phases, of one, or of one step of it; all of them, or some kinds of lines only.

    Attributes:
        phase: the phase whose rows are there, empty for all.
        groups: the groups of kinds that are there, none for all. Rules of steps are there only then.

    Args:
        ask: asks the engine.
        changed: told when rows came or their number changed.
    """

    def __init__(self, ask: Ask, changed: Callable[[], None]) -> None:
        self._ask = ask
        self._changed = changed
        self._pieces: list[_Piece] = []
        self._starts: list[int] = [0]
        self._totals: dict[str, int] = {}
        self._pages: OrderedDict[tuple[str, int], list[tuple[float, str, str]]] = OrderedDict()
        self._tails: dict[str, tuple[int, list[tuple[float, str, str]]]] = {}
        self._stale: set[str] = set()
        self._wanted: set[tuple[str, int]] = set()
        self._wake = asyncio.Event()
        self.phase = ""
        self.groups: frozenset[str] = frozenset()
        self._step: StepKey | None = None
        self._state = RunState()
        self._working: frozenset[str] = frozenset()
        self._at: dict[str, int] = {}
        self._sifted: dict[str, tuple[int, list[int]]] = {}

    def __len__(self) -> int:
        """How many rows there are, as far as is known."""
        return self._starts[-1]

    def show(self, state: RunState, phase: str = "", step: StepKey | None = None) -> None:
        """Take the newest state; with a phase, only its rows are there, with a step of it only that one's."""
        if state is self._state and phase == self.phase and step == self._step:
            return
        before = {piece.part for piece in self._pieces}
        before_it, self._working = self._working, working(state)
        ended = tuple(before_it - self._working)
        self._state, self.phase, self._step = state, phase, step
        self._pieces = _pieces(state, phase, step)
        for piece in self._pieces:
            part = piece.part
            # What ended has put out more since it was last measured.
            if part is not None and (part not in before or part.key.startswith(ended)):
                self.grew(part.key)
        rows = len(self)
        self._number()
        if len(self) != rows:
            self._changed()

    def only(self, groups: frozenset[str]) -> None:
        """Have lines of some groups of kinds there only; of all where none is named."""
        self.groups = groups
        self._sifted.clear()
        if groups:
            for piece in self._pieces:
                if piece.part is not None:
                    self.grew(piece.part.key)
        self._number()

    @property
    def whole(self) -> int:
        """How many lines there are of all kinds, as far as is known."""
        return sum(self._totals.get(key, 0) for key in self.jobs())

    def jobs(self) -> list[str]:
        """The keys of the jobs whose lines are there, the oldest first."""
        return [piece.part.key for piece in self._pieces if piece.part is not None]

    def place(self, number: int) -> tuple[str, int] | None:
        """The job and the line of it that a row shows; None for a rule. It stays the same when other jobs go on."""
        at = bisect_right(self._starts, number) - 1
        part = self._pieces[at].part if 0 <= at < len(self._pieces) else None
        return None if part is None else (part.key, self._line(part.key, number - self._starts[at]))

    def row_of(self, key: str, line: int) -> int | None:
        """The number of the row that shows a line of a job; None when no row does."""
        at = self._at.get(key)
        if at is None:
            return None
        if self.groups:
            lines = self._sifted.get(key, (0, []))[1]
            place = bisect_left(lines, line)
            return self._starts[at] + place if place < len(lines) and lines[place] == line else None
        return self._starts[at] + line if line < self._rows(key) else None

    def grew(self, key: str) -> None:
        """More of a job's output is there: its size is asked for."""
        self._stale.add(key)
        self._wake.set()

    def running(self, phase: str) -> str | None:
        """The key of the job of a phase that puts out now."""
        parts = [piece.part for piece in self._pieces if piece.part is not None and piece.part.phase == phase]
        return parts[-1].key if parts else None

    def row(self, number: int) -> LogRow | None:
        """A row; None when it is not here yet, in which case it comes and `changed` is told."""
        at = bisect_right(self._starts, number) - 1
        piece = self._pieces[at]
        if piece.rule is not None:
            return piece.rule
        part = piece.part
        assert part is not None
        line = self._line(part.key, number - self._starts[at])
        first, tail = self._tails.get(part.key, (0, []))
        if first <= line < first + len(tail):
            return _log_line(part, tail[line - first])
        page = self._pages.get((part.key, line // PAGE))
        if page is None:
            self._wanted.add((part.key, line // PAGE))
            self._wake.set()
            return None
        if line % PAGE >= len(page):
            # It was counted after the page was read; the page is read again when the count is told.
            return None
        self._pages.move_to_end((part.key, line // PAGE))
        return _log_line(part, page[line % PAGE])

    def step_edges(self) -> list[int]:
        """The rows at which steps begin."""
        return [
            start
            for start, piece in zip(self._starts, self._pieces, strict=False)
            if piece.rule is not None and piece.rule.edge == "begin"
        ]

    def last_lines(self, phase: str, count: int) -> Sequence[str]:
        """The newest lines that are here of the job of a phase that puts out now."""
        key = self.running(phase)
        return [text for _, _, text in self._tails[key][1][-count:]] if key in self._tails else ()

    async def read(self) -> None:
        """Bring what is wanted, until this is cancelled; what was refused is asked for again with the next thing."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            came = False
            for key in tuple(self._stale):
                self._stale.discard(key)
                came |= await self._measure(key)
            for key, page in tuple(self._wanted):
                self._wanted.discard((key, page))
                came |= await self._bring(key, page)
            if came:
                self._number()
                self._changed()

    async def _measure(self, key: str) -> bool:
        answer = await self._ask("log", {"key": key, "first": -_TAIL, "count": _TAIL + 1})
        if isinstance(answer, Refusal):
            self._stale.add(key)
            return False
        total, before = int(answer["total"]), self._totals.get(key, 0)
        self._totals[key] = total
        first = max(0, total - _TAIL)
        _, shown = self._tails.get(key, (0, []))
        # A line that has not ended yet, as of words that an agent is saying, is behind those that are counted.
        newest = _lines(answer)[: total - first + 1]
        self._tails[key] = first, newest
        if total > before:
            # The page that was the last one had not all its lines yet.
            self._pages.pop((key, before // PAGE), None)
        if self.groups:
            return await self._sift(key)
        return total != before or newest[-1:] != shown[-1:]

    async def _sift(self, key: str) -> bool:
        """Bring the numbers of the lines of the wanted kinds that are not known yet."""
        groups = self.groups
        kinds = [kind for group in sorted(groups) for kind in GROUPS[group]]
        first, lines = self._sifted.get(key, (0, []))
        answer = await self._ask("search", {"key": key, "text": "", "kinds": kinds, "first": first})
        if isinstance(answer, Refusal) or groups is not self.groups:
            return False
        self._sifted[key] = int(answer["total"]), [*lines, *map(int, reversed(answer["lines"]))]
        return True

    async def _bring(self, key: str, page: int) -> bool:
        answer = await self._ask("log", {"key": key, "first": page * PAGE, "count": PAGE})
        if isinstance(answer, Refusal):
            self._wanted.add((key, page))
            return False
        self._totals[key] = int(answer["total"])
        self._pages[key, page] = _lines(answer)
        while len(self._pages) > _KEPT:
            self._pages.popitem(last=False)
        return True

    def _line(self, key: str, place: int) -> int:
        """The line of a job that stands at a place among its rows."""
        return self._sifted[key][1][place] if self.groups else place

    def _number(self) -> None:
        self._at = {piece.part.key: at for at, piece in enumerate(self._pieces) if piece.part is not None}
        self._starts = list(accumulate(map(self._size, self._pieces), initial=0))

    def _size(self, piece: _Piece) -> int:
        if piece.part is None:
            return 0 if self.groups else 1
        if self.groups:
            return len(self._sifted.get(piece.part.key, (0, []))[1])
        return self._rows(piece.part.key)

    def _rows(self, key: str) -> int:
        """The lines of a job, with one that has not ended yet."""
        first, newest = self._tails.get(key, (0, []))
        return max(self._totals.get(key, 0), first + len(newest))


def _lines(answer: Any) -> list[tuple[float, str, str]]:
    return [(float(at), str(kind), str(text)) for at, kind, text in answer["lines"]]


def _log_line(part: LogPart, line: tuple[float, str, str]) -> LogLine:
    when, kind, text = line
    return LogLine(when, part.phase, f"{part.step[0].upper()}{part.iteration}", kind, text)


def working(state: RunState) -> frozenset[str]:
    """The keys of the effects that are under way."""
    steps = (phase.steps[-1] for phase in state.phases.values() if phase.steps)
    return frozenset(effect.key for step in steps for effect in step.effects if effect.status == "intended")


def _pieces(state: RunState, phase: str, only: StepKey | None) -> list[_Piece]:
    """Steps in the order in which they began, each between its rules."""
    goes = sorted(
        (
            (one.id, step)
            for one in state.phases.values()
            if phase in ("", one.id)
            for step in one.steps
            if only is None or only == (step.name, step.iteration, step.attempt)
        ),
        key=lambda pair: pair[1].began_at,
    )
    parts: dict[tuple[str, str, int, int], list[_Piece]] = {}
    for part in log_parts(state, phase):
        parts.setdefault((part.phase, part.step, part.iteration, part.attempt), []).append(_Piece(None, part))
    # What an agent asks in its turn stands among its lines.
    asked = [
        one
        for one in state.decisions.values()
        if one.kind not in ("question", "permission") and (phase in ("", one.phase))
    ]
    pieces: list[_Piece] = []

    def ask(of: str, until: float) -> None:
        """What was asked about a phase until then and stands nowhere yet."""
        for decision in [one for one in asked if one.phase == of and one.opened_at <= until]:
            asked.remove(decision)
            pieces.extend(_asked(decision))

    for one, step in goes:
        if only is None:
            ask(one, step.began_at)
        pieces.append(_Piece(LogRule("begin", one, step), None))
        pieces += parts.get((one, step.name, step.iteration, step.attempt), ())
        ask(one, step.ended_at if step.ended_at is not None else inf)
        if step.ended_at is not None:
            pieces.append(_Piece(LogRule("end", one, step), None))
    for of in dict.fromkeys(decision.phase for decision in asked) if only is None else ():
        ask(of, inf)
    return pieces


def _asked(decision: Decision) -> list[_Piece]:
    made = [_Piece(LogAsked("asked", decision), None)]
    return made if decision.status == "open" else [*made, _Piece(LogAsked("decided", decision), None)]
