"""What agents may use before a person is asked: a run, one of its phases, all runs of a repository on one day."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from prdrunner_tui.config.base import Model

Dollars = Annotated[float, Field(gt=0, le=1_000_000)]
Count = Annotated[int, Field(gt=0, le=10**15)]
WorkSeconds = Annotated[float, Field(gt=0, le=31_536_000)]


class Price(Model):
    """US dollars for a million tokens of a model."""

    input: float = Field(ge=0, le=1_000_000)
    """Tokens that go in."""
    output: float = Field(ge=0, le=1_000_000)
    """Tokens that come out."""
    cached: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    """Tokens that go in from the provider's cache; as `input` where it is not set."""


class PhaseBudget(Model):
    """What one phase may use; a limit that is `null` does not apply."""

    usd: Dollars | None = None
    """US dollars."""
    tokens: Count | None = None
    """Tokens, input and output together."""
    turns: Count | None = 40
    """Turns of agents."""
    seconds: WorkSeconds | None = None
    """Seconds that agents work."""


class DayBudget(Model):
    """What all runs of a repository may use on one day; a limit that is `null` does not apply."""

    usd: Dollars | None = 50.0
    """US dollars."""
    tokens: Count | None = None
    """Tokens, input and output together."""
    turns: Count | None = None
    """Turns of agents."""
    seconds: WorkSeconds | None = None
    """Seconds that agents work."""


class Budget(Model):
    """What a run may use before it pauses and asks; a limit that is `null` does not apply."""

    usd: Dollars | None = 10.0
    """US dollars. What a turn of unknown cost may have cost is held back where its provider is known."""
    tokens: Count | None = None
    """Tokens, input and output together."""
    turns: Count | None = 200
    """Turns of agents, also those that fail."""
    seconds: WorkSeconds | None = 28_800.0
    """Seconds that agents work, those of phases side by side added up."""
    warn_at: float = Field(default=0.8, gt=0, le=1)
    """How much of a limit is used when you are told."""
    phase: PhaseBudget = PhaseBudget()
    """What each phase may use."""
    day: DayBudget = DayBudget()
    """What all runs of this repository may use on one day."""
    prices: dict[str, Price] = Field(default_factory=dict, max_length=500)
    """Prices by model (globs), for agents that tell no cost. Others are looked up in genai-prices if it is there."""
