"""What a word of a command reaches: paths outside the workspace, the repository's own data, another machine."""

from __future__ import annotations

import re

_HOST = re.compile(r"://|[^@/]@[A-Za-z0-9_.-]+:|^[A-Za-z][A-Za-z0-9+.-]*::(?=.*[/ ])")
_BETWEEN = re.compile(r"[=:,]")
_OPTION = re.compile(r"-+[A-Za-z0-9]")
_REPOSITORY = re.compile(r"(?:\.git|git~\d+)[. ]*", re.IGNORECASE)


def leaves_workspace(word: str, workspace: str = "") -> bool:
    """Whether a word, or what stands in it behind ``=``, ``:``, ``,`` or a short option, is a path that leads out.

    Args:
        word: as the program gets it.
        workspace: its absolute path; "" when no absolute path is inside.
    """
    return any(_leads_out(part, workspace.rstrip("/")) for part in _parts(word))


def names_repository(word: str) -> bool:
    """Whether a word holds a path in a ``.git`` directory, in any spelling a disk may take for it."""
    return any(_REPOSITORY.fullmatch(step) for part in _parts(word) for step in part.split("/"))


def names_host(word: str) -> bool:
    """Whether a word holds a URL, a ``user@host:path`` or a transport of git."""
    return _HOST.search(word) is not None


def _parts(word: str) -> list[str]:
    parts = _BETWEEN.split(word)
    option = _OPTION.match(word)
    return [*parts, parts[0][option.end() :]] if option else parts


def _leads_out(part: str, root: str) -> bool:
    if ".." in part.split("/") or (part.startswith("~") and not part[1:2].isdigit()):
        return True
    return part.startswith("/") and not (root and (part == root or part.startswith(f"{root}/")))
