"""The turns of a run, and the requests of each: the calls of the model that an agent made in it. Pure.

A turn is in the state; its requests are in the result of its job, and whoever can read that hands them in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from prdrunner_tui.kernel.state import Effect, RunState, Used
from prdrunner_tui.kernel.values import CodecError, Json, from_json, to_json

Told = Literal["each", "last", "none"]
"""What an agent tells of its requests: each of them, the last one of each prompt, or nothing."""

TOLD: Mapping[Told, str] = {
    "each": "",
    "last": "only the last request of each prompt is told",
    "none": "requests not told",
}
"""What is said of a turn by what its agent tells; nothing where each request is there."""

UNDER_WAY = "told when the turn ends"


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """One request. ``None``: not told, never zero. ``input`` counts those ``cached`` too; ``usd`` are US dollars.

    ``priced`` is ``reported`` or ``table``, as in `UsageRecorded`; empty where the cost is unknown.
    """

    input: int | None = None
    output: int | None = None
    cached: int | None = None
    reasoning: int | None = None
    usd: float | None = None
    priced: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class TurnRequests:
    """The requests of one turn, oldest first; ``before`` of them came earlier and are not kept."""

    told: Told = "none"
    requests: tuple[RequestFacts, ...] = ()
    before: int = 0

    @property
    def count(self) -> int | None:
        """How many requests the turn had; ``None`` where the agent does not tell each."""
        return self.before + len(self.requests) if self.told == "each" else None


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """A turn, and where it belongs; ``used`` is ``None`` until it has ended and was booked."""

    key: str
    phase: str
    step: str
    iteration: int
    attempt: int
    at: float
    ended_at: float | None
    used: Used | None

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self.ended_at is not None


def turns(state: RunState, phase: str = "", step: str = "") -> list[TurnFacts]:
    """The turns of a run, oldest first, of one phase or step only where it is named."""
    found = [
        TurnFacts(turn.key, one.id, go.name, go.iteration, go.attempt, turn.at, turn.ended_at, turn.used)
        for one in state.phases.values()
        if phase in ("", one.id)
        for go in one.steps
        if step in ("", go.name)
        for turn in go.effects
        if turn.kind == "turn"
    ]
    return sorted(found, key=lambda turn: turn.at)


def turn_of(state: RunState, key: str) -> Effect | None:
    """The turn of that key."""
    return next((effect for effect in state.effects() if effect.kind == "turn" and effect.key == key), None)


def requests_to_json(found: Mapping[str, TurnRequests]) -> Json:
    """Requests by the keys of their turns, as the query ``requests`` answers with them: ``{"turns": {...}}``."""
    return {"turns": {key: to_json(one) for key, one in found.items()}}


def requests_from_json(answer: Json) -> dict[str, TurnRequests]:
    """The requests of an answer to the query ``requests``; none where an engine of another version tells them
    otherwise."""
    try:
        return {str(key): from_json(TurnRequests, one) for key, one in answer["turns"].items()}
    except (AttributeError, CodecError, KeyError, TypeError):
        return {}


def tokens_of(turn: TurnFacts) -> int | None:
    """Input and output of a turn together; ``None`` while it runs, and where its agent told none."""
    used = turn.used
    return (used.input_tokens + used.output_tokens) or None if used is not None else None
