"""A16: what an agent says reaches a screen without credentials, wherever its pieces are cut."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.agents.speech import Speech, Words
from prdrunner_tui.workers.port import Said, Thought
from tests.effort import effort

SECRET = "sk-live-0123456789"
WHOLE = f"the key is {SECRET}, ünder all"


def told(pieces: list[Words]) -> list[Words]:
    """What comes out of these pieces."""
    speech = Speech((SECRET.encode(),))
    found = [one for piece in pieces for one in speech.take(piece)]
    return [*found, *speech.end()]


@pytest.mark.parametrize("cut", range(len(WHOLE) + 1))
def test_a16_a_secret_over_two_pieces_is_told_at_no_cut(cut: int) -> None:
    found = told([Said(WHOLE[:cut], "m1"), Said(WHOLE[cut:], "m1")])
    assert "".join(one.text for one in found) == "the key is [redacted], ünder all"
    assert {one.item for one in found} == {"m1"}


@given(st.lists(st.integers(0, len(WHOLE)), max_size=12))
@effort(100)
def test_a16_nor_over_any_number_of_pieces(cuts: list[int]) -> None:
    at = [0, *sorted(cuts), len(WHOLE)]
    found = told([Said(WHOLE[a:b], "m1") for a, b in pairwise(at)])
    assert "".join(one.text for one in found) == "the key is [redacted], ünder all"


def test_what_is_no_secret_after_all_is_told_before_what_follows_it() -> None:
    found = told([Said("it begins sk-li", "m1"), Thought("hm", "m2"), Said("ve", "m3")])
    assert found == [Said("it begins ", "m1"), Said("sk-li", "m1"), Thought("hm", "m2"), Said("ve", "m3")]


def test_without_secrets_each_piece_comes_at_once() -> None:
    speech = Speech(())
    assert list(speech.take(Said("sk-", "m"))) == [Said("sk-", "m")] and list(speech.end()) == []
