"""What a test program reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FailureKind = Literal["failure", "error", "unexpected_success"]


@dataclass(frozen=True, slots=True)
class Failure:
    """One failing test, as far as it was printed."""

    id: str
    """The framework's own name of the test (``tests/test_a.py::test_x``, ``tests.test_a.T.test_x``)."""
    kind: FailureKind
    file: str = ""
    line: int | None = None
    """Of the failing statement in `file`."""
    message: str = ""
    """The first line of the message."""


@dataclass(frozen=True, slots=True)
class Report:
    """The counts of one run of a test program, each as that program counts."""

    framework: Literal["pytest", "unittest", "junit", "regex"]
    passed: int
    failed: int
    errors: int
    skipped: int
    ran: int | None
    """Tests that were really run (skipped ones are not); None when the output does not tell."""
    failing: tuple[Failure, ...]
    summary: str
    """The line by which the program itself sums up, or our own of what was seen."""
    complete: bool
    """Whether the end of the run was seen. Otherwise the counts are those seen so far and `ran` is None."""


def describe(passed: int, failed: int, errors: int, skipped: int) -> str:
    """``2 failed, 5 passed, 1 skipped``, in our own words."""
    parts = ((failed, "failed"), (errors, "errors"), (passed, "passed"), (skipped, "skipped"))
    return ", ".join(f"{number:,} {word}" for number, word in parts if number) or "no tests ran"
