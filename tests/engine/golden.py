"""Logs of complete runs that are kept as they are: ``python -m tests.engine.golden DATABASE NAME`` keeps another one.

A kept log is JSON lines: ``[seq, at, name, version, data]`` for each event, ``data`` as it is stored; the last line is
an object with the ``hash`` of the chain and the ``state`` that the events come to.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prdrunner_tui.journal.log import Log, Row
from prdrunner_tui.kernel.evolve import fold
from prdrunner_tui.kernel.values import to_json

PLACE = Path(__file__).parent / "golden"


@dataclass(frozen=True)
class Kept:
    """A log with what it came to when it was kept."""

    rows: tuple[Row, ...]
    hash: str
    state: Any


def names() -> list[str]:
    """The kept logs."""
    return sorted(path.stem for path in PLACE.glob("*.jsonl"))


def kept(name: str) -> Kept:
    """One of them."""
    *rows, last = map(json.loads, (PLACE / f"{name}.jsonl").read_text(encoding="utf-8").splitlines())
    return Kept(tuple(Row(*row) for row in rows), last["hash"], last["state"])


def lines(database: Path) -> Iterator[str]:
    """The lines of a log."""
    log = Log(database, read_only=True)
    try:
        rows = list(log.rows())
        for row in rows:
            yield json.dumps([row.seq, row.at, row.name, row.version, row.data], ensure_ascii=False)
        state = to_json(fold(log.read()))
        yield json.dumps({"hash": log.head, "state": state}, ensure_ascii=False, sort_keys=True)
    finally:
        log.close()


def main() -> int:
    """Keep a log."""
    database, name = Path(sys.argv[1]), sys.argv[2]
    PLACE.mkdir(exist_ok=True)
    (PLACE / f"{name}.jsonl").write_text("\n".join(lines(database)) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
