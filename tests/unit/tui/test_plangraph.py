"""The graph of the plan: what its lines say is what the plan says, in the width that there is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prdrunner_tui.kernel.settings import PhasePlan
from prdrunner_tui.kernel.state import RunState
from prdrunner_tui.prd import graph
from prdrunner_tui.tui.rows.graphlayout import draw
from prdrunner_tui.tui.rows.plangraph import plan_graph
from prdrunner_tui.tui.span import Line, plain
from tests.unit.tui.sample_run import check_widths, sample_log, scene, started, texts

UP, DOWN, LEFT, RIGHT = "└┘├┤┴┼│", "┌┐├┤┬┼│", "┐┘┤┬┴┼", "┌└├┬┴┼"
"""The signs that go on to each side."""
Needs = dict[str, tuple[str, ...]]


def state_of(needs: Needs) -> RunState:
    """A run of phases that need others."""
    return started(*(PhasePlan(id, id, deps=deps) for id, deps in needs.items())).state()


def drawn(needs: Needs, width: int = 56, room: int = 9, *, ascii: bool = False, here: str = "") -> list[str]:
    lines = plan_graph(state_of(needs), width, scene(ascii=ascii), room=room, here=here)
    check_widths(lines, width)
    assert len(lines) <= room
    return texts(lines)


def read(rows: list[str], ids: list[str]) -> set[tuple[str, str]]:
    """The pairs of phases that the lines of a drawing join, followed cell by cell from left to right."""
    places = {(row, found.start() - 3): id for id in ids for row, found in _found(id, rows)}
    pairs: set[tuple[str, str]] = set()
    for (row, x), id in places.items():
        seen: set[tuple[int, int, str]] = set()
        ways = [(row, x + 3 + len(id) + 1, "right")] if rows[row][x + 3 + len(id) :].strip() else []
        while ways:
            way = ways.pop()
            if way in seen:
                continue
            seen.add(way)
            y, at, going = way
            sign = rows[y][at : at + 1]
            if (y, at) in places and going == "right":
                pairs.add((id, places[y, at]))
            elif going == "right" and sign == "─":
                ways.append((y, at + 1, going))
            elif going == "right" and sign and sign in "│├└┌":
                ways.append((y, at + 1, going))  # Below the line of another net.
            elif sign and sign in UP + DOWN:
                if sign in RIGHT:
                    ways.append((y, at + 1, "right"))
                if sign in UP and going != "down":
                    ways.append((y - 1, at, "up"))
                if sign in DOWN and going != "up":
                    ways.append((y + 1, at, "down"))
    return pairs


def _found(id: str, rows: list[str]) -> list[tuple[int, re.Match[str]]]:
    pattern = re.compile(rf"(?<![\w-]){re.escape(id)}(?![\w-])")
    return [(row, found) for row, text in enumerate(rows) for found in pattern.finditer(text)]


def meant(needs: Needs) -> set[tuple[str, str]]:
    """The pairs of a plan without those that follow from others."""
    return {
        (dep, id)
        for id, deps in needs.items()
        for dep in deps
        if not any(dep in graph.transitive(needs, other) for other in deps)
    }


NAMES = ["aa", "bb", "cc", "dd", "ee", "ff", "gg", "hh", "ii"]


@st.composite
def plans(make: st.DrawFn) -> Needs:
    """Plans of some phases, each of which needs some of those before it."""
    names = NAMES[: make(st.integers(1, len(NAMES)))]
    return {
        name: tuple(sorted(make(st.sets(st.sampled_from(names[:place]), max_size=3)))) if place else ()
        for place, name in enumerate(names)
    }


@settings(max_examples=150, deadline=None)
@given(plans(), st.sampled_from([8, 14, 40]))
def test_the_lines_say_what_the_plan_says(needs: Needs, room: int) -> None:
    if draw(tuple(needs.items()), room) is None:
        return
    rows = drawn(needs, 200, room)
    rows = [row for row in rows if "critical path" not in row and "phases," not in row]
    assert read(rows, list(needs)) == meant(needs), "\n".join(rows)


@settings(max_examples=60, deadline=None)
@given(plans())
def test_there_is_always_a_drawing_where_there_is_room(needs: Needs) -> None:
    assert draw(tuple(needs.items()), 40) is not None


def test_the_sample_run() -> None:
    lines = plan_graph(sample_log().state(), 56, scene(), room=9, here="due-dates", left=(540, 840))
    check_widths(lines, 56)
    assert texts(lines) == [
        " ✓ storage ─┬─ ! tags ──────── · search",
        "            │",
        "            └─>⠋ due-dates ─┬─ · reminders",
        "                            │",
        " ✓ config ──────────────────┘",
        "",
        " critical path  storage > tags > search     9m-14m left",
    ]


def test_where_there_are_few_rows_it_is_drawn_without_gaps() -> None:
    needs: Needs = {"base": (), "api": ("base",), "web": ("base",), "docs": ("api", "web")}
    assert drawn(needs, room=3)[:2] == [" ○ base ─┬─ · api ─┬─ · docs", "         └─ · web ─┘"]
    assert drawn(needs, room=2) == drawn(needs, room=3)[:2]


def test_phases_that_need_the_same_share_their_lines() -> None:
    needs: Needs = {"a": (), "b": (), "c": ("a", "b"), "d": ("a", "b")}
    assert drawn(needs, room=4)[:2] == [" ○ a ─┬─ · c", " ○ b ─┴─ · d"]


def test_a_line_into_the_row_of_another_leaves_that_one_whole() -> None:
    needs: Needs = {"a": (), "b": (), "c": ("a", "b"), "d": ("a",)}
    assert drawn(needs, room=4)[:2] == [" ○ a ─┬─ · d", " ○ b ─└─ · c"]


def test_ascii_has_its_own_signs() -> None:
    needs: Needs = {"base": (), "api": ("base",), "web": ("base",), "docs": ("api", "web")}
    assert drawn(needs, ascii=True)[:3] == [
        " o base -+- . api -+- . docs",
        "         |         |",
        "         +- . web -+",
    ]


def test_names_are_cut_before_the_graph_is_given_up() -> None:
    needs: Needs = {"the-first-phase-of-all": (), "the-second-phase": ("the-first-phase-of-all",)}
    assert drawn(needs, 56)[0] == " ○ the-first-phase-of-all ── · the-second-phase"
    assert drawn(needs, 36)[0] == " ○ the-first-ph… ── · the-second-p…"
    assert drawn(needs, 20)[:2] == [" 1  ○ the-first-pha…", " 2  · the-second-ph…"]


def test_too_many_batches_are_a_row_each_and_the_rest_is_counted() -> None:
    needs: Needs = {f"p{n}": (f"p{n - 1}",) if n else () for n in range(12)}
    assert drawn(needs, 40, 4) == ["  1  ○ p0", "  2  · p1", "  3  · p2", " 9 more, g p shows all"]


def test_a_wide_batch_takes_several_rows_or_counts_the_rest() -> None:
    needs: Needs = {f"part{n}": () for n in range(12)}
    assert drawn(needs, 40, 5) == [
        " 1  ○ part0   ○ part1   ○ part2",
        "    ○ part3   ○ part4   ○ part5",
        "    ○ part6   ○ part7   ○ part8",
        "    ○ part9   ○ part10  ○ part11",
        " 12 phases, 0 ended              ? left",
    ]
    assert drawn(needs, 40, 2)[0] == " 1  ○ part0  ○ part1  ○ part2  +9"


def looks(lines: list[Line], sign: str) -> list[set[str]]:
    """The looks of a sign in each row in which it stands."""
    found = [{token for token, text in line if sign in text} for line in lines]
    return [one for one in found if one]


def test_the_lines_of_the_critical_path_stand_out() -> None:
    lines = plan_graph(sample_log().state(), 56, scene(), room=9)
    first, second, third = (line for line in lines if "─" in plain(line))
    assert looks([first], "─") == [{"text"}]
    assert looks([second, third], "─") == [{"rule"}, {"rule"}]


def test_the_end_says_that_nothing_is_left() -> None:
    assert drawn({"one": ()})[-1].split() == ["1", "phase,", "0", "ended", "?", "left"]
    assert not plan_graph(state_of({"one": ()}), 40, scene(), room=0)


@pytest.mark.parametrize("room", [1, 2, 5, 20])
@pytest.mark.parametrize("width", [20, 36, 56, 200])
def test_any_size_is_kept(width: int, room: int) -> None:
    needs: Needs = {
        f"phase-{n}": tuple(f"phase-{m}" for m in range(n) if (n * m) % 5 == 1) for n in range(30)
    }
    drawn(needs, width, room)
    drawn({f"漢字{n}": () if n < 2 else (f"漢字{n - 2}",) for n in range(6)}, width, room)
