"""Verification slots: directories at stable paths whose tracked files are bit-equal to the tree that is verified."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from prdrunner_tui.journal.faults import boundary
from prdrunner_tui.repo.basetree import Entry, list_tree
from prdrunner_tui.repo.bitequal import Difference, differences
from prdrunner_tui.repo.environment import Environment, check_environment, copy_in, find_ports
from prdrunner_tui.repo.git import together
from prdrunner_tui.repo.scan import parents
from prdrunner_tui.repo.setup import Setup, find_leftovers
from prdrunner_tui.repo.store import Store
from prdrunner_tui.repo.switch import Aside, remove_tree, switch
from prdrunner_tui.text.problem import Problem

KEEP_ASIDE = 3
"""How many occasions of leftovers a slot keeps; they are made by our own checks, not by people or agents."""

KEEP_PYCACHE = 4
"""For how many trees a slot keeps Python's bytecode."""


class SlotDirty(Problem):
    """A slot could not be made bit-equal to the tree.

    Attributes:
        differences: what is different.
    """

    def __init__(self, root: Path, found: tuple[Difference, ...]) -> None:
        first = found[0]
        name = first.path.decode("utf-8", "replace")
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        super().__init__(
            f"the slot is not the tree to verify: {name!r} ({first.how}){more}",
            where=str(root),
            hint="a process may still be writing there",
            code=1,
        )
        self.differences = found


@dataclass(frozen=True, slots=True)
class Slot:
    """One verification slot; one check run at a time uses it.

    Attributes:
        store: the trusted store.
        number: from 0 on.
        environment: what is kept, copied and set up.
    """

    store: Store
    number: int
    environment: Environment = field(default_factory=Environment)

    @property
    def root(self) -> Path:
        """The slot's folder."""
        return self.store.state.slots / str(self.number)

    @property
    def tree(self) -> Path:
        """The directory in which checks run; the same path for every tree."""
        return self.root / "tree"

    @property
    def index(self) -> Path:
        """Our index of it."""
        return self.root / "index"

    async def switch(self, tree: str, *, checkout: Path | None = None) -> tuple[str, ...]:
        """Makes the slot hold exactly ``tree`` (a tree or commit), and checks every tracked byte.

        Everything that is neither tracked nor kept is moved aside first; then ``environment.copy`` is copied in
        from ``checkout`` (the user's).

        Returns the paths to copy that the checkout does not have.

        Raises:
            SlotDirty: a tracked file differs even so.
            Problem: a path to copy is not allowed.
        """
        boundary("slot.switch.before")
        entries, tree_id = await together(list_tree(self.store, tree), self.store.tree_of(tree))
        await asyncio.to_thread(self._open)
        aside = Aside(self.root / "aside", keep_last=KEEP_ASIDE)
        known = await self._tracked()
        await asyncio.to_thread(self._clear, known, aside)
        await switch(self.store.git, root=self.tree, index=self.index, tree=tree_id, aside=aside)
        found = await self.differences(entries)
        if found:
            await self._repair(found, tree_id, aside)
            found = await self.differences(entries)
            if found:
                raise SlotDirty(self.tree, found)
        copied: tuple[str, ...] = ()
        if checkout is not None and self.environment.copy:
            copied = await asyncio.to_thread(copy_in, checkout, self.tree, self.environment.copy, entries)
        boundary("slot.switch.after")
        return copied

    async def differences(self, entries: Mapping[bytes, Entry]) -> tuple[Difference, ...]:
        """Reads every tracked file and compares it with the entries of a tree."""
        return await differences(
            self.store.git,
            root=self.tree,
            index=self.index,
            entries=entries,
            object_format=self.store.object_format,
        )

    async def verify_unchanged(self, tree: str) -> tuple[Difference, ...]:
        """What a check changed in the tracked files; empty when the slot still is the tree."""
        return await self.differences(await list_tree(self.store, tree))

    @property
    def setup(self) -> Setup:
        """What setup has made in this slot."""
        return Setup(self.root, self.tree, self.environment)

    async def setup_needed(self, tree: str) -> str | None:
        """`Setup.needed` for a tree; the caller then runs ``environment.setup`` between its begin and end."""
        return self.setup.needed(await list_tree(self.store, tree))

    def variables(
        self, tree: str, base: Mapping[str, str], *, passed_on: Iterable[str] = ()
    ) -> dict[str, str]:
        """The complete environment for commands on ``tree`` (a tree id); makes HOME, TMPDIR and bytecode folders.

        Raises:
            Problem: no free range of ``environment.ports`` ports.
        """
        home, tmp, pycache = (self.root / name for name in ("home", "tmp", "pycache"))
        remove_tree(tmp)
        for folder in (home, tmp, pycache):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._prune_pycache(pycache, tree)
        env = check_environment(base, home=home, tmp=tmp, pycache=pycache / tree, passed_on=passed_on)
        if self.environment.ports:
            env.update(port_variables(self.environment.ports, salt=f"{self.store.state.root}/{self.number}"))
        return env

    def _prune_pycache(self, pycache: Path, tree: str) -> None:
        others = [folder for folder in pycache.iterdir() if folder.name != tree]
        others.sort(key=lambda folder: folder.lstat().st_mtime_ns)
        for folder in others[: max(0, len(others) - KEEP_PYCACHE + 1)]:
            remove_tree(folder)

    def _open(self) -> None:
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            mode = self.tree.lstat().st_mode
        except FileNotFoundError:
            mode = 0
        if mode and not stat.S_ISDIR(mode):
            Aside(self.root / "aside", keep_last=KEEP_ASIDE).take(os.fsencode(self.root), b"tree")
            mode = 0
        if not mode:
            self.index.unlink(missing_ok=True)
            self.tree.mkdir(mode=0o700)
        # Left by a git of ours that was killed; this slot is used by one run at a time.
        self.index.with_name("index.lock").unlink(missing_ok=True)

    async def _tracked(self) -> frozenset[bytes]:
        if not self.index.exists():
            return frozenset()
        said = await self.store.git.run("ls-files", "-z", index=self.index, check=False)
        if said.code != 0:
            # Damaged: without it everything counts as a leftover, which is always right.
            self.index.unlink(missing_ok=True)
            return frozenset()
        return frozenset(said.records)

    def _clear(self, tracked: frozenset[bytes], aside: Aside) -> None:
        leftovers, _ = find_leftovers(self.tree, tracked, frozenset(parents(tracked)), self.environment)
        base = os.fsencode(self.tree)
        for path in leftovers:
            aside.take(base, path)

    async def _repair(self, found: Iterable[Difference], tree: str, aside: Aside) -> None:
        """Writes files anew that git left alone because their timestamps told nothing."""
        base = os.fsencode(self.tree)
        for difference in found:
            if os.path.lexists(base + b"/" + difference.path):
                aside.take(base, difference.path)
        await switch(self.store.git, root=self.tree, index=self.index, tree=tree, aside=aside)


def port_variables(count: int, *, salt: str) -> dict[str, str]:
    """``PRDRUNNER_PORT_BASE`` and ``PRDRUNNER_PORT_COUNT`` for a free range; ``salt`` spreads the starts.

    Raises:
        Problem: there is no such range.
    """
    start = int.from_bytes(salt.encode("utf-8", "surrogateescape")[-8:].rjust(8, b"\0"), "big") * 97 % 12_000
    base = find_ports(count, start=20_000 + start)
    if base is None:
        raise Problem(f"no {count} free ports in a row on the loopback", code=1)
    return {"PRDRUNNER_PORT_BASE": str(base), "PRDRUNNER_PORT_COUNT": str(count)}
