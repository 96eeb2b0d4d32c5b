"""The requests of a turn, read from the result of its job."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.agents.job import JobResult, directory_name
from prdrunner_tui.agents.results import write_result
from prdrunner_tui.kernel.settings import Price
from prdrunner_tui.projections.requests import RequestFacts, TurnRequests
from prdrunner_tui.steps.requests import read_requests, turn_requests
from prdrunner_tui.workers.updates import Request, UsageReported

KEY = "tags/implement/1.1/turn"
PRICES = {"m-*": Price(input=2.0, output=10.0, cached=0.5)}


def kept(folder: Path, usage: UsageReported | None) -> Path:
    """A directory of jobs with the result of one turn; the file of that result."""
    job = folder / directory_name(KEY, 1)
    job.mkdir()
    write_result(job, JobResult(KEY, 1, "ended", "exit 0", usage=usage))
    return job / "result.json"


def test_what_a_turn_told_is_read_back(tmp_path: Path) -> None:
    told = (Request(1234, 56, 1000, 6), Request(10, 5, cost_usd=0.25))
    kept(tmp_path, UsageReported("turn", 1244, 61, requests=told, requests_before=2))
    assert read_requests(tmp_path, KEY, {}) == TurnRequests(
        "each", (RequestFacts(1234, 56, 1000, 6), RequestFacts(10, 5, usd=0.25, priced="reported")), 2
    )


def test_a_turn_without_a_result_or_without_requests_told_none(tmp_path: Path) -> None:
    assert read_requests(tmp_path, KEY, {}) == TurnRequests("none")
    kept(tmp_path, UsageReported("turn", 5, 5))
    assert read_requests(tmp_path, KEY, {}) == TurnRequests("none")


def test_a_result_of_an_older_version_told_none(tmp_path: Path) -> None:
    file = kept(tmp_path, UsageReported("turn", 5, 5))
    value = json.loads(file.read_bytes())
    del value["usage"]["requests"], value["usage"]["requests_before"]
    file.write_text(json.dumps(value))
    assert read_requests(tmp_path, KEY, {}) == TurnRequests("none")


def test_the_last_request_alone_is_said_to_be_that() -> None:
    usage = UsageReported("last_request", 1234, 56, requests=(Request(1234, 56),))
    assert turn_requests(usage, {}).told == "last"


def test_a_request_of_a_model_with_a_price_has_a_cost() -> None:
    """One of which only a half is told has none: it would be too little."""
    told = (Request(3000, 100, 1000), Request(3000), Request(1, 1, model="other"))
    found = turn_requests(UsageReported("turn", 9, 9, model="m-1", requests=told), PRICES)
    assert [(one.usd, one.priced, one.model) for one in found.requests] == [
        (pytest.approx(0.0055), "table", "m-1"),
        (None, "", "m-1"),
        (None, "", "other"),
    ]


@pytest.mark.parametrize("cost", [float("nan"), float("inf"), -1.0])
def test_figures_that_nobody_can_have_used_are_not_told(cost: float) -> None:
    usage = UsageReported("turn", 1, 1, requests=(Request(-5, 7, -1, -2, cost),))
    assert turn_requests(usage, PRICES).requests == (RequestFacts(None, 7),)


@pytest.mark.parametrize("value", ["1234", 2**70, [1], {"n": 1}, True])
def test_a_result_with_what_is_no_figure_tells_nothing(tmp_path: Path, value: Any) -> None:
    file = kept(tmp_path, UsageReported("turn", 5, 5, requests=(Request(1, 1),)))
    data = json.loads(file.read_bytes())
    data["usage"]["requests"][0]["input"] = value
    file.write_text(json.dumps(data))
    assert read_requests(tmp_path, KEY, {}) == TurnRequests("none")
