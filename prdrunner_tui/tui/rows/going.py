"""Why a screen cannot be shown at this moment. Pure."""

from __future__ import annotations

from prdrunner_tui.kernel.state import RunState

_WITHOUT_A_RUN = frozenset(("go.start", "go.runs"))


def no_go(action: str, state: RunState) -> str:
    """The reason, in a few words, or an empty string for a screen that can be shown and for any other action.

    Args:
        action: its id.
    """
    going = action.startswith("go.") and action != "go.menu"
    return "no run is shown" if going and state.run is None and action not in _WITHOUT_A_RUN else ""
