"""One look as a theme writes it: ``bold #5fafd7 on #1c1c1c``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.tui.colour import Rgb, parse_hex

ATTRIBUTES: Final = ("bold", "dim", "italic", "underline", "strike", "reverse")
NAMED: Final = ("black", "red", "green", "yellow", "blue", "magenta", "cyan", "white")
NAMES: Final = ("default", *NAMED, *(f"bright-{name}" for name in NAMED))
"""The colours that a terminal chooses."""

Colour = Rgb | str
"""Three bytes, or one of `NAMES`."""


@dataclass(frozen=True, slots=True)
class Look:
    """Colours and attributes; None leaves what is below.

    Attributes:
        ink: the colour of the characters.
        ground: the colour behind them.
        attributes: some of `ATTRIBUTES`.
    """

    ink: Colour | None = None
    ground: Colour | None = None
    attributes: frozenset[str] = frozenset()

    def over(self, below: Look) -> Look:
        """This look on top of another: its own colours where it has some, the attributes of both.

        Reversed twice would be not reversed: one reversal is kept.
        """
        return replace(
            self,
            ink=below.ink if self.ink is None else self.ink,
            ground=below.ground if self.ground is None else self.ground,
            attributes=self.attributes | below.attributes,
        )


def parse_look(text: str, where: str = "") -> Look:
    """Read a look: attributes, a colour, ``on`` and a colour, in this or another order.

    Args:
        text: e.g. ``bold #5fafd7 on #1c1c1c``, ``reverse yellow``, ``default``.
        where: ``file:line:column`` for the Problem.

    Raises:
        Problem: a word that is none of these, or a second colour for one place.
    """
    ink: Colour | None = None
    ground: Colour | None = None
    attributes: set[str] = set()
    behind = False
    for word in text.split():
        if word == "on" and not behind:
            behind = True
        elif word in ATTRIBUTES:
            attributes.add(word)
        else:
            colour = _colour(word, where)
            if (ground if behind else ink) is not None:
                raise Problem(
                    f"{one_line(word, 40)} is a second colour for one place",
                    where=where,
                    hint="write the one behind the text after the word on",
                )
            if behind:
                ground, behind = colour, False
            else:
                ink = colour
    if behind:
        raise Problem("no colour follows the word on", where=where, hint="for example: on #303030")
    return Look(ink, ground, frozenset(attributes))


def _colour(word: str, where: str) -> Colour:
    if word in NAMES:
        return word
    if (rgb := parse_hex(word)) is not None:
        return rgb
    if word.startswith("#"):
        hint = "a colour is # and six digits of 0-9 and a-f, in quotes"
    else:
        hint = (
            did_you_mean(word, (*ATTRIBUTES, *NAMES)) or "a colour is #rrggbb or a name such as bright-blue"
        )
    raise Problem(f"{one_line(word, 40)} is no colour and no attribute", where=where, hint=hint)
