"""Whatever the agent is: no more of its requests wait at once than a person can look at."""

from __future__ import annotations

from pathlib import Path

from prdrunner_tui.agents.job import directory_name
from prdrunner_tui.kernel import commands
from prdrunner_tui.steps.effects.perform import MOST_OPEN
from prdrunner_tui.workers.updates import Asked, PermissionAsked, to_json
from tests.simulated import PERSON
from tests.unit.steps.test_permissions import Desk


class Answers:
    """What the agent of a desk was told, by the id of its request."""

    def __init__(self, desk: Desk) -> None:
        self.key = desk.turn
        self.told: dict[str, object] = {}
        desk.effects._context.hosts.links[directory_name(desk.turn, 1)] = self  # type: ignore[assignment]

    def answer(self, ask: str, text: str) -> None:
        self.told[ask] = text

    def permission(self, ask: str, *, allow: bool, option: str | None = None, reason: str = "") -> None:
        self.told[ask] = (allow, reason)


async def test_requests_beyond_a_number_are_answered_and_not_asked(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    answers = Answers(desk)
    for number in range(MOST_OPEN - 1):
        desk.effects.heard(desk.turn, to_json(PermissionAsked(f"p{number}", "command", f"rm {number}")))
    desk.effects.heard(desk.turn, to_json(Asked("q", "Which day?")))
    assert answers.told == {}
    # Before the state was looked at again, and after.
    for suffix in ("a", "b"):
        desk.effects.heard(desk.turn, to_json(Asked(f"q{suffix}", "And which month?")))
        desk.effects.heard(desk.turn, to_json(PermissionAsked(f"p{suffix}", "command", "rm more")))
        desk.follow()
        words = answers.told[f"q{suffix}"]
        assert isinstance(words, str) and "this one is not asked" in words
        assert answers.told[f"p{suffix}"] == (False, words)
    assert len(desk.simulation.state.open_decisions()) == MOST_OPEN


async def test_what_rules_answer_takes_no_place_and_needs_none(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    answers = Answers(desk)
    for number in range(2 * MOST_OPEN):
        desk.effects.heard(desk.turn, to_json(PermissionAsked(f"p{number}", "command", "pytest -q")))
    desk.effects.heard(desk.turn, to_json(PermissionAsked("x", "command", "rm x")))
    desk.follow()
    await desk.saved()
    assert [d.status for d in desk.simulation.state.decisions.values()].count("approved") == 2 * MOST_OPEN
    assert len(desk.simulation.state.open_decisions()) == 1
    assert all(answers.told[f"p{number}"] == (True, "") for number in range(2 * MOST_OPEN))


async def test_a_decision_makes_room(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    answers = Answers(desk)
    for number in range(MOST_OPEN):
        desk.effects.heard(desk.turn, to_json(PermissionAsked(f"p{number}", "command", f"rm {number}")))
    desk.follow()
    one = desk.simulation.state.open_decisions()[0]
    desk.submit(commands.Decide(one.id, "reject", one.content_hash, PERSON, "no"))
    desk.follow()
    desk.effects.heard(desk.turn, to_json(PermissionAsked("more", "command", "rm more")))
    desk.follow()
    assert len(desk.simulation.state.open_decisions()) == MOST_OPEN and "more" not in answers.told
