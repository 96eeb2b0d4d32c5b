"""Installs the pinned agent programs into a cache outside the repository: ``python -m tests.agents.install [all]``.

Two of them are enough for every day; ``all`` is three more. The cache is ``$PRDRUNNER_AGENTS``, else
``prdrunner-agents`` in the user's cache directory. What is there already
is kept. Without npm it says so and ends well: the tests are then skipped, each with the reason.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """A package of npm at one version, and the program in it."""

    package: str
    version: str
    binary: str
    daily: bool = False
    """Whether it belongs to the few of ``make agents``; ``make agents-all`` has every one."""

    @property
    def folder(self) -> Path:
        return cache() / f"{self.binary}-{self.version}"

    @property
    def path(self) -> Path:
        return self.folder / "node_modules" / ".bin" / self.binary

    @property
    def missing(self) -> str:
        """Why it cannot be run, or ""."""
        if self.path.exists() and shutil.which("node"):
            return ""
        target = "agents" if self.daily else "agents-all"
        wanted = f"{self.package} {self.version}"
        return f"REAL AGENT NOT TESTED: {wanted} is not installed (make {target} needs npm)"


PROGRAMS = {
    "claude-agent-acp": Program("@zed-industries/claude-agent-acp", "0.23.1", "claude-agent-acp", daily=True),
    "qwen": Program("@qwen-code/qwen-code", "0.15.10", "qwen", daily=True),
    "codex-acp": Program("@zed-industries/codex-acp", "0.16.0", "codex-acp"),
    "gemini": Program("@google/gemini-cli", "0.61.0", "gemini"),
    "opencode": Program("opencode-ai", "1.18.33", "opencode"),
}
"""By the name of their profile."""


def chosen(which: str) -> list[str]:
    """Names of the programs of a choice, sorted: "all", or anything else for the few of every day."""
    return sorted(name for name, program in PROGRAMS.items() if program.daily or which == "all")


@functools.cache
def cache() -> Path:
    """The directory of the installed programs; what a test makes of its home afterwards does not move it."""
    given = os.environ.get("PRDRUNNER_AGENTS")
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given) if given else base / "prdrunner-agents"


def install(program: Program) -> None:
    """Install one program; whole or not at all.

    Raises:
        subprocess.CalledProcessError: npm failed.
    """
    cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache(), prefix=".new-") as draft:
        wanted = f"{program.package}@{program.version}"
        quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
        subprocess.run(["npm", "install", *quiet, "--prefix", draft, wanted], check=True)
        try:
            Path(draft).rename(program.folder)
        except OSError:
            if not program.path.exists():
                raise
        else:
            Path(draft).mkdir()


def main(which: str = "") -> int:
    """Install what is missing of a choice; 1 when npm fails."""
    for name in chosen(which):
        program = PROGRAMS[name]
        if not program.missing:
            print(f"{name} {program.version} is installed in {program.folder}")
        elif shutil.which("npm") is None:
            print(f"!!! {program.missing}", file=sys.stderr)
        else:
            print(f"installing {name} {program.version} into {program.folder}")
            try:
                install(program)
            except subprocess.CalledProcessError as error:
                print(f"!!! npm failed with exit {error.returncode} for {name}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
