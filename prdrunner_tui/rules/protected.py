"""Which paths only a key press on the item itself may approve.

What steers an agent, a check, a checkout or a hook would run or be obeyed later, far from the review in which it
was let through.
"""

from __future__ import annotations

from collections.abc import Iterable

from prdrunner_tui.rules.agentfiles import obeyed

_NAMES = frozenset(
    (b".gitattributes", b".gitignore", b".gitmodules", b".mailmap", b".envrc", b".lfsconfig")
    + (b"agents.md", b"agents.override.md", b"claude.md", b"claude.local.md", b"gemini.md", b"qwen.md")
    + (b".cursorrules", b".windsurfrules", b".goosehints", b"copilot-instructions.md")
)
_FOLDERS = frozenset(
    (b".prd_runner", b".github", b".gitlab")
    + (b".circleci", b".buildkite", b".woodpecker", b".ci", b".husky", b".githooks", b".devcontainer")
)
_ROOT_FILES = frozenset(
    (b".gitlab-ci.yml", b"azure-pipelines.yml", b"jenkinsfile", b".travis.yml", b"appveyor.yml")
    + (b".drone.yml", b"bitbucket-pipelines.yml", b".cirrus.yml", b".pre-commit-config.yaml", b"lefthook.yml")
)


def protected(paths: Iterable[bytes], extra: Iterable[bytes] = ()) -> tuple[bytes, ...]:
    """Those paths whose change only a key press on the item itself may approve.

    Args:
        paths: changed paths.
        extra: further protected paths, or folders ending in ``/`` (the PRD, the scripts of verify commands, what links
            for agents lead to); an empty one is all paths.
    """
    extra = tuple(extra)
    exact = {path for path in extra if not path.endswith(b"/")}
    folders = tuple(path for path in extra if path.endswith(b"/") or not path)
    return tuple(path for path in paths if path in exact or path.startswith(folders) or _protected(path))


def _protected(path: bytes) -> bool:
    # Case is folded, because a checkout on a case-insensitive disk would read the file all the same.
    parts = path.lower().split(b"/")
    if parts[-1] in _NAMES or obeyed(path):
        return True
    if any(part in _FOLDERS for part in parts[:-1]):
        return True
    return len(parts) == 1 and parts[0] in _ROOT_FILES
