"""What of an agent's running totals belongs to one turn. Pure.

Some agents tell tokens or cost of their whole session. A turn that goes on in a session is booked with the difference
to what was booked for the turns of it before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from prdrunner_tui.workers.updates import UsageReported

_NEAR = 1e-6
"""Of a dollar: sums of floats differ by less."""
_DIGITS = 9
"""Of a dollar: a difference of sums has no more that mean anything."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What was booked for the earlier turns of a session: tokens, US dollars.

    `tokens_known`, `cost_known`: whether each of them told some. A session that begins anew has no earlier turns.
    """

    input: int = 0
    output: int = 0
    usd: float = 0.0
    tokens_known: bool = True
    cost_known: bool = True

    def and_turn(self, input: int, output: int, usd: float | None, *, whole: bool = False) -> Earlier:
        """With the turn that came next; without tokens or a cost it told none.

        Args:
            whole: turns before it are in its figures too, as `of_this_turn` said.
        """
        return Earlier(
            self.input + input,
            self.output + output,
            self.usd + (usd or 0.0),
            (whole or self.tokens_known) and (input > 0 or output > 0),
            (whole or self.cost_known) and usd is not None,
        )


def of_this_turn(usage: UsageReported, earlier: Earlier) -> tuple[UsageReported, bool]:
    """What an agent told, as figures of this turn; never less than nothing. A total that fell counts whole.

    Returns:
        The figures, and whether turns before may be in them too, since not all of those told theirs.
    """
    made, more = usage, False
    if (usage.cost_scope or usage.scope) == "session_total" and usage.cost_usd is not None:
        # A total that fell is of another count than what was booked: nothing of it is.
        fell = usage.cost_usd < earlier.usd - _NEAR
        cost = round(usage.cost_usd if fell else max(0.0, usage.cost_usd - earlier.usd), _DIGITS)
        made = replace(made, cost_usd=cost, cost_scope="turn")
        more = fell or not earlier.cost_known
    if usage.scope == "session_total" and (usage.input is not None or usage.output is not None):
        fell = (usage.input or 0) + (usage.output or 0) < earlier.input + earlier.output
        made = _tokens(made, Earlier() if fell else earlier)
        more = more or fell or not earlier.tokens_known
    return made, more


def _tokens(usage: UsageReported, earlier: Earlier) -> UsageReported:
    into = None if usage.input is None else max(0, usage.input - earlier.input)
    # What a provider's cache had to do with the turns before was not kept: this one has its share of it.
    share = into / usage.input if usage.input and into is not None else 1.0
    return replace(
        usage,
        scope="turn",
        input=into,
        output=None if usage.output is None else max(0, usage.output - earlier.output),
        cached=_part(usage.cached, share),
        cache_written=_part(usage.cache_written, share),
        reasoning=_part(usage.reasoning, share),
    )


def _part(tokens: int | None, share: float) -> int | None:
    return None if tokens is None else round(tokens * share)
