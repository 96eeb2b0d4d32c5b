"""A new run before it starts: what would run, and starting exactly that. No screen, no textual.

All of it reads files and starts git; the caller runs it in a thread.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prdrunner_tui.cli.engine import me
from prdrunner_tui.cli.place import registry_of
from prdrunner_tui.cli.starting import Outlook, look_ahead, make_start, refuse_unseen, start, uncommitted
from prdrunner_tui.cli.trust import refuse_untrusted_agents, trusted
from prdrunner_tui.config.models import Config
from prdrunner_tui.config.trust import DIRECTORY, inventory
from prdrunner_tui.journal.log import Log, LogError
from prdrunner_tui.kernel.commands import StartRun
from prdrunner_tui.kernel.events import RunStarted
from prdrunner_tui.repo.dirty import DirtyFile
from prdrunner_tui.repo.locate import common_dir, repo_id
from prdrunner_tui.repo.rundir import StateDir, state_root
from prdrunner_tui.steps.choices import named_workers, offered, with_script
from prdrunner_tui.steps.prepare import Options, load_config, make_checks
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.tui.rows.newrun import Preview, Wish
from prdrunner_tui.workers.acp.profile import names as agents
from prdrunner_tui.workers.registry import ADAPTERS

_SETS = re.compile(r"[A-Za-z_]\w*=")
"""A word before the program of a command line, which sets a variable for it."""


_LOOK = "T on the start screen looks at it"
_INSTEAD = {
    "commit it, then": "commit it, then T on the start screen; or take nothing along",
    "prdrunner trust": _LOOK,
    "prdrunner resume": "it is among the recent runs of the start screen; or choose below to start another",
    "--prd-file": "esc goes back; r on the start screen looks for PRDs again",
}
"""What a hint says to type in a shell -> what does it here."""


@dataclass(frozen=True, slots=True)
class Ready:
    """A preview with what starts it, and the uncommitted files; ``command`` is None where it cannot start."""

    wish: Wish
    preview: Preview
    outlook: Outlook | None = None
    command: StartRun | None = None
    dirty: Sequence[DirtyFile] = ()

    def named_as(self, first: StartRun) -> Ready:
        """The same with the run and the branch that were shown first: each look makes up a name of its own."""
        command = self.command and replace(self.command, run=first.run, branch=first.branch)
        return replace(self, command=command, preview=replace(self.preview, branch=first.branch))


async def look_at(root: Path, wish: Wish, before: Ready | None = None) -> Ready:
    """A preview of the run that a person wishes for; what stands in its way is a part of it.

    Args:
        root: of the repository.
        before: an earlier preview, whose list of uncommitted files still holds.
    """
    prd = root / wish.prd
    if not prd.is_file():
        gone = Problem(
            "there is no such file any more", where=wish.prd, hint="r reads again when it is back", code=1
        )
        return Ready(wish, Preview(problem=gone))
    unread: Problem | None = None
    try:
        config = configured(root, aside=wish.aside)
    except Problem as wrong:
        config, unread = Config(), wrong  # What is wrong with it is told below, with the way around it.
    last = agent_of_last_run(root, config)
    profiles = offered(config)
    # What is not trusted may name another one, so nothing is taken for the only one before that is known.
    only = profiles[0] if len(profiles) == 1 and (wish.aside or _is_trusted(root)) else ""
    named = config.workers.implement or config.workers.default
    worker = named or last or only
    options = options_of(wish if wish.worker or named else replace(wish, worker=worker))
    problem: Problem | None = None
    untrusted = False
    try:
        outlook = await look_ahead(root, prd, options)
    except Problem as refused:
        problem = refused
        if wish.aside or _is_trusted(root):
            return Ready(wish, Preview(problem=_nearer(root, problem)))
        untrusted = True
        hint = f"{_LOOK}; or leave it aside below"
        problem = Problem(refused.message, hint=hint, code=refused.code)
        try:
            outlook = await look_ahead(root, prd, replace(options, use_repo_config=False))
        except Problem as other:
            return Ready(wish, Preview(problem=_nearer(root, other)))
    unfinished = registry_of(outlook.state).unfinished(outlook.shown)
    if unread is not None:
        raise unread
    dirty = before.dirty if before is not None else await uncommitted(outlook)
    command: StartRun | None = None
    if problem is None:
        problem = _steered(root, outlook, dirty)
    if problem is None:
        try:
            command = make_start(outlook, new=wish.another, by=me())
        except Problem as refused:
            problem = _nearer(root, refused)
            if not (wish.worker or worker):
                hint = "name one below, or as workers.default in .prd_runner/config.yaml"
                if profiles:
                    hint = "h/l on the row Agent chooses one that is there, enter names another"
                problem = Problem(refused.message, hint=hint, code=refused.code)
            if unfinished is not None and not wish.another:
                hint = (
                    f"{unfinished.run} on the start screen goes on with it; or choose below to start another"
                )
                problem = Problem(refused.message, hint=hint, code=refused.code)
    preview = Preview(
        plan=outlook.plan,
        problem=problem,
        worker=worker,
        last=last,
        only="" if named else only,
        profiles=profiles,
        checks=tuple(check.name for check in make_checks(config, options)),
        gates={
            name: (gate.enabled and config.approval_gates.enabled, gate.required)
            for name, gate in config.approval_gates.gates.named().items()
        },
        budget=config.budget.usd,
        dirty=[(file.kind, file.path.decode("utf-8", "surrogateescape")) for file in dirty],
        remarks=[line.removeprefix(f"{root}/") for line in outlook.remarks],
        brings=os.path.lexists(root / DIRECTORY),
        untrusted=untrusted,
        unfinished=unfinished.run if unfinished is not None else "",
        branch=command.branch if command is not None else "",
    )
    return Ready(wish, preview, outlook, command, dirty)


def _steered(root: Path, outlook: Outlook, dirty: Sequence[DirtyFile]) -> Problem | None:
    """Why no agent may work with what the repository holds for it."""
    try:
        refuse_untrusted_agents(outlook.repo, outlook.for_agents)
        refuse_unseen(outlook, dirty)
    except Problem as refused:
        return _nearer(root, refused)
    return None


def _nearer(root: Path, problem: Problem) -> Problem:
    """The problem for this screen: a place that begins at the root, and no command of a shell where a key does it."""
    where = "" if problem.where == str(root) else problem.where.removeprefix(f"{root}/")
    hint = next((key for command, key in _INSTEAD.items() if command in problem.hint), problem.hint)
    return Problem(problem.message, where=where, hint=hint, code=problem.code)


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
    try:
        client = await start(fresh.outlook, shown.command)
    except Problem as refused:
        raise _nearer(root, refused) from None
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


def agent_of_last_run(root: Path, config: Config) -> str:
    """The agent of the repository's newest run as a wish has it; empty where it is none that could be used again."""
    common = common_dir(root)
    if common is None:
        return ""
    state = StateDir(state_root() / repo_id(common))
    try:
        newest = registry_of(state).newest(limit=1)
        if not newest:
            return ""
        log = Log(state.run(newest[0].run).database, read_only=True)
        try:
            began = next((one.event for one in log.read(count=1)), None)
        finally:
            log.close()
    except (LogError, OSError, sqlite3.Error):
        return ""  # It is only an offer; whoever shows the runs says what is wrong with them.
    choice = began.settings.workers.get("implement") if isinstance(began, RunStarted) else None
    if choice is None:
        return ""
    if choice.label in named_workers(config):
        return choice.label
    line = str(choice.options.get("command", "")) if choice.worker == "command" else ""
    short = line.replace(f"{root}/", "", 1)
    return f"command: {short if with_script(root, short) == line else line}" if line else ""


def agent_named(root: Path, text: str, profiles: Sequence[str]) -> str:
    """What a person who types an agent means, as a wish has it.

    Raises:
        Problem: it is neither a profile, nor an adapter with its words, nor a command line that could run.
    """

    def runs(word: str) -> bool:
        return shutil.which(word) is not None or ("/" in word and os.access(root / word, os.X_OK))

    text = text.strip()
    try:
        return agent_meant(text, profiles, runs)
    except Problem as problem:
        if text.endswith(".sh") and (root / text).is_file():
            raise Problem(problem.message, hint=f"did you mean  sh {text[:80]}") from None
        raise


def agent_meant(text: str, profiles: Sequence[str], runs: Callable[[str], bool]) -> str:
    """What a typed agent means; ``runs`` says whether a word names a program.

    Raises:
        Problem: nothing that could run; the hint says what may be meant.
    """
    adapter, colon, _ = text.partition(":")
    if not text or text in (*profiles, *agents()) or (colon and adapter.strip() in ADAPTERS):
        return text
    try:
        parts = shlex.split(text)
    except ValueError:
        parts = text.split()
    program = next((part for part in parts if not _SETS.match(part)), "")
    if program and runs(program):
        return f"command: {text}"
    near = did_you_mean(text, profiles)
    raise Problem(f"there is no agent {text[:80]!r}", hint=near or f"did you mean  command: {text[:80]}")


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
