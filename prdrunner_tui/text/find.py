"""Finding a text as a person types it: literally, upper and lower case alike."""

from __future__ import annotations

import re


def finder(text: str) -> re.Pattern[str]:
    """A pattern that finds the text itself, whatever its case; nothing in it has a special meaning."""
    return re.compile(re.escape(text), re.IGNORECASE)


def ranges(pattern: re.Pattern[str], text: str) -> list[tuple[int, int]]:
    """Where the pattern is in a text: ``[start, end)`` in order, empty places left out."""
    return [match.span() for match in pattern.finditer(text) if match.end() > match.start()]
