"""A real git that compares trees."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.changes.trees import Repository, new_repository


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Repository:
    """An empty bare repository."""
    root: Path = tmp_path_factory.mktemp("changes") / "repository.git"
    return new_repository(root)
