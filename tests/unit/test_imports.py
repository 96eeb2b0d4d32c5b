"""What a package pulls in when it is imported, seen in a process of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

PURE = ("text", "kernel", "changes", "rules", "prd", "testreports", "projections")
HEAVY = {"pydantic", "textual", "rich", "git", "jinja2", "sqlite3", "asyncio", "subprocess"}


def imported_by(statement: str) -> set[str]:
    """The top-level modules that are there after a statement ran in a fresh interpreter."""
    program = f"{statement}\nimport sys\nprint('\\n'.join(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("package", PURE)
def test_a_pure_package_imports_no_screen_no_models_and_no_process(package: str) -> None:
    found = imported_by(
        f"import pkgutil, importlib, prdrunner_tui.{package} as p\n"
        "for m in pkgutil.walk_packages(p.__path__, p.__name__ + '.'): importlib.import_module(m.name)"
    )
    allowed = {"asyncio", "subprocess"} if package in ("prd",) else set()
    assert not found & (HEAVY - allowed)


@pytest.mark.parametrize(
    "package", ["wire", "client", "workers", "agents", "journal", "engine", "embed", "cli"]
)
def test_nothing_but_the_cockpit_imports_textual(package: str) -> None:
    assert "textual" not in imported_by(f"import prdrunner_tui.{package}")


def test_status_imports_neither_screen_nor_models_nor_git_nor_asyncio() -> None:
    found = imported_by(
        "import prdrunner_tui.cli.main, prdrunner_tui.cli.status, prdrunner_tui.journal.registry"
    )
    assert not found & {"pydantic", "textual", "rich", "git", "jinja2", "asyncio", "yaml"}


def test_the_control_socket_speaks_without_models() -> None:
    found = imported_by(
        "import prdrunner_tui.wire.protocol, prdrunner_tui.wire.client, prdrunner_tui.client.socket"
    )
    assert not found & {"pydantic", "textual", "git", "sqlite3", "yaml"}
