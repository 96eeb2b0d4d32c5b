"""Reads the requests of a turn from the result of its job, and prices them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.agents.results import read_result
from prdrunner_tui.kernel.settings import Price
from prdrunner_tui.projections.requests import RequestFacts, Told, TurnRequests
from prdrunner_tui.workers.prices import cost_of
from prdrunner_tui.workers.updates import Request, UsageReported


def read_requests(jobs: Path, key: str, prices: Mapping[str, Price]) -> TurnRequests:
    """The requests of one turn. Blocks for a read; the table of prices takes half a second the first time.

    Args:
        jobs: the directory of the run's jobs.
        key: the turn's; one that has not ended, or has no result that can be read, told nothing.
        prices: the person's, by a glob of the model's name.
    """
    result = read_result(jobs / directory_name(key, 1))
    return turn_requests(None if result is None else result.usage, prices)


def turn_requests(usage: UsageReported | None, prices: Mapping[str, Price]) -> TurnRequests:
    """What an agent told of a turn, as its requests. Pure.

    Figures that nobody can have used, below zero or not finite, are as if they had not been told.
    """
    if usage is None or not usage.requests:
        return TurnRequests()
    told: Told = "last" if usage.scope == "last_request" else "each"
    requests = tuple(_facts(request, usage.model, prices) for request in usage.requests)
    return TurnRequests(told, requests, max(0, usage.requests_before))


def _facts(request: Request, model: str, prices: Mapping[str, Price]) -> RequestFacts:
    model = request.model or model
    into, out, cached = _count(request.input), _count(request.output), _count(request.cached)
    usd = request.cost_usd if request.cost_usd is not None and 0 <= request.cost_usd < float("inf") else None
    # Half a sum would be taken for all of it: a price needs both figures.
    priceable = usd is not None or (model and into is not None and out is not None)
    told = UsageReported("last_request", into, out, cached, cost_usd=usd, model=model)
    cost = cost_of(told, prices) if priceable else None
    return RequestFacts(
        into,
        out,
        cached,
        _count(request.reasoning),
        None if cost is None else cost.usd,
        "" if cost is None else cost.source,
        model,
    )


def _count(tokens: int | None) -> int | None:
    return tokens if tokens is not None and tokens >= 0 else None
