"""What the runs of a repository took that ended before: read from their logs aside, and remembered."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import defaultdict
from dataclasses import replace

from prdrunner_tui.journal.log import Log
from prdrunner_tui.journal.registry import Registry, RunRow
from prdrunner_tui.kernel.evolve import evolve
from prdrunner_tui.kernel.state import RUN_ENDED, RunState
from prdrunner_tui.projections.history import MOST_RUNS, RunFacts, run_facts, working
from prdrunner_tui.repo.rundir import RunDir, StateDir

logger = logging.getLogger(__name__)

_EVENTS, _REST = 50, 0.001
"""Events that are folded in one go, and the seconds for which the loop then has the interpreter for itself."""


class Past:
    """The ended runs of one repository.

    Args:
        state: the repository's state directory.
    """

    def __init__(self, state: StateDir) -> None:
        self._state = state
        self._registry = Registry(state.registry)
        self._known: dict[RunRow, RunFacts | None] = {}
        self._reading = asyncio.Lock()

    async def runs(self, *, without: str) -> list[RunFacts]:
        """The facts of the newest ended runs but one, newest first; a run whose log cannot be read is left out.

        Raises:
            sqlite3.Error: the list of runs cannot be read.
        """
        # Who asks second finds everything known.
        async with self._reading:
            stop = threading.Event()
            try:
                return await asyncio.to_thread(self._read, without, stop)
            finally:
                stop.set()

    def _read(self, without: str, stop: threading.Event) -> list[RunFacts]:
        # A run that goes on again and ends another time has another row then.
        rows = [replace(row, overview="") for row in self._ended() if row.run != without][:MOST_RUNS]
        known = {row: self._known[row] for row in rows if row in self._known}
        for row in rows:
            if stop.is_set():
                break
            if row not in known:
                known[row] = _facts(self._state.run(row.run), stop)
        if not stop.is_set():
            self._known = known
        return [facts for row in rows if (facts := known.get(row)) is not None]

    def _ended(self) -> list[RunRow]:
        """Rows of ended runs, newest first: one more than are wanted, since one may be left out."""
        rows = [
            row for status in RUN_ENDED for row in self._registry.newest(limit=MOST_RUNS + 1, status=status)
        ]
        return sorted(rows, key=lambda row: row.started_at, reverse=True)


def _facts(directory: RunDir, stop: threading.Event) -> RunFacts | None:
    """The facts of a run by its log; ``None`` when it has not ended or cannot be read."""
    try:
        log = Log(directory.database, read_only=True)
        try:
            state, worked = RunState(), defaultdict[str, float](float)
            for number, recorded in enumerate(log.read(), 1):
                for phase in working(state):
                    worked[phase] += max(0.0, recorded.at - state.at)
                state = evolve(state, recorded)
                if not number % _EVENTS:
                    time.sleep(_REST)
                    if stop.is_set():
                        return None
        finally:
            log.close()
        ended = state.run is not None and state.run.status in RUN_ENDED
        return run_facts(state, state.at, worked) if ended else None
    except Exception as error:  # noqa: BLE001  What is wrong with an old log is nothing to the run that goes on.
        logger.warning("history: %s is left out: %s", directory.root.name, error)
        return None
