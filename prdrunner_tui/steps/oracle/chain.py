"""I6 and I7: the log is whole, and all that is shown is its fold."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from prdrunner_tui.journal.log import Log, LogError
from prdrunner_tui.journal.registry import Registry, RunRow, hosted_mark, row_of
from prdrunner_tui.kernel.codec import decode_event, digest, encode_event
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.evolve import fold
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.repo.rundir import RunDir
from prdrunner_tui.steps.oracle.violation import Violation


def read_log(database: Path) -> tuple[tuple[Recorded, ...], list[Violation]]:
    """The events of a log as far as they can be read, and what is wrong with it (I7)."""
    try:
        log = Log(database, read_only=True)
    except LogError as error:
        # An engine that died while it made the file left one without a table, and promised nothing.
        return (), [] if _never_made(database) else [Violation("I7", str(error), "a log that can be read")]
    try:
        found = [Violation("I7", fault, "a log without gaps whose hashes chain") for fault in log.check()]
        events: list[Recorded] = []
        try:
            events.extend(log.read())
        except LogError as error:
            found.append(Violation("I6", str(error), "an event that this program knows"))
        return tuple(events), found
    finally:
        log.close()


def _never_made(database: Path) -> bool:
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as db:
            return not db.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.Error:
        return False


def fold_log(events: tuple[Recorded, ...]) -> tuple[RunState, list[Violation]]:
    """The state of a log, and whether folding it goes through and gives the same from the stored form (I6)."""
    try:
        state = fold(events)
        stored = (
            Recorded(e.seq, e.at, decode_event(name, version, data))
            for e in events
            for name, version, data in (encode_event(e.event),)
        )
        again = fold(stored)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        return RunState(), [Violation("I6", f"the fold of the log breaks: {error!r}", "events that follow")]
    if digest(state) != digest(again):
        return state, [Violation("I6", "two folds of the log differ", "the same state bit for bit")]
    return state, []


def check_row(registry: Registry, directory: RunDir, state: RunState, *, hosted: bool) -> Iterator[Violation]:
    """The registry's row is the log's, unless an engine is at work or died before it wrote it (I6)."""
    if hosted or state.run is None or hosted_mark(directory.root).exists():
        return
    try:
        row, expected = registry.get(state.run.id), row_of(state)
    except sqlite3.Error:
        # Told once for all runs, by who looks at the registry as a whole.
        return
    if row is None:
        yield Violation("I6", f"{state.run.id} is not in the registry", "a row for each run")
        return
    for name in RunRow.__match_args__:
        shown, true = getattr(row, name), getattr(expected, name)
        if shown != true and name != "overview":
            yield Violation("I6", f"the registry says {name} {shown!r}", f"{true!r}, as the log says")
    if row.overview != expected.overview:
        yield Violation("I6", "the registry's overview differs", "the fold of the log")
