"""A regular expression of the user's that finds how many tests ran, made harmless.

The pattern comes from configuration, the text from an agent: patterns whose matching can take exponential or high
polynomial time are refused, and only the last lines are searched, cropped.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from prdrunner_tui.testreports.report import Report
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line

# The standard library's own parse tree of a pattern; without it a check would be a second parser.
sre_constants = import_module("re._constants")
sre_parser = import_module("re._parser")

LONGEST_PATTERN = 200
LAST_LINES = 100
LINE_CROP = 200
_REPEATS = (sre_constants.MAX_REPEAT, sre_constants.MIN_REPEAT, sre_constants.POSSESSIVE_REPEAT)
_REFUSED = (
    sre_constants.GROUPREF,
    sre_constants.GROUPREF_EXISTS,
    sre_constants.ASSERT,
    sre_constants.ASSERT_NOT,
)
_UNBOUNDED = 20
_HINT = r"one group around the number, for example '(\d+) tests? ran'"


def compile_ran_pattern(pattern: str) -> re.Pattern[str]:
    """The compiled pattern. Raises Problem when it is not safe or has not exactly one group."""
    shown = one_line(pattern, 60)
    if len(pattern) > LONGEST_PATTERN:
        raise Problem(f"the pattern has more than {LONGEST_PATTERN} characters", hint=_HINT)
    try:
        compiled = re.compile(pattern)
        parsed = sre_parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise Problem(
            f"'{shown}' is not a regular expression: {one_line(str(error), 80)}", hint=_HINT
        ) from error
    if compiled.groups != 1:
        raise Problem(f"'{shown}' has {compiled.groups} groups", hint=_HINT)
    if _open_repeats(parsed, inside=False) > 2:
        raise Problem(f"'{shown}' has more than two open repeats", hint=r"use bounded ones like \d{1,6}")
    return compiled


def _open_repeats(node: Any, *, inside: bool) -> int:
    """Number of repeats without a small bound. Raises Problem for repeats in repeats and for references."""
    found = 0
    for operation, argument in node:
        if operation in _REFUSED:
            raise Problem("back references and look-around are not read in a pattern", hint=_HINT)
        if operation in _REPEATS:
            low, high, body = argument
            varies = low != high
            if varies and inside:
                raise Problem("the pattern repeats a repeat", hint=_HINT)
            found += int(high) > _UNBOUNDED
            found += _open_repeats(body, inside=inside or int(high) > 1)
        elif operation is sre_constants.SUBPATTERN:
            found += _open_repeats(argument[3], inside=inside)
        elif operation is sre_constants.BRANCH:
            found += sum(_open_repeats(branch, inside=inside) for branch in argument[1])
        elif operation is sre_constants.ATOMIC_GROUP:
            found += _open_repeats(argument, inside=inside)
    return found


class PatternReader:
    """Fed line by line; the last line that matches counts."""

    def __init__(self, pattern: str) -> None:
        self._pattern = compile_ran_pattern(pattern)
        self._lines: deque[str] = deque(maxlen=LAST_LINES)

    def feed_all(self, lines: Iterable[str]) -> None:
        """Keep the last lines of a stream."""
        for line in lines:
            self._lines.append(line[:LINE_CROP])

    def report(self) -> Report | None:
        """The number found, as tests that ran; None without a match or when the group is no number."""
        for line in reversed(self._lines):
            match = self._pattern.search(line)
            if match and match.group(1) is not None:
                digits = match.group(1).replace(",", "").strip()
                if not digits.isascii() or not digits.isdigit() or len(digits) > 9:
                    return None
                number = int(digits)
                return Report("regex", number, 0, 0, 0, number, (), line.strip(), complete=True)
        return None
