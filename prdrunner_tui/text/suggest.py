"""The word that was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from prdrunner_tui.text.safe import one_line


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word` (case ignored), or None when nothing is near."""
    by_folded = {candidate.casefold(): candidate for candidate in known}
    matches = get_close_matches(word.casefold(), list(by_folded), n=1, cutoff=0.6)
    return by_folded[matches[0]] if matches else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """``did you mean X?`` or an empty string: the hint of a `Problem`."""
    match = nearest(word, known)
    return f"did you mean {one_line(match, 80)}?" if match else ""
