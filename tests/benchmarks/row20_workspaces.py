"""performance.md row 20: a workspace against ``git worktree add``, a checkpoint against bare git plumbing and stash.

Run as a program, or through `measure`. Everything happens in a temporary directory, on a repository that is made
here; rounds are interleaved and medians are compared.
"""

from __future__ import annotations

import asyncio
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from prdrunner_tui.repo import checkpoints
from prdrunner_tui.repo.discover import discover
from prdrunner_tui.repo.importing import import_tree
from prdrunner_tui.repo.rundir import open_state
from prdrunner_tui.repo.slots import Slot
from prdrunner_tui.repo.store import absorb, open_store
from prdrunner_tui.repo.workspace import create
from tests.benchmarks.table import Line

FILES = 10_000
EDITS = 20
DATE = "1700000000 +0000"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; ``peer`` and ``goal`` are None where nothing is compared."""

    name: str
    ours: float
    peer: float | None
    goal: float | None

    @property
    def ratio(self) -> float | None:
        return self.ours / self.peer if self.peer else None


def _git(where: Path, *args: str, env: dict[str, str] | None = None, input: bytes | None = None) -> bytes:
    base = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1"}
    names = {
        f"GIT_{who}_{what}": "bench@localhost"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    command = ["git", *args]
    return subprocess.run(
        command, cwd=where, env={**base, **names, **(env or {})}, input=input, check=True, capture_output=True
    ).stdout


def _make(root: Path) -> None:
    chance = random.Random(1)
    root.mkdir()
    for number in range(FILES):
        path = root / f"pkg{number % 40}/mod{number % 400}/f{number}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"x{line} = {chance.random()}\n" for line in range(30)))
    _git(root, "init", "-q", "-b", "main")
    _git(root, "add", "-A")
    _git(root, "commit", "-qm", "base")


def _edit(root: Path, round_number: int) -> None:
    for number in range(EDITS):
        (root / f"pkg{number % 40}/mod{number % 400}/f{number}.py").write_text(
            f"round = {round_number}\n" * 5
        )
    (root / f"new{round_number}.py").write_text("x = 1\n")


def _plumbing(root: Path, index: Path) -> None:
    """What a person would script: a private index, ``add -A``, write-tree, commit-tree, update-ref."""
    env = {"GIT_INDEX_FILE": str(index)}
    _git(root, "add", "-A", env=env)
    tree = _git(root, "write-tree", env=env).decode().strip()
    commit = _git(root, "commit-tree", "-m", "checkpoint", tree).decode().strip()
    _git(root, "update-ref", "refs/checkpoints/one", commit)


def _stash(root: Path) -> None:
    commit = _git(root, "stash", "create").decode().strip()
    _git(root, "update-ref", "refs/checkpoints/stash", commit)


async def _measure(rounds: int, folder: Path) -> list[Row]:
    user = folder / "user"
    _make(user)
    repo = await discover(user)
    state = open_state(repo.repo_id, root=folder / "state")
    store = await open_store(state, repo.object_format, owner=True)
    times: dict[str, list[float]] = defaultdict(list)

    async def timed(name: str, call: Callable[[], Awaitable[object]]) -> None:
        start = time.perf_counter()
        await call()
        times[name].append((time.perf_counter() - start) * 1000)

    async def peer(name: str, call: Callable[[], object]) -> None:
        start = time.perf_counter()
        await asyncio.to_thread(call)
        times[name].append((time.perf_counter() - start) * 1000)

    await timed("absorb", lambda: absorb(store, repo, repo.head_commit))
    run_dir = state.run("bench")
    slot = Slot(store, 0)
    await slot.switch(repo.head_commit)
    for number in range(rounds):
        make = partial(create, store, run_dir, run="bench", phase=f"p{number}", commit=repo.head_commit)
        tree = folder / f"worktree{number}"
        await peer("worktree", partial(_git, user, "worktree", "add", "-q", "--detach", str(tree)))
        await timed("create", make)
        workspace = await make()
        await timed("import_first", partial(import_tree, store, workspace))
        await timed("import_warm", partial(import_tree, store, workspace))
        index = folder / f"index{number}"
        index.write_bytes((user / f".git/worktrees/worktree{number}/index").read_bytes())
        for repeat in range(3):
            _edit(workspace.root, 10 * number + repeat)
            _edit(tree, 10 * number + repeat)
            await peer("plumbing", partial(_plumbing, tree, index))
            await peer("stash", partial(_stash, tree))
            data = {"reason": "bench"}
            named = f"{number}-{repeat}"
            start = time.perf_counter()
            taken = await checkpoints.take(store, workspace, checkpoint_id=named, data=data, date=DATE)
            times["checkpoint"].append((time.perf_counter() - start) * 1000)
        await timed("slot_edited", partial(slot.switch, taken.checkpoint.tree))
        await timed("slot_back", partial(slot.switch, repo.head_commit))
    middle = {name: statistics.median(values) for name, values in times.items()}
    return [
        Row("workspace: create / git worktree add", middle["create"], middle["worktree"], 1.1),
        Row("checkpoint / private-index plumbing", middle["checkpoint"], middle["plumbing"], 1.2),
        Row("checkpoint / git stash create", middle["checkpoint"], middle["stash"], 1.2),
        Row("import, first", middle["import_first"], None, None),
        Row("import, warm", middle["import_warm"], None, None),
        Row(f"slot switch, {EDITS + 1} files, checked", middle["slot_edited"], None, None),
        Row("slot switch back, checked", middle["slot_back"], None, None),
        Row("store: absorb the base", middle["absorb"], None, None),
    ]


def measure(rounds: int = 5) -> list[Row]:
    """The rows of the table, in milliseconds, as medians over interleaved rounds."""
    with tempfile.TemporaryDirectory(prefix="row20-") as folder:
        return asyncio.run(_measure(rounds, Path(folder)))


async def measure_lines(rounds: int) -> list[Line]:
    """The rows that are compared with something, as lines of the table."""
    with tempfile.TemporaryDirectory(prefix="row20-") as folder:
        rows = await _measure(max(3, rounds // 4), Path(folder))
    return [Line(20, row.name, row.ours, "see name", row.peer, row.goal) for row in rows if row.peer]


def main() -> None:
    rows = measure(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    print(f"{'row 20, ' + str(FILES) + ' files':42} {'ours ms':>9} {'peer ms':>9} {'ratio':>6} {'goal':>5}")
    for row in rows:
        peer = f"{row.peer:9.1f}" if row.peer is not None else " " * 9
        ratio = f"{row.ratio:6.2f}" if row.ratio is not None else " " * 6
        print(f"{row.name:42} {row.ours:9.1f} {peer} {ratio} {row.goal or ''!s:>5}")


if __name__ == "__main__":
    main()
