"""What a repository is made with, seen from its files alone; nothing of it is run."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from prdrunner_tui.config.files import read_text_file
from prdrunner_tui.text.problem import Problem


@dataclass(frozen=True, slots=True)
class FoundCommand:
    """A command that the repository seems to be checked with."""

    name: str
    run: str
    kind: str
    because: str
    """The file that speaks for it."""


@dataclass(frozen=True, slots=True)
class Detected:
    """What was found."""

    commands: tuple[FoundCommand, ...] = ()
    setup: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    hooks: tuple[FoundCommand, ...] = ()
    """The person's own commit hooks, which do not run by themselves; proposed as checks."""


_NPM = (("test", "test"), ("lint", "lint"), ("typecheck", "typecheck"), ("build", "build"))


def detect(root: Path) -> Detected:
    """Look at the files of a checkout."""
    commands: list[FoundCommand] = []
    setup: list[str] = []
    keep: list[str] = []
    for look in (_python, _node, _cargo, _go):
        look(root, commands, setup, keep)
    return Detected(tuple(commands), tuple(setup), tuple(keep), tuple(_hooks(root)))


def _text(path: Path) -> str:
    try:
        return (read_text_file(path) or b"").decode("utf-8", "replace")
    except Problem:
        return ""


def _python(root: Path, commands: list[FoundCommand], setup: list[str], keep: list[str]) -> None:
    project = _text(root / "pyproject.toml")
    config = project + _text(root / "setup.cfg") + _text(root / "tox.ini")
    tests = [*root.glob("test_*.py"), *root.glob("tests/test_*.py"), *root.glob("tests/*/test_*.py")][:200]
    marker = next(
        (name for name in ("pytest.ini", "conftest.py", "tests/conftest.py") if (root / name).exists()), ""
    )
    if not marker and re.search(r"^\[(?:tool\.pytest|pytest|tool:pytest)", config, re.M):
        marker = "pyproject.toml" if "[tool.pytest" in project else "setup.cfg"
    if not marker:
        using = next(
            (test for test in tests if re.search(r"^\s*(?:import|from) pytest\b", _text(test), re.M)), None
        )
        marker = using.relative_to(root).as_posix() if using else ""
    requirements = [p.name for p in (root / "requirements.txt", root / "requirements-dev.txt") if p.is_file()]
    installable = "[project]" in project or "[build-system]" in project
    python = "python3"
    if marker and (installable or requirements):
        python = ".venv/bin/python"
        setup.append("python3 -m venv .venv")
        wanted = " ".join(["-e .", *(f"-r {name}" for name in requirements)] if installable else [])
        wanted = wanted or " ".join(f"-r {name}" for name in requirements)
        setup.append(f".venv/bin/pip install {wanted} pytest")
        keep.append(".venv")
    if marker:
        commands.append(FoundCommand("tests", f"{python} -m pytest -q", "test", marker))
    elif tests:
        where = tests[0].relative_to(root).as_posix()
        start = " -s tests -t ." if (root / "tests" / "__init__.py").exists() else ""
        start = start or (" -s tests" if where.startswith("tests/") else "")
        commands.append(FoundCommand("tests", f"python3 -m unittest discover{start}", "test", where))
    if "[tool.ruff" in project or (root / "ruff.toml").exists() or (root / ".ruff.toml").exists():
        because = "pyproject.toml" if "[tool.ruff" in project else "ruff.toml"
        commands.append(FoundCommand("lint", "ruff check .", "lint", because))
    if "[tool.mypy" in project or (root / "mypy.ini").exists() or re.search(r"^\[mypy", config, re.M):
        because = "mypy.ini" if (root / "mypy.ini").exists() else "pyproject.toml"
        commands.append(FoundCommand("types", "mypy .", "typecheck", because))


def _node(root: Path, commands: list[FoundCommand], setup: list[str], keep: list[str]) -> None:
    text = _text(root / "package.json")
    try:
        scripts = json.loads(text).get("scripts", {}) if text else {}
    except (ValueError, AttributeError, RecursionError):
        return
    if not isinstance(scripts, dict):
        return
    lock = next((n for n in ("pnpm-lock.yaml", "yarn.lock", "package-lock.json") if (root / n).exists()), "")
    tool = {"pnpm-lock.yaml": "pnpm", "yarn.lock": "yarn"}.get(lock, "npm")
    for script, kind in _NPM:
        body = scripts.get(script)
        if isinstance(body, str) and "no test specified" not in body:
            commands.append(FoundCommand(f"npm-{script}", f"{tool} run {script}", kind, "package.json"))
    if text:
        installs = {"pnpm": "pnpm install --frozen-lockfile", "yarn": "yarn install --immutable"}
        setup.append(installs.get(tool, "npm ci" if lock else "npm install"))
        keep.append("node_modules")


def _cargo(root: Path, commands: list[FoundCommand], setup: list[str], keep: list[str]) -> None:
    if (root / "Cargo.toml").is_file():
        commands.append(FoundCommand("cargo-test", "cargo test", "test", "Cargo.toml"))
        keep.append("target")


def _go(root: Path, commands: list[FoundCommand], setup: list[str], keep: list[str]) -> None:
    if (root / "go.mod").is_file():
        commands.append(FoundCommand("go-test", "go test ./...", "test", "go.mod"))
        commands.append(FoundCommand("go-vet", "go vet ./...", "lint", "go.mod"))


def _hooks(root: Path) -> list[FoundCommand]:
    found = []
    if (root / ".pre-commit-config.yaml").is_file():
        found.append(
            FoundCommand("pre-commit", "pre-commit run --all-files", "lint", ".pre-commit-config.yaml")
        )
    for path in (".husky/pre-commit", ".git/hooks/pre-commit"):
        if (root / path).is_file():
            found.append(FoundCommand("commit-hook", f"sh {path}", "custom", path))
            break
    return found
