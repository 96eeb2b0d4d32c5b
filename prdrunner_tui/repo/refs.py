"""The names of every ref we make, in the trusted store and in the user's repository."""

from __future__ import annotations

import re

ROOT = "refs/prdrunner"
"""Everything of ours in the trusted store lies under here."""

_SAFE = re.compile(rb"[A-Za-z0-9_-]")


def component(name: str | bytes) -> str:
    """One path component of a ref name for any text: bytes git might refuse are written as ``%XX``.

    Distinct names stay distinct, also on file systems that fold no case but limit names to 255 bytes, as long
    as ``name`` is shorter than about 80 bytes.
    """
    raw = name.encode("utf-8", "surrogateescape") if isinstance(name, str) else name
    if not raw:
        return "%"
    out = []
    for position in range(len(raw)):
        byte = raw[position : position + 1]
        around = raw[max(0, position - 1) : position], raw[position + 1 : position + 2]
        between = all(_SAFE.fullmatch(neighbour) for neighbour in around)
        if _SAFE.fullmatch(byte) and not (byte == b"-" and position == 0):
            out.append(byte.decode())
        elif byte == b"." and between and not raw.lower().endswith(b".lock"):
            out.append(".")
        else:
            out.append(f"%{byte[0]:02X}")
    return "".join(out)


def base(run: str) -> str:
    """The commit a run starts from."""
    return f"{ROOT}/runs/{component(run)}/base"


def tip(run: str) -> str:
    """The newest commit of a run's branch; the one ref that a commit moves."""
    return f"{ROOT}/runs/{component(run)}/tip"


def imported(run: str, phase: str, tree: str) -> str:
    """Keeps an imported tree of a phase."""
    return f"{ROOT}/imports/{component(run)}/{component(phase)}/{tree}"


def candidate(run: str, phase: str, tree: str) -> str:
    """Keeps a candidate tree of a phase."""
    return f"{ROOT}/candidates/{component(run)}/{component(phase)}/{tree}"


def checkpoint(run: str, checkpoint_id: str) -> str:
    """One checkpoint of a run."""
    return f"{checkpoints(run)}/{component(checkpoint_id)}"


def checkpoints(run: str) -> str:
    """The folder of a run's checkpoints."""
    return f"{ROOT}/checkpoints/{component(run)}"


def agent(run: str, phase: str) -> str:
    """The folder of what the agent of a phase committed, branched or stashed in its own clone."""
    return f"{ROOT}/agent/{component(run)}/{component(phase)}"


def published(run: str) -> str:
    """The branch made in the user's repository."""
    return f"refs/heads/prdrunner/{component(run)}"
