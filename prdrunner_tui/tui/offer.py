"""What a text field can complete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prdrunner_tui.text.safe import SafeText


@dataclass(frozen=True)
class Offer:
    """One way to complete what stands before the caret.

    Attributes:
        start: where the characters begin that it replaces; they end at the caret.
        text: what takes their place.
        about: a few words beside it.
    """

    start: int
    text: str
    about: SafeText


Completer = Callable[[str, int], Sequence[Offer]]
"""Text and caret -> what is offered, the likeliest first."""
