"""What a widget paints with: the theme and the signs of the app it is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual.app import App

from prdrunner_tui.tui.glyphs import Glyphs
from prdrunner_tui.tui.theme import Theme


@dataclass(frozen=True)
class Skin:
    """A theme and a set of signs. An app has one as its attribute ``skin``; widgets notice when it is another."""

    theme: Theme
    glyphs: Glyphs


def skin_of(app: App[Any]) -> Skin:
    """The skin of an app. Raises TypeError when it has none."""
    skin = getattr(app, "skin", None)
    if not isinstance(skin, Skin):
        raise TypeError(f"{type(app).__name__}.skin is no Skin")
    return skin
