"""The author, the signing wish and the excludes of the user, read once and kept as values."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.repo.discover import Repo

_EXCLUDES_CAP = 1 << 20


@dataclass(frozen=True, slots=True)
class Person:
    """A name and an address as they stand in a commit."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Identity:
    """What the user's git configuration says about the user.

    Attributes:
        name: the author's name, or None where nothing is configured (a decision, never a guess).
        email: likewise the address.
        committer_name: the committer's name where it is configured apart from the author's.
        committer_email: likewise the address.
        sign_commits: the configuration asks for signed commits; ours are unsigned, which `signing_note` says.
        excludes: patterns of ``core.excludesFile`` followed by those of ``info/exclude``, in gitignore syntax.
    """

    name: str | None
    email: str | None
    committer_name: str | None
    committer_email: str | None
    sign_commits: bool
    excludes: bytes

    @property
    def author(self) -> Person | None:
        """The author, when both parts are known."""
        return Person(self.name, self.email) if self.name and self.email else None

    @property
    def committer(self) -> Person | None:
        """The committer: what is configured for it, else the author."""
        name, email = self.committer_name or self.name, self.committer_email or self.email
        return Person(name, email) if name and email else None

    @property
    def signing_note(self) -> str:
        """One line when commits will lack a signature that the user wants, else empty."""
        if not self.sign_commits:
            return ""
        return "your git signs commits; the commits of a run are unsigned (git rebase --exec can sign the branch)"


def read_identity(repo: Repo, environ: dict[str, str] | None = None) -> Identity:
    """Reads the identity from the configuration that `discover` found and from git's own variables.

    Args:
        repo: the user's repository.
        environ: the environment (``GIT_AUTHOR_NAME``, ``EMAIL``, ``XDG_CONFIG_HOME`` ...); ours by default.
    """
    env = dict(os.environ) if environ is None else environ

    def pick(*choices: str | None) -> str | None:
        return next((choice.strip() for choice in choices if choice and choice.strip()), None)

    return Identity(
        name=pick(env.get("GIT_AUTHOR_NAME"), repo.value("author.name"), repo.value("user.name")),
        email=pick(
            env.get("GIT_AUTHOR_EMAIL"),
            repo.value("author.email"),
            repo.value("user.email"),
            env.get("EMAIL"),
        ),
        committer_name=pick(env.get("GIT_COMMITTER_NAME"), repo.value("committer.name")),
        committer_email=pick(env.get("GIT_COMMITTER_EMAIL"), repo.value("committer.email")),
        sign_commits=repo.flag("commit.gpgsign"),
        excludes=_read(_excludes_file(repo, env)) + _read(repo.common_dir / "info" / "exclude"),
    )


def _excludes_file(repo: Repo, env: dict[str, str]) -> Path | None:
    configured = repo.value("core.excludesfile")
    home = env.get("HOME")
    if configured:
        if configured.startswith("~/"):
            return Path(home) / configured[2:] if home else None
        # git resolves a relative path against the work tree.
        return repo.root / configured
    if xdg := env.get("XDG_CONFIG_HOME"):
        return Path(xdg) / "git" / "ignore"
    return Path(home) / ".config" / "git" / "ignore" if home else None


def _read(path: Path | None) -> bytes:
    if path is None:
        return b""
    try:
        # A FIFO or a device in this place must not stop the run.
        if not path.is_file():
            return b""
        with path.open("rb") as file:
            data = file.read(_EXCLUDES_CAP)
    except OSError:
        return b""
    return data if not data or data.endswith(b"\n") else data + b"\n"
