"""What the runs of a repository used on a day: told to each run, so that together they keep to the day's budget."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time, timedelta

from prdrunner_tui.journal.registry import RunRow
from prdrunner_tui.kernel.commands import CountDay
from prdrunner_tui.kernel.state import RunState, Spent
from prdrunner_tui.kernel.values import LARGEST, CodecError, from_json
from prdrunner_tui.rules.budget import plus
from prdrunner_tui.text.units import day_of

_LEAST, _A_LITTLE = 60.0, 1.0
"""Seconds between two counts at least, and after midnight for a clock that is a little behind."""


class DayBook:
    """The counts of one day.

    Args:
        rows: gives the rows of all runs of the repository.
    """

    def __init__(self, rows: Callable[[], Iterable[RunRow]]) -> None:
        self._rows = rows
        self._day = ""
        self._still: dict[str, Spent] = {}
        """What runs used on the day that no engine hosts now: read once a day, they do not change."""

    def counts(self, now: float, states: Mapping[str, RunState]) -> dict[str, CountDay]:
        """For each run that is hosted, what to tell it; none for a run that knows it already.

        Args:
            now: seconds since 1970.
            states: the states of the hosted runs.
        """
        today = day_of(now)
        if today != self._day:
            self._day = today
            self._still = {
                row.run: spent for row in self._rows() if (spent := _spent(row, today)) is not None
            }
        used = {
            **self._still,
            **{run: state.budget.days.get(today, Spent()) for run, state in states.items()},
        }
        self._still |= {run: used[run] for run in states}
        found = {}
        for run, state in states.items():
            others = Spent()
            for other, spent in used.items():
                others = plus(others, spent) if other != run else others
            if (state.budget.day, state.budget.others) != (today, others):
                found[run] = CountDay(today, others)
        return found


def until_tomorrow(now: float) -> float:
    """Seconds until the next day has begun.

    Args:
        now: seconds since 1970.
    """
    here = datetime.fromtimestamp(now).astimezone()
    tomorrow = datetime.combine(here.date() + timedelta(days=1), time()).astimezone()
    # Where summer begins at midnight that moment is not there, and lies before the hour that is.
    return max(_LEAST, tomorrow.timestamp() - now) + _A_LITTLE


def _spent(row: RunRow, day: str) -> Spent | None:
    """What a row says of a day; None where it says nothing."""
    try:
        told = json.loads(row.overview)["days"][day]
        return from_json(Spent, {**told, "tokens": min(LARGEST, int(told.get("tokens", 0)))})
    except (ValueError, KeyError, TypeError, CodecError):
        return None
