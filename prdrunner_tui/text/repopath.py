"""Paths inside a repository: bytes, relative, with ``/`` between components, as git knows them."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import SafeText, sanitize

_ESCAPED = "base64:"
# Characters that HFS+ ignores in names, so that `.g<ZWNJ>it` opens `.git` there (git's own list, utf8.c).
_IGNORED = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


@dataclass(frozen=True, slots=True, order=True)
class RepoPath:
    """One path of a tree. Any bytes but NUL; nothing is normalised."""

    raw: bytes
    """The path as git stores it."""

    def display(self) -> SafeText:
        """The path for a screen."""
        return sanitize(self.raw)

    def to_json(self) -> str:
        """The path as JSON text: itself when it is UTF-8, else ``base64:`` and the bytes in base64.

        A name that itself begins with ``base64:`` is escaped too, so that `from_json` gives back each path.
        """
        try:
            text = self.raw.decode("utf-8")
        except UnicodeDecodeError:
            text = _ESCAPED
        if text.startswith(_ESCAPED):
            return _ESCAPED + base64.b64encode(self.raw).decode("ascii")
        return text

    @classmethod
    def from_json(cls, text: str) -> RepoPath:
        """The path of `to_json`. Raises Problem for text that it cannot have written."""
        try:
            if text.startswith(_ESCAPED):
                return cls(base64.b64decode(text[len(_ESCAPED) :], validate=True))
            return cls(text.encode("utf-8"))
        except (binascii.Error, UnicodeEncodeError) as error:
            raise Problem(f"not a path in JSON form: {sanitize(text[:80])}") from error

    def refusal(self) -> str | None:
        """Why nothing may be written at this path, or None: absolute, ``..``, ``.git`` and its aliases."""
        if not self.raw:
            return "the path is empty"
        if b"\0" in self.raw:
            return "the path holds a NUL byte"
        if self.raw.startswith(b"/"):
            return "the path is absolute"
        for part in self.raw.split(b"/"):
            if part in (b"", b".", b".."):
                return f"the path has a component {part.decode()!r}"
            if _is_git_directory(part):
                return "the path leads into .git"
        return None

    def require_writable(self) -> RepoPath:
        """This path, if it may be a write target. Raises Problem otherwise."""
        reason = self.refusal()
        if reason:
            raise Problem(f"refused to write {self.display()}: {reason}", code=5)
        return self


def _is_git_directory(part: bytes) -> bool:
    """Whether some file system takes the component for ``.git`` (case, NTFS short name and streams, HFS+)."""
    name = _IGNORED.sub("", part.decode("utf-8", "replace")).casefold()
    name = name.split(":", 1)[0].rstrip(". ")
    return name in (".git", "git~1") or any(
        piece.rstrip(". ") in (".git", "git~1") for piece in name.split("\\")
    )
