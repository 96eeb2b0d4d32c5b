"""What comes before a run and starts it, for the command line and the cockpit alike."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from prdrunner_tui.cli.engine import accepted
from prdrunner_tui.cli.place import registry_of
from prdrunner_tui.cli.trust import inventory_of, refuse_untrusted_agents, trusted_root
from prdrunner_tui.client.socket import SocketClient
from prdrunner_tui.config.layers import Loaded
from prdrunner_tui.config.trust import DIRECTORY, Inventory, inventory
from prdrunner_tui.embed.attach import attach_or_start
from prdrunner_tui.journal.registry import refuse_another
from prdrunner_tui.kernel.commands import StartRun
from prdrunner_tui.kernel.state import Actor
from prdrunner_tui.prd import Plan, Spec
from prdrunner_tui.repo.agentfiles import for_agents
from prdrunner_tui.repo.dirty import DirtyFile, list_dirty
from prdrunner_tui.repo.discover import Repo, discover
from prdrunner_tui.repo.identity import Identity, read_identity
from prdrunner_tui.repo.rundir import StateDir, open_state
from prdrunner_tui.repo.store import open_store
from prdrunner_tui.rules.agentfiles import Obeyed, reshapes
from prdrunner_tui.steps.prepare import Options, load_config, make_plan, new_run_id, read_spec, start_command
from prdrunner_tui.steps.prompts import ROLES
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.repopath import RepoPath

RECORDING = "recording"
"""The profile of the sample projects that plays their recording."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run would be made of.

    Attributes:
        prd: the absolute path of the PRD.
        shown: the PRD as people and the registry name it, from the root where it lies below.
        looked_at: the hash of the repository's ``.prd_runner`` as it was read; empty where it is not used.
        for_agents: what the commit that the run begins from holds for agents.
        obeyed: what else agents would obey, if it were taken along.
    """

    repo: Repo
    state: StateDir
    identity: Identity
    prd: Path
    shown: str
    spec: Spec
    plan: Plan
    loaded: Loaded
    options: Options
    looked_at: str
    for_agents: Inventory
    obeyed: Obeyed

    @property
    def remarks(self) -> list[str]:
        """A line each of what a person should know before the run begins."""
        lines = [*self.loaded.notices, *self.plan.warnings, *self.repo.notes, self.identity.signing_note]
        return [line for line in lines if line]


async def look_ahead(folder: Path, prd_file: Path, options: Options) -> Outlook:
    """Read all that a run in ``folder`` needs; nothing is started and nothing of the repository is run.

    Raises:
        Problem: the PRD, the plan file, the repository or its configuration cannot be used, or is not trusted.
    """
    options = only_recorded(options)
    prd = prd_file if prd_file.is_absolute() else Path.cwd() / prd_file
    spec, _ = read_spec(prd)
    plan = make_plan(spec, options.plan_file)
    repo = await discover(folder)
    state = open_state(repo.repo_id)
    trusted = trusted_root(repo, options)
    looked_at = inventory(repo.root).hash if trusted else ""
    loaded = load_config(repo.root, trusted=trusted, options=options)
    committed = await for_agents(repo.root, repo.head_commit)
    shown = str(prd.relative_to(repo.root)) if prd.is_relative_to(repo.root) else str(prd)
    return Outlook(
        repo,
        state,
        read_identity(repo),
        prd,
        shown,
        spec,
        plan,
        loaded,
        options,
        looked_at=looked_at,
        for_agents=inventory_of(committed),
        obeyed=committed.obeyed,
    )


def only_recorded(options: Options) -> Options:
    """The options, with every step played where a speed is given: only a recording has one.

    What the person's own configuration says of a step would else put a real agent, and its cost, into a demo.
    """
    if options.speed is None:
        return options
    steps = {f"workers.{role}": RECORDING for role in ROLES}
    return replace(options, worker="", overrides={**options.overrides, **steps})


def make_start(outlook: Outlook, *, new: bool, by: Actor) -> StartRun:
    """The command that starts the run, with an id that no run of the repository has.

    Args:
        new: also when a run of this PRD is unfinished.

    Raises:
        Problem: one is unfinished, no worker can be used, ``.prd_runner`` changed meanwhile, or what the repository
            holds for agents is not trusted.
    """
    refuse_second(outlook.state, outlook.shown, new)
    refuse_untrusted_agents(outlook.repo, outlook.for_agents)
    id = new_run_id({row.run for row in registry_of(outlook.state).newest()})
    command = start_command(
        outlook.repo,
        outlook.identity,
        outlook.spec,
        outlook.plan,
        outlook.loaded.config,
        outlook.options,
        prd=outlook.prd,
        run=id,
        by=by,
        protected=tuple(RepoPath(path).to_json() for path in outlook.obeyed.protected()),
    )
    if outlook.looked_at and inventory(outlook.repo.root).hash != outlook.looked_at:
        raise Problem(f"{DIRECTORY}/ changed while the run started", hint="prdrunner trust --show", code=5)
    return replace(command, another=new)


def refuse_second(state: StateDir, prd: str, new: bool) -> None:
    """Name an unfinished run of the same PRD instead of starting another one unasked.

    Raises:
        Problem: there is one.
    """
    if new:
        return
    if (row := registry_of(state).unfinished(prd)) is not None:
        accepted(refuse_another(row))


async def uncommitted(outlook: Outlook) -> tuple[DirtyFile, ...]:
    """The files of the checkout that are not as HEAD has them, in path order."""
    store = await open_store(outlook.state, outlook.repo.object_format)
    return await list_dirty(store, outlook.repo, outlook.identity)


def refuse_unseen(outlook: Outlook, dirty: Iterable[DirtyFile]) -> None:
    """Let nothing be taken along that agents would obey: what was trusted is what is committed.

    Args:
        dirty: the uncommitted files.

    Raises:
        Problem: there is such a file.
    """
    for file in dirty if outlook.options.take_along else ():
        if outlook.obeyed.concerns(file.path.rstrip(b"/")) or (
            outlook.for_agents.entries and _reshapes(outlook.repo.root, file)
        ):
            raise Problem(
                "steers what agents start, so it is not taken along as it lies here",
                where=str(RepoPath(file.path).display()),
                hint="commit it, then prdrunner trust; or start without --take-along",
                code=5,
            )


def _reshapes(root: Path, file: DirtyFile) -> bool:
    """Whether it is a file of git attributes that could make another text of what agents obey."""
    if file.path.rpartition(b"/")[2] != b".gitattributes":
        return False
    try:
        return bool(reshapes((root / os.fsdecode(file.path)).read_bytes()))
    except OSError:
        return file.kind != "deleted"


async def start(outlook: Outlook, command: StartRun) -> SocketClient:
    """Start the run in the engine of the repository; a client of that engine, to be closed by the caller.

    Raises:
        Problem: the engine does not start, or refuses.
    """
    client = await attach_or_start(outlook.repo.root, outlook.state)
    try:
        accepted(await client.start(command, str(outlook.prd)))
    except BaseException:
        await client.close()
        raise
    return client
