"""What the commands of a slot or workspace need around the tracked files: setup, kept directories, copies, ports."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import stat
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from wcmatch import glob

from prdrunner_tui.repo.basetree import Entry
from prdrunner_tui.text.problem import Problem

LOCK_FILES: tuple[str, ...] = (
    *(
        "requirements*.txt",
        "requirements/*.txt",
        "constraints*.txt",
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
    ),
    *("uv.lock", "poetry.lock", "pdm.lock", "Pipfile", "Pipfile.lock", "environment*.yml", ".python-version"),
    *("package.json", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "pnpm-workspace.yaml"),
    *("yarn.lock", "bun.lock", "bun.lockb", ".npmrc", ".nvmrc", ".node-version", ".tool-versions"),
    *("Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml", "go.mod", "go.sum", "go.work"),
    *("Gemfile", "Gemfile.lock", "composer.json", "composer.lock", "mix.lock", "pom.xml", "build.gradle"),
    *("build.gradle.kts", "gradle.lockfile", "Package.resolved", "deno.lock", "flake.lock"),
)
"""Names (in any directory) of the files whose change makes a setup stale."""

PASSED_ON: tuple[str, ...] = (
    *("PATH", "LANG", "LANGUAGE", "LC_*", "TZ", "USER", "LOGNAME", "SHELL", "LD_LIBRARY_PATH"),
    *(
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "all_proxy",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
    ),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE"),
    *(
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_TRUSTED_HOST",
        "PIP_CERT",
        "UV_INDEX_URL",
        "UV_DEFAULT_INDEX",
    ),
    *("npm_config_registry", "NPM_CONFIG_REGISTRY", "GOPROXY", "GONOSUMDB", "GOFLAGS", "GOTOOLCHAIN"),
    *(
        "RUSTUP_HOME",
        "PYENV_ROOT",
        "NVM_DIR",
        "VOLTA_HOME",
        "ASDF_DATA_DIR",
        "SDKMAN_DIR",
        "GOROOT",
        "JAVA_HOME",
    ),
)
"""Variables of the person's environment that checks see; everything else, PYTHONPATH and VIRTUAL_ENV first, is not."""

TOOLCHAINS = (("RUSTUP_HOME", ".rustup"), ("PYENV_ROOT", ".pyenv"), ("NVM_DIR", ".nvm"))
"""Variables that name a toolchain, and where it lies below the home directory."""


@dataclass(frozen=True, slots=True)
class Environment:
    """The ``environment`` of a configuration.

    Attributes:
        setup: shell commands that make the ``keep`` directories, run in order in the tree.
        keep: globs of directories (``.venv``, ``**/node_modules``) that only setup makes and that stay.
        copy: paths in the user's checkout that are copied in (``.env``); untracked ones only.
        ports: how many ports each run of a check may use.
    """

    setup: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()
    ports: int = 0

    def leave_out(self) -> tuple[str, ...]:
        """The kept and copied paths as gitignore patterns, for imports."""
        patterns = [
            pattern if pattern.startswith("**/") else f"/{pattern.strip('/')}" for pattern in self.keep
        ]
        return (
            *(f"{pattern.rstrip('/')}/" for pattern in patterns),
            *(f"/{path.strip('/')}" for path in self.copy),
        )

    def keeps(self, path: bytes) -> bool:
        """Whether a directory (relative, without a slash at its end) is one of ``keep``."""
        return _matches(path, self.keep)


def _matches(path: bytes, patterns: Sequence[str]) -> bool:
    if not patterns:
        return False
    plain = [pattern.strip("/") for pattern in patterns]
    return glob.globmatch(os.fsdecode(path), plain, flags=glob.GLOBSTAR | glob.DOTGLOB)


def setup_key(environment: Environment, entries: Mapping[bytes, Entry]) -> str | None:
    """Names what setup would make for a tree: a hash of the commands, the globs and every lock file's blob.

    None when there is nothing to set up.
    """
    if not environment.setup:
        return None
    locks = [
        (os.fsdecode(path), entry.oid)
        for path, entry in sorted(entries.items())
        if _matches(path.rpartition(b"/")[2], LOCK_FILES) or _matches(path, LOCK_FILES)
    ]
    told = json.dumps([environment.setup, environment.keep, locks], ensure_ascii=True)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def check_environment(
    base: Mapping[str, str], *, home: Path, tmp: Path, pycache: Path, passed_on: Iterable[str] = ()
) -> dict[str, str]:
    """The complete environment of a check or a setup command.

    Args:
        base: the person's environment.
        home: the run's own HOME.
        tmp: the run's own TMPDIR.
        pycache: where Python keeps bytecode; one folder per tree, since bytecode is keyed by whole seconds.
        passed_on: names or globs on top of `PASSED_ON`.
    """
    allowed = [*PASSED_ON, *passed_on]
    env = {name: value for name, value in base.items() if glob.globmatch(name, allowed, flags=glob.CASE)}
    env["PATH"] = _without_virtual_env(base)
    for name, folder in TOOLCHAINS:
        # A HOME of its own must not hide the toolchains; download caches stay apart, others can write them.
        real = Path(base["HOME"]) / folder if "HOME" in base else None
        if name not in env and real is not None and real.is_dir():
            env[name] = str(real)
    env.update(
        HOME=str(home),
        TMPDIR=str(tmp),
        PYTHONPYCACHEPREFIX=str(pycache),
        TERM="dumb",
        CI="1",
        GIT_TERMINAL_PROMPT="0",
        GIT_CONFIG_NOSYSTEM="1",
        GIT_CEILING_DIRECTORIES=str(home.parent),
    )
    env.setdefault("LANG", "C.UTF-8")
    return env


def _without_virtual_env(base: Mapping[str, str]) -> str:
    path = base.get("PATH") or os.defpath
    active = [Path(base[name]) for name in ("VIRTUAL_ENV", "CONDA_PREFIX") if base.get(name)]
    kept = [part for part in path.split(os.pathsep) if part and not _inside_any(Path(part), active)]
    return os.pathsep.join(kept)


def _inside_any(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(folder) for folder in folders)


def find_ports(count: int, *, start: int) -> int | None:
    """The first of ``count`` free TCP ports in a row on the loopback, from ``start`` on, wrapping at 32000.

    None when there are none. The caller's commands bind them later, so this is a good guess and no promise.
    """
    low, high = 20_000, 32_000
    at = low + (start - low) % (high - low)
    for _ in range((high - low) // max(count, 1)):
        if at + count > high:
            at = low
        if all(_free(port) for port in range(at, at + count)):
            return at
        at += count
    return None


def _free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def copy_in(
    source: Path, target: Path, paths: Sequence[str], tracked: Mapping[bytes, Entry]
) -> tuple[str, ...]:
    """Copies files or directories of the user's checkout to the same place in a slot or workspace.

    Args:
        source: the checkout.
        target: the slot's tree or the workspace.
        paths: relative paths, ``Environment.copy``.
        tracked: the files of the tree there, which are never overwritten.

    Returns the paths that do not exist in the checkout.

    Raises:
        Problem: a path leads out of the checkout, or names something that the tree has.
    """
    absent = []
    for path in paths:
        plain = path.strip("/")
        if (
            not plain
            or plain.startswith(("..", ".git"))
            or ".." in Path(plain).parts
            or Path(path).is_absolute()
        ):
            raise Problem(f"environment.copy: {path!r} is not a path inside the repository")
        raw = os.fsencode(plain)
        if raw in tracked or any(name.startswith(raw + b"/") for name in tracked):
            raise Problem(
                f"environment.copy: {path!r} is tracked by git", hint="only untracked files are copied"
            )
        origin, goal = source / plain, target / plain
        try:
            mode = origin.lstat().st_mode
        except OSError:
            absent.append(path)
            continue
        if not os.path.realpath(goal.parent).startswith(os.path.realpath(target)):
            raise Problem(f"environment.copy: {path!r} leads out of the work tree", where=str(goal), code=1)
        goal.parent.mkdir(parents=True, exist_ok=True)
        if goal.is_symlink() or goal.is_file():
            goal.unlink()
        if stat.S_ISDIR(mode):
            shutil.copytree(origin, goal, symlinks=True, dirs_exist_ok=True)
        elif stat.S_ISREG(mode) or stat.S_ISLNK(mode):
            shutil.copy2(origin, goal, follow_symlinks=False)
    return tuple(absent)
