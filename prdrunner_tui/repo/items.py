"""Things of a tree or a work tree that are not plain text changes and need a person's eye."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from prdrunner_tui.text.safe import sanitize

if TYPE_CHECKING:
    from prdrunner_tui.repo.diffs import FileChange

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

SYMLINK = 0o120000
GITLINK = 0o160000
EXECUTABLE = 0o100755
REGULAR = 0o100644

_PROTECTED_NAMES = frozenset(
    (b".gitattributes", b".gitignore", b".gitmodules", b".mailmap", b".envrc", b".lfsconfig")
    + (b"agents.md", b"agents.override.md", b"claude.md", b"claude.local.md", b"gemini.md", b"qwen.md")
    + (b".mcp.json", b"opencode.json", b"opencode.jsonc", b".cursorrules", b".windsurfrules", b".clinerules")
    + (b".aider.conf.yml", b".goosehints", b"copilot-instructions.md")
)
_PROTECTED_FOLDERS = frozenset(
    (b".prd_runner", b".claude", b".codex", b".gemini", b".qwen", b".opencode", b".vibe", b".agents")
    + (b".cursor", b".windsurf", b".continue", b".roo", b".kiro", b".goose", b".github", b".gitlab")
    + (b".circleci", b".buildkite", b".woodpecker", b".ci", b".husky", b".githooks", b".devcontainer")
)
_PROTECTED_ROOT_FILES = frozenset(
    (b".gitlab-ci.yml", b"azure-pipelines.yml", b"jenkinsfile", b".travis.yml", b"appveyor.yml")
    + (b".drone.yml", b"bitbucket-pipelines.yml", b".cirrus.yml", b".pre-commit-config.yaml", b"lefthook.yml")
)


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


def protected(paths: Iterable[bytes], extra: Iterable[bytes] = ()) -> tuple[bytes, ...]:
    """Those paths whose change only a key press on the item itself may approve.

    Args:
        paths: changed paths.
        extra: further protected paths, or folders ending in ``/`` (the PRD, the scripts of verify commands).
    """
    exact = {path for path in extra if not path.endswith(b"/")}
    folders = tuple(path for path in extra if path.endswith(b"/"))
    return tuple(path for path in paths if path in exact or path.startswith(folders) or _protected(path))


def _protected(path: bytes) -> bool:
    # Case is folded, because a checkout on a case-insensitive disk would read the file all the same.
    parts = path.lower().split(b"/")
    if parts[-1] in _PROTECTED_NAMES:
        return True
    if any(part in _PROTECTED_FOLDERS for part in parts[:-1]):
        return True
    return len(parts) == 1 and parts[0] in _PROTECTED_ROOT_FILES


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
