"""``python -m tests.benchmarks.apps.watched PROJECT RUN FILE``: the cockpit, which notes how long its loop was away.

Each second a line with the time and the longest gap of that second goes into FILE.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

_BEAT = 0.005


def run(arguments: Sequence[str]) -> int:
    """The cockpit with a stopwatch; called by the launcher in its child."""
    from prdrunner_tui.tui import app

    *told, file = arguments

    class Watched(app.CockpitApp):
        """Measures from its first moment on."""

        def on_mount(self) -> None:  # type: ignore[override]
            """The base's own is called as well."""
            self.stopwatch = asyncio.create_task(_watch(Path(file)))

    app.CockpitApp = Watched  # type: ignore[misc]
    return app.run(told)


async def _watch(file: Path) -> None:
    with file.open("a") as out:
        while True:
            worst, second = 0.0, time.monotonic() + 1
            while (began := time.monotonic()) < second:
                await asyncio.sleep(_BEAT)
                worst = max(worst, time.monotonic() - began - _BEAT)
            out.write(f"{time.monotonic()} {worst}\n")
            out.flush()


if __name__ == "__main__":
    from prdrunner_tui.tui.launch import main

    project, run_id, target = sys.argv[1:]
    sys.exit(main([project, run_id, "", "", target], target="tests.benchmarks.apps.watched:run"))
