"""The pure parts of search, palette and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from prdrunner_tui.kernel.commands import Refusal
from prdrunner_tui.text.find import finder, ranges
from prdrunner_tui.tui.actions import ACTIONS, ALSO, BY_ID, Action
from prdrunner_tui.tui.glyphs import Glyphs
from prdrunner_tui.tui.rows.palette import elsewhere, offered, palette_rows
from prdrunner_tui.tui.rows.scene import Scene
from prdrunner_tui.tui.rows.why import why_decision, why_phase
from prdrunner_tui.tui.search import MOST, LogSearch
from prdrunner_tui.tui.span import plain, width_of
from tests.unit.tui.sample_run import ME, NOW, sample_log

SCENE = Scene(NOW, Glyphs(False), ME)


def test_a_text_is_found_as_it_stands() -> None:
    assert ranges(finder("a.b"), "a.b axb A.B") == [(0, 3), (8, 11)]
    assert ranges(finder(""), "abc") == []


class Engine:
    """Answers with lines by key, and notes what was asked."""

    def __init__(self, lines: Mapping[str, list[int]]) -> None:
        self.lines = lines
        self.asked: list[tuple[str, int]] = []

    async def ask(self, what: str, args: Mapping[str, Any]) -> Any:
        assert what == "search"
        key, limit = args["key"], args["limit"]
        self.asked.append((key, limit))
        if key not in self.lines:
            return Refusal("not_now", "the engine is gone", "")
        return {"total": 9, "lines": self.lines[key][:limit], "more": len(self.lines[key]) > limit}


async def test_places_are_numbered_from_the_newest() -> None:
    engine, told = Engine({"old": [3, 1], "new": [7]}), []
    search = LogSearch(engine.ask, lambda: told.append(len(search.found)))
    await search.run("x", ["old", "new"])
    assert search.found == [("new", 7), ("old", 3), ("old", 1)] and told == [1, 3, 3]

    def shown(key: str, line: int) -> int | None:
        return line

    assert [search.move(1, shown) for _ in range(4)] == [*search.found, ("new", 7)]
    assert search.words(shown) == "/x 1 of 3"
    assert search.move(-1, shown) == ("old", 1)

    def filtered(key: str, line: int) -> int | None:
        return None if key == "old" else line

    assert search.words(filtered) == "/x 0 of 1" and search.move(1, filtered) == ("new", 7)
    search.end()
    assert search.words(shown) == "" and search.move(1, shown) is None


async def test_a_search_ends_where_it_has_enough_or_is_refused() -> None:
    engine = Engine({"old": [1], "new": [*range(2 * MOST, 0, -1)]})
    search = LogSearch(engine.ask, lambda: None)
    await search.run("x", ["old", "new"])
    assert engine.asked == [("new", MOST)] and search.more and len(search.found) == MOST
    assert search.words(lambda key, line: line) == f"/x 0 of {MOST}+"
    await search.run("y", ["gone"])
    assert search.words(lambda key, line: line) == "/y the engine is gone" and not search.found


def test_the_palette_finds_by_all_words_and_what_works_here_first() -> None:
    found = [action.id for action in offered(ACTIONS, "PAUSE", ("phases", "everywhere"))]
    assert found == ["phase.pause", "run.pause", "leave.pause"]
    assert [action.id for action in offered(ACTIONS, "resume run pause", ("phases",))] == ["run.pause"]
    every = {action.id for action in offered(ACTIONS, "", ("phases",))}
    assert "chat.send" not in every and "palette.open" not in every and "leave.stop" in every


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("quit", "app.leave"),
        ("exit", "app.leave"),
        ("money", "go.metrics"),
        ("Budget", "go.metrics"),
        ("cost", "go.metrics"),
        ("permission", "inbox.list"),
    ],
)
def test_the_palette_knows_what_people_call_it(typed: str, first: str) -> None:
    assert next(iter(offered(ACTIONS, typed, ("phases", "everywhere")))).id == first


def test_other_words_are_those_of_actions_that_there_are() -> None:
    assert set(ALSO) <= set(BY_ID)


def test_a_row_of_the_palette_says_the_key_and_the_command_or_where() -> None:
    actions = offered(ACTIONS, "pause", ("phases",))

    def why_not(action: Action) -> str:
        return elsewhere(action, ("phases",)) or ("the run is over" if action.id == "run.pause" else "")

    here, over, there = palette_rows(actions, why_not, 120, SCENE)
    assert plain(here.line).split()[0] == "p" and "prdrunner pause --task PHASE" in plain(here.line)
    assert "the run is over" in plain(over.line) and "prdrunner" not in plain(over.line)
    assert "only in leave" in plain(there.line) and elsewhere(actions[0], ("phases",)) == ""
    for width in (40, 80, 120):
        assert {width_of(row.line) for row in palette_rows(actions, why_not, width, SCENE)} == {width}


def why(phase: str, width: int = 100) -> list[str]:
    rows = why_phase(sample_log().state(), phase, width, SCENE, {"due-dates": "Edit \x1b[31m due.py"})
    assert all(width_of(row.line) <= width for row in rows)
    return [plain(row.line) for row in rows]


def test_why_a_phase_waits_goes_down_the_chain() -> None:
    lines = why("search")
    assert "search  waits for tags" in lines[0]
    assert "tags  needs you" in lines[1] and lines[1].startswith("    ")
    assert any("Review" in line for line in lines[2:])


def test_why_a_phase_under_way_says_what_it_does_and_since_when() -> None:
    text = "\n".join(why("due-dates"))
    assert "running, iteration 2" in text and "implement, since " in text and "the agent works" in text
    assert (
        "the agent says: Edit ␛[31m due.py" in text and "the agent was told: failing checks: 2 failed" in text
    )
    assert "reminders waits for it" in text
    assert "done at " in why("storage")[0]
    assert why("nothing") == []
    assert why("search", 40)


def test_why_a_decision_waits() -> None:
    state = sample_log().state()
    decision = state.open_decisions()[0]
    text = "\n".join(plain(row.line) for row in why_decision(state, decision, 100, SCENE))
    assert "open since" in text and "if you do nothing" in text and "search waits for tags" in text
