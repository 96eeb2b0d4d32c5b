"""What a turn cost: as reported, by a price of the person's, by the table, or unknown and held back."""

from __future__ import annotations

import sys

import pytest

from prdrunner_tui.kernel.settings import Price
from prdrunner_tui.workers.prices import Cost, cost_of
from prdrunner_tui.workers.updates import UsageReported

PRICES = {"my-*": Price(2.0, 10.0, 0.5), "*": Price(1.0, 1.0)}


def used(**changes: object) -> UsageReported:
    """A million tokens in, 200,000 of them cached, a hundred thousand out."""
    given = {"input": 1_000_000, "output": 100_000, "cached": 200_000, "model": "my-model", **changes}
    return UsageReported("turn", **given)  # type: ignore[arg-type]


def test_what_the_agent_reports_counts_before_any_price() -> None:
    assert cost_of(used(cost_usd=0.25), PRICES) == Cost(0.25, "reported")


def test_a_price_of_the_persons_counts_by_the_first_glob_that_fits() -> None:
    cost = cost_of(used(), PRICES)
    assert cost.source == "table" and cost.usd == pytest.approx(0.8 * 2 + 0.2 * 0.5 + 0.1 * 10)
    assert cost_of(used(model="other"), PRICES).usd == pytest.approx(1.1)


def test_a_known_model_costs_what_the_table_says() -> None:
    cost = cost_of(used(model="claude-sonnet-4-5", cached=0), {}, "anthropic")
    assert cost.source == "table" and cost.usd is not None and 1 < cost.usd < 20
    assert cost_of(used(model="gpt-4o", cached=0), {}).usd is not None


def test_an_unknown_model_of_a_known_provider_is_held_as_its_dearest() -> None:
    known = cost_of(used(model="claude-sonnet-4-5"), {}, "anthropic").usd
    cost = cost_of(used(model="claude-of-tomorrow-nobody-knows-x"), {}, "mistral")
    held = cost_of(used(model="zzz"), {}, "anthropic")
    assert cost.usd is None and cost.reserve > 0
    assert held.usd is None and known is not None and held.reserve >= known


def test_without_a_provider_or_tokens_nothing_is_known_and_nothing_held() -> None:
    assert cost_of(used(model="zzz"), {}) == Cost(None)
    assert cost_of(UsageReported("turn"), PRICES, "anthropic") == Cost(None)


def test_without_the_table_a_cost_stays_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "genai_prices", None)
    assert cost_of(used(model="gpt-4o"), {}, "openai") == Cost(None)


@pytest.mark.parametrize("cached", [5_000_000, 1_000_000, None])
def test_figures_that_do_not_fit_one_another_are_no_fault(cached: int | None) -> None:
    cost = cost_of(used(model="gpt-4o", cached=cached, cache_written=9_000_000), {}, "openai")
    assert cost.usd is not None and cost.usd > 0
