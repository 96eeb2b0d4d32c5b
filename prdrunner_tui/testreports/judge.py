"""From exit code and report to a verdict, and to a signature by which the same failure is known again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from prdrunner_tui.testreports.lines import plain_lines
from prdrunner_tui.testreports.report import Report
from prdrunner_tui.text.units import exit_words

Result = Literal["green", "red", "nothing_ran", "unknown"]

_NO_TESTS_EXIT = 5
"""The exit code by which pytest and unittest (from Python 3.12) say that no test ran."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one command's run means. Only ``green`` verifies; ``nothing_ran`` and ``unknown`` are decisions."""

    result: Result
    reason: str


def verdict(exit_code: int, report: Report | None, *, needs_ran: bool) -> Verdict:
    """Join exit code and report.

    Args:
        exit_code: of the command, negative for a signal.
        report: None when nothing was recognised in the output.
        needs_ran: whether something has to be seen to have run (kind ``test``); for lint, format, typecheck and
            build the exit code is enough.
    """
    words = exit_words(exit_code)
    if exit_code != 0:
        if exit_code == _NO_TESTS_EXIT and report is not None and _is_empty(report):
            return Verdict("nothing_ran", f"{words}: {report.summary}")
        return Verdict("red", f"{words}: {report.summary}" if report is not None else words)
    if report is not None and (report.failed or report.errors or report.failing):
        return Verdict("red", f"exit 0, but the output reports {report.summary}")
    if not needs_ran:
        return Verdict("green", words)
    if report is None:
        return Verdict("unknown", "exit 0, but the output does not tell whether a test ran")
    if not report.complete or report.ran is None:
        return Verdict("unknown", f"exit 0, but the end of the test report is missing: {report.summary}")
    if report.ran == 0:
        return Verdict("nothing_ran", f"exit 0, but no test ran: {report.summary}")
    return Verdict("green", f"{words}, {report.summary}")


def _is_empty(report: Report) -> bool:
    return report.complete and report.ran == 0 and not (report.failed or report.errors)


_TAIL_LINES = 20
_NORMAL = (
    (re.compile(r"0x[0-9a-fA-F]+"), "#"),
    (re.compile(r"(?:/[\w.@+-]+)+/"), "/"),  # directories: temporary ones differ from run to run
    (re.compile(r"\b[0-9a-f]{7,64}\b"), "#"),
    (re.compile(r"\d+"), "#"),
    (re.compile(r"\s+"), " "),
)


def failure_signature(report: Report | None, exit_code: int, tail: bytes | Iterable[bytes] = b"") -> str:
    """16 hexadecimal digits, equal for the same failure in another run.

    Made of the set of failing tests and the exit code. Without failing tests, of the last lines of the output
    with numbers, addresses, hashes and directories taken out.
    """
    parts = [str(exit_code)]
    if report is not None and report.failing:
        parts += sorted({f"{failure.kind} {failure.id}" for failure in report.failing})
    else:
        lines = [line for line in plain_lines([tail] if isinstance(tail, bytes) else tail) if line.strip()]
        parts += [_normal(line) for line in lines[-_TAIL_LINES:]]
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:16]


def _normal(line: str) -> str:
    for pattern, replacement in _NORMAL:
        line = pattern.sub(replacement, line)
    return line.strip()
