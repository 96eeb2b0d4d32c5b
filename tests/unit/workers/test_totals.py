"""What of a session's running totals belongs to one turn."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.workers.totals import Earlier, of_this_turn
from prdrunner_tui.workers.updates import UsageReported


def cost(usd: float | None) -> UsageReported:
    """What opencode tells: tokens of its last request, the cost of its session."""
    return UsageReported("last_request", input=1234, output=56, cost_usd=usd, cost_scope="session_total")


def test_a_cost_of_the_session_is_booked_with_the_difference() -> None:
    made, more = of_this_turn(cost(0.0307), Earlier(input=9, output=9, usd=0.0102))
    assert (made.cost_usd, made.cost_scope, more) == (0.0205, "turn", False)
    assert (made.scope, made.input, made.output) == ("last_request", 1234, 56)


def test_it_is_never_less_than_nothing() -> None:
    totals = UsageReported("session_total", input=5, output=50, cost_usd=0.75)
    made, more = of_this_turn(totals, Earlier(input=10, output=20, usd=0.7500000001))
    assert (made.input, made.output, made.cost_usd, more) == (0, 30, 0.0, False)


def test_a_total_that_fell_is_of_another_count_and_counts_whole() -> None:
    totals = UsageReported("session_total", input=5, output=5, cost_usd=9.0)
    made, more = of_this_turn(totals, Earlier(input=10, output=20, usd=10.0))
    assert (made.input, made.output, made.cost_usd, more) == (5, 5, 9.0, True)


def test_a_session_that_begins_anew_starts_at_nothing() -> None:
    totals = UsageReported("session_total", input=5, output=50, cached=3, cost_usd=0.5)
    made, more = of_this_turn(totals, Earlier())
    assert not more and made.scope == "turn"
    assert (made.input, made.output, made.cached, made.cost_usd) == (5, 50, 3, 0.5)


def test_where_an_earlier_figure_is_missing_the_whole_amount_counts_and_that_is_said() -> None:
    made, more = of_this_turn(cost(0.3), Earlier().and_turn(10, 10, None))
    assert (made.cost_usd, more) == (0.3, True)
    totals = UsageReported("session_total", input=500, output=50)
    made, more = of_this_turn(totals, Earlier().and_turn(0, 0, 0.1))
    assert (made.input, made.output, made.cost_usd, more) == (500, 50, None, True)


def test_what_was_booked_as_a_whole_leaves_nothing_missing() -> None:
    earlier = Earlier().and_turn(0, 0, None).and_turn(10, 10, 0.3, whole=True)
    assert of_this_turn(cost(0.5), earlier)[1] is False
    assert of_this_turn(cost(0.5), earlier.and_turn(0, 0, None))[1] is True


def test_what_is_known_of_the_turns_before_is_taken_off_in_any_case() -> None:
    earlier = Earlier().and_turn(10, 10, 0.1).and_turn(0, 0, None).and_turn(5, 5, 0.2)
    made, more = of_this_turn(cost(1.0), earlier)
    assert (made.cost_usd, more) == (0.7, True)


def test_tokens_of_the_session_are_booked_with_the_difference_and_their_share_of_the_cache() -> None:
    totals = UsageReported(
        "session_total", input=7404, output=336, cached=6000, reasoning=60, cache_written=None
    )
    made, more = of_this_turn(totals, Earlier(input=5553, output=280))
    assert (made.input, made.output, made.cached, made.reasoning, more) == (1851, 56, 1500, 15, False)
    assert (made.scope, made.cache_written) == ("turn", None)


@pytest.mark.parametrize("scope", ["turn", "last_request"])
def test_what_is_of_the_turn_stays_as_it_is(scope: str) -> None:
    told = UsageReported(scope, input=10, output=10, cost_usd=0.1)  # type: ignore[arg-type]
    earlier = Earlier(input=5, output=5, usd=0.05, tokens_known=False, cost_known=False)
    assert of_this_turn(told, earlier) == (told, False)


def test_tokens_of_the_session_beside_a_cost_of_the_turn() -> None:
    told = UsageReported("session_total", input=10, output=10, cost_usd=0.1, cost_scope="turn")
    made, more = of_this_turn(told, Earlier(input=4, output=4, usd=0.05, cost_known=False))
    assert (made.input, made.cost_usd, more) == (6, 0.1, False)


def test_nothing_told_is_nothing_known() -> None:
    told = UsageReported("session_total")
    assert of_this_turn(told, Earlier(tokens_known=False, cost_known=False)) == (told, False)


@given(st.lists(st.tuples(st.integers(0, 9999), st.integers(0, 9999), st.integers(1, 9999)), min_size=1))
def test_the_turns_of_a_session_come_to_what_it_tells_at_its_end(turns: list[tuple[int, int, int]]) -> None:
    earlier, into, out, cents = Earlier(), 0, 0, 0
    for more_in, more_out, more_cents in turns:
        into, out, cents = into + more_in, out + more_out, cents + more_cents
        told = UsageReported("session_total", input=into, output=out, cost_usd=cents / 100)
        made, _ = of_this_turn(told, earlier)
        assert (made.input, made.output) == (more_in, more_out)
        assert made.cost_usd == pytest.approx(more_cents / 100, abs=1e-6)
        earlier = earlier.and_turn(made.input or 0, made.output or 0, made.cost_usd)
    assert earlier.usd == pytest.approx(cents / 100, abs=1e-6)
