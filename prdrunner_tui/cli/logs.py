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
from prdrunner_tui.journal.segments import SegmentReader
from prdrunner_tui.kernel.settings import STEPS
from prdrunner_tui.projections.logindex import MARKS, LogPart, log_parts
from prdrunner_tui.repo.rundir import RunDir
from prdrunner_tui.text.problem import Problem


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
    if phase and phase not in state.phases:
        from prdrunner_tui.text.suggest import did_you_mean

        hint = did_you_mean(phase, state.phases) or f"the phases are {', '.join(state.phases)}"
        raise Problem(f"no phase {phase[:60]} in {run}", hint=hint, code=4)
    directory = place.run(run)
    seen: dict[str, int] = {}
    show = _show_json if as_json else _show
    last = list(_tail(directory, log_parts(state, phase, step or ""), lines, seen))
    for part, at, kind, text in last:
        show(part, at, kind, text)
    if not last and not follow:
        say(f"no output yet in {run}")
    while follow:
        state = folded(place, run)
        for part in log_parts(state, phase, step or ""):
            for at, kind, text in _read(directory, part, seen.get(part.key, 0), 10_000):
                seen[part.key] = seen.get(part.key, 0) + 1
                show(part, at, kind, text)
        if state.run is not None and state.run.status in ("done", "failed", "stopped"):
            return
        time.sleep(0.25)


def _read(directory: RunDir, part: LogPart, first: int, count: int) -> list[tuple[float, str, bytes]]:
    job = directory.jobs / directory_name(part.key, 1)
    reader = SegmentReader(segment_path(job))
    lines = reader.lines(first, count)
    # The last line of a job that goes on may not be whole yet.
    complete = reader.line_count() - first
    return lines if read_result(job) is not None else lines[: max(0, complete)]


def _tail(
    directory: RunDir, parts: list[LogPart], wanted: int, seen: dict[str, int]
) -> Iterator[tuple[LogPart, float, str, bytes]]:
    """The last lines over all parts; only as many parts are read as that needs."""
    taken: list[list[tuple[LogPart, float, str, bytes]]] = []
    for part in reversed(parts):
        total = SegmentReader(segment_path(directory.jobs / directory_name(part.key, 1))).line_count()
        if wanted <= 0:
            seen[part.key] = total
            continue
        lines = _read(directory, part, max(0, total - wanted), wanted + 1)[-wanted:]
        seen[part.key] = max(0, total - wanted) + len(lines)
        wanted -= len(lines)
        taken.append([(part, *line) for line in lines])
    for group in reversed(taken):
        yield from group


def _show(part: LogPart, at: float, kind: str, text: bytes) -> None:
    moment = datetime.fromtimestamp(at).astimezone()
    where = f"{part.phase} {part.step[0].upper()}{part.iteration}"
    say(f"{moment:%H:%M:%S} {where} {MARKS.get(kind, '')}{text.decode('utf-8', 'surrogateescape')}")


def _show_json(part: LogPart, at: float, kind: str, text: bytes) -> None:
    words = text.decode("utf-8", "replace")
    line = {"phase": part.phase, "step": part.step, "iteration": part.iteration, "job": part.label, "at": at}
    click.echo(json.dumps({**line, "kind": kind, "text": words}))
