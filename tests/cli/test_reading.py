"""The commands that read: tables, JSON, and that they need no engine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from prdrunner_tui.cli.show import _amounts
from prdrunner_tui.cli.status import _row
from tests.cli.conftest import InProcess, Place


def test_status_says_what_waits_and_how_to_decide_it(waiting: Place, give: InProcess) -> None:
    waiting.kill_engine()
    said = give(waiting, "status")
    assert said.code == 0
    head, columns, first, second, *rest = said.out.splitlines()
    assert "docs/prd.md  needs you, no engine" in head
    assert columns.split() == ["PHASE", "STATE", "STEP", "IT", "TIME", "COST", "NOTE"]
    assert first.split()[:4] == ["multiply", "needs", "you", "commit"]
    assert second.split()[:2] == ["halve", "waits"]
    assert columns.index("IT") + 1 == first.index(" 1 ") + 1
    text = "\n".join(rest)
    assert "NEEDS YOU  multiply  review d1  +2/-0 in 1 file" in text
    for command in ("prdrunner show d1", "prdrunner approve d1", "prdrunner reject d1 --reason WHY"):
        assert command in text
    assert "prdrunner resume" in rest[-1]


@pytest.mark.parametrize(
    ("changes", "cost"),
    [
        ({}, "-"),
        ({"ended_at": 9.0}, "$0.00"),
        ({"tokens": 12}, "$0.00"),
        ({"usd": None}, "?"),
        ({"usd": 0.5}, "$0.50"),
    ],
)
def test_a_phase_costs_nothing_known_before_a_turn_was_booked(changes: dict[str, Any], cost: str) -> None:
    phase = {"id": "tags", "state": "running", "step": "implement", "iteration": 1, "note": "",
             "started_at": 1.0, "ended_at": None, "usd": 0.0, "tokens": 0, **changes}  # fmt: skip
    assert _row(phase, 20.0)[5] == cost


def test_an_amount_of_a_budget_has_its_unit() -> None:
    facts = {"what": "tokens", "spent": 19200.0, "limit": 15000}
    assert _amounts(facts) == [("spent", "19k tok"), ("limit", "15k tok")]
    assert _amounts({"what": "usd", "spent": 4.014, "limit": 4}) == [("spent", "$4.02"), ("limit", "$4.00")]


def test_commands_that_are_shown_elsewhere_name_the_project(waiting: Place, give: InProcess) -> None:
    said = give(waiting, "status", "--project-dir", "project", cwd=waiting.root.parent)
    assert "prdrunner approve d1 --project-dir project" in said.out


def test_show_tells_what_a_review_is_about(waiting: Place, give: InProcess) -> None:
    said = give(waiting, "show").out
    assert "d1  multiply  review" in said
    assert "Ran 1 test" in said
    assert "calc.py" in said
    assert "prdrunner show d1 --diff" in said
    seen = next(line.split()[1] for line in said.splitlines() if line.startswith("seen"))
    assert json.loads(give(waiting, "show", "--json").out)["content_hash"].startswith(seen)


def test_show_diff_is_the_patch_of_the_review(waiting: Place, give: InProcess) -> None:
    said = give(waiting, "show", "d1", "--diff").out
    assert "+++ b/calc.py" in said
    assert "+def multiply_1(a):" in said


def test_logs_tell_phase_step_and_iteration(waiting: Place, give: InProcess) -> None:
    said = give(waiting, "logs", "--step", "verify").out
    assert any(" multiply V1 | OK" in line for line in said.splitlines())
    assert len(give(waiting, "logs", "-n", "2").out.splitlines()) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",), ("runs", "list"), ("runs", "show"), ("show",), ("show", "--diff"), ("checkpoint", "list"),
        ("checkpoint", "show", "cp-1"), ("trust", "--show"), ("plan", "--prd-file", "docs/prd.md"),
    ],
    ids=" ".join,
)  # fmt: skip
def test_json_is_json(waiting: Place, give: InProcess, arguments: tuple[str, ...]) -> None:
    said = give(waiting, *arguments, "--json")
    assert said.code == 0
    assert isinstance(json.loads(said.out), dict | list)
    assert said.out.isascii()


def test_json_of_logs_is_a_line_each(waiting: Place, give: InProcess) -> None:
    lines = give(waiting, "logs", "--json").out.splitlines()
    assert {json.loads(line)["phase"] for line in lines} == {"multiply"}


def test_runs_list_with_limits_and_states(waiting: Place, give: InProcess) -> None:
    assert len(give(waiting, "runs", "list").out.splitlines()) == 2
    assert "no run here is failed" in give(waiting, "runs", "list", "--status", "failed").out
    assert json.loads(give(waiting, "runs", "list", "--offset", "1", "--json").out) == []


def test_checkpoints_before_the_implementation(waiting: Place, give: InProcess) -> None:
    said = give(waiting, "checkpoint", "list").out.splitlines()
    assert said[1].split()[:3] == ["cp-1", "multiply", "implement"]
    assert "nothing changed" in give(waiting, "checkpoint", "show", "cp-1").out


def test_a_table_is_cut_at_the_edge_of_a_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    from prdrunner_tui.cli.output import table

    table(("A", "B"), [("x", "y" * 300)])
    assert len(capsys.readouterr().out.splitlines()[1]) == 303
