"""One boundary's cases: the engine is killed there, recovers, goes on to the end; then killed again in recovery."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from prdrunner_tui.journal.log import Log, LogError
from prdrunner_tui.kernel.evolve import fold
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.repo.rundir import StateDir
from prdrunner_tui.steps.oracle.examine import check_repository, examine
from tests.crash import scenario, snapshot
from tests.crash.life import Place, live

QUIET_SECONDS = 0.1
"""How long after a kill what ends by itself may take to end."""

GONE_SECONDS = 3.0
"""How long after the engine's end its processes may take to be gone."""


@dataclass(slots=True)
class Outcome:
    """What the cases of one boundary came to."""

    boundary: str
    cases: int = 0
    kills: int = 0
    same: int = 0
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Reference:
    """What every case is compared with: an uninterrupted run."""

    boundaries: tuple[str, ...]
    trees: tuple[str, ...]
    user: dict[str, str]


def state_of(place: Place) -> RunState:
    """The fold of the run's log, empty where there is none yet."""
    with _log(place) as log:
        return fold(log.read()) if log is not None else RunState()


@contextmanager
def _log(place: Place) -> Iterator[Log | None]:
    """The run's log without touching it, ``None`` where there is none yet."""
    try:
        log = Log(next(place.state.glob(f"*/runs/{scenario.RUN}/run.db")), read_only=True)
    except (StopIteration, LogError):
        yield None
        return
    try:
        yield log
    finally:
        log.close()


def fresh(template: Path, root: Path) -> Place:
    """A new place for a case, with a repository of its own."""
    shutil.rmtree(root, ignore_errors=True)
    root.mkdir(parents=True)
    place = Place(root)
    snapshot.copy(template, place.project)
    return place


def passed(place: Place, life: int) -> list[str]:
    """The boundaries that a life passed, in order."""
    record = place.record(life)
    return record.read_text().splitlines() if record.exists() else []


def published_trees(place: Place) -> tuple[str, ...]:
    """The trees of the published branch, newest first."""
    return tuple(scenario.git(place.project, "log", "--format=%T", scenario.BRANCH).split())


def crash_at(template: Path, root: Path, boundary: str, reference: Reference, *, again: bool) -> Outcome:
    """Kill the engine at ``boundary``, recover, judge; with ``again`` also at each boundary of the recovery.

    A second kill that leaves exactly what an earlier one left has been judged with that one: it counts as ``same``.
    """
    outcome = Outcome(boundary)
    began = time.monotonic()
    place = fresh(template, root)
    if _killed(outcome, place, 1, boundary):
        if again:
            _crash_recovery(outcome, template, place, reference)
        else:
            finish(outcome, place, 2, reference, boundary)
    if not outcome.violations:
        shutil.rmtree(root, ignore_errors=True)
    outcome.seconds = time.monotonic() - began
    return outcome


def _crash_recovery(outcome: Outcome, template: Path, place: Place, reference: Reference) -> None:
    boundary, kept = outcome.boundary, place.root.with_name(f"{place.root.name}-kept")
    # A copy holds no processes: where agents live on, the case begins anew for each second kill.
    quiet = _is_quiet()
    if quiet:
        shutil.rmtree(kept, ignore_errors=True)
        snapshot.keep(place.root, kept)
    crashed = state_of(place)
    first = _fingerprint(place)
    finish(outcome, place, 2, reference, boundary)
    judged, at_first = {first} if quiet else set(), False
    for second in _recovery(crashed, passed(place, 2)):
        if at_first:
            place.forget(2)
        elif quiet:
            snapshot.put_back(kept, place.root)
        else:
            place = fresh(template, place.root)
            if not _killed(outcome, place, 1, boundary):
                continue
        at_first = False
        if not _killed(outcome, place, 2, second, after=boundary):
            continue
        left = _fingerprint(place) if quiet and _is_quiet() else ""
        if left in judged:
            outcome.same += 1
            at_first = left == first
            continue
        finish(outcome, place, 3, reference, f"{boundary} then {second}")
        if left:
            judged.add(left)
    shutil.rmtree(kept, ignore_errors=True)


def _fingerprint(place: Place) -> str:
    with _log(place) as log:
        return snapshot.fingerprint(place.root, log.head if log is not None else "")


def _killed(outcome: Outcome, place: Place, life: int, boundary: str, after: str = "") -> bool:
    """Live until the boundary; whether the process died there by SIGKILL, having recorded it."""
    status = live(place, life, boundary)
    lines = passed(place, life)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL and lines and lines[-1] == boundary:
        outcome.kills += 1
        return True
    told = f"{boundary} after {after}" if after else boundary
    where = f"{os.waitstatus_to_exitcode(status)}, the last boundary was {lines[-1] if lines else 'none'}"
    outcome.violations.append(f"{told}: did not fire: exit {where}{_last_words(place, life)}")
    _reap_all()
    return False


def finish(
    outcome: Outcome,
    place: Place,
    life: int,
    reference: Reference,
    told: str,
    prepare: Callable[[], None] = lambda: None,
) -> None:
    """The last life of a case, and the judgement."""
    outcome.cases += 1
    status = live(place, life, prepare=prepare)
    if status != 0:
        code = os.waitstatus_to_exitcode(status)
        outcome.violations.append(f"{told}: recovery ended with {code}{_last_words(place, life)}")
        _reap_all()
        return
    outcome.violations += [f"{told}: {fault}" for fault in judge(place, reference)]
    outcome.violations += [f"{told}: log: {line}" for line in _complaints(place, life)]


def judge(place: Place, reference: Reference) -> Iterator[str]:
    """All that is wrong after a run's end."""
    left = _wait_gone()
    if left:
        yield f"I8: processes are left: {', '.join(left)}"
    state = state_of(place)
    if state.run is None or state.run.status != "done":
        yield f"the run is {state.run.status + ': ' + state.run.reason if state.run else 'not there'}"
        return
    yield from _acknowledged_lost(place, state)
    yield from oracle(place)
    trees = published_trees(place)
    if trees != reference.trees:
        yield f"I2: published trees {trees}, expected {reference.trees}"
    user = snapshot.user_files(place.project)
    changed = sorted(
        name for name in user.keys() | reference.user if user.get(name) != reference.user.get(name)
    )
    if changed:
        yield f"I4: the user's files changed: {', '.join(changed)}"


def oracle(place: Place) -> list[str]:
    """The oracle's lines about all that the case left."""
    state_dir = StateDir(next(path for path in place.state.iterdir() if path.is_dir()))
    examined = asyncio.run(examine(state_dir, place.project / ".git", ours_alone=True))
    if [one.run for one in examined] != [scenario.RUN]:
        return [f"I6: the oracle found the runs {[one.run for one in examined]}"]
    return [
        violation.line for one in examined for violation in (*check_repository(state_dir), *one.violations)
    ]


def _acknowledged_lost(place: Place, state: RunState) -> Iterator[str]:
    words = {"approve": "approved", "reject": "rejected", "answer": "answered", "skip": "skipped"}
    lines = place.acknowledged.read_text().splitlines() if place.acknowledged.exists() else []
    for line in lines:
        decision, verb = json.loads(line)
        found = state.decisions.get(decision)
        if found is None or found.status != words[verb]:
            yield f"I1: decision {decision} was acknowledged as {words[verb]}, the log says {found}"


def _recovery(crashed: RunState, lines: list[str]) -> list[str]:
    """The boundaries of a recovery: up to the result of the effect that was open, or to the first new event."""
    open_effects = [effect for effect in crashed.effects() if effect.status == "intended"]
    if open_effects:
        end = re.compile(r"/append\.Effect(Done|Failed)\.after#1$")
    else:
        end = re.compile(r"/append\.\w+\.after#1$")
    last = next((n for n, line in enumerate(lines) if end.search(line)), len(lines) - 1)
    return lines[: last + 1]


def _complaints(place: Place, life: int) -> list[str]:
    text = place.log(life).read_text(errors="replace")
    return [line[:300] for line in text.splitlines() if "ERROR" in line or "Traceback" in line]


def _last_words(place: Place, life: int) -> str:
    text = place.log(life).read_text(errors="replace").strip()
    state = state_of(place)
    about = "\n".join(f"  {line}" for line in text.splitlines()[-12:])
    status = f"{state.run.status} {state.run.reason}" if state.run else "no run"
    waiting = [decision.title for decision in state.open_decisions()]
    return f"; {status}; open {waiting}" + (f"\n{about}" if about else "")


def _children() -> list[int]:
    """The children of this process that live; being a subreaper, it inherits whatever an engine left."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return []
        if pid == 0:
            break
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return [int(pid) for pid in file.read().split()]


def _is_quiet() -> bool:
    """Whether no process of the killed engine goes on; its forkserver and its gits take a moment to end."""
    until = time.monotonic() + QUIET_SECONDS
    while (left := _children()) and time.monotonic() < until:
        time.sleep(0.002)
    return not left


def _wait_gone() -> list[str]:
    until = time.monotonic() + GONE_SECONDS
    while (left := _children()) and time.monotonic() < until:
        time.sleep(0.005)
    told = [f"{pid} {_command(pid)}" for pid in left]
    _reap_all()
    return told


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:120]
    except OSError:
        return "?"


def _reap_all() -> None:
    """End what is left of a case, so that the next one begins with nothing: children of ours, by their pid."""
    until = time.monotonic() + GONE_SECONDS
    while (left := _children()) and time.monotonic() < until:
        for pid in left:
            os.kill(pid, signal.SIGKILL)
        time.sleep(0.005)
