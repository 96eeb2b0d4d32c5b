"""The layout of the state directory, and the checks that a place can hold it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.repo.refs import component
from prdrunner_tui.text.problem import Problem

NETWORK_FILE_SYSTEMS = frozenset(
    ("nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ncpfs", "coda", "lustre", "ceph", "beegfs", "gpfs")
    + ("fuse.sshfs", "fuse.glusterfs", "fuse.s3fs", "fuse.rclone", "fuse.ceph", "fuse.davfs", "fuse.cifs")
)
"""File system types (of ``/proc/self/mountinfo``) on which sqlite's WAL and flock do not hold."""


def state_root(environ: Mapping[str, str] | None = None) -> Path:
    """Where all state lies: ``$PRDRUNNER_STATE_DIR``, else ``$XDG_STATE_HOME/prdrunner``, else the platform's."""
    env = os.environ if environ is None else environ
    if override := env.get("PRDRUNNER_STATE_DIR"):
        return Path(override).expanduser().absolute()
    if xdg := env.get("XDG_STATE_HOME"):
        return Path(xdg).absolute() / "prdrunner"
    if sys.platform != "linux":
        # Its import costs as much as all else that `prdrunner status` does.
        import platformdirs

        return Path(platformdirs.user_state_dir("prdrunner", appauthor=False))
    return Path(env.get("HOME") or Path.home()) / ".local" / "state" / "prdrunner"


def make_folder_apart(purpose: str) -> Path:
    """A new empty directory in which an agent program can be tried, to be removed by the caller.

    Programs look for settings and modules in the directories above the one that they start in, so it does not lie
    where other users could put some, as they can in ``/tmp``.

    Raises:
        Problem: the state directory cannot be written.
    """
    above = state_root() / "tries"
    try:
        above.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Without symlinks: the way over one may be hidden in a sandbox.
        return Path(tempfile.mkdtemp(prefix=f"{purpose}-", dir=above)).resolve()
    except OSError as error:
        hint = "make room, or set PRDRUNNER_STATE_DIR to a directory of yours"
        raise Problem(error.strerror or str(error), where=str(above), hint=hint, code=1) from None


@dataclass(frozen=True, slots=True)
class RunDir:
    """The files of one run."""

    root: Path

    @property
    def database(self) -> Path:
        """The run's event log."""
        return self.root / "run.db"

    @property
    def segments(self) -> Path:
        """Raw output of agents and checks."""
        return self.root / "segments"

    @property
    def jobs(self) -> Path:
        """A folder per job of the agent hosts."""
        return self.root / "jobs"

    @property
    def files(self) -> Path:
        """Prompts, result files and the copy of the PRD."""
        return self.root / "files"

    @property
    def workspaces(self) -> Path:
        """The parent of the workspaces."""
        return self.root / "ws"

    def workspace(self, phase: str) -> Path:
        """The workspace of a phase; stable for the life of the phase."""
        return self.workspaces / component(phase)

    def private(self, phase: str) -> Path:
        """What we keep about a workspace, outside of it: index, marker, things moved aside."""
        return self.root / "ws-private" / component(phase)


@dataclass(frozen=True, slots=True)
class StateDir:
    """The state of one repository, ``<state root>/<repo id>``."""

    root: Path

    @property
    def store(self) -> Path:
        """The object store: holds ``objects/`` and nothing else."""
        return self.root / "store"

    @property
    def trusted(self) -> Path:
        """The bare git directory with our refs."""
        return self.root / "trusted.git"

    @property
    def slots(self) -> Path:
        """The parent of the verification slots."""
        return self.root / "slots"

    @property
    def registry(self) -> Path:
        """The registry of runs."""
        return self.root / "registry.db"

    @property
    def socket(self) -> Path:
        """The engine's control socket."""
        return self.root / "engine.sock"

    @property
    def lock(self) -> Path:
        """The file whose flock makes an engine the only one."""
        return self.root / "engine.lock"

    @property
    def log(self) -> Path:
        """The engine's own log."""
        return self.root / "engine.log"

    @property
    def runs(self) -> Path:
        """The parent of the runs."""
        return self.root / "runs"

    def run(self, run_id: str) -> RunDir:
        """The files of one run."""
        return RunDir(self.runs / component(run_id))


def open_state(repo_id: str, *, root: Path | None = None) -> StateDir:
    """Makes the state directory of a repository (0700) after checking that the place can hold it.

    Raises:
        Problem: on a network file system or owned by someone else (code 77), or not writable (code 73).
    """
    base = root or state_root()
    hint = "set PRDRUNNER_STATE_DIR to a local directory of yours"
    state = StateDir(base / repo_id)
    try:
        for folder in (base, state.root):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_network(base, hint=hint)
        for folder in (base, state.root):
            found = folder.stat()
            if found.st_uid != os.geteuid():
                raise Problem(
                    "the state directory belongs to another user", where=str(folder), hint=hint, code=77
                )
        if not os.access(state.root, os.W_OK | os.X_OK):
            raise Problem("the state directory is not writable", where=str(state.root), hint=hint, code=73)
        # A shared group may have been let in on purpose (collaboration); others never are.
        mode = state.root.stat().st_mode & 0o777
        if mode & 0o007 or mode & 0o700 != 0o700:
            state.root.chmod(0o700)
        for folder in (state.runs, state.slots):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Problem(
            f"the state directory cannot be used: {error.strerror}",
            where=str(error.filename or base),
            hint=hint,
            code=73,
        ) from error
    return state


def refuse_network(path: Path, *, hint: str = "", mounts: str | None = None) -> None:
    """Refuses a path on a network file system.

    Args:
        path: an existing directory.
        hint: for the Problem.
        mounts: the text of ``/proc/self/mountinfo``; read from there by default, nothing is known elsewhere.

    Raises:
        Problem: with code 77.
    """
    kind = file_system(path, mounts=mounts)
    if kind in NETWORK_FILE_SYSTEMS:
        raise Problem(
            f"state cannot lie on a network file system ({kind})", where=str(path), hint=hint, code=77
        )


def file_system(path: Path, *, mounts: str | None = None) -> str:
    """The type of the file system that holds ``path``, or an empty string where it cannot be known."""
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text("utf-8", "surrogateescape")
        except OSError:
            return ""
    real = os.path.realpath(path)
    best, kind = "", ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, types = left.split(" "), right.split(" ")
        if len(fields) < 5 or not types[0]:
            continue
        point = _unescaped(fields[4])
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        # A later mount on the same point hides the earlier one.
        if inside and len(point) >= len(best):
            best, kind = point, types[0]
    return kind


def _unescaped(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text
