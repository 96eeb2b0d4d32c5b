"""What a run used, as the command line tells it: by phase, by turn, by request."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from prdrunner_tui.agents.results import read_result, write_result
from prdrunner_tui.workers.updates import Request, UsageReported
from tests.cli.conftest import InProcess, Place, Said

TOLD = UsageReported("turn", 3000, 60, requests=(Request(1234, 56, 1000, cost_usd=0.0045), Request(output=4)))


@pytest.fixture
def metrics(waiting: Place, give: InProcess) -> MetricsOf:
    """Gives the command for a run whose only turn told nothing."""
    return MetricsOf(waiting, give)


class MetricsOf:
    """The command, of one place."""

    def __init__(self, place: Place, give: InProcess) -> None:
        self.place, self.give = place, give

    def __call__(self, *arguments: str) -> Said:
        return self.give(self.place, "metrics", *arguments)

    def job(self) -> Path:
        """The directory of the turn's job."""
        (found,) = (self.place.home / "state").glob("*/runs/*/jobs/multiply-implement-*-turn-*")
        return found


@pytest.fixture
def told(metrics: MetricsOf, request: pytest.FixtureRequest) -> MetricsOf:
    """As if the agent had told each request."""
    job = metrics.job()
    before = read_result(job)
    assert before is not None
    request.addfinalizer(lambda: write_result(job, before))
    write_result(job, replace(before, usage=TOLD))
    return metrics


def test_a_run_in_numbers(metrics: MetricsOf) -> None:
    said = metrics()
    assert said.code == 0, said.err
    head, times, made, blank, columns, first, second = said.out.splitlines()
    assert head.endswith("docs/prd.md  0/2 phases done  tokens ?  cost ? of $10.00")
    assert [word for word in times.split() if word.isalpha()] == ["time", "agents", "checks", "you"]
    assert "1 file  +2/-0  0 commits  1 verification, 0 red" in made
    assert blank == ""
    assert columns.split() == [
        "PHASE", "IT", "TIME", "AGENT", "CHECKS", "YOU", "TURNS", "TOKENS", "COST", "CHANGE",
    ]  # fmt: skip
    assert first.split()[0] == "multiply" and first.split()[-4:] == ["1", "?", "?", "+2/-0"]
    assert set(second.split()[1:]) == {"-"}


def test_an_agent_that_tells_nothing_used_an_unknown_number(metrics: MetricsOf) -> None:
    columns, row = metrics("--requests").out.splitlines()
    assert columns.split()[:6] == ["PHASE", "STEP", "IT", "REQUEST", "INPUT", "CACHED"]
    assert row.split() == [
        "multiply",
        "implement",
        "1",
        "turn",
        "?",
        "-",
        "?",
        "?",
        "requests",
        "not",
        "told",
    ]
    (turn,) = json.loads(metrics("--requests", "--json").out)["turns"]
    assert (turn["input"], turn["output"], turn["usd"]) == (None, None, None)
    assert (turn["requests_told"], turn["requests"]) == ("none", [])


def test_each_request_has_a_row(told: MetricsOf) -> None:
    _, turn, first, second = told("--requests", "multiply", "--step", "implement").out.splitlines()
    assert turn.split()[-2:] == ["2", "requests"]
    assert first.split() == ["multiply", "implement", "1", "1", "1,234", "1,000", "56", "<$0.01"]
    assert second.split() == ["multiply", "implement", "1", "2", "?", "?", "4", "?"]
    assert "no turn yet" in told("--requests", "halve").out
    assert "no turn yet" in told("--requests", "--step", "review").out


def test_requests_as_json(told: MetricsOf) -> None:
    (turn,) = json.loads(told("--requests", "--json").out)["turns"]
    assert (turn["phase"], turn["step"], turn["iteration"], turn["requests_told"]) == (
        "multiply", "implement", 1, "each",
    )  # fmt: skip
    assert turn["requests"][0] == {
        "input": 1234, "output": 56, "cached": 1000, "reasoning": None, "usd": 0.0045, "priced": "reported",
        "model": "",
    }  # fmt: skip
    assert turn["requests"][1]["input"] is None


def test_the_run_as_json_has_no_zero_for_what_is_unknown(metrics: MetricsOf) -> None:
    found = json.loads(metrics("--json").out)
    assert "turns" not in found
    assert (found["tokens"], found["usd"], found["turns_of_unknown_cost"]) == (None, None, 1)
    multiply, halve = found["phases"]
    assert (multiply["turns"], multiply["tokens"], multiply["change"]["added"]) == (1, None, 2)
    assert (halve["turns"], halve["seconds"], halve["usd"]) == (0, None, 0)
    (alone,) = json.loads(metrics("halve", "--json").out)["phases"]
    assert alone == halve


def test_what_cannot_be_shown_is_said(metrics: MetricsOf) -> None:
    assert metrics("multiplay").problem[-1].strip() == "did you mean multiply?"
    assert metrics("--step", "verify").problem == [
        "error: --step goes with --requests", "       add --requests",
    ]  # fmt: skip
    assert metrics("--run-id", "run-none").code == 4
