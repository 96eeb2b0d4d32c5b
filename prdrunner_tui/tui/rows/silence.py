"""An agent that says nothing: many wait for their provider without a word."""

from __future__ import annotations

from collections.abc import Mapping

from prdrunner_tui.kernel.state import Phase, RunState
from prdrunner_tui.text.units import minutes

_SILENT = 60.0
"""Seconds after which it is told."""


def silent_words(state: RunState, phase: Phase, heard: Mapping[str, float], now: float) -> str:
    """How long the agent of a phase has said nothing, and when it is ended for that; empty where it is not long.

    Args:
        heard: when something came of a phase last.
    """
    effects = phase.last.effects if phase.last is not None else ()
    turn = next((one for one in effects if one.kind == "turn" and one.status == "intended"), None)
    if turn is None or state.run is None or phase.id not in heard:
        return ""
    quiet = now - max(turn.at, heard[phase.id])
    if quiet < _SILENT:
        return ""
    return f"silent for {minutes(quiet)}, ended at {minutes(state.run.settings.limits.idle)}"
