"""What two lists of lines have in common at their beginning and end."""

from __future__ import annotations

from collections.abc import Sequence


def common_ends(old: Sequence[bytes], new: Sequence[bytes]) -> tuple[int, int]:
    """How many lines are equal at the beginning, and how many of the rest at the end."""
    least = min(len(old), len(new))
    top = next((n for n in range(least) if old[n] != new[n]), least)
    least -= top
    return top, next((n for n in range(least) if old[-1 - n] != new[-1 - n]), least)


def trimmed(
    index: int, removed: Sequence[bytes], added: Sequence[bytes]
) -> tuple[int, tuple[bytes, ...], tuple[bytes, ...]]:
    """The same replacement of lines, without those that it leaves as they are at its beginning and its end.

    Args:
        index: where the removed lines begin.
        removed: the lines that go.
        added: the lines that come in their place.
    """
    top, end = common_ends(removed, added)
    return index + top, tuple(removed[top : len(removed) - end]), tuple(added[top : len(added) - end])
