"""I5: whatever was kept can be read back: checkpoints, imported trees, what stood before a return."""

from __future__ import annotations

import os
from collections.abc import Sequence

from prdrunner_tui.kernel import events
from prdrunner_tui.kernel.events import Recorded
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.repo import refs
from prdrunner_tui.repo.git import Git
from prdrunner_tui.steps.oracle.violation import Violation


async def check_kept(store: Git, log: Sequence[Recorded], state: RunState) -> list[Violation]:
    """Each checkpoint and each imported tree has its ref, and every object that they need is there."""
    run = state.run
    if run is None:
        return []
    there = await _refs(store, refs.ROOT)
    found: list[Violation] = []
    wanted: dict[str, str] = {}
    taken = [r.event for r in log if isinstance(r.event, events.CheckpointTaken)]
    for event in taken:
        ref = refs.checkpoint(run.id, event.id)
        wanted[event.commit] = f"checkpoint {event.id}"
        if there.get(ref) != event.commit:
            found.append(
                Violation("I5", f"{ref} is at {there.get(ref, 'nothing')[:12]}", f"{event.commit[:12]}")
            )
    for tree in (r.event for r in log if isinstance(r.event, events.TreeImported)):
        wanted[tree.tree] = f"tree {tree.tree[:12]} of {tree.phase}"
        if there.get(refs.imported(run.id, tree.phase, tree.tree)) != tree.tree:
            found.append(Violation("I5", f"{wanted[tree.tree]} has no ref", "a ref for each imported tree"))
    ids = {event.id for event in taken}
    found += [
        Violation("I5", f"{back.phase} went back to {back.checkpoint}", "what stood before is kept")
        for back in (r.event for r in log if isinstance(r.event, events.RolledBack))
        if back.saved_as not in ids
    ]
    if await _whole(store, run.base, list(wanted)):
        return found
    for oid, name in wanted.items():
        found += [
            Violation("I5", f"{name}: {fault}", "it can be read back") for fault in await _faults(store, oid)
        ]
    return found


async def _whole(store: Git, base: str, oids: list[str]) -> bool:
    """Whether every object that ``oids`` have and ``base`` has not is there, in one go."""
    wanted = "".join(f"{name}\n" for name in (*oids, *((f"^{base}",) if base else ())))
    said = await store.run(
        "rev-list",
        "--objects",
        "--no-object-names",
        "--missing=print",
        "--stdin",
        input=wanted.encode(),
        check=False,
    )
    return said.code == 0 and not any(line.startswith(b"?") for line in said.stdout.splitlines())


async def _refs(store: Git, root: str) -> dict[str, str]:
    said = await store.run("for-each-ref", "--format=%(refname) %(objectname)", root)
    return dict(line.split(" ") for line in os.fsdecode(said.stdout).splitlines())


async def _faults(store: Git, oid: str) -> list[str]:
    """What of a commit's or a tree's own files cannot be read; its parents are somebody else's."""
    listed = await store.run("ls-tree", "-r", "-z", "--full-tree", "-t", "--end-of-options", oid, check=False)
    if listed.code != 0:
        return [f"git cannot list {oid[:12]}"]
    entries = (record.split(b"\t", 1)[0].split(b" ") for record in listed.records)
    objects = sorted({fields[2] for fields in entries if fields[1] != b"commit"})
    said = await store.run("cat-file", "--batch-check", input=b"".join(name + b"\n" for name in objects))
    return [os.fsdecode(line) for line in said.stdout.splitlines() if line.endswith(b" missing")]
