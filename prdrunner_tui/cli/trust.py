"""``prdrunner trust``: look at what a repository would run, and allow it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from prdrunner_tui.cli.output import say, say_json, table
from prdrunner_tui.cli.place import json_option, project, project_option
from prdrunner_tui.config.samples import samples_dir
from prdrunner_tui.config.trust import DIRECTORY, Inventory, TrustStore, inventory, shipped_inventory_hashes
from prdrunner_tui.repo.discover import Repo
from prdrunner_tui.steps.prepare import Options
from prdrunner_tui.text.problem import Problem


def data_dir() -> Path:
    """The user's own data directory of prdrunner, ``$XDG_DATA_HOME/prdrunner``; it may not exist yet."""
    import platformdirs

    base = os.environ.get("XDG_DATA_HOME")
    return (
        Path(base) / "prdrunner" if base else Path(platformdirs.user_data_dir("prdrunner", appauthor=False))
    )


def store() -> TrustStore:
    """The user's pins, in `data_dir`."""
    return TrustStore(data_dir() / "trust.json")


def trusted(repo_id: str, found: Inventory) -> bool:
    """Whether a person agreed to exactly this, or we ship it ourselves."""
    return store().is_trusted(repo_id, found) or found.hash in shipped_inventory_hashes(samples_dir())


def trusted_root(repo: Repo, options: Options) -> bool:
    """Whether what the repository brings may be used by a run.

    Raises:
        Problem: it brings something, and nobody agreed to it.
    """
    if not options.use_repo_config:
        return False
    found = inventory(repo.root)
    if trusted(repo.repo_id, found):
        return True
    raise Problem(
        f"{DIRECTORY}/ can run commands and you have not trusted it as it is now ({_files(found)})",
        where=str(repo.root),
        hint="look: prdrunner trust --show   allow: prdrunner trust   or run with --ignore-repo-config",
        code=5,
    )


def _files(found: Inventory) -> str:
    count = len(found.entries)
    return "1 file" if count == 1 else f"{count} files"


@click.command()
@click.option("--show", is_flag=True, help="Only show what there is.")
@click.option("--revoke", is_flag=True, help="Take the trust back.")
@json_option
@project_option
def trust(show: bool, revoke: bool, as_json: bool, project_dir: Path | None) -> None:
    """Allow what this repository's .prd_runner/ would run; asked again when it changes."""
    from prdrunner_tui.cli.place import state_of
    from prdrunner_tui.repo.locate import common_dir

    folder = project(project_dir)
    repo_id = state_of(project_dir).root.name
    common = common_dir(folder)
    root = next((up for up in (folder, *folder.parents) if (up / ".git").exists()), folder)
    assert common is not None
    found = inventory(root)
    pins = store()
    allowed = trusted(repo_id, found)
    if as_json:
        entries = [{"path": str(e.path.display()), "sha256": e.sha256, "does": e.does} for e in found.entries]
        say_json({"trusted": allowed, "hash": found.hash, "entries": entries})
        return
    if revoke:
        say(
            f"{DIRECTORY}/ is no longer trusted" if pins.untrust(repo_id) else f"{DIRECTORY}/ was not trusted"
        )
        return
    if not found.entries:
        say(f"no {DIRECTORY}/ here, so nothing to trust")
        return
    table(("FILE", "WHAT IT CAN DO"), [(str(e.path.display()), e.does) for e in found.entries])
    if show:
        config = root / DIRECTORY / "config.yaml"
        if config.is_file():
            say(f"\n{DIRECTORY}/config.yaml:\n")
            say(config.read_bytes()[:100_000].decode("utf-8", "surrogateescape"))
        say("you trust it" if allowed else "not trusted, so none of it runs; prdrunner trust allows it")
        return
    pins.trust(repo_id, found)
    say(f"trusted {found.hash[:12]}; asked again when one of these files changes")
