"""``prdrunner logs``: what agents and checks put out, from the segment files."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.agents.results import read_result, segment_path
from prdrunner_tui.cli.output import say
from prdrunner_tui.cli.place import folded, json_option, project_option, row_of, run_option, state_of
from prdrunner_tui.cli.which import refuse_unknown_phase
from prdrunner_tui.journal.segments import SegmentReader
from prdrunner_tui.kernel.settings import STEPS
from prdrunner_tui.projections.logindex import MARKS, LogPart, log_parts
from prdrunner_tui.repo.rundir import RunDir

Line = tuple[float, str, bytes]
"""When it was put out, its kind, its bytes."""

_PAGE = 10_000
"""Lines that are read at a time."""


@click.command()
@click.argument("phase", required=False, default="")
@click.option(
    "--step", type=click.Choice(STEPS), metavar="STEP", default=None, help=f"Only this: {', '.join(STEPS)}."
)
@click.option(
    "--lines",
    "-n",
    default=200,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="The last N lines.",
)
@click.option("--follow", "-f", is_flag=True, help="Go on until the run ends.")
@run_option
@json_option
@project_option
def logs(
    phase: str,
    step: str | None,
    lines: int,
    follow: bool,
    run_id: str,
    as_json: bool,
    project_dir: Path | None,
) -> None:
    """Show what agents and checks put out, of a PHASE or of all.

    In front of each line stand the phase, the step (P plan_impl, I implement, V verify, R review) with its
    iteration, and a mark: | output, $ a command, ~ a thought, -- a note.
    """
    place = state_of(project_dir)
    run = row_of(place, run_id).run
    state = folded(place, run)
    refuse_unknown_phase(state, run, phase)
    directory = place.run(run)
    show = _show_json if as_json else _show
    seen: dict[str, int] = {}
    last = _tail(directory, log_parts(state, phase, step or ""), lines, seen)
    for part, line in last:
        show(part, *line)
    if not last and not follow:
        say(f"no output yet in {run}")
    while follow:
        state = folded(place, run)
        for part in log_parts(state, phase, step or ""):
            # All of it, however much came: what is left for the next look would stand below what followed it.
            for line in _read(directory, part, seen.get(part.key, 0), _count(directory, part)):
                seen[part.key] = seen.get(part.key, 0) + 1
                show(part, *line)
        if state.run is not None and state.run.status in ("done", "failed", "stopped"):
            return
        time.sleep(0.25)


def _count(directory: RunDir, part: LogPart) -> int:
    """How many lines of a job can be shown: of one that goes on the last may not be whole yet."""
    job = directory.jobs / directory_name(part.key, 1)
    # The result is looked for first: all that was put out is there when it is.
    ended = read_result(job) is not None
    reader = SegmentReader(segment_path(job))
    count = reader.line_count()
    return count + len(reader.lines(count, 1)) if ended else count


def _read(directory: RunDir, part: LogPart, first: int, end: int) -> Iterator[Line]:
    """The lines of a job from one number up to another."""
    reader = SegmentReader(segment_path(directory.jobs / directory_name(part.key, 1)))
    while first < end and (lines := reader.lines(first, min(_PAGE, end - first))):
        yield from lines
        first += len(lines)


def _tail(
    directory: RunDir, parts: list[LogPart], wanted: int, seen: dict[str, int]
) -> list[tuple[LogPart, Line]]:
    """The last lines over all parts; only as many parts are read as that needs. ``seen`` is told where all of them
    end, what is not shown included: to follow is to show what comes behind."""
    taken: list[list[tuple[LogPart, Line]]] = []
    for part in reversed(parts):
        end = seen[part.key] = _count(directory, part)
        if wanted > 0:
            first = max(0, end - wanted)
            taken.append([(part, line) for line in _read(directory, part, first, end)])
            wanted -= end - first
    return [line for group in reversed(taken) for line in group]


def _show(part: LogPart, at: float, kind: str, text: bytes) -> None:
    moment = datetime.fromtimestamp(at).astimezone()
    where = f"{part.phase} {part.step[0].upper()}{part.iteration}"
    say(f"{moment:%H:%M:%S} {where} {MARKS.get(kind, '')}{text.decode('utf-8', 'surrogateescape')}")


def _show_json(part: LogPart, at: float, kind: str, text: bytes) -> None:
    words = text.decode("utf-8", "replace")
    line = {"phase": part.phase, "step": part.step, "iteration": part.iteration, "job": part.label, "at": at}
    click.echo(json.dumps({**line, "kind": kind, "text": words}))
