"""A theme as styles: what a token looks like with so many colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.color import Color
from rich.style import Style

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui.colour import exact, nearest
from prdrunner_tui.tui.depth import Depth
from prdrunner_tui.tui.look import NAMES, Colour, Look, parse_look
from prdrunner_tui.tui.tokens import PLAIN, SIXTEEN, TOKENS

JOINT = "+"
"""Between two tokens: the second on top of the first, e.g. ``add+syntax.string``."""


@dataclass(frozen=True, slots=True)
class ThemeFile:
    """A theme as its file says it.

    Attributes:
        name: what the person chooses it by.
        about: one line about it.
        looks: token -> look, for 256 colours and more.
        sixteen: token -> look where it differs in 16 colours.
    """

    name: str
    about: str = ""
    looks: Mapping[str, Look] = field(default_factory=dict)
    sixteen: Mapping[str, Look] = field(default_factory=dict)


class Theme:
    """The styles of one theme at one depth.

    Attributes:
        name: the theme's name.
        depth: the colours that there are.
    """

    def __init__(self, file: ThemeFile, depth: Depth) -> None:
        self.name = file.name
        self.depth = depth
        if depth is Depth.NONE:
            self._looks = _parsed(PLAIN)
        elif depth is Depth.FEW:
            self._looks = {**_parsed(SIXTEEN), **file.sixteen}
        else:
            self._looks = dict(file.looks)
        self._looks.setdefault("text", Look())
        self._looks.setdefault("surface", Look())
        for token in ("cursor", "caret"):
            self._looks.setdefault(token, Look(attributes=frozenset({"reverse"})))
        self._styles: dict[tuple[str, bool], Style] = {}
        # Reversed, a row of several colours would be a row of patches.
        self._plain_cursor = "reverse" in self._looks["cursor"].attributes

    def style(self, token: str) -> Style:
        """The style of a token, or of two joined by ``+``. An unknown token looks like what its stem looks like."""
        return self._cached(token, False)

    def cursor_style(self, token: str) -> Style:
        """The style of a token in the row under the cursor."""
        return self._cached(token, True)

    def look(self, token: str) -> Look:
        """What the token sets, itself or by the tokens that stand in for it; of joined ones the last on the first."""
        below, joint, above = token.rpartition(JOINT)
        if joint:
            return self.look(above).over(self.look(below))
        name: str | None = token
        while name is not None:
            if name in self._looks:
                return self._looks[name]
            name = TOKENS[name] if name in TOKENS else (name.rpartition(".")[0] or None)
        return Look()

    def _cached(self, token: str, under: bool) -> Style:
        style = self._styles.get((token, under))
        if style is None:
            style = self._styles[token, under] = self._make(token, under)
        return style

    def _make(self, token: str, under: bool) -> Style:
        look = self.look(token)
        if self.depth is Depth.MANY and self._lost_in_line(token, look):
            look = Look(attributes=frozenset({"underline"})).over(look)
        if under:
            cursor = self._looks["cursor"]
            look = cursor if self._plain_cursor else look.over(cursor)
        look = look.over(Look(self._looks["text"].ink, self._looks["surface"].ground))
        return Style(
            color=self._colour(look.ink),
            bgcolor=self._colour(look.ground),
            **dict.fromkeys(look.attributes, True),  # type: ignore[arg-type]
        )

    def _lost_in_line(self, token: str, look: Look) -> bool:
        """Whether a changed word has the ground of its line, because the palette has but one for both."""
        below = token.split(JOINT)[0]
        if not below.endswith(".word") or "underline" in look.attributes:
            return False
        line = self.look(below.removesuffix(".word"))
        return self._colour(look.ground) == self._colour(line.ground)

    def _colour(self, colour: Colour | None) -> Color | None:
        if colour is None or colour == "default":
            return None
        if isinstance(colour, str):
            return Color.from_ansi(NAMES.index(colour) - 1)
        # What the palette has needs fewer bytes by its number, and looks the same.
        number = nearest(colour) if self.depth is Depth.MANY else exact(colour)
        return Color.from_rgb(*colour) if number is None else Color.from_ansi(number)


def _parsed(looks: Mapping[str, str]) -> dict[str, Look]:
    try:
        return {token: parse_look(text) for token, text in looks.items()}
    except Problem as problem:  # pragma: no cover - a mistake in the tables of this package
        raise AssertionError(str(problem)) from problem
