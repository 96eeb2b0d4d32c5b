"""``prdrunner trust``: look at what a repository would run, and allow it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from prdrunner_tui.cli.output import say, say_json, table
from prdrunner_tui.cli.place import json_option, project, project_option
from prdrunner_tui.config.samples import samples_dir
from prdrunner_tui.config.trust import (
    DIRECTORY,
    Entry,
    Inventory,
    TrustStore,
    committed_inventory,
    inventory,
    shipped_inventory_hashes,
)
from prdrunner_tui.repo.agentfiles import ForAgents, agent_texts, for_agents
from prdrunner_tui.repo.discover import Repo
from prdrunner_tui.rules.agentfiles import in_order_of_weight
from prdrunner_tui.steps.prepare import Options
from prdrunner_tui.text.problem import Problem

_LONGEST = 100_000
"""Characters of one file that are shown."""
_LARGEST = 1_000_000
"""Bytes of a file of which anything is shown."""
_TEXTS = 50


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


@dataclass(frozen=True, slots=True)
class Carried:
    """What a repository brings that can make something run.

    Attributes:
        own: its ``.prd_runner``, as it lies there.
        agents: what a commit of it holds for agent programs.
    """

    own: Inventory
    agents: Inventory

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All files, in the order in which a person reads them: ``.prd_runner``, then what names programs."""
        return (*self.own.entries, *by_weight(self.agents))

    @property
    def hash(self) -> str:
        """Another one whenever any of it is another."""
        return f"{self.own.hash}{self.agents.hash}"

    def is_trusted(self, repo_id: str) -> bool:
        """Whether a person agreed to all of it."""
        return trusted(repo_id, self.own) and store().is_trusted(repo_id, self.agents)


async def carried(root: Path) -> Carried:
    """Look at what a repository brings, at the commit that is checked out; nothing of it is run.

    Raises:
        Problem: it cannot be looked at.
    """
    return Carried(inventory(root), inventory_of(await for_agents(root)))


def inventory_of(found: ForAgents) -> Inventory:
    """What a commit holds for agents, as a person agrees to it."""
    return committed_inventory((file.path, file.content, file.does) for file in found.files)


def by_weight(found: Inventory) -> tuple[Entry, ...]:
    """Files for agents, those first that a person has to read in any case."""
    entries = {entry.path.raw: entry for entry in found.entries}
    return tuple(entries[path] for path in in_order_of_weight(entries))


async def committed_texts(root: Path, entries: Sequence[Entry]) -> list[str]:
    """What to show of committed files for agents, hostile: their text, where a link leads, or why there is none.

    Raises:
        Problem: git cannot read them.
    """
    texts = await agent_texts(root, {entry.path.raw: entry.content for entry in entries}, _LARGEST)
    return [_shown(entry, texts.get(entry.path.raw)) for entry in entries]


def _shown(entry: Entry, data: bytes | None) -> str:
    if entry.content.startswith("160000 "):
        return "another repository, which is not looked at"
    if data is None:
        return f"more than {_LARGEST:,} bytes; git show HEAD:PATH has them"
    text = data.decode("utf-8", "surrogateescape")
    return f"a link to {text}" if entry.content.startswith("120000 ") else text


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
        hint="prdrunner trust --show shows it, prdrunner trust allows it; or run with --ignore-repo-config",
        code=5,
    )


def refuse_untrusted_agents(repo: Repo, found: Inventory) -> None:
    """Let no agent work where it would obey what nobody agreed to.

    Args:
        found: what the run's first commit holds for agents.

    Raises:
        Problem: it holds something, and nobody agreed to it.
    """
    if store().is_trusted(repo.repo_id, found):
        return
    first, *more = by_weight(found)
    named = str(first.path.display())
    told = f"{named} and {len(more)} more steer" if more else f"{named} steers"
    them = "them" if more else "it"
    raise Problem(
        f"{told} what agents start here, and you have not trusted {them} as committed",
        where=str(repo.root),
        hint=f"prdrunner trust --show shows {them}, prdrunner trust allows {them}",
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
    """Allow what this repository would run: its .prd_runner/, and what it holds for agents.

    That is their own settings, tool servers, hooks and skills (.claude/, .mcp.json, .gemini/ and the like), as they
    are committed. Asked again when any of it changes.
    """
    from prdrunner_tui.cli.place import state_of
    from prdrunner_tui.repo.locate import common_dir

    folder = project(project_dir)
    repo_id = state_of(project_dir).root.name
    common = common_dir(folder)
    root = next((up for up in (folder, *folder.parents) if (up / ".git").exists()), folder)
    assert common is not None
    found = asyncio.run(carried(root))
    pins = store()
    allowed = found.is_trusted(repo_id)
    if as_json:
        entries = [
            {"path": str(e.path.display()), "sha256": e.content, "does": e.does} for e in found.own.entries
        ]
        agents = [
            {"path": str(e.path.display()), "content": e.content, "does": e.does}
            for e in found.agents.entries
        ]
        say_json({"trusted": allowed, "hash": found.own.hash, "entries": entries, "agent_files": agents})
        return
    if revoke:
        say("no longer trusted" if pins.untrust(repo_id) else "it was not trusted")
        return
    if not found.entries:
        say("this repository brings nothing that needs trust")
        return
    table(("FILE", "WHAT IT CAN DO"), [(str(e.path.display()), e.does) for e in found.entries])
    if show:
        config = root / DIRECTORY / "config.yaml"
        if config.is_file():
            _say_text(f"{DIRECTORY}/config.yaml", config.read_text("utf-8", "surrogateescape"))
        shown = by_weight(found.agents)[:_TEXTS]
        for entry, text in zip(shown, asyncio.run(committed_texts(root, shown)), strict=True):
            _say_text(str(entry.path.display()), text)
        if (more := len(found.agents.entries) - _TEXTS) > 0:
            say(f"\nand {more:,} more, in git show HEAD:PATH\n")
        say("you trust it" if allowed else "not trusted, so none of it runs; prdrunner trust allows it")
        return
    pins.trust(repo_id, found.own, found.agents)
    say("trusted as it is; asked again when one of these files changes")


def _say_text(name: str, text: str) -> None:
    say(f"\n{name}:\n")
    say(text[:_LONGEST])
    if len(text) > _LONGEST:
        say(f"({len(text) - _LONGEST:,} more characters)\n")
