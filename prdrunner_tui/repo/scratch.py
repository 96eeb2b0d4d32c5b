"""A bare git directory of ours for the time of one task: nothing in it but what git insists on."""

from __future__ import annotations

import re
from pathlib import Path

OID_LENGTHS = {"sha1": 40, "sha256": 64}
"""Hex digits of an object id by object format."""

_HEX = re.compile(r"[0-9a-f]+")


def is_oid(text: str, object_format: str) -> bool:
    """Whether the text is a full object id as git prints it."""
    return len(text) == OID_LENGTHS[object_format] and _HEX.fullmatch(text) is not None


def make_git_dir(path: Path, object_format: str) -> None:
    """Makes ``path`` a bare git directory without objects, refs, hooks or attributes.

    Args:
        path: an existing empty directory, or one to make.
        object_format: ``sha1`` or ``sha256``.

    Does by hand what ``git init`` does, without its process and its templates; see gitrepository-layout(5).
    """
    for folder in ("objects", "refs"):
        (path / folder).mkdir(mode=0o700, parents=True)
    (path / "HEAD").write_bytes(b"ref: refs/heads/none\n")
    version = 0 if object_format == "sha1" else 1
    extension = f"[extensions]\n\tobjectFormat = {object_format}\n" if version else ""
    config = f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n{extension}"
    (path / "config").write_bytes(config.encode())
