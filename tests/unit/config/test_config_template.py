from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from prdrunner_tui.config.layers import load
from prdrunner_tui.config.models import Config
from prdrunner_tui.config.reference import reference
from prdrunner_tui.config.template import render_template

TREES: dict[str, tuple[dict[str, str], list[tuple[str, str, str]]]] = {
    "nothing": ({}, []),
    "unittest": (
        {"tests/test_a.py": "import unittest\n", "tests/__init__.py": ""},
        [("tests", "python3 -m unittest discover -s tests -t .", "test")],
    ),
    "pytest alone": ({"test_a.py": "import pytest\n"}, [("tests", "python3 -m pytest -q", "test")]),
    "python project": (
        {"pyproject.toml": "[project]\nname='x'\n[tool.pytest.ini_options]\n[tool.ruff]\n[tool.mypy]\n"},
        [
            ("tests", ".venv/bin/python -m pytest -q", "test"),
            ("lint", "ruff check .", "lint"),
            ("types", "mypy .", "typecheck"),
        ],
    ),
    "npm": (
        {
            "package.json": '{"scripts": {"test": "jest", "lint": "eslint ."}}',
            "package-lock.json": "{}",
            ".husky/pre-commit": "npm run lint\n",
        },
        [("npm-test", "npm run test", "test"), ("npm-lint", "npm run lint", "lint")],
    ),
    "npm without tests": ({"package.json": '{"scripts": {"test": "echo no test specified && exit 1"}}'}, []),
    "broken package.json": ({"package.json": "[" * 5000}, []),
    "cargo and go": (
        {"Cargo.toml": "", "go.mod": "", ".pre-commit-config.yaml": "repos: []\n"},
        [
            ("cargo-test", "cargo test", "test"),
            ("go-test", "go test ./...", "test"),
            ("go-vet", "go vet ./...", "lint"),
        ],
    ),
}


@pytest.mark.parametrize("name", TREES)
def test_the_template_is_valid_and_says_what_was_found(tmp_path: Path, name: str) -> None:
    files, commands = TREES[name]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    text = render_template(tmp_path)
    (tmp_path / "config.yaml").write_text(text)
    config = load(None, tmp_path / "config.yaml", trusted=True).config
    assert [(c.name, c.run, c.kind) for c in config.verify.commands] == commands
    if ".husky/pre-commit" in files or ".pre-commit-config.yaml" in files:
        assert "does not run on our commits" in text


def test_a_project_with_an_environment_gets_its_setup(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n[tool.pytest.ini_options]\n")
    (tmp_path / "config.yaml").write_text(render_template(tmp_path))
    environment = load(None, tmp_path / "config.yaml", trusted=True).config.environment
    assert environment.setup == ("python3 -m venv .venv", ".venv/bin/pip install -e . pytest")
    assert environment.keep == (".venv",)


def test_detection_never_waits_and_never_runs_anything(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "package.json")
    (tmp_path / "pyproject.toml").symlink_to("/dev/zero")
    (tmp_path / "conftest.py").write_text("raise SystemExit(1)\n")
    assert "python3 -m pytest" in render_template(tmp_path)


def test_every_key_is_documented() -> None:
    def check(model: type[Config]) -> None:
        for name, field in model.model_fields.items():
            assert field.description, f"{model.__name__}.{name} has no docstring"

    page = reference()
    for row in [line for line in page.split("\n") if line.startswith("| `")]:
        assert row.replace("\\|", "").rsplit("|", 2)[1].strip(), row
    check(Config)
    for key in ("`before_commit`", "`same_failure_limit`", "`ran`", "`on_timeout`", "`orphan_grace`"):
        assert key in page


def test_the_freshness_check_fails_on_a_stale_page(tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "prdrunner_tui.config.reference", *arguments]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert run("--check").returncode == 1
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "configuration.md").write_text(run().stdout)
    assert run("--check").returncode == 0
