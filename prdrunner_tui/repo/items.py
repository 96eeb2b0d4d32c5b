"""Things of a tree or a work tree that are not plain text changes and need a person's eye."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from prdrunner_tui.changes.files import EXECUTABLE, GITLINK, REGULAR, SYMLINK, FileChange
from prdrunner_tui.rules.protected import protected
from prdrunner_tui.text.safe import sanitize

ItemKind = Literal[
    "nested_repository",
    "special_file",
    "too_large",
    "unreadable",
    "hidden",
    "submodule",
    "symlink",
    "symlink_outside",
    "mode",
    "type",
    "protected",
    "suspicious_name",
]
"""What an item is; `hidden` is ignored only through the agent's own change of an ignore file."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a person has to see.

    Attributes:
        kind: what it is.
        path: relative to the root, bytes; ends in ``/`` for a directory.
        detail: a few plain words: a size, the kind of special file, a link's target.
    """

    kind: ItemKind
    path: bytes
    detail: str = ""


def change_items(
    changes: Sequence[FileChange], *, extra: Iterable[bytes] = (), targets: dict[str, bytes] | None = None
) -> tuple[Item, ...]:
    """The items of a change set: modes, links, submodules, protected and suspicious paths.

    Args:
        changes: as `diffs.diff_trees` gives them.
        extra: as for `protected`.
        targets: the contents of the symlinks' blobs by object id; a link without one is not judged.
    """
    found: list[Item] = []
    extra = tuple(extra)
    for change in changes:
        found += _mode_items(change)
        if change.new_mode == SYMLINK and targets is not None and change.new_blob in targets:
            target = targets[change.new_blob]
            shown = target.decode("utf-8", "replace")
            kind: ItemKind = "symlink_outside" if points_outside(change.path, target) else "symlink"
            found.append(Item(kind, change.path, shown))
        names = (change.path,) if change.old_path == change.path else (change.path, change.old_path)
        found += [Item("protected", path) for path in protected([p for p in names if p], extra)]
        if reason := suspicious(change.path):
            found.append(Item("suspicious_name", change.path, reason))
    return tuple(dict.fromkeys(found))


def _mode_items(change: FileChange) -> list[Item]:
    old, new = change.old_mode, change.new_mode
    if GITLINK in (old, new):
        return [Item("submodule", change.path, f"{change.old_blob[:12]} to {change.new_blob[:12]}")]
    if old and new and old != new:
        if {old, new} == {REGULAR, EXECUTABLE}:
            return [
                Item("mode", change.path, "now executable" if new == EXECUTABLE else "no longer executable")
            ]
        return [Item("type", change.path, f"{old:06o} to {new:06o}")]
    if not old and new == EXECUTABLE:
        return [Item("mode", change.path, "new and executable")]
    return []


def points_outside(path: bytes, target: bytes) -> bool:
    """Whether a symlink at ``path`` (relative to the root) leads out of the root, or into ``.git``."""
    if target.startswith(b"/"):
        return True
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    parts = joined.split(b"/")
    return parts[0] == b".." or any(part.lower() == b".git" for part in parts)


def suspicious(path: bytes) -> str:
    """Why a path may fool an eye, a shell or a checkout on another system, or an empty string."""
    if any(byte < 0x20 or byte == 0x7F for byte in path):
        return "control characters in the name"
    try:
        name = path.decode("utf-8")
    except UnicodeDecodeError:
        return "the name is not UTF-8"
    if sanitize(name) != name:
        return "invisible or direction-changing characters in the name"
    parts = path.split(b"/")
    if any(part.startswith(b"-") for part in parts[:1]):
        return "the name begins with a dash"
    if any(_like_git(part) for part in parts):
        return "the name is read as .git on some systems"
    return ""


def _like_git(part: bytes) -> bool:
    plain = part.lower().rstrip(b" .").split(b":")[0]
    return plain in (b".git", b"git~1") and part != b".gitignore"
