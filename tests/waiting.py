"""Waiting for what nobody announces."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")
_LOOK = 0.005
"""Seconds between two looks."""


def wait_for(holds: Callable[[], _Found | None], seconds: float, what: str = "what is waited for") -> _Found:
    """Wait until something holds; what it then is.

    Args:
        holds: is asked again and again, for something that is true.
        seconds: how long at the most.
        what: for the error.

    Raises:
        TimeoutError: it does not come to hold.
    """
    deadline = time.monotonic() + seconds
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} does not come in {seconds:g} s")
        time.sleep(_LOOK)
    return found
