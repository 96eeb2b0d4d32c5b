"""What ``prdrunner doctor`` looks at: the installation, and the state of one repository. Nothing here writes."""

from __future__ import annotations

import asyncio
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from prdrunner_tui.agents.bubblewrap import Bubblewrap, bubblewrap
from prdrunner_tui.agents.lease import alive
from prdrunner_tui.cli.configured import Here
from prdrunner_tui.config.layers import load, user_file
from prdrunner_tui.config.profilefiles import ConfigProblems
from prdrunner_tui.journal.registry import hosted_mark
from prdrunner_tui.kernel.state import RUN_ENDED
from prdrunner_tui.repo import workspace as workspaces
from prdrunner_tui.repo.git import MINIMUM_VERSION, require_version
from prdrunner_tui.repo.rundir import RunDir, StateDir, refuse_network, state_root
from prdrunner_tui.steps.oracle import processes
from prdrunner_tui.steps.oracle.examine import Examined, check_repository, examine
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.units import count, size

Level = Literal["ok", "warn", "fail"]
WANTED_BYTES = 5 * 1024**3
NEEDED_BYTES = 256 * 1024**2
_LOGIND = (Path("/etc/systemd/logind.conf"), *sorted(Path("/etc/systemd").glob("logind.conf.d/*.conf")))
_LOG, _GIT, _PROCESSES = ("I1", "I6", "I7", "I10"), ("I2", "I3", "I4", "I5"), ("I8", "I9")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the doctor; ``hint`` is what to do about it."""

    level: Level
    name: str
    text: str
    hint: str = ""


def installation() -> Iterator[Finding]:
    """What holds for every repository of this machine."""
    yield Finding("ok", "python", f"{platform.python_version()}, {sys.executable}")
    yield _git_version()
    yield _terminal()
    yield _state_place()
    yield _disk()
    yield sandbox(bubblewrap(), _wanted_sandbox())
    if sys.platform != "linux":
        text = f"{platform.system()}: agents are ended by their marker; what hides from it is not found"
        yield Finding("warn", "platform", text, "Linux has pid namespaces for that")
    if _ends_with_login():
        text = "systemd ends your processes when your last login ends (KillUserProcesses)"
        yield Finding("warn", "logout", text, "loginctl enable-linger")


def configuration(place: Here) -> Iterator[Finding]:
    """What is wrong with the person's own configuration and the repository's, each mistake with its place."""
    mistakes = [
        *_mistakes(place, place.user, None),
        *(_mistakes(place, None, place.repo) if place.repo else ()),
    ]
    mistakes = mistakes or _mistakes(place, place.user, place.repo)
    yield from mistakes
    if not mistakes:
        there = [place.short(str(path)) for path in (place.user, place.repo) if path and path.is_file()]
        yield Finding("ok", "config", ", ".join(there) or "none, everything is at its default")


def _mistakes(place: Here, user: Path | None, repo: Path | None) -> list[Finding]:
    try:
        load(user, repo, trusted=place.counts)
    except ConfigProblems as several:
        problems: Sequence[Problem] = several.problems
    except Problem as problem:
        problems = (problem,)
    else:
        return []
    return [Finding("fail", "config", f"{place.short(p.where)}: {p.message}", p.hint) for p in problems]


def _git_version() -> Finding:
    needed = ".".join(map(str, MINIMUM_VERSION))
    try:
        version = asyncio.run(require_version())
    except Problem as problem:
        return Finding("fail", "git", problem.message, problem.hint or f"install git {needed} or newer")
    return Finding("ok", "git", f"{'.'.join(map(str, version))} ({needed} or newer is needed)")


def _terminal() -> Finding:
    term, encoding = os.environ.get("TERM", ""), (sys.stdout.encoding or "").lower().replace("-", "")
    if term in ("", "dumb"):
        return Finding(
            "warn", "terminal", f"TERM={term or 'not set'} cannot show the screens", "use --headless"
        )
    colours = "16 colours" if "256" not in term and not os.environ.get("COLORTERM") else "256 colours or more"
    if encoding != "utf8":
        return Finding("warn", "terminal", f"TERM={term}, output in {encoding or '?'}", "set a UTF-8 locale")
    if colours == "16 colours" and term.startswith(("screen", "tmux")):
        return Finding("warn", "terminal", f"TERM={term} has 16 colours", "in tmux set tmux-256color")
    return Finding("ok", "terminal", f"TERM={term}, {colours}")


def _state_place() -> Finding:
    root = state_root()
    there = _existing(root)
    try:
        refuse_network(there)
    except Problem as problem:
        return Finding(
            "fail", "state", problem.message, "set PRDRUNNER_STATE_DIR to a local directory of yours"
        )
    if not os.access(there, os.W_OK | os.X_OK):
        return Finding("fail", "state", f"{root} cannot be written", "set PRDRUNNER_STATE_DIR")
    return Finding("ok", "state", str(root))


def _disk() -> Finding:
    free = shutil.disk_usage(_existing(state_root())).free
    if free >= WANTED_BYTES:
        return Finding("ok", "disk", f"{size(free)} free")
    level: Level = "fail" if free < NEEDED_BYTES else "warn"
    return Finding(level, "disk", f"{size(free)} free of the {size(WANTED_BYTES)} wanted", "make room")


def sandbox(found: Bubblewrap, wanted: str) -> Finding:
    """Whether agents can be in a sandbox; it is a fault only where the person's own configuration wants one."""
    if found.usable:
        use = {"off": "sandbox.mode is off, auto puts agents in it"}.get(wanted, f"sandbox.mode is {wanted}")
        return Finding("ok", "sandbox", f"bubblewrap {found.version} works; {use}")
    level: Level = {"required": "fail", "auto": "warn"}.get(wanted, "ok")  # type: ignore[assignment]
    return Finding(level, "sandbox", f"none, {found.why}; agents see what you see", found.hint)


def _wanted_sandbox() -> str:
    try:
        return load(user_file(), None, trusted=False).config.sandbox.mode
    except Problem:
        return "off"


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _ends_with_login() -> bool:
    value = ""
    for path in _LOGIND:
        try:
            lines = path.read_text("utf-8", "replace").splitlines()
        except OSError:
            continue
        values = [line.split("=", 1)[1] for line in lines if line.strip().startswith("KillUserProcesses=")]
        value = values[-1].strip().lower() if values else value
    return value in ("yes", "true", "1", "on")


def repository(state: StateDir, common_dir: Path) -> Iterator[Finding]:
    """What holds for one repository: its engine, and every run of it by the oracle."""
    if not state.root.is_dir():
        yield Finding("ok", "runs", "no run yet in this repository")
        return
    examined = asyncio.run(examine(state, common_dir))
    began = [one for one in examined if one.run]
    yield from _engine(state, began)
    events = sum(one.state.seq for one in began)
    runs = f"{len(began)} run{'' if len(began) == 1 else 's'}"
    yield from _by_invariant("log", _LOG, examined, f"hash chains whole, {count(events)} events in {runs}")
    commits = sum(bool(phase.commit) for one in began for phase in one.state.phases.values())
    store = _bytes_under(state.trusted) + _bytes_under(state.store)
    told = (
        f"trusted store {size(store)}, {commits} commit{'' if commits == 1 else 's'}, each has its approval"
    )
    yield from _by_invariant("commits", _GIT, examined, told)
    yield from _workspaces(state, began)
    live = [x for one in examined for x in _live_leases(state, one)]
    owner = [Finding("fail", "processes", v.line) for v in check_repository(state)]
    yield from owner
    if not owner:
        told = f"{len(live)} agent host{'' if len(live) == 1 else 's'}, all ours"
        yield from _by_invariant("processes", _PROCESSES, examined, told)


def _live_leases(state: StateDir, one: Examined) -> list[object]:
    leases = processes.leases_of(state.run(one.run).jobs) if one.run else []
    return [lease for lease in leases if alive(lease)]


def _engine(state: StateDir, began: Sequence[Examined]) -> Iterator[Finding]:
    owner = processes.lock_owner(state.lock)
    if owner is not None:
        active = [one for one in began if one.state.run and one.state.run.status not in RUN_ENDED]
        told = "".join(f", {one.run}, event {count(one.state.seq)}" for one in active)
        yield Finding("ok", "engine", f"pid {owner.pid}{told}")
        return
    left = [
        one.run
        for one in began
        if one.state.run is not None
        and one.state.run.status == "running"
        and hosted_mark(state.run(one.run).root).exists()
    ]
    if left:
        text = f"none runs; the one of {', '.join(left)} died"
        yield Finding("warn", "engine", text, f"prdrunner resume --run-id {left[0]} goes on")
    else:
        yield Finding("ok", "engine", "none runs, none is needed")


def _by_invariant(
    name: str, numbers: Sequence[str], examined: Sequence[Examined], well: str
) -> Iterator[Finding]:
    broken = [(one, v) for one in examined for v in one.violations if v.invariant in numbers]
    for one, violation in broken:
        about = f"{one.run}: " if one.run else ""
        yield Finding("fail", name, f"{about}{violation.line}")
    if not broken:
        yield Finding("ok", name, well)


def _workspaces(state: StateDir, began: Sequence[Examined]) -> Iterator[Finding]:
    used, orphans = 0, 0
    for one in began:
        directory: RunDir = state.run(one.run)
        known = {directory.workspace(phase): phase for phase in one.state.phases}
        there = [p for p in directory.workspaces.glob("*") if not p.name.startswith(".")]
        orphans += sum(path not in known for path in there)
        if one.state.run is not None and one.state.run.status in RUN_ENDED:
            continue
        for phase in one.state.phases.values():
            if phase.status not in ("running", "paused"):
                continue
            try:
                found = workspaces.load(directory, phase.id)
                if found is None:
                    continue
                found.check()
                used += 1
            except Problem as lost:
                hint = "it is made again from its newest checkpoint"
                yield Finding("warn", "workspaces", f"{phase.id}: {lost.message}", hint)
    level: Level = "warn" if orphans else "ok"
    yield Finding(level, "workspaces", f"{used} in use, {orphans} orphan{'' if orphans == 1 else 's'}")


def _bytes_under(folder: Path) -> int:
    total = 0
    for where, _, files in os.walk(folder):
        for name in files:
            try:
                total += (Path(where) / name).lstat().st_size
            except OSError:
                continue
    return total
