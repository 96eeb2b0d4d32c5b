"""The configuration as a command finds it: the person's own, and the repository's as far as it is trusted."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.cli.place import project
from prdrunner_tui.cli.trust import trusted
from prdrunner_tui.config.layers import REPO_FILE, Loaded, load, user_file
from prdrunner_tui.config.trust import inventory
from prdrunner_tui.repo.locate import common_dir, repo_id
from prdrunner_tui.text.problem import Problem


@dataclass(frozen=True, slots=True)
class Here:
    """Where a command works.

    Attributes:
        root: of the repository; the working directory where there is none.
        user: the person's own ``config.yaml``, which need not exist.
        repo: the repository's, likewise; None outside a repository.
        counts: whether what the repository brings is trusted.
    """

    root: Path
    user: Path
    repo: Path | None
    counts: bool

    def load(self, *, without_broken: bool = False) -> Loaded:
        """The configuration that a run here would have.

        Args:
            without_broken: leave out, and name, the profiles whose files cannot be used.

        Raises:
            ConfigProblems: it is wrong.
        """
        return load(self.user, self.repo, trusted=self.counts, without_broken=without_broken)

    def notices(self, loaded: Loaded) -> list[str]:
        """A line each: what was left out, or is understood differently than one may think."""
        broken = [
            f"{self.short(one.problem.where)}: {one.problem.message}; {one.name} is left out, "
            "prdrunner profiles validate says all that is wrong"
            for one in loaded.broken
        ]
        return [*map(self.short, loaded.notices), *broken]

    def short(self, place: str) -> str:
        """A place as people know it: from the repository's root, or from ``~``."""
        home = os.environ.get("HOME", "")
        for folder, shown in ((f"{self.root}/", ""), (f"{home}/", "~/")):
            if len(folder) > 1 and place.startswith(folder):
                return shown + place.removeprefix(folder)
        return place


def here(given: Path | None) -> Here:
    """Look around; nothing of the repository is run.

    Raises:
        Problem: there is no such directory, or the repository's ``.prd_runner`` cannot be looked at.
    """
    folder = project(given)
    common = common_dir(folder)
    if common is None:
        return Here(folder, user_file(), None, counts=False)
    root = next((up for up in (folder, *folder.parents) if (up / ".git").exists()), folder)
    return Here(root, user_file(), root / REPO_FILE, trusted(repo_id(common), inventory(root)))


def in_repository(place: Here) -> Path:
    """The repository's ``config.yaml``. Raises Problem outside a repository."""
    if place.repo is None:
        hint = "cd into one, or name it with --project-dir DIR"
        raise Problem("this is not a git work tree", where=str(place.root), hint=hint)
    return place.repo
