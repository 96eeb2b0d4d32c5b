"""``prdrunner plan``: the phases of a PRD, without a run."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from prdrunner_tui.cli.output import note, say, say_folded, say_json, table
from prdrunner_tui.cli.place import json_option, project, project_option
from prdrunner_tui.prd import Plan
from prdrunner_tui.steps.prepare import make_plan, read_spec


@click.command()
@click.option(
    "--prd-file",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The PRD, a markdown file.",
)
@click.option(
    "--plan-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A phase_plan.yaml that says the phases, in place of the PRD's features.",
)
@click.option("--show-parallel", is_flag=True, help="Show which phases could run at once.")
@json_option
@project_option
def plan(
    prd_file: Path, plan_file: Path | None, show_parallel: bool, as_json: bool, project_dir: Path | None
) -> None:
    """Show the phases of a PRD, their order, and what in them is guessed."""
    folder = project(project_dir)
    spec, _ = read_spec(prd_file if prd_file.exists() or project_dir is None else folder / prd_file)
    made = make_plan(spec, plan_file)
    batches = made.batches()
    if as_json:
        path = made.critical_path()
        phases = [asdict(phase) for phase in made.phases]
        say_json({"title": spec.title, "phases": phases, "batches": batches, "critical_path": path})
        return
    several = len(made.phases) != 1
    head = f"{len(made.phases)} phase{'s' if several else ''}, {len(batches)} batch{'es' if len(batches) != 1 else ''}"
    say(f"{head}, one after the other" if show_parallel else head)
    if show_parallel:
        if any(len(batch) > 1 for batch in batches):
            say("the phases of a batch need nothing of each other: they could run side by side")
        _parallel(made)
    else:
        rows = [
            (
                phase.id,
                ", ".join(phase.features) or "-",
                ", ".join(phase.deps) or "-",
                str(len(phase.criteria)),
                ", ".join(phase.scope) or "-",
                phase.name,
            )
            for phase in made.phases
        ]
        table(
            ("PHASE", "FEATURES", "AFTER", "CRITERIA", "SCOPE", "NAME"),
            rows,
            frozenset({"CRITERIA"}),
            narrow=frozenset({"PHASE", "FEATURES", "AFTER", "SCOPE"}),
        )
    for phase in made.phases:
        if phase.guessed:
            note(f"guessed  {phase.source}: {', '.join(phase.guessed)} of {phase.id}")
    for warning in dict.fromkeys((*made.warnings, *spec.notes)):
        note(f"warning  {warning}")


def _parallel(made: Plan) -> None:
    rows = []
    for number, batch in enumerate(made.batches(), 1):
        for position, id in enumerate(batch):
            phase = made.phase(id)
            assert phase is not None
            after = f"after {', '.join(phase.deps)}" if phase.deps else ""
            rows.append((f"batch {number}" if not position else "", id, after))
    table(("BATCH", "PHASE", "AFTER"), rows)
    say_folded("critical path", " > ".join(made.critical_path()))
