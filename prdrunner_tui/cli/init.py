"""``prdrunner init``: a commented configuration from what is found."""

from __future__ import annotations

from pathlib import Path

import click

from prdrunner_tui.cli.output import say
from prdrunner_tui.cli.place import project, project_option, state_of
from prdrunner_tui.config.layers import REPO_FILE
from prdrunner_tui.config.template import render_template
from prdrunner_tui.text.problem import Problem


@click.command()
@click.option(
    "--force", is_flag=True, help="Replace the configuration that is there; it is kept as config.yaml.bak."
)
@project_option
def init(force: bool, project_dir: Path | None) -> None:
    """Write .prd_runner/config.yaml with the checks that this repository seems to have."""
    folder = project(project_dir)
    state_of(project_dir)
    root = next(up for up in (folder, *folder.parents) if (up / ".git").exists())
    path = root / REPO_FILE
    if path.exists() or path.is_symlink():
        if not force:
            raise Problem(
                "it is there already",
                where=str(path),
                hint="prdrunner init --force replaces it and keeps a copy",
                code=5,
            )
        path.replace(path.with_suffix(".yaml.bak"))
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(render_template(root), "utf-8")
    except OSError as error:
        hint = "mend that, then do it again"
        raise Problem(f"cannot be written: {error.strerror}", where=str(path), hint=hint) from None
    say(f"wrote {path.relative_to(root)}; look at it, name your agent there, then: prdrunner trust")
