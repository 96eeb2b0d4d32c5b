"""``prdrunner doctor``: is the installation sound, and is every run of this repository what its log says?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prdrunner_tui.cli.output import say, say_json
from prdrunner_tui.cli.place import json_option, project, project_option
from prdrunner_tui.text.problem import Problem

if TYPE_CHECKING:
    from prdrunner_tui.cli.health import Finding


@click.command()
@json_option
@project_option
def doctor(as_json: bool, project_dir: Path | None) -> int:
    """Check the installation, the configuration and, in a repository, every run of it.

    Needs no engine and disturbs none.

    Exit code 1 when something failed, 0 otherwise.
    """
    from dataclasses import asdict

    from prdrunner_tui.cli import health
    from prdrunner_tui.repo.locate import common_dir, repo_id
    from prdrunner_tui.repo.rundir import StateDir, state_root

    folder = project(project_dir)
    found = [*health.installation(), *_configuration(project_dir)]
    git_dir = common_dir(folder)
    if git_dir is None:
        found.append(
            health.Finding("ok", "repository", f"none at {folder}; only the installation was checked")
        )
    else:
        found += health.repository(StateDir(state_root() / repo_id(git_dir)), git_dir)
    failed = sum(finding.level == "fail" for finding in found)
    warned = sum(finding.level == "warn" for finding in found)
    if as_json:
        say_json({"failed": failed, "warnings": warned, "findings": [asdict(finding) for finding in found]})
        return int(failed > 0)
    for finding in found:
        hint = f"  ({finding.hint})" if finding.hint else ""
        say(f"{finding.level:<5} {finding.name:<10} {finding.text}{hint}")
    say(_summary(failed, warned))
    return int(failed > 0)


def _configuration(project_dir: Path | None) -> list[Finding]:
    from prdrunner_tui.cli import configured, health

    try:
        return list(health.configuration(configured.here(project_dir)))
    except Problem as problem:
        text = f"{problem.where}: {problem.message}" if problem.where else problem.message
        return [health.Finding("fail", "config", text, problem.hint)]


def _summary(failed: int, warned: int) -> str:
    parts = [f"{failed} failed"] if failed else []
    if warned:
        parts.append(f"{warned} warning{'' if warned == 1 else 's'}")
    return ", ".join(parts) or "all well"
