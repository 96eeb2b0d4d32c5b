"""The registry of a repository's runs: a small index, so that listing them opens no log.

It can be made anew from the logs; the engine that hosts a run writes its row.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prdrunner_tui.kernel.commands import Refusal
    from prdrunner_tui.kernel.state import RunState


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run at a glance. Times are seconds since 1970, ``usd`` is what it cost as far as known, ``overview`` is JSON:
    the rows of its phases and its open decisions."""

    run: str
    prd: str
    status: str
    reason: str
    phases: int
    done: int
    waiting: int
    usd: float
    unpriced: int
    started_at: float
    ended_at: float | None
    branch: str
    published: str
    prd_path: str
    overview: str


def refuse_another(row: RunRow) -> Refusal:
    """Why no other run of a PRD begins unasked: this one of it is unfinished."""
    from prdrunner_tui.kernel.commands import Refusal

    what = f"{row.run} of this PRD is unfinished: {row.status}, {row.done}/{row.phases} done"
    hint = f"go on with it: prdrunner resume --run-id {row.run}; or start another one with --new"
    return Refusal("denied", what, hint)


def row_of(state: RunState) -> RunRow:
    """The row of a run that has started."""
    run = state.run
    assert run is not None
    # Whoever only reads rows, as the status command does, pays for no kernel.
    from prdrunner_tui.projections.overview import overview

    shown = overview(state)
    return RunRow(
        run=run.id,
        prd=Path(run.prd).name,
        status=shown.state,
        reason=run.reason,
        phases=len(state.phases),
        done=sum(phase.status == "done" for phase in state.phases.values()),
        waiting=shown.needed,
        usd=state.budget.spent.usd,
        unpriced=state.budget.spent.unpriced,
        started_at=run.started_at,
        ended_at=run.ended_at,
        branch=run.branch,
        published=run.published,
        prd_path=run.prd,
        overview=json.dumps(asdict(shown), ensure_ascii=False),
    )


def hosted_mark(run: Path) -> Path:
    """The file in a run's directory that stands while an engine hosts the run: until then its row may be behind."""
    return run / "hosted"


UNFINISHED = frozenset({"running", "needs you", "paused", "stopped", "failed"})
"""The states of a run that can go on."""

_COLUMNS = tuple(field.name for field in fields(RunRow))
_SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    run TEXT PRIMARY KEY, prd TEXT NOT NULL, status TEXT NOT NULL, reason TEXT NOT NULL, phases INTEGER NOT NULL,
    done INTEGER NOT NULL, waiting INTEGER NOT NULL, usd REAL NOT NULL, unpriced INTEGER NOT NULL,
    started_at REAL NOT NULL, ended_at REAL, branch TEXT NOT NULL, published TEXT NOT NULL,
    prd_path TEXT NOT NULL, overview TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS runs_newest ON runs (started_at DESC);
"""


class Registry:
    """The registry at ``path``; each call opens and closes the database."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, row: RunRow) -> None:
        """Insert or replace the row of a run."""
        marks = ", ".join("?" * len(_COLUMNS))
        with self._open() as db, db:
            db.execute(f"INSERT OR REPLACE INTO runs ({', '.join(_COLUMNS)}) VALUES ({marks})", astuple(row))

    def get(self, run: str) -> RunRow | None:
        """The row of one run."""
        return next(self._select("WHERE run = ?", (run,)), None)

    def unfinished(self, prd_path: str) -> RunRow | None:
        """The newest run of a PRD that can go on."""
        rows = self.newest(limit=50)
        return next((row for row in rows if row.prd_path == prd_path and row.status in UNFINISHED), None)

    def newest(self, *, limit: int = -1, offset: int = 0, status: str = "") -> list[RunRow]:
        """Rows, newest first."""
        where = "WHERE status = ? " if status else ""
        values = ((status,) if status else ()) + (limit, offset)
        return list(self._select(f"{where}ORDER BY started_at DESC, run DESC LIMIT ? OFFSET ?", values))

    def _select(self, rest: str, values: tuple[object, ...]) -> Iterator[RunRow]:
        if not self._path.exists():
            return
        with self._open() as db:
            for found in db.execute(f"SELECT {', '.join(_COLUMNS)} FROM runs {rest}", values):
                yield RunRow(*found)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=5.0)) as db:
            if not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone():
                db.execute("PRAGMA journal_mode = WAL")
                db.executescript(_SCHEMA)
            yield db
