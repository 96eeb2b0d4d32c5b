"""The oracle finds nothing wrong with a finished run, and each of these corruptions of one (reliability.md G17)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.agents.job import MARKER
from prdrunner_tui.agents.procs import boot_id, start_ticks
from prdrunner_tui.journal.log import Row, chain
from prdrunner_tui.repo.rundir import RunDir, StateDir
from prdrunner_tui.steps.oracle import processes
from prdrunner_tui.steps.oracle.examine import check_repository, examine
from tests.crash import scenario
from tests.crash.life import Place, finish_run

Events = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of a finished run, to be corrupted."""

    place: Place

    @property
    def state(self) -> StateDir:
        return StateDir(next(path for path in self.place.state.iterdir() if path.is_dir()))

    @property
    def run(self) -> RunDir:
        return self.state.run(scenario.RUN)

    def git(self, *args: str) -> str:
        """Git in the trusted store."""
        objects = self.state.store / "objects"
        return scenario.git(self.place.root, "--git-dir", str(self.state.trusted), *args, objects=objects)

    def user(self, *args: str) -> str:
        return scenario.git(self.place.project, *args)

    async def broken(self) -> list[str]:
        """The oracle's lines."""
        examined = await examine(self.state, self.place.project / ".git", ours_alone=True)
        found = [*check_repository(self.state), *(v for one in examined for v in one.violations)]
        return [violation.line for violation in found]

    def edit(self, change: Callable[[Events], Events | None], *, rehash: bool = True) -> None:
        """Change the events; ``rehash`` makes numbers and chain right again, so that only the meaning is wrong."""
        with closing(sqlite3.connect(self.run.database)) as db, db:
            for (trigger,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                db.execute(f"DROP TRIGGER {trigger}")
            names = ("seq", "at", "name", "version", "data", "hash")
            rows = [
                dict(zip(names, row, strict=True)) for row in db.execute("SELECT * FROM events ORDER BY seq")
            ]
            for row in rows:
                row["data"] = json.loads(row["data"])
            rows = change(rows) or rows
            db.execute("DELETE FROM events")
            previous = b""
            for number, row in enumerate(rows, 1):
                row["data"] = json.dumps(
                    row["data"], sort_keys=True, separators=(",", ":"), ensure_ascii=False
                )
                if rehash:
                    row["seq"] = number
                    row["hash"] = previous = chain(
                        previous, Row(number, row["at"], row["name"], row["version"], row["data"])
                    )
                db.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)", tuple(row[name] for name in names))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A run that was approved, committed and published."""
    return finish_run(tmp_path_factory.mktemp("finished"))


@pytest.fixture
def copy(finished: Place, tmp_path: Path) -> Copy:
    shutil.copytree(finished.root, tmp_path / "copy", symlinks=True, copy_function=shutil.copy2)
    return Copy(Place(tmp_path / "copy"))


def last(events: Events, name: str, **fields: Any) -> dict[str, Any]:
    """The newest event of that name with those fields."""
    return next(
        row
        for row in reversed(events)
        if row["name"] == name and all(row["data"].get(k) == v for k, v in fields.items())
    )


def without(events: Events, row: dict[str, Any]) -> Events:
    return [other for other in events if other is not row]


def again(events: Events, row: dict[str, Any], at_end: bool = False) -> Events:
    """The events with a second one like ``row``, after it or at the end."""
    twin = {**row, "data": dict(row["data"])}
    place = len(events) if at_end else events.index(row) + 1
    return [*events[:place], twin, *events[place:]]


def approval(events: Events) -> dict[str, Any]:
    return last(events, "DecisionMade", status="approved")


def remake(name: str, **fields: Any) -> Callable[[Copy], None]:
    """Change fields of the newest event of that name."""
    return lambda copy: copy.edit(lambda events: last(events, name)["data"].update(fields))


def drop(name: str, **fields: Any) -> Callable[[Copy], None]:
    return lambda copy: copy.edit(lambda events: without(events, last(events, name, **fields)))


def twice(name: str, **fields: Any) -> Callable[[Copy], None]:
    return lambda copy: copy.edit(lambda events: again(events, last(events, name, **fields)))


def changed_row(copy: Copy) -> None:
    copy.edit(lambda events: events[5]["data"].update(phase="two"), rehash=False)


def lost_row(copy: Copy) -> None:
    copy.edit(lambda events: without(events, events[9]), rehash=False)


def cut_log(copy: Copy) -> None:
    copy.edit(lambda events: events[: events.index(last(events, "CommitMade"))], rehash=False)


def older_log(copy: Copy) -> None:
    copy.edit(lambda events: events[:-1], rehash=False)


def no_log(copy: Copy) -> None:
    copy.run.database.unlink()


def unapproved(copy: Copy) -> None:
    copy.edit(lambda events: without(events, approval(events)))


def rejected(copy: Copy) -> None:
    copy.edit(lambda events: approval(events)["data"].update(status="rejected"))


def other_content(copy: Copy) -> None:
    copy.edit(
        lambda events: last(events, "DecisionOpened", kind="review")["data"].update(content_hash="0" * 64)
    )


def approved_too_late(copy: Copy) -> None:
    def move(events: Events) -> Events:
        row = approval(events)
        rest = without(events, row)
        place = rest.index(last(rest, "CommitMade")) + 1
        return [*rest[:place], row, *rest[place:]]

    copy.edit(move)


def approved_by_policy(copy: Copy) -> None:
    def change(events: Events) -> None:
        last(events, "DecisionOpened", kind="review")["data"]["person_only"] = "changes protected files"
        approval(events)["data"]["by"] = {"kind": "policy", "name": "--yes", "terminal": ""}

    copy.edit(change)


def unverified(copy: Copy) -> None:
    def change(events: Events) -> Events:
        tree = last(events, "CommitMade")["data"]["tree"]
        return [e for e in events if not (e["name"] == "TreeVerified" and e["data"]["tree"] == tree)]

    copy.edit(change)


def not_intended(copy: Copy) -> None:
    copy.edit(lambda events: without(events, last(events, "EffectIntended", kind="advance")))


def other_tree(copy: Copy) -> None:
    copy.edit(
        lambda events: last(events, "CommitMade")["data"].update(
            tree=copy.git("rev-parse", f"{_tip(copy)}~1^{{tree}}")
        )
    )


def _tip(copy: Copy) -> str:
    return f"refs/prdrunner/runs/{scenario.RUN}/tip"


def extra_commit(copy: Copy) -> None:
    tip = _tip(copy)
    new = copy.git("commit-tree", f"{tip}^{{tree}}", "-p", tip, "-m", "more")
    copy.git("update-ref", tip, new)


def merged_commit(copy: Copy) -> None:
    tip = _tip(copy)
    other = copy.git("commit-tree", f"{tip}^{{tree}}", "-p", f"{tip}~1", "-m", "aside")
    copy.git(
        "update-ref", tip, copy.git("commit-tree", f"{tip}^{{tree}}", "-p", tip, "-p", other, "-m", "merge")
    )


def lost_commit(copy: Copy) -> None:
    copy.git("update-ref", _tip(copy), f"{_tip(copy)}~1")


def published_more(copy: Copy) -> None:
    branch = f"refs/heads/{scenario.BRANCH}"
    copy.user(
        "update-ref", branch, copy.user("commit-tree", f"{branch}^{{tree}}", "-p", branch, "-m", "more")
    )


def published_less(copy: Copy) -> None:
    copy.user("update-ref", f"refs/heads/{scenario.BRANCH}", f"{scenario.BRANCH}~1")


def published_gone(copy: Copy) -> None:
    copy.user("update-ref", "-d", f"refs/heads/{scenario.BRANCH}")


def checkpoint_ref(copy: Copy) -> None:
    copy.git("update-ref", "-d", f"refs/prdrunner/checkpoints/{scenario.RUN}/cp-1")


def checkpoint_moved(copy: Copy) -> None:
    copy.git("update-ref", f"refs/prdrunner/checkpoints/{scenario.RUN}/cp-2", _tip(copy))


def import_ref(copy: Copy) -> None:
    refs = copy.git("for-each-ref", "--format=%(refname)", f"refs/prdrunner/imports/{scenario.RUN}/two")
    copy.git("update-ref", "-d", refs.splitlines()[0])


def lost_blob(copy: Copy) -> None:
    oid = copy.git("rev-parse", f"{_tip(copy)}:words.txt")
    (copy.state.store / "objects" / oid[:2] / oid[2:]).unlink()


def not_saved(copy: Copy) -> None:
    def change(events: Events) -> Events:
        back = {"phase": "two", "checkpoint": "cp-1", "saved_as": "cp-99", "tree": "0" * 40}
        place = events.index(last(events, "StepEnded"))
        row = {**events[0], "name": "RolledBack", "data": back}
        return [*events[:place], row, *events[place:]]

    copy.edit(change)


def _registry(copy: Copy, statement: str) -> None:
    with closing(sqlite3.connect(copy.state.registry)) as db, db:
        db.execute(statement)


def row_differs(copy: Copy) -> None:
    _registry(copy, "UPDATE runs SET status = 'running'")


def row_gone(copy: Copy) -> None:
    _registry(copy, "DELETE FROM runs")


def unknown_event(copy: Copy) -> None:
    copy.edit(lambda events: events[-1].update(name="RunVanished", data={}))


def step_after_end(copy: Copy) -> None:
    copy.edit(lambda events: again(events, last(events, "StepBegan"), at_end=True))


def agents_share(copy: Copy) -> None:
    leases = sorted(copy.run.jobs.glob("*one-implement*turn*/lease.json"))
    assert len(leases) > 1
    for path in leases:
        lease = json.loads(path.read_text())
        lease.update(pid=os.getpid(), started=start_ticks(os.getpid()), boot=boot_id())
        path.write_text(json.dumps(lease))


MUTANTS: dict[str, tuple[str, Callable[[Copy], None]]] = {
    "a changed row": ("I7", changed_row),
    "a lost row": ("I7", lost_row),
    "a log cut off before a commit": ("I3", cut_log),
    "a log without its last event": ("I6", older_log),
    "no log": ("I7", no_log),
    "an approval that is gone": ("I3", unapproved),
    "a rejection that was committed": ("I3", rejected),
    "an approval of something else": ("I3", other_content),
    "an approval after the commit": ("I3", approved_too_late),
    "a policy's approval of what is a person's": ("I3", approved_by_policy),
    "a tree that was never verified": ("I3", unverified),
    "a commit without an intent": ("I2", not_intended),
    "another tree than approved": ("I2", other_tree),
    "a commit told twice": ("I2", twice("CommitMade")),
    "a commit not told": ("I3", drop("CommitMade")),
    "a commit too many on the branch": ("I3", extra_commit),
    "a merge on the branch": ("I2", merged_commit),
    "a commit lost from the branch": ("I2", lost_commit),
    "more published than made": ("I3", published_more),
    "less published than made": ("I2", published_less),
    "a published branch that is gone": ("I2", published_gone),
    "something else told as published": ("I3", remake("RunPublished", commit="1" * 40)),
    "a checkpoint without its ref": ("I5", checkpoint_ref),
    "a checkpoint ref at another commit": ("I5", checkpoint_moved),
    "an imported tree without its ref": ("I5", import_ref),
    "a file of a checkpoint that is gone": ("I5", lost_blob),
    "a return that kept nothing": ("I5", not_saved),
    "a registry row that differs": ("I6", row_differs),
    "a run that the registry does not have": ("I6", row_gone),
    "an event that nobody knows": ("I6", unknown_event),
    "a decision made twice": ("I1", twice("DecisionMade")),
    "a result told twice": ("I10", twice("EffectDone")),
    "an attempt that did not grow": ("I10", twice("StepBegan")),
    "a step after the end": ("I10", step_after_end),
    "a phase that ends twice": ("I10", twice("PhaseEnded")),
    "a run that ends twice": ("I10", twice("RunEnded")),
    "a step that ends with an effect under way": ("I10", drop("EffectDone", phase="two")),
    "two agents in one workspace": ("I9", agents_share),
}


async def test_the_oracle_finds_nothing_wrong_with_a_good_run(copy: Copy) -> None:
    assert await copy.broken() == []


@pytest.mark.parametrize("name", MUTANTS)
async def test_the_oracle_catches(name: str, copy: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "SETTLE_SECONDS", 0.0)
    invariant, corrupt = MUTANTS[name]
    corrupt(copy)
    found = await copy.broken()
    assert any(line.startswith(f"{invariant}:") for line in found), found


def test_there_are_as_many_mutants_as_were_promised() -> None:
    assert len(MUTANTS) >= 30


async def test_the_oracle_catches_a_process_of_a_step_that_ended(
    copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "SETTLE_SECONDS", 0.0)
    lease = processes.leases_of(copy.run.jobs)[0]
    env = {**os.environ, MARKER: lease.marker}
    with subprocess.Popen([sys.executable, "-c", "input()"], env=env, stdin=subprocess.PIPE) as survivor:
        found = await copy.broken()
        assert f"I8: process {survivor.pid} of {lease.key} lives: it ends with its step" in found


@pytest.fixture
def orphaned_lock(copy: Copy) -> Iterator[None]:
    """The engine lock, held by a child of an engine that is gone."""
    code = (
        "import fcntl, os, sys\n"
        "lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)\n"
        "fcntl.flock(lock, fcntl.LOCK_EX)\n"
        "os.ftruncate(lock, 0); os.pwrite(lock, str(os.getpid()).encode(), 0)\n"
        "child = os.fork()\n"
        "if child: print(child, flush=True); os._exit(0)\n"
        "os.close(1); os.read(0, 1)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(copy.state.lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as engine:
        assert engine.stdout is not None
        child = int(engine.stdout.readline())
        engine.wait()
        yield
        os.kill(child, signal.SIGKILL)


@pytest.mark.skipif(sys.platform != "linux", reason="/proc/locks")
async def test_the_oracle_catches_a_lock_without_an_engine(copy: Copy, orphaned_lock: None) -> None:
    assert any(line.startswith("I9: engine.lock is held, but its engine") for line in await copy.broken())
