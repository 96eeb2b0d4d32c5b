"""Which files of a repository an agent program obeys as its own configuration, whoever wrote them.

They can name programs (hooks, tool servers, plugins, commands of skills) that the agent starts without asking, or send
its requests elsewhere. Instructions in prose (``AGENTS.md`` and its like) are not among them: they start nothing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

_STARTS = "can name programs that {agent} starts"
_FOLDERS = {
    b".claude": "Claude Code",
    b".codex": "Codex",
    b".gemini": "Gemini CLI",
    b".qwen": "Qwen Code",
    b".opencode": "opencode",
    b".vibe": "Mistral Vibe",
    b".cursor": "Cursor",
    b".goose": "Goose",
    b".agents": "an agent",
}
_FILES = {
    b".mcp.json": "Claude Code",
    b"opencode.json": "opencode",
    b"opencode.jsonc": "opencode",
    b".aider.conf.yml": "Aider",
}
_ENVIRONMENT = b".env"
_SETS = "can set where agents send their requests"
_LINKS = 40
"""Links that one path may lead through, as Linux has it."""


def obeyed(path: bytes) -> str:
    """What a file at this path of a repository can do to an agent that works there, in words; empty for nothing.

    Case is folded: on some disks the program finds the file all the same.
    """
    parts = path.lower().split(b"/")
    agents = [_FOLDERS[part] for part in parts if part in _FOLDERS]
    agents += [_FILES[parts[-1]]] if parts[-1] in _FILES else []
    if agents:
        return _STARTS.format(agent=agents[0])
    return _SETS if parts == [_ENVIRONMENT] else ""


def obeyed_files(paths: Mapping[bytes, str], links: Mapping[bytes, bytes]) -> dict[bytes, str]:
    """All files of a tree that agents obey, and those that they reach through links in their place.

    Args:
        paths: every path of the tree (files, links, submodules) with what distinguishes its content.
        links: where each link of the tree leads.

    Returns:
        Path -> what it can do, in order. A link that leads to nothing in the tree is there itself.
    """
    found: dict[bytes, str] = {}
    pending = [(path, does) for path in paths if (does := obeyed(path))]
    while pending:
        path, does = pending.pop()
        if path in found:
            continue
        found[path] = does
        target = _real(path, links) if path in links else None
        if target is not None:
            below = target + b"/" if target else b""
            pending += [(other, does) for other in paths if other == target or other.startswith(below)]
    return dict(sorted(found.items()))


def _real(path: bytes, links: Mapping[bytes, bytes]) -> bytes | None:
    """Where a path leads when each link on its way is followed, empty for the root; None where that is outside."""
    rest, done = path.split(b"/"), b""
    followed = 0
    while rest:
        part = rest.pop(0)
        if part == b"..":
            if not done:
                return None
            done = posixpath.dirname(done)
        elif part not in (b"", b"."):
            done = posixpath.join(done, part)
        if done in links:
            followed += 1
            target = links[done]
            if followed > _LINKS or target.startswith(b"/"):
                return None
            rest = target.split(b"/") + rest
            done = posixpath.dirname(done)
    return done
