"""A tree's listing, as far as importing needs it: directories, submodules and the rule files with their bytes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from prdrunner_tui.repo.scan import RULE_FILES, parents
from prdrunner_tui.repo.store import Store


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a tree: git's mode and the object id."""

    mode: int
    oid: str


@dataclass(frozen=True, slots=True)
class BaseTree:
    """What holds for an import on top of a tree.

    Attributes:
        tree: its id.
        directories: all its directories, the root as the empty name.
        gitlinks: paths of submodules.
        rules: the bytes of every ``.gitattributes`` and ``.gitignore`` by path.
    """

    tree: str
    directories: frozenset[bytes]
    gitlinks: frozenset[bytes]
    rules: dict[bytes, bytes]


_cache: OrderedDict[tuple[str, str], BaseTree] = OrderedDict()
_CACHED = 16


async def list_tree(store: Store, tree: str) -> dict[bytes, Entry]:
    """Every file, link and submodule of a tree or commit by path."""
    said = await store.git.run("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", tree)
    entries = {}
    for record in said.records:
        head, _, path = record.partition(b"\t")
        mode, _, oid = head.split(b" ")
        entries[path] = Entry(int(mode, 8), oid.decode())
    return entries


async def base_tree(store: Store, tree: str) -> BaseTree:
    """The listing of a tree or commit, given by its full id; kept for the next import."""
    key = (str(store.objects), tree)
    known = _cache.get(key)
    if known is not None:
        _cache.move_to_end(key)
        return known
    entries = await list_tree(store, tree)
    rule_oids = {
        path: entry.oid
        for path, entry in entries.items()
        if path.rpartition(b"/")[2] in RULE_FILES and entry.mode & 0o170000 == 0o100000
    }
    blobs = await store.read_blobs(tuple(set(rule_oids.values())))
    found = BaseTree(
        tree=await store.tree_of(tree),
        directories=frozenset(parents(entries)),
        gitlinks=frozenset(path for path, entry in entries.items() if entry.mode == 0o160000),
        rules={path: blobs[oid] for path, oid in rule_oids.items()},
    )
    _cache[key] = found
    while len(_cache) > _CACHED:
        _cache.popitem(last=False)
    return found
