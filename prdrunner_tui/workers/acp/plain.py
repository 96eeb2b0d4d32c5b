"""Values out of an agent's JSON. Whatever does not fit its kind is as if it had not been said. Pure.

An agent's message is hostile input: numbers beyond every table, text with lone surrogates that no encoder takes,
an object where a list was promised.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from prdrunner_tui.text.cut import CUT

_LARGEST = 10**12
"""More than any agent counts, and so far below what our own wire takes that thousands of them can be added up."""
_DEAREST = 1e9
_LONGEST_ID = 256


def text(value: object, limit: int | None = None) -> str:
    """Text that can be encoded; "" for what is none. `limit` cuts it, in characters."""
    if not isinstance(value, str):
        return ""
    if limit is not None and len(value) > limit:
        value = value[:limit] + CUT
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def identifier(value: object) -> str:
    """A name the agent gave something, or "" for one that is too long or not printable ASCII."""
    fits = isinstance(value, str) and len(value) <= _LONGEST_ID and value.isascii() and value.isprintable()
    return str(value) if fits else ""


def count(value: object) -> int | None:
    """A whole number from 0 on, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value <= _LARGEST else None


def money(value: object) -> float | None:
    """An amount from 0 on, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and 0 <= value <= _DEAREST else None


def mapping(value: object) -> Mapping[str, Any]:
    """An object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def items(value: object, limit: int = 1000) -> Sequence[Any]:
    """The first entries of a list; none for anything else."""
    return value[:limit] if isinstance(value, list) else ()


def inside(path: str, roots: Sequence[str]) -> str:
    """A path relative to the first of these directories in which it lies, else as it was given."""
    plain = os.path.normpath(path) if path else path
    for root in roots:
        if PurePosixPath(plain).is_relative_to(root) and plain != root:
            return str(PurePosixPath(plain).relative_to(root))
    return path
