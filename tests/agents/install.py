"""Installs the pinned agent programs into a cache outside the repository: ``python -m tests.agents.install [all]``.

Two of them are enough for every day; ``all`` is four more. The cache is ``$PRDRUNNER_AGENTS``, else
``prdrunner-agents`` in the user's cache directory. What is there already is kept. Without npm, or without a Python that
is new enough, it says so and ends well: the tests are then skipped, each with the reason.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
import tempfile
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program(ABC):
    """A package of a registry at one version, and the program in it."""

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
        return self.folder / self.place

    @property
    def missing(self) -> str:
        """Why it cannot be run, or ""."""
        if self.path.exists() and self.runnable:
            return ""
        target = "agents" if self.daily else "agents-all"
        wanted = f"{self.package} {self.version}"
        return f"REAL AGENT NOT TESTED: {wanted} is not installed (make {target} needs {self.needs})"

    @property
    @abstractmethod
    def place(self) -> Path:
        """The program below its folder."""

    @property
    @abstractmethod
    def needs(self) -> str:
        """What installs it, in words."""

    @property
    @abstractmethod
    def runnable(self) -> bool:
        """Whether what its program runs on is here."""

    @property
    @abstractmethod
    def installable(self) -> bool:
        """Whether what installs it is here."""

    @abstractmethod
    def draw(self, draft: Path) -> None:
        """Install it into an empty directory that then becomes its folder.

        Raises:
            subprocess.CalledProcessError: the installer failed.
        """


@dataclass(frozen=True)
class FromNpm(Program):
    """A package of npm."""

    needs = "npm"

    @property
    def place(self) -> Path:
        return Path("node_modules", ".bin", self.binary)

    @property
    def runnable(self) -> bool:
        return shutil.which("node") is not None

    @property
    def installable(self) -> bool:
        return shutil.which("npm") is not None

    def draw(self, draft: Path) -> None:
        quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"]
        wanted = f"{self.package}@{self.version}"
        subprocess.run(["npm", "install", *quiet, "--prefix", str(draft), wanted], check=True)


@dataclass(frozen=True)
class FromPyPI(Program):
    """A package of PyPI, in an environment of its own."""

    python: tuple[int, int] = (3, 12)
    """The oldest Python that it runs on."""

    @property
    def needs(self) -> str:
        return f"Python {self.python[0]}.{self.python[1]} or newer"

    @property
    def place(self) -> Path:
        return Path("bin", self.binary)

    @property
    def runnable(self) -> bool:
        return (self.folder / "bin" / "python").exists()

    @property
    def installable(self) -> bool:
        return bool(python_since(self.python))

    def draw(self, draft: Path) -> None:
        subprocess.run([python_since(self.python), "-m", "venv", str(draft)], check=True)
        wanted = f"{self.package}=={self.version}"
        own = str(draft / "bin" / "python")
        quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
        subprocess.run([own, "-m", "pip", "install", *quiet, wanted], check=True)
        # It names the Python beside it by its whole path, and that is about to be another.
        script = draft / self.place
        script.write_text(script.read_text().replace(str(draft), str(self.folder)))


PROGRAMS: dict[str, Program] = {
    "claude-agent-acp": FromNpm("@zed-industries/claude-agent-acp", "0.23.1", "claude-agent-acp", daily=True),
    "qwen": FromNpm("@qwen-code/qwen-code", "0.15.10", "qwen", daily=True),
    "codex-acp": FromNpm("@zed-industries/codex-acp", "0.16.0", "codex-acp"),
    "gemini": FromNpm("@google/gemini-cli", "0.61.0", "gemini"),
    "opencode": FromNpm("opencode-ai", "1.18.33", "opencode"),
    "vibe": FromPyPI("mistral-vibe", "3.0.2", "vibe-acp"),
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


def python_since(oldest: tuple[int, int]) -> str:
    """A Python of that version or newer, or ""; what a version manager only names is none."""
    ask = f"import sys; sys.exit(sys.version_info < {oldest})"
    for candidate in (shutil.which("python3.13"), shutil.which("python3.12"), sys.executable):
        if candidate and subprocess.run([candidate, "-c", ask], capture_output=True).returncode == 0:
            return candidate
    return ""


def install(program: Program) -> None:
    """Install one program; whole or not at all.

    Raises:
        subprocess.CalledProcessError: the installer failed.
    """
    cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache(), prefix=".new-") as draft:
        program.draw(Path(draft))
        try:
            Path(draft).rename(program.folder)
        except OSError:
            if not program.path.exists():
                raise
        else:
            Path(draft).mkdir()


def main(which: str = "") -> int:
    """Install what is missing of a choice; 1 when an installer fails."""
    for name in chosen(which):
        program = PROGRAMS[name]
        if not program.missing:
            print(f"{name} {program.version} is installed in {program.folder}")
        elif not program.installable:
            print(f"!!! {program.missing}", file=sys.stderr)
        else:
            print(f"installing {name} {program.version} into {program.folder}")
            try:
                install(program)
            except subprocess.CalledProcessError as error:
                tool = Path(error.cmd[0]).name
                print(f"!!! {tool} failed with exit {error.returncode} for {name}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
