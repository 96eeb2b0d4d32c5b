"""The only places where a measurement lets time pass: what is measured, what comes before, the moments of keys."""

from __future__ import annotations

import time

from tests.ptychild import clock


def measure_for(seconds: float) -> float:
    """Let the time pass in which something is measured; the seconds that it was in fact."""
    began = clock()
    time.sleep(seconds)
    return clock() - began


def warm_up(seconds: float) -> None:
    """Let time pass that counts for nothing, because what has begun is not yet as it will be.

    Nothing is looked at meanwhile: who polls on a machine with few cores changes what is measured next.
    """
    time.sleep(seconds)


def pace(due: float) -> None:
    """Let time pass until a moment of `clock`, at which the next key of a row of them is due."""
    time.sleep(max(0.0, due - clock()))
