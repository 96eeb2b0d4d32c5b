"""A repository with a run of it whose agent does what a measurement wants: nothing, or put out lines at a rate."""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks import flooder
from tests.benchmarks.timing import warm_up
from tests.benchmarks.tty import Link, Tty
from tests.cli.conftest import Place, make_place
from tests.ptychild import PATIENCE
from tests.waiting import wait_for

ROOT = Path(__file__).parents[2]
PRDRUNNER = (sys.executable, "-m", "prdrunner_tui")
READY = b"first"
"""The name of the first phase: when it is on the screen, the run is."""
_LOG_CAP = 2 * 1024**3
_COUNT = re.compile(rb"n=(\d{9}) t=(\d+\.\d{4})")


class Stage:
    """A repository, and the command lines of a person in it.

    Args:
        place: the repository.
        folder: scratch.
    """

    def __init__(self, place: Place, folder: Path) -> None:
        self.place = place
        self.folder = folder
        self.control = folder / "rate"
        self.control.write_text("0")

    def begin(self) -> None:
        """Start a run and leave it alone.

        Raises:
            RuntimeError: it does not start.
        """
        said = self.place.run("run", "--prd-file", "docs/prd.md", "--detach")
        if said.code:
            raise RuntimeError(f"the run does not start: {said.out}{said.err}")

    def show(
        self,
        *arguments: str,
        size: tuple[int, int] = (120, 40),
        link: Link | None = None,
        env: dict[str, str] | None = None,
    ) -> Tty:
        """A terminal with the cockpit: of the newest run, or by other arguments the start screen, say."""
        command = [*PRDRUNNER, *(arguments or ("attach",))]
        told = {**self.place.env, **(env or {})}
        return Tty(command, size=size, env=told, cwd=self.place.root, link=link)

    @contextlib.contextmanager
    def cockpit(self, **more: Any) -> Iterator[Tty]:
        """The cockpit with the newest run on it; what `show` takes, it takes too."""
        with self.show(**more) as tty:
            tty.until(READY)
            run_until_calm(tty)
            yield tty

    def rate(self, lines: float | str) -> None:
        """How many lines a second the agent puts out from now on; ``end`` ends it."""
        made = self.control.with_name("rate.new")
        made.write_text(f"{lines}".ljust(16))
        # In place: the agent holds the file open.
        with self.control.open("r+b") as file:
            file.write(made.read_bytes())

    @property
    def produced(self) -> int:
        """How many lines the agent has put out."""
        return flooder.told_by(self.control)[0]

    def flood(self, rate: float, seconds: float = 0.0) -> None:
        """Let the agent put out lines at a rate from now on; return when it does so and the first seconds are over."""
        before = self.produced
        self.rate(rate)
        warm_up(seconds)
        self.until_produced(before + 1)

    def until_produced(self, lines: float) -> None:
        """Wait until the agent has put out so many lines in all."""
        wait_for(lambda: self.produced >= lines, PATIENCE, f"line {lines:.0f} of the agent")

    def stop_flood(self) -> int:
        """Stop the output; how many lines there were in all."""
        self.rate(0)
        wait_for(lambda: flooder.told_by(self.control)[1] == "0", PATIENCE, "the end of the flood")
        return self.produced

    def segment(self) -> Path:
        """The log of the job that is under way, the newest one that has lines."""
        logs = (self.place.home / "state").glob("*/runs/*/jobs/**/*.log")
        return max(logs, key=lambda log: log.stat().st_size)

    def close(self) -> None:
        """End the agent and the engine."""
        self.rate("end")
        self.place.run("stop")
        self.place.kill_engine()


@contextlib.contextmanager
def staged(
    *, features: int = 6, agent: str = "", limit: int = _LOG_CAP, begin: bool = True, verify: str = ""
) -> Iterator[Stage]:
    """A repository with a PRD of so many features, and a run of it that was begun.

    Args:
        agent: the command line of the agent; without one it is the flooder.
        limit: bytes of output that are kept.
        verify: a test command; without one there is none.
    """
    with tempfile.TemporaryDirectory(prefix="prdrunner-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        command = agent or f"{sys.executable} -S {flooder.__file__} {folder / 'rate'}"
        checks = f"verify:\n  commands:\n    - {{name: tests, run: {verify}}}\n" if verify else ""
        config = f"workers:\n  default: 'command: {command}'\nlimits:\n  output: {limit}\n{checks}"
        stage = Stage(make_place(folder, config=config, prd=_prd(features)), folder)
        if stage.place.run("trust").code:
            raise RuntimeError("the repository cannot be trusted")
        try:
            if begin:
                stage.begin()
            yield stage
        finally:
            stage.close()


def _prd(features: int) -> str:
    names = ["First", *(f"Feature {number}" for number in range(2, features + 1))]
    parts = [
        f"## F-{number}: {name}\n\n- AC-{number}: it does {name}\n"
        for number, name in enumerate(names, start=1)
    ]
    return "# Todo\n\n" + "\n".join(parts)


def run_until_calm(tty: Tty) -> None:
    """Wait for the end of what belongs to the start; a clock may tick on."""
    with contextlib.suppress(TimeoutError):
        tty.quiet(0.6, patience=3.0)


def newest(data: bytes) -> tuple[int, float] | None:
    """The number and the moment of the newest line of the agent's in some bytes."""
    found = [(int(number), float(at)) for number, at in _COUNT.findall(data)]
    return max(found, default=None)
