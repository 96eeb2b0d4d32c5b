from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.tui.viewport import Viewport


def viewport(count: int, height: int, *, cursor: bool = True, follows: bool = False) -> Viewport:
    view = Viewport(cursor=cursor, follows=follows)
    view.resize(height)
    view.change(count, 0, 0)
    return view


def test_the_list_moves_by_half_a_screen_at_an_edge() -> None:
    view = viewport(100, 10)
    moves = 0
    for index in range(1, 60):
        top = view.top
        view.move_to(index)
        assert view.shows(index)
        moves += view.top != top
    assert moves <= 12
    for index in reversed(range(60)):
        top = view.top
        view.move_to(index)
        assert view.shows(index)
        moves += view.top != top
    assert moves <= 24 and view.top == 0


def test_the_cursor_stays_on_the_screen_when_that_shrinks() -> None:
    view = viewport(100, 20)
    view.move_to(19)
    view.resize(5)
    assert view.shows(19)


def test_a_page_keeps_one_row() -> None:
    view = viewport(100, 10, cursor=False)
    view.page(1)
    assert view.top == 9
    view.page(-1)
    assert view.top == 0
    view = viewport(100, 10)
    view.page(1)
    assert view.cursor == 9 and view.top == 9
    for _ in range(20):
        view.page(1)
    assert view.cursor == 99 and view.top == 90


def test_at_the_end_it_stays_at_the_end() -> None:
    view = viewport(50, 10, cursor=False, follows=True)
    assert view.top == 40 and view.following
    view.change(60, view.top, None)
    assert view.top == 50 and view.unseen == 0


def test_away_from_the_end_new_rows_are_counted() -> None:
    view = viewport(50, 10, cursor=False, follows=True)
    view.scroll(-5)
    assert not view.following
    view.change(57, view.top, None)
    assert view.top == 35 and view.unseen == 7
    view.scroll(8)
    assert view.unseen == 4 and not view.following
    view.scroll(99)
    assert view.unseen == 0 and view.following


def test_following_can_be_turned_on_and_off() -> None:
    view = viewport(50, 10, cursor=False, follows=True)
    view.follow(False)
    view.change(60, view.top, None)
    assert view.top == 40 and view.unseen == 10
    view.follow(True)
    assert view.top == 50 and view.unseen == 0
    plain = viewport(50, 10)
    plain.follow(True)
    assert not plain.following


def test_an_empty_list() -> None:
    view = viewport(0, 10)
    view.move_to(5)
    view.page(1)
    view.scroll(3)
    assert view.cursor is None and view.top == 0
    view.change(3, 0, None)
    assert view.cursor == 0


steps = st.lists(
    st.one_of(
        st.tuples(st.just("move"), st.integers(-5, 60)),
        st.tuples(st.just("page"), st.sampled_from([-1, 1])),
        st.tuples(st.just("scroll"), st.integers(-30, 30)),
        st.tuples(st.just("resize"), st.integers(0, 20)),
        st.tuples(st.just("count"), st.integers(0, 50)),
        st.tuples(st.just("follow"), st.sampled_from([0, 1])),
    ),
    max_size=30,
)


@given(steps, st.booleans(), st.booleans())
def test_whatever_happens_the_window_lies_in_the_list(
    done: list[tuple[str, int]], cursor: bool, follows: bool
) -> None:
    view = viewport(30, 10, cursor=cursor, follows=follows)
    for name, value in done:
        match name:
            case "move":
                view.move_to(value)
                assert not cursor or not view.count or not view.height or view.shows(view.cursor)
            case "page":
                view.page(value)
            case "scroll":
                view.scroll(value)
            case "resize":
                view.resize(value)
            case "count":
                view.change(value, view.top, view.cursor)
            case _:
                view.follow(bool(value))
        assert 0 <= view.top <= view.last_top <= max(0, view.count - 1)
        assert view.cursor is None or 0 <= view.cursor < view.count
        assert (view.cursor is not None) == (cursor and view.count > 0)
        assert 0 <= view.unseen <= view.count
        assert not (view.following and view.top != view.last_top)


def test_no_room_at_all() -> None:
    view = viewport(30, 10)
    view.resize(0)
    view.move_to(12)
    view.page(1)
    view.resize(10)
    assert view.shows(view.cursor) and 0 <= view.top <= view.last_top
