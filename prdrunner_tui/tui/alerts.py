"""Drawing attention to decisions that are new: what the user wants, and which ones have not been told of."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from prdrunner_tui.kernel.state import Decision
from prdrunner_tui.text.places import config_dir
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import SafeText, sanitize


@dataclass(frozen=True, slots=True)
class Wanted:
    """The bell, and a notification through the terminal."""

    bell: bool = True
    terminal: bool = False


async def wanted() -> Wanted:
    """What the user's ``config.yaml`` says; one that cannot be read is the start of a run's business."""
    path = config_dir() / "config.yaml"
    return await asyncio.to_thread(_read) if path.exists() else Wanted()


def _read() -> Wanted:
    # Models of the configuration take as long to import as a screen to paint; without a file there is no need.
    from prdrunner_tui.config.layers import load

    try:
        notify = load(config_dir() / "config.yaml", None, trusted=False).config.notify
    except Problem:
        return Wanted()
    return Wanted(notify.bell, notify.terminal)


class Alerts:
    """Which decisions were there when it was looked last."""

    def __init__(self) -> None:
        self._known: frozenset[str] | None = None

    def new(self, waiting: Iterable[Decision]) -> SafeText | None:
        """Words for the decisions that wait now and did not before; None when there are none, or at the first look."""
        waiting = tuple(waiting)
        known, self._known = self._known, frozenset(decision.id for decision in waiting)
        fresh = [] if known is None else [decision for decision in waiting if decision.id not in known]
        if not fresh:
            return None
        more = f", {len(fresh) - 1} more" if len(fresh) > 1 else ""
        return sanitize(
            f"prdrunner: {fresh[0].phase or 'run'} needs you: {fresh[0].kind}{more}".replace("_", " ")
        )
