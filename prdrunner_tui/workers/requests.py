"""The requests of a turn: each call of the model, kept one by one while an agent tells of them. No I/O."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

from prdrunner_tui.workers.updates import Request, UsageReported

MOST = 500
"""Requests of a turn that are kept, the newest; those before them are counted."""

_DIGITS = 9
"""Of a dollar: a difference of sums has no more that mean anything."""


class Requests:
    """The requests of one turn so far."""

    def __init__(self) -> None:
        self._kept: deque[Request] = deque(maxlen=MOST)
        self._count = 0

    def add(self, request: Request) -> None:
        """One that the agent told by itself; one of which it told no tokens is none."""
        if request.input or request.output:
            self._kept.append(request)
            self._count += 1

    def totals(self, before: UsageReported, now: UsageReported) -> None:
        """One that the agent told by its running totals of the turn, or of the session.

        Tokens that grew are a request. A cost that comes after its tokens belongs to the request before.
        """
        made = between(before, now)
        if made.input or made.output or _first_of_session(before, now):
            self._kept.append(made)
            self._count += 1
        elif made.cost_usd and self._kept and self._kept[-1].cost_usd is None:
            self._kept[-1] = replace(self._kept[-1], cost_usd=made.cost_usd)

    def into(self, told: UsageReported | None) -> UsageReported | None:
        """What was told of the turn, with its requests."""
        if told is None or not self._count:
            return told
        return replace(told, requests=tuple(self._kept), requests_before=self._count - len(self._kept))


def between(before: UsageReported, now: UsageReported) -> Request:
    """What a request took, by the running totals before it and after it.

    A figure that did not grow was not told for it, that of a cache aside. Totals that fell are of another count, and
    count whole. The first totals of a session that goes on tell nothing of a request: earlier turns are in them.
    """
    if _first_of_session(before, now):
        return Request(model=now.model)
    base = UsageReported(now.scope) if _tokens(now) < _tokens(before) else before
    return Request(
        _grown(base.input, now.input) or None,
        _grown(base.output, now.output) or None,
        _grown(base.cached, now.cached),
        _grown(base.reasoning, now.reasoning),
        _paid(before, now),
        now.model,
    )


def _paid(before: UsageReported, now: UsageReported) -> float | None:
    """A cost is a count of its own: it may be of the session where tokens are of the turn, and come later."""
    of_session = (now.cost_scope or now.scope) == "session_total"
    if now.cost_usd is None or (of_session and before.cost_usd is None):
        return None
    earlier = before.cost_usd or 0.0
    return round(now.cost_usd if now.cost_usd < earlier else now.cost_usd - earlier, _DIGITS) or None


def _first_of_session(before: UsageReported, now: UsageReported) -> bool:
    return now.scope == "session_total" and not _tokens(before) and _tokens(now) > 0


def _grown(before: int | None, now: int | None) -> int | None:
    return None if now is None else max(0, now - (before or 0))


def _tokens(usage: UsageReported) -> int:
    return (usage.input or 0) + (usage.output or 0)
