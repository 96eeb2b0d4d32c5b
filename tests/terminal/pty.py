"""A terminal to run programs in: a pseudo-terminal, an emulated screen, and the answers that terminals give."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyte

from tests.emulator import Emulator, Kind
from tests.ptychild import PtyChild, clock

SOON = 10.0
"""Seconds that a condition may take on a busy machine; nothing ever waits so long when all is well."""

_REST = 0.6
"""Seconds between two keys of `Terminal.type_until`."""


class Terminal(PtyChild):
    """Runs a program and keeps the screen that it makes.

    Args:
        command: the program and its arguments.
        size: columns and rows.
        env: variables on top of a small environment.
        cwd: where it runs.
        answers: which questions are answered.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        size: tuple[int, int] = (80, 24),
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        answers: Sequence[Kind] = ("mode", "cursor"),
    ) -> None:
        self._emulator = Emulator(size, self._answer)
        self._answers = frozenset(answers)
        self._held_answers: list[str] | None = None
        super().__init__(command, size=size, env=env, cwd=cwd)

    # What a person sees

    @property
    def text(self) -> str:
        """The rows of the screen that is shown, without blanks at their ends."""
        with self._changed:
            return "\n".join(row.rstrip() for row in self._emulator.rows)

    def cells(self) -> list[list[pyte.screens.Char]]:
        """The cells of the screen that is shown, row by row; empty ones stand behind wide characters."""
        with self._changed:
            columns, rows = self.size
            return self._emulator.cells(range(rows), range(columns))

    def modes(self) -> set[str]:
        """What differs from a fresh terminal: empty when everything was given back."""
        with self._changed:
            return self._emulator.modes

    @property
    def is_given_back(self) -> bool:
        """Whether its modes and attributes are as they were before the program."""
        return not self.modes() and self.has_old_attributes

    # What a person does

    def resize(self, columns: int, rows: int) -> None:
        """Change the size, as a window manager does."""
        with self._changed:
            super().resize(columns, rows)
            self._emulator.resize(columns, rows)

    def hold_answers(self) -> None:
        """Answer questions only when told to, as over a slow line."""
        with self._changed:
            self._held_answers = []

    def release_answers(self) -> int:
        """Give the answers that were held back, and from now on at once; how many they were."""
        with self._changed:
            held, self._held_answers = self._held_answers or [], None
            self.send("".join(held))
        return len(held)

    # What a test waits for

    def until(self, condition: Callable[[], object], seconds: float = SOON) -> None:
        """Wait until a condition holds; it is looked at whenever bytes came, and now and then."""
        assert self.holds(condition, seconds), f"waited {seconds} s; the screen:\n{self.text}"

    def until_text(self, text: str, seconds: float = SOON) -> None:
        """Wait until a text is on the screen."""
        self.until(lambda: text in self.text, seconds)

    def type_until(self, text: str, condition: Callable[[], object]) -> None:
        """Type again and again until a condition holds, as somebody does whose key was ignored.

        With some rest between, because a screen that has just opened hears nothing before it is quiet.
        """
        sent = float("-inf")

        def typed() -> bool:
            nonlocal sent
            done = bool(condition())
            if not done and clock() - sent > _REST:
                self.send(text)
                sent = clock()
            return done

        self.until(typed)

    def exit_code(self, seconds: float = SOON) -> int:
        """Wait for the program's end, and until all that it wrote is on the screen; its exit code."""
        self.ended(seconds)
        return self.process.wait()

    # The thread

    def _take(self, data: bytes) -> None:
        self._emulator.feed(data)

    def _answer(self, kind: Kind, text: str) -> None:
        if kind not in self._answers:
            return
        if self._held_answers is not None:
            self._held_answers.append(text)
            return
        with contextlib.suppress(OSError):
            self.send(text)
