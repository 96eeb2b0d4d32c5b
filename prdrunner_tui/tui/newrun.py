"""A new run before it starts: what would run, and starting exactly that. No screen, no textual.

All of it reads files and starts git; the caller runs it in a thread.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prdrunner_tui.cli.engine import me
from prdrunner_tui.cli.place import registry_of
from prdrunner_tui.cli.starting import Outlook, look_ahead, make_start, start, uncommitted
from prdrunner_tui.cli.trust import trusted
from prdrunner_tui.config.models import Config
from prdrunner_tui.config.trust import DIRECTORY, inventory
from prdrunner_tui.kernel.commands import StartRun
from prdrunner_tui.repo.locate import common_dir, repo_id
from prdrunner_tui.steps.prepare import Options, load_config
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui.rows.newrun import Preview, Wish


@dataclass(frozen=True, slots=True)
class Ready:
    """A preview with what starts it; ``command`` is None where it cannot start."""

    wish: Wish
    preview: Preview
    outlook: Outlook | None = None
    command: StartRun | None = None


async def look_at(root: Path, wish: Wish, before: Ready | None = None) -> Ready:
    """A preview of the run that a person wishes for; what stands in its way is a part of it.

    Args:
        root: of the repository.
        before: an earlier preview, whose list of uncommitted files still holds.
    """
    options = options_of(wish)
    prd = root / wish.prd
    if not prd.is_file():
        gone = Problem("there is no such file any more", where=wish.prd, hint="esc goes back", code=1)
        return Ready(wish, Preview(problem=gone))
    problem: Problem | None = None
    try:
        outlook = await look_ahead(root, prd, options)
    except Problem as refused:
        problem = refused
        if wish.aside or _is_trusted(root):
            return Ready(wish, Preview(problem=_nearer(root, problem)))
        hint = "T on the start screen looks at it; or leave it aside below"
        problem = Problem(refused.message, hint=hint, code=refused.code)
        try:
            outlook = await look_ahead(root, prd, replace(options, use_repo_config=False))
        except Problem as other:
            return Ready(wish, Preview(problem=_nearer(root, other)))
    unfinished = registry_of(outlook.state).unfinished(outlook.shown)
    config = configured(root, aside=wish.aside)
    command: StartRun | None = None
    if problem is None:
        try:
            command = make_start(outlook, new=wish.another, by=me())
        except Problem as refused:
            problem = refused
            if not (wish.worker or config.workers.implement or config.workers.default):
                hint = "name one below, or as workers.default in .prd_runner/config.yaml"
                problem = Problem(refused.message, hint=hint, code=refused.code)
            if unfinished is not None and not wish.another:
                hint = (
                    f"{unfinished.run} on the start screen goes on with it; or choose below to start another"
                )
                problem = Problem(refused.message, hint=hint, code=refused.code)
    dirty = before.preview.dirty if before is not None else await _dirty(outlook)
    preview = Preview(
        plan=outlook.plan,
        problem=problem,
        worker=config.workers.implement or config.workers.default,
        profiles=tuple(config.workers.profiles),
        gates={
            name: (gate.enabled and config.approval_gates.enabled, gate.required)
            for name, gate in config.approval_gates.gates.named().items()
        },
        budget=config.budget.usd,
        dirty=dirty,
        remarks=[line.removeprefix(f"{root}/") for line in outlook.remarks],
        brings=os.path.lexists(root / DIRECTORY),
        unfinished=unfinished.run if unfinished is not None else "",
        branch=command.branch if command is not None else "",
    )
    return Ready(wish, preview, outlook, command)


def _nearer(root: Path, problem: Problem) -> Problem:
    """The problem with a place that begins at the root: the screen says already where that is."""
    where = problem.where.removeprefix(f"{root}/")
    return Problem(problem.message, where=where, hint=problem.hint, code=problem.code)


async def begin(root: Path, shown: Ready) -> None:
    """Start the run that was shown.

    Raises:
        Problem: it cannot start, or would not be what was shown.
    """
    # What is taken along has to be what was listed.
    fresh = await look_at(root, shown.wish, None if shown.wish.take_along else shown)
    if fresh.preview.problem is not None:
        raise fresh.preview.problem
    assert shown.command is not None and fresh.command is not None and fresh.outlook is not None
    same = replace(fresh.command, run=shown.command.run, branch=shown.command.branch)
    if same != shown.command or fresh.preview.dirty != shown.preview.dirty:
        raise Problem("what would run changed since it was shown", hint="this is how it is now", code=5)
    client = await start(fresh.outlook, shown.command)
    await client.close()


def options_of(wish: Wish) -> Options:
    """The options of a command line that says the same as a wish."""
    overrides: dict[str, Any] = {
        f"approval_gates.gates.{name}.enabled": False for name, asked in wish.gates.items() if not asked
    }
    if wish.budget is not None:
        overrides["budget.usd"] = wish.budget or None
    return Options(
        worker=wish.worker,
        gates=tuple(name for name, asked in wish.gates.items() if asked),
        take_along=wish.take_along,
        use_repo_config=not wish.aside,
        overrides=overrides,
    )


def configured(root: Path, *, aside: bool = False) -> Config:
    """The configuration of a repository, as far as it is trusted; ``aside`` leaves its own out.

    Raises:
        Problem: it is wrong; the line says where.
    """
    options = Options(use_repo_config=not aside)
    return load_config(root, trusted=not aside and _is_trusted(root), options=options).config


def _is_trusted(root: Path) -> bool:
    common = common_dir(root)
    try:
        return common is not None and trusted(repo_id(common), inventory(root))
    except Problem:
        return False


async def _dirty(outlook: Outlook) -> list[tuple[str, str]]:
    files = await uncommitted(outlook)
    return [(file.kind, file.path.decode("utf-8", "surrogateescape")) for file in files]
