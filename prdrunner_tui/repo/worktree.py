"""Turning the files of a directory into a tree, by plumbing that runs nothing and trusts no rule of the files.

Blobs are what git stores under the attributes of the *base* tree. The ordinary way is git's own, incremental over
an index of ours; when an agent changed a ``.gitattributes`` the strict way of `strict` is taken instead.
"""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from prdrunner_tui.repo import strict
from prdrunner_tui.repo.basetree import BaseTree, base_tree
from prdrunner_tui.repo.git import Git, GitError, together
from prdrunner_tui.repo.items import Item
from prdrunner_tui.repo.scan import Scan, parents, scan, scan_below, traps
from prdrunner_tui.repo.store import Store
from prdrunner_tui.repo.switch import Aside

MIB = 1 << 20

STUCK_AFTER = 1.0
"""Seconds after which an import looks whether something in the directory keeps git waiting."""

REFRESH_AFTER = 0.25
"""Seconds of listing after which the index is refreshed."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Caps on what is imported; what lies above becomes an item and keeps the state it had."""

    file: int = 100 * MIB
    total: int = 1024 * MIB
    count: int = 200_000


@dataclass(frozen=True, slots=True)
class Source:
    """A directory to read.

    Attributes:
        root: the directory.
        index: our index file for it; made when missing, rebuilt when damaged.
        private: a directory of ours, outside of ``root``, for scratch files.
        base: the tree whose attributes and ignore rules hold.
        excludes: a file of further ignore patterns (the user's), or None.
        leave_out: gitignore patterns that are never imported (``keep`` directories of the environment).
        limits: caps.
        config: configuration of the user's that decides how work tree files are read (``core.autocrlf``).
    """

    root: Path
    index: Path
    private: Path
    base: str
    excludes: Path | None = None
    leave_out: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)
    config: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The tree of a directory, and what is not in it."""

    tree: str
    items: tuple[Item, ...]


@dataclass(slots=True)
class _Listing:
    others: list[bytes] = field(default_factory=list)
    modified: list[bytes] = field(default_factory=list)
    deleted: list[bytes] = field(default_factory=list)


async def read_work_tree(store: Store, source: Source, git: Git | None = None) -> Snapshot:
    """Writes the tree of ``source.root``, tracked and untracked files alike, ignored ones left out.

    Nobody may change the directory meanwhile. The objects are in the store afterwards, without a ref.

    Args:
        store: the trusted store.
        source: what to read.
        git: where objects are written, when it is not the store itself.

    Raises:
        GitError: git failed on a fresh index too.
    """
    target = git or store.git
    base = await base_tree(store, source.base)
    moved: list[Item] = []
    while True:
        reading = asyncio.create_task(_read_or_rebuild(target, source, base))
        try:
            done, _ = await asyncio.wait({reading}, timeout=STUCK_AFTER)
            stuck = [] if done else await asyncio.to_thread(traps, source.root)
            if not stuck:
                snapshot = await reading
                return Snapshot(snapshot.tree, _ordered([*snapshot.items, *moved]))
        finally:
            if not reading.done():
                reading.cancel()
                await asyncio.wait({reading})
        # git opens rule files without looking what they are, and waits for ever on a FIFO.
        aside = Aside(source.private / "aside")
        for path, kind in stuck:
            aside.take(os.fsencode(source.root), path)
            moved.append(Item("special_file", path, f"{kind}, moved aside"))


async def _read_or_rebuild(git: Git, source: Source, base: BaseTree) -> Snapshot:
    try:
        return await _read(git, source, base)
    except GitError:
        # The index is only a cache: a damaged one, or one that a crash left locked, is made anew once.
        if not source.index.exists():
            raise
        source.index.unlink(missing_ok=True)
        source.index.with_name(source.index.name + ".lock").unlink(missing_ok=True)
        return await _read(git, source, base)


async def _read(git: Git, source: Source, base: BaseTree) -> Snapshot:
    if not source.index.exists():
        await git.run("read-tree", base.tree, index=source.index)
    listing, known, looked = await together(
        _list(git, source),
        _added_before(git, source, base),
        asyncio.to_thread(scan, source.root, base.directories),
    )
    looked = await _look_further(git, source, base, [*listing.others, *known], looked)
    needs_all = bool(looked.replaced)
    paths, odd, items = await asyncio.to_thread(_sort_out, source, base, listing, looked)
    changed = await asyncio.to_thread(strict.changed_rules, source.root, base, looked)
    if any(path.endswith(b".gitignore") for path in changed):
        items += await strict.hidden(git, source, base, await _ignored(git, source))
    by_strict = any(path.endswith(b".gitattributes") for path in changed)
    cached = (await git.run("ls-files", "-z", index=source.index)).records if needs_all or by_strict else ()
    if by_strict:
        present = [path for path in _still_there(listing, cached, looked) if path not in base.gitlinks]
        left = {*listing.modified, *listing.others} - {*paths, *listing.deleted, *odd}
        chosen = [path for path in present if path not in left and path not in odd]
        tree = await strict.import_strictly(git, source, base, chosen, left)
        # What the index learnt about unchanged files was learnt under the agent's attributes.
        source.index.unlink(missing_ok=True)
        return Snapshot(tree, _ordered(items))
    gone = {*listing.deleted, *_beyond(looked.replaced, cached), *odd}
    if gone := gone - base.gitlinks:
        await _update(git, source, gone, "--force-remove")
    if paths := [path for path in paths if path not in gone]:
        await _update(git, source, paths, "--add", "--remove", "--replace")
    tree = (await git.run("write-tree", index=source.index, work_tree=source.root)).line
    return Snapshot(tree, _ordered(items))


def _ordered(items: Iterable[Item]) -> tuple[Item, ...]:
    return tuple(sorted(dict.fromkeys(items), key=lambda item: (item.path, item.kind)))


def _ls_files(source: Source) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    excludes = [("core.excludesFile", os.fspath(source.excludes))] if source.excludes else []
    patterns = [f"--exclude={pattern}" for pattern in source.leave_out]
    return ["ls-files", "-z", "--exclude-standard", *patterns], (*source.config, *excludes)


async def _list(git: Git, source: Source) -> _Listing:
    loop = asyncio.get_running_loop()
    index, root, start = source.index, source.root, loop.time()
    command, config = _ls_files(source)
    said = await git.run(*command, "-t", "-o", "-m", "-d", config=config, index=index, work_tree=root)
    if loop.time() - start > REFRESH_AFTER:
        # git had to read many files whose timestamps moved; noting these spares the next import the reading.
        refresh = ("update-index", "-q", "--refresh", "--ignore-submodules")
        await git.run(*refresh, index=index, work_tree=root, config=source.config, check=False)
    listing = _Listing()
    lists = {b"?": listing.others, b"C": listing.modified, b"R": listing.deleted}
    for record in said.records:
        lists[record[:1]].append(record[2:])
    return listing


async def _added_before(git: Git, source: Source, base: BaseTree) -> tuple[bytes, ...]:
    """What earlier imports added to the base; their directories have to be looked at too."""
    command = ("diff-index", "--cached", "--name-only", "--no-renames", "--diff-filter=A", "-z")
    return (await git.run(*command, "--end-of-options", base.tree, index=source.index)).records


async def _ignored(git: Git, source: Source) -> tuple[bytes, ...]:
    command, config = _ls_files(source)
    flags = ("-o", "-i", "--directory")
    said = await git.run(*command, *flags, config=config, index=source.index, work_tree=source.root)
    return said.records


async def _look_further(
    git: Git, source: Source, base: BaseTree, names: Sequence[bytes], looked: Scan
) -> Scan:
    """Scans the directories that the base does not have; those git names nothing in only when not ignored."""
    new = parents(names) - base.directories
    if new:
        more = await asyncio.to_thread(scan, source.root, new)
        looked = _joined(looked, more)
    strange = set(looked.unknown) - new - set(looked.nested)
    strange -= {path.rstrip(b"/") for path in names if path.endswith(b"/")} | base.gitlinks
    if strange:
        ignored = {path.rstrip(b"/") for path in await _ignored(git, source)}
        tops = strange - ignored
        looked = _joined(looked, await asyncio.to_thread(scan_below, source.root, tops, ignored))
    return looked


def _joined(first: Scan, second: Scan) -> Scan:
    return Scan(
        nested=[*first.nested, *second.nested],
        special=[*first.special, *second.special],
        rule_files=first.rule_files | second.rule_files,
        unknown=[*first.unknown, *second.unknown],
        replaced=[*first.replaced, *second.replaced],
        unreadable=[*first.unreadable, *second.unreadable],
    )


def _beyond(replaced: Iterable[bytes], cached: Iterable[bytes]) -> list[bytes]:
    prefixes = tuple(path + b"/" for path in replaced)
    return [path for path in cached if path.startswith(prefixes)] if prefixes else []


def _still_there(listing: _Listing, cached: Sequence[bytes], looked: Scan) -> list[bytes]:
    gone = {*listing.deleted, *_beyond(looked.replaced, cached)}
    names = dict.fromkeys([*cached, *listing.others])
    return [path for path in names if path not in gone and not path.endswith(b"/")]


def _sort_out(
    source: Source, base: BaseTree, listing: _Listing, looked: Scan
) -> tuple[list[bytes], set[bytes], list[Item]]:
    """What to import, what is tracked as a file and no longer one, and the items."""
    items = [Item("special_file", path, kind) for path, kind in looked.special]
    items += [Item("unreadable", path + b"/", "directory") for path in looked.unreadable]
    nested = {path.rstrip(b"/") for path in listing.others if path.endswith(b"/")} | set(looked.nested)
    items += [Item("nested_repository", path + b"/") for path in nested - base.gitlinks]
    touched = {*listing.modified, *listing.deleted, *looked.nested} & base.gitlinks
    items += [Item("submodule", path, "left as it was") for path in touched]
    limits, total = source.limits, 0
    paths: list[bytes] = []
    odd: set[bytes] = set()
    root = os.fsencode(source.root)
    for path in dict.fromkeys([*listing.others, *listing.modified]):
        if path.endswith(b"/") or path in base.gitlinks:
            continue
        try:
            found = os.lstat(root + b"/" + path)
        except OSError:
            continue
        regular = stat.S_ISREG(found.st_mode)
        if regular and not os.access(root + b"/" + path, os.R_OK):
            items.append(Item("unreadable", path, "file"))
        elif not regular and not stat.S_ISLNK(found.st_mode):
            odd.add(path)
        elif regular and found.st_size > limits.file:
            items.append(Item("too_large", path, f"{found.st_size} bytes"))
        elif total + found.st_size > limits.total or len(paths) >= limits.count:
            items.append(Item("too_large", path, "over the limit of all new files together"))
        else:
            total += found.st_size
            paths.append(path)
    return paths, odd, items


async def _update(git: Git, source: Source, paths: Iterable[bytes], *flags: str) -> None:
    listed = b"".join(path + b"\0" for path in paths)
    await git.run(
        "update-index",
        *flags,
        "-z",
        "--stdin",
        index=source.index,
        work_tree=source.root,
        config=source.config,
        input=listed,
    )
