"""Rows 10 and 8: finding files and hunks in a large patch, against one regex pass and a full parse by unidiff."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from unidiff.patch import PatchSet

from prdrunner_tui.changes.changeset import ChangeSet
from tests.benchmarks.large_changes import answer
from tests.benchmarks.table import Line, median

_HEADS = re.compile(rb"^(?:diff --git (?P<file>.+)|@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@)", re.MULTILINE)
_APP = """
import os
from textual.app import App
class Hello(App):
    def on_ready(self):
        os._exit(0)
Hello().run(headless=True)
"""
SIZES = {"1,000 files, 100,000 lines": (1000, 5, 20), "10,000 files, 120,000 lines": (10_000, 1, 12)}
_INDEX_SHARE = 0.5
"""Of the minimal app's start: opening may take 1.5 times that, so this is left for everything else."""


async def measure(rounds: int) -> list[Line]:
    """The lines of row 10, for both sizes."""
    lines = []
    for name, size in SIZES.items():
        whole = answer(*size)
        patch = whole.partition(b"\0\0")[2]
        text = patch.decode("utf-8")
        ours, regex, full = _interleaved(
            max(5, rounds // 3),
            partial(ChangeSet, whole),
            partial(_heads, patch),
            partial(PatchSet, text),
        )
        lines.append(Line(10, f"index, {name}", ours, "one regex pass", regex, 2))
        lines.append(Line(10, f"index, {name}", ours, "full parse by unidiff", full, 1 / 5))
    return lines


async def measure_open(rounds: int) -> list[Line]:
    """The index part of row 8: git's answer to the first file's hunks, beside the start of a minimal app."""
    small, large = (answer(*size) for size in SIZES.values())
    one, ten, app = _interleaved(
        max(5, rounds // 3),
        partial(_first_screen, small),
        partial(_first_screen, large),
        partial(subprocess.run, [sys.executable, "-c", _APP], check=True),
    )
    return [
        Line(8, "index + first file, 1,000 files", one, "start of a minimal app", app, _INDEX_SHARE),
        Line(8, "app + index, 10,000 files", app + ten, "app + index, 1,000", app + one, 1.3),
        Line(8, "index alone, 10,000 files", ten, "index alone, 1,000", one, None),
    ]


def _heads(patch: bytes) -> list[int]:
    return [match.start() for match in _HEADS.finditer(patch)]


def _first_screen(whole: bytes) -> None:
    changes = ChangeSet(whole)
    for number in range(40):
        changes.change(number)
    changes.units(0)


def _interleaved(rounds: int, *calls: Callable[[], object]) -> list[float]:
    """The median milliseconds of each, taken in turn, the first of each left out."""
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(rounds + 1):
        for call, taken in zip(calls, times, strict=True):
            began = time.perf_counter()
            call()
            taken.append((time.perf_counter() - began) * 1000)
    return [median(taken[1:]) for taken in times]
