"""What a turn cost where its agent does not say: by prices that a person wrote, else by the table of genai-prices.

genai-prices is not needed: without it, and for models that it does not know, a cost stays unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from prdrunner_tui.kernel.settings import Price
from prdrunner_tui.workers.updates import UsageReported

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """What a turn cost in US dollars. ``usd`` is None where it is unknown; ``reserve`` is then held for it."""

    usd: float | None
    source: str = ""
    reserve: float = 0.0


def cost_of(usage: UsageReported, prices: Mapping[str, Price], provider: str = "") -> Cost:
    """The cost of a turn: as reported, by a price of the person's, by the table, or unknown.

    Args:
        usage: what the agent reported.
        prices: by a glob of the model's name, the first that fits counts.
        provider: whose model it is, by the name of genai-prices; of an unknown model of a known provider as much is
            held as its dearest model would have cost.
    """
    if usage.cost_usd is not None:
        return Cost(usage.cost_usd, "reported")
    if usage.input is None and usage.output is None:
        return Cost(None)
    for pattern, price in prices.items():
        if usage.model and fnmatchcase(usage.model, pattern):
            return Cost(_by_price(usage, price), "table")
    known = _by_table(usage, provider)
    if known is not None:
        return Cost(known, "table")
    return Cost(None, reserve=_dearest(usage, provider))


def _by_price(usage: UsageReported, price: Price) -> float:
    cached = min(usage.cached or 0, usage.input or 0)
    dear = price.input if price.cached is None else price.cached
    plain = (usage.input or 0) - cached
    return (plain * price.input + cached * dear + (usage.output or 0) * price.output) / _MILLION


def _by_table(usage: UsageReported, provider: str) -> float | None:
    if not usage.model:
        return None
    try:
        from genai_prices import calc_price
    except ImportError:
        return None
    for owner in (provider, "") if provider else ("",):
        try:
            found = calc_price(_usage(usage), model_ref=usage.model, provider_id=owner or None)
        except (LookupError, ValueError, ArithmeticError):
            continue
        return float(found.total_price)
    return None


def _dearest(usage: UsageReported, provider: str) -> float:
    """What the dearest model of a provider would have cost."""
    if not provider:
        return 0.0
    try:
        from genai_prices import calc_price
        from genai_prices.data import providers
    except ImportError:
        return 0.0
    dearest = 0.0
    for model in next((one.models for one in providers if one.id == provider), ()):
        try:
            found = calc_price(_usage(usage), model_ref=model.id, provider_id=provider)
        except (LookupError, ValueError, ArithmeticError):
            continue
        dearest = max(dearest, float(found.total_price))
    return dearest


def _usage(usage: UsageReported) -> Any:
    from genai_prices import Usage

    total = usage.input or 0
    read = min(usage.cached or 0, total)
    written = min(usage.cache_written or 0, total - read)
    return Usage(
        input_tokens=total,
        cache_read_tokens=read,
        cache_write_tokens=written,
        output_tokens=usage.output or 0,
    )
