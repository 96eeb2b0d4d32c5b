"""The registry of runs."""

from __future__ import annotations

from pathlib import Path

from prdrunner_tui.journal.registry import Registry, RunRow


def row(number: int, status: str = "done") -> RunRow:
    """A run that began at ``number``."""
    return RunRow(
        f"run-{number}", "prd.md", status, "", 3, 3, 0, 1.5, 0, float(number), None, "b", "", "/p", "{}"
    )


def test_runs_are_listed_newest_first_by_pages_and_status(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry.db")
    assert registry.newest() == [] and registry.get("run-1") is None
    for number in range(1000):
        registry.put(row(number, "failed" if number % 10 == 0 else "done"))
    assert [r.run for r in registry.newest(limit=3)] == ["run-999", "run-998", "run-997"]
    assert [r.run for r in registry.newest(limit=2, offset=998)] == ["run-1", "run-0"]
    assert len(registry.newest()) == 1000 and registry.newest(offset=1000) == []
    failed = registry.newest(status="failed", limit=2, offset=1)
    assert [r.run for r in failed] == ["run-980", "run-970"]
    assert registry.newest(status="nothing") == []


def test_a_row_is_replaced_by_its_run(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "registry.db")
    registry.put(row(1, "running"))
    registry.put(row(1))
    assert registry.get("run-1") == row(1) and len(registry.newest()) == 1
