"""Real repositories in a temporary directory, and ways to look at them without touching them."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from prdrunner_tui.repo.discover import Repo, discover
from prdrunner_tui.repo.identity import Person
from prdrunner_tui.repo.rundir import RunDir, StateDir, open_state
from prdrunner_tui.repo.store import Store, absorb, open_store
from prdrunner_tui.repo.workspace import Workspace, create

DATE = "1700000000 +0000"
PERSON = Person("Ada", "ada@example.org")


def git(where: Path, *args: str | bytes, input: bytes | None = None, check: bool = True) -> str:
    """Runs git as a person would, with a configuration that holds only what a test sets."""
    env = {
        "PATH": os.environ["PATH"],
        "HOME": str(where.parent),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_AUTHOR_DATE": DATE,
        "GIT_COMMITTER_DATE": DATE,
        "GIT_ALLOW_PROTOCOL": "file",
    }
    done = subprocess.run(["git", *args], cwd=where, env=env, input=input, capture_output=True)
    if check and done.returncode != 0:
        raise AssertionError(f"git {args}: {done.stderr.decode(errors='replace')}")
    return os.fsdecode(done.stdout).strip()


def make_repo(root: Path, files: dict[str, str | bytes], *, object_format: str = "sha1") -> Path:
    """A repository with one commit of the given files."""
    root.mkdir(parents=True)
    git(root, "init", "-q", "-b", "main", f"--object-format={object_format}")
    write(root, files)
    git(root, "add", "-A", "-f")
    git(root, "commit", "-q", "-m", "base")
    return root


def write(root: Path, files: dict[str, str | bytes]) -> None:
    """Writes files, making directories."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def snapshot(root: Path) -> dict[str, str]:
    """Everything below a directory, ``.git`` included: kind, mode and a hash of the content; no timestamps."""
    found = {}
    for where, folders, names in os.walk(os.fsencode(root)):
        for name in (*folders, *names):
            path = where + b"/" + name
            mode = os.lstat(path).st_mode
            content = b""
            if stat.S_ISLNK(mode):
                content = os.readlink(path)
            elif stat.S_ISREG(mode):
                with open(path, "rb") as file:
                    content = file.read()
            found[repr(path)] = f"{mode:o} {hashlib.sha1(content).hexdigest()}"
    return found


class Project:
    """A user's repository with an opened store, and workspaces of it."""

    def __init__(self, repo: Repo, state: StateDir, store: Store) -> None:
        self.repo = repo
        self.state = state
        self.store = store
        self.run_dir: RunDir = state.run("r1")

    @property
    def root(self) -> Path:
        return self.repo.root

    async def workspace(self, phase: str = "p1", **options: object) -> Workspace:
        arguments = {
            "run": "r1",
            "phase": phase,
            "commit": self.repo.head_commit,
            "person": PERSON,
            **options,
        }
        return await create(self.store, self.run_dir, **arguments)  # type: ignore[arg-type]

    async def files(self, treeish: str) -> dict[bytes, bytes]:
        """Paths and contents of a tree."""
        said = await self.store.git.run("ls-tree", "-r", "-z", treeish)
        rows = [record.partition(b"\t") for record in said.records]
        oids = {path: head.split(b" ")[2].decode() for head, _, path in rows}
        blobs = await self.store.read_blobs(tuple(set(oids.values())))
        return {path: blobs.get(oid, oid.encode()) for path, oid in oids.items()}


async def open_project(root: Path, state_root: Path) -> Project:
    repo = await discover(root)
    state = open_state(repo.repo_id, root=state_root)
    store = await open_store(state, repo.object_format, owner=True)
    await absorb(store, repo, repo.head_commit)
    return Project(repo, state, store)


@pytest.fixture(autouse=True)
def _quiet_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person who runs the tests has a git configuration too; it must not matter."""
    home = tmp_path / "home"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith(("GIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def canary(tmp_path: Path) -> Callable[[str], str]:
    """Makes a program that leaves a trace when it runs; the fixture fails the test when one did."""
    folder = tmp_path / "canary"
    folder.mkdir()

    def make(name: str) -> str:
        script = folder / f"{name}.sh"
        script.write_text(f'#!/bin/sh\necho ran >> "{folder}/{name}.ran"\nexec cat\n')
        script.chmod(0o755)
        return str(script)

    return make


@pytest.fixture
def canaries_that_ran(tmp_path: Path) -> Callable[[], list[str]]:
    return lambda: sorted(path.name for path in (tmp_path / "canary").glob("*.ran"))


@pytest.fixture
def files() -> dict[str, str | bytes]:
    return {
        "README.md": "# hello\n",
        "src/app.py": "def main():\n    return 1\n",
        "src/deep/mod.py": "X = 1\n",
        ".gitignore": "*.log\nbuild/\n",
    }


@pytest.fixture
async def project(tmp_path: Path, files: dict[str, str | bytes]) -> Project:
    root = make_repo(tmp_path / "user", files)
    return await open_project(root, tmp_path / "state")


requires_strace = pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
