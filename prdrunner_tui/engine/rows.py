"""The registry's rows of runs whose engine died before it wrote them: how they are known, and made anew."""

from __future__ import annotations

from pathlib import Path

from prdrunner_tui.journal.log import Log
from prdrunner_tui.journal.registry import RunRow, hosted_mark, row_of
from prdrunner_tui.kernel.evolve import fold
from prdrunner_tui.repo.rundir import RunDir


def mark_hosted(directory: RunDir) -> None:
    """Note that an engine may change the run without its row following at once."""
    hosted_mark(directory.root).touch()


def mark_settled(directory: RunDir) -> None:
    """Note that the row says what the log says."""
    hosted_mark(directory.root).unlink(missing_ok=True)


def unsettled(runs: Path) -> list[RunDir]:
    """The runs whose engine died while it hosted them."""
    return [RunDir(path.parent) for path in sorted(runs.glob("*/hosted"))]


def row_from_log(directory: RunDir) -> RunRow | None:
    """The row of a run by its log; ``None`` when nothing of it ever became durable.

    Raises:
        LogError: the log cannot be read.
    """
    if not begun(directory):
        return None
    log = Log(directory.database, read_only=True)
    try:
        return row_of(fold(log.read()))
    finally:
        log.close()


def begun(directory: RunDir) -> bool:
    """Whether the run's log holds an event. Only for the owner of the repository.

    Raises:
        LogError: it is damaged, or of a newer program.
    """
    if not directory.database.exists():
        return False
    log = Log(directory.database)
    try:
        return log.last_seq > 0
    finally:
        log.close()
