"""The sandbox of a turn: what the agent sees, from the run's settings, the worker, and what lies where here."""

from __future__ import annotations

import logging
import os
import pwd
import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from prdrunner_tui.agents.bubblewrap import Bubblewrap, bubblewrap
from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.agents.needs import Needs
from prdrunner_tui.agents.sandbox import SHARED, Sandbox, below, refuse_outside
from prdrunner_tui.kernel.settings import Sandbox as Chosen
from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.repo.environment import TOOLCHAINS
from prdrunner_tui.repo.refs import component
from prdrunner_tui.text.places import config_dir
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.workers import scripted
from prdrunner_tui.workers.acp.profile import HomeUse, from_options

if TYPE_CHECKING:
    from prdrunner_tui.config.sandbox import Sandbox as Configured
    from prdrunner_tui.steps.effects.context import Doing

logger = logging.getLogger(__name__)

_ELSEWHERE = ("XDG_RUNTIME_DIR", "TMPDIR", "TMUX_TMPDIR")
"""Variables that name further directories of sockets and of other programs' temporary files."""
_FILES = ("/etc/resolv.conf", "/etc/hosts", "/etc/localtime", "/etc/ssl/certs/ca-certificates.crt")
"""Files of the system that may really lie in /run."""
_CERTIFICATES = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "NODE_EXTRA_CA_CERTS",
    "CURL_CA_BUNDLE",
)


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a sandbox is made, and what lies there that is not for agents.

    Attributes:
        wanted: what the settings say of it.
        environ: the person's environment: it names the home directory, and further directories of sockets.
        state: directories of ours that agents never see, whatever the settings open.
        root: the repository: scripts of it that a command line names are shown.
        checkout: the person's files of it, the git directory among them: never written to, whatever the settings open.
        homes: the directory in which what a profile keeps of the home directory lies from turn to turn.
    """

    wanted: Chosen
    environ: Mapping[str, str]
    state: tuple[Path, ...]
    root: Path
    checkout: tuple[Path, ...]
    homes: Path | None = None


def chosen(configured: Configured, found: Bubblewrap | None = None) -> Chosen:
    """The choice of the configuration as a run keeps it.

    Raises:
        Problem: a sandbox is required and cannot be had.
    """
    if configured.mode == "required":
        require(found or bubblewrap())
    return Chosen(
        mode=configured.mode,
        network=configured.network,
        home_visible=configured.home == "visible",
        read=configured.read,
        write=configured.write,
    )


def require(found: Bubblewrap) -> None:
    """Refuse to go on without a sandbox.

    Raises:
        Problem: it cannot be had.
    """
    if not found.usable:
        raise Problem(
            f"sandbox.mode is required: {found.why}",
            hint=found.hint or "prdrunner doctor says more; sandbox.mode: auto goes on without",
        )


def missing(wanted: Chosen) -> str:
    """Why agents with these settings are in no sandbox, "" where they are in one; blocks.

    Raises:
        Problem: one is required and cannot be had.
    """
    if wanted.mode == "off":
        return "sandbox.mode is off"
    found = bubblewrap()
    if wanted.mode == "required":
        require(found)
    return "" if found.usable else found.why


def confine(
    doing: Doing, choice: WorkerChoice, env: Mapping[str, str], report: Path | None
) -> Sandbox | None:
    """The sandbox of a turn with this environment, None where it has none; blocks, and makes directories.

    Raises:
        Problem: one is required and cannot be had, or a path of the settings cannot be opened to agents.
    """
    context = doing.context
    read = (
        context.store.objects,
        context.directory.files / "prd",
        context.directory.jobs / directory_name(doing.key, 1) / "scratch",
    )
    write = (context.workspace(doing.phase_id).root, *([report.parent] if report is not None else []))
    homes = context.directory.root / "homes" / component(doing.phase_id) / doing.text("role")
    return confine_turn(_ground(doing, homes), choice, env, read=read, write=write)


def confine_turn(
    ground: Ground,
    choice: WorkerChoice,
    env: Mapping[str, str],
    *,
    read: Iterable[Path],
    write: Iterable[Path],
) -> Sandbox | None:
    """The sandbox of a turn wherever it is taken; besides what its worker needs these paths are seen. As `confine`.

    Raises:
        Problem: as `confine`.
    """
    made = _begin(ground, env)
    if made is None:
        return None
    made.of_the_worker(choice)
    return made.sandbox(read, write, network=ground.wanted.network)


def confine_check(
    doing: Doing, command: str, cwd: Path, env: Mapping[str, str], *, network: bool
) -> Sandbox | None:
    """The sandbox of a command of our own in a slot or a workspace: it runs what the agent wrote.

    Raises:
        Problem: as `confine`.
    """
    made = _begin(_ground(doing), env)
    if made is None:
        return None
    made.of_a_line(_words(command))
    made.of_files(Path(env.get(name, "")) for name, _ in TOOLCHAINS)
    own = [Path(env[name]) for name in ("HOME", "TMPDIR", "PYTHONPYCACHEPREFIX") if env.get(name)]
    for folder in own:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return made.sandbox((doing.context.store.objects,), [cwd, *own], network=network)


def _ground(doing: Doing, homes: Path | None = None) -> Ground:
    context = doing.context
    return Ground(
        wanted=doing.run.settings.sandbox,
        environ=context.environ,
        state=(context.store.state.root.parent,),
        root=context.repo.root,
        checkout=(context.repo.root, context.repo.common_dir),
        homes=homes,
    )


def _begin(ground: Ground, env: Mapping[str, str]) -> _Confining | None:
    why = missing(ground.wanted)
    if not why:
        return _Confining(ground, env, bubblewrap().program)
    if ground.wanted.mode != "off":
        _go_on_without(why)
    return None


class _Confining:
    def __init__(self, ground: Ground, env: Mapping[str, str], program: str) -> None:
        self._ground = ground
        self._env = env
        self._path = env.get("PATH", os.defpath)
        self._program = program
        self._wanted = ground.wanted
        self._home = os.path.realpath(ground.environ.get("HOME") or _passwd_home())
        self._state = [os.path.realpath(folder) for folder in ground.state]
        hide = [*SHARED, "/var/run", *(ground.environ.get(name, "") for name in _ELSEWHERE), *self._state]
        if not self._wanted.home_visible:
            hide += [self._home, _passwd_home()]
        self._hide = _folders(hide)
        self._needs = Needs(self._hide, self._home)
        self._write: list[str] = []
        self._keep: dict[str, str] = {}
        self._copy: list[str] = []

    def sandbox(self, read: Iterable[Path], write: Iterable[Path], *, network: bool) -> Sandbox:
        for path in self._wanted.read:
            self._open(path, closed=self._state)
        for path in self._wanted.write:
            self._open(path, closed=self._closed(), write=True)
        self._needs.search_path(self._path)
        self.of_files(Path(file) for file in (*_FILES, *(self._env.get(name, "") for name in _CERTIFICATES)))
        shown = [self._home] if self._wanted.home_visible else []
        return Sandbox(
            program=self._program,
            hide=self._hide,
            read=(*shown, *sorted(self._needs.read), *map(os.path.realpath, read)),
            write=(*self._write, *map(os.path.realpath, write)),
            keep=self._keep,
            copy=tuple(self._copy),
            links=self._needs.links,
            guard=tuple(self._closed()),
            network=network,
        )

    def of_files(self, paths: Iterable[Path]) -> None:
        for path in paths:
            if path.is_absolute():
                self._needs.add(str(path))

    def of_a_line(self, words: Sequence[str]) -> None:
        self._needs.line(words, self._path, within=str(self._ground.root))

    def of_the_worker(self, choice: WorkerChoice) -> None:
        options = choice.options
        if choice.worker == "command":
            self.of_a_line(_words(str(options.get("command", ""))))
        elif choice.worker == "scripted":
            self._needs.program(sys.executable, self._path)
            self._needs.add(str(Path(scripted.__file__).parent))
        elif choice.worker == "acp":
            profile = from_options(options)
            self.of_a_line(profile.argv)
            self._of_its_home(profile.home)

    def _closed(self) -> list[str]:
        """What no agent may write, whatever the settings open."""
        ours = (*self._ground.checkout, config_dir(self._ground.environ))
        real = [*self._state, *map(os.path.realpath, ours)]
        # Somebody may keep his home directory itself in a repository.
        return [path for path in dict.fromkeys(real) if not below(self._home, path)]

    def _open(self, path: str, *, closed: Sequence[str], write: bool = False) -> None:
        whole = f"{self._home}{path[1:]}" if path.startswith("~/") else path
        real = self._needs.add(whole)
        if real is not None:
            refuse_outside([real], closed)
            self._needs.read.add(real)
            if write:
                self._write.append(real)

    def _of_its_home(self, uses: Mapping[str, HomeUse]) -> None:
        for name, use in uses.items():
            first, _, rest = name.partition("/")
            # The turn's environment has the person's own values. What a profile sets in `env` does not count: a
            # repository may say it, and would choose what is opened.
            base = self._env.get(first[1:], "") if first.startswith("$") else f"{self._home}/{first}"
            if not base.startswith("/"):
                continue
            place = f"{base}/{rest}" if rest else base
            if use == "keep":
                self._keep_apart(name, place)
            elif (real := self._needs.add(place)) is None:
                continue
            elif use == "share":
                self._write.append(real)
            elif use == "copy" and Path(real).is_file():
                self._copy.append(real)

    def _keep_apart(self, name: str, place: str) -> None:
        """A directory of the phase's own, which later turns of the same role find as it was left."""
        hidden = any(below(place, folder) for folder in self._hide)
        if not hidden and not Path(place).is_dir():
            return
        assert self._ground.homes is not None
        source = self._ground.homes / name.replace("/", "-").lstrip("$.")
        source.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._keep[os.path.realpath(place)] = os.path.realpath(source)


def _folders(paths: Iterable[str]) -> tuple[str, ...]:
    """Those that are directories, without symlinks; never one that holds the system itself."""
    real = dict.fromkeys(os.path.realpath(path) for path in paths if path.startswith("/"))
    shell = os.path.realpath("/bin/sh")
    return tuple(path for path in real if Path(path).is_dir() and not below(shell, path))


def _words(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError:
        return line.split()


def _passwd_home() -> str:
    try:
        return os.path.realpath(pwd.getpwuid(os.getuid()).pw_dir)
    except KeyError:
        return "/"


@cache
def _go_on_without(why: str) -> None:
    logger.warning("agents run without a sandbox: %s", why)
