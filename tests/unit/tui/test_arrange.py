"""Where panes stand: in the body, beside one another, and nothing is left over."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.tui.arrange import LAYOUTS, TABS, Arrangement, Place, Wish, arrange, shape_of

PANES = ("phases", "graph", "log", "detail", "chat", "metrics", "breaks", "commits", "inbox")
GROWN: st.SearchStrategy[Mapping[str, int]] = st.dictionaries(
    st.sampled_from(("phases", "log")), st.integers(-300, 300)
)
WISHES = st.builds(
    Wish,
    layout=st.sampled_from(LAYOUTS),
    tab=st.sampled_from(TABS),
    zoomed=st.sampled_from(("", *PANES)),
    grown=GROWN,
)


def cells_of(place: Place) -> set[tuple[int, int]]:
    return {
        (x, y) for x in range(place.x, place.x + place.width) for y in range(place.y, place.y + place.height)
    }


def check(shown: Arrangement, width: int, height: int) -> None:
    """Every cell of the body belongs to one pane or one divider."""
    everywhere = [*shown.places.values(), *shown.dividers]
    taken: set[tuple[int, int]] = set()
    for place in everywhere:
        assert place.width > 0 and place.height > 0, shown
        cells = cells_of(place)
        assert not cells & taken, shown
        taken |= cells
    assert taken == cells_of(Place(0, 0, width, max(1, height - 3))), shown


@given(st.integers(1, 220), st.integers(1, 80), WISHES)
def test_places_never_overlap_lie_inside_and_cover_the_body(width: int, height: int, wish: Wish) -> None:
    check(arrange(width, height, wish), width, height)


@pytest.mark.parametrize(
    ("size", "shape", "panes"),
    [
        ((59, 40), "list", {"phases"}),
        ((80, 15), "list", {"phases"}),
        ((80, 24), "narrow", {"phases", "log"}),
        ((120, 40), "two", {"phases", "metrics", "breaks", "log", "chat"}),
        ((200, 60), "three", set(PANES)),
        ((200, 49), "two", {"phases", "metrics", "breaks", "log", "chat"}),
    ],
)
def test_what_fits(size: tuple[int, int], shape: str, panes: set[str]) -> None:
    assert shape_of(*size) == shape
    assert set(arrange(*size, Wish()).places) == panes


def test_a_tab_takes_the_place_of_the_one_before() -> None:
    for tab in TABS:
        shown = arrange(80, 24, Wish(tab=tab))
        assert shown.tabs == tab and set(shown.places) == {"phases", tab}
        assert shown.places[tab] == arrange(80, 24, Wish()).places["log"]
    assert not arrange(120, 40, Wish(tab="chat")).tabs


def test_more_and_less_room_have_limits() -> None:
    usual = arrange(120, 40, Wish()).places["phases"].width
    assert arrange(120, 40, Wish(grown={"phases": 2})).places["phases"].width == usual + 2
    assert arrange(120, 40, Wish(grown={"phases": 500})).places["phases"].width == 80
    assert arrange(120, 40, Wish(grown={"phases": -500})).places["phases"].width == 36


def test_what_is_zoomed_fills_the_body_at_every_size() -> None:
    for size in ((40, 10), (80, 24), (120, 40), (200, 60)):
        assert arrange(*size, Wish(zoomed="chat")).places == {"chat": Place(0, 0, size[0], size[1] - 3)}


@pytest.mark.parametrize(
    ("size", "graph", "detail"), [((160, 50), 8, 12), ((200, 60), 10, 16), ((300, 90), 14, 28)]
)
def test_plan_and_detail_have_their_rows_and_no_pane_is_a_slit(
    size: tuple[int, int], graph: int, detail: int
) -> None:
    places = arrange(*size, Wish()).places
    assert (places["graph"].height, places["detail"].height) == (graph, detail)
    assert min(place.height for place in places.values()) >= 4


def test_log_and_detail_share_their_column() -> None:
    usual = arrange(160, 50, Wish()).places
    more = arrange(160, 50, Wish(grown={"log": 4})).places
    assert more["log"].height == usual["log"].height + 4
    assert more["detail"].height == usual["detail"].height - 4
    assert arrange(160, 50, Wish(grown={"log": 500})).places["detail"].height == 4
    assert arrange(160, 50, Wish(grown={"log": -500})).places["log"].height == 10


def test_the_order_is_that_of_reading() -> None:
    assert arrange(120, 40, Wish()).order == ("phases", "log", "chat", "metrics", "breaks")
    assert arrange(200, 60, Wish()).order == (
        "phases", "log", "inbox", "metrics", "chat", "graph", "detail", "commits", "breaks",
    )  # fmt: skip
