"""How many colours there are."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

_TRUE_TERMS = ("alacritty", "contour", "foot", "ghostty", "kitty", "wezterm")


class Depth(Enum):
    """The colours that a terminal has, or that the person wants."""

    TRUE = "truecolor"
    MANY = "256"
    FEW = "16"
    NONE = "none"


_FORCED = {"0": Depth.NONE, "1": Depth.FEW, "2": Depth.MANY, "3": Depth.TRUE}


def depth_of(environ: Mapping[str, str]) -> Depth:
    """The depth by the variables that terminals and people set.

    ``FORCE_COLOR`` (0 none, 1 sixteen, 2 256, 3 truecolor) is stronger than ``NO_COLOR`` (https://no-color.org),
    that is stronger than ``COLORTERM`` and ``TERM``. Any other ``FORCE_COLOR`` only overrules ``NO_COLOR``.
    """
    forced = environ.get("FORCE_COLOR", "")
    if forced in _FORCED:
        return _FORCED[forced]
    if environ.get("NO_COLOR") and not forced:
        return Depth.NONE
    term = environ.get("TERM", "").lower()
    if term in ("", "dumb") or term.startswith(("vt1", "vt2", "vt3", "vt4", "vt5")) or term.endswith("-mono"):
        return Depth.FEW if forced else Depth.NONE
    if term == "linux":
        return Depth.FEW
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit") or term.endswith("-direct"):
        return Depth.TRUE
    if any(name in term for name in _TRUE_TERMS):
        return Depth.TRUE
    return Depth.MANY if "256" in term else Depth.FEW
