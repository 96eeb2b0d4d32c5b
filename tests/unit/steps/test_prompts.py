"""Prompts: what a worker is told, and templates of a repository that go wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.kernel.commands import SendMessage
from prdrunner_tui.kernel.settings import Check, Criterion, PhasePlan, WorkerChoice
from prdrunner_tui.kernel.state import Effect, Phase, Step
from prdrunner_tui.steps.effects.context import Doing
from prdrunner_tui.steps.prompts import ROLES, default_template, render, render_prompt
from prdrunner_tui.text.problem import Problem
from tests.simulated import PERSON, Answer, Simulation, World, start

PLAN = PhasePlan(
    "tags",
    "Tags",
    description="A task may have tags.",
    criteria=(Criterion("T-1.1", "tags_of gives the tags"),),
    scope=("todo/tags.py",),
)

REVIEWED = {"implement": WorkerChoice("scripted"), "review": WorkerChoice("scripted")}


class Recorder(World):
    """A world that keeps the prompt of each turn, made when the turn begins."""

    def __init__(self) -> None:
        super().__init__()
        self.prompts: list[tuple[str, str]] = []
        self.sim = Simulation(self)

    def answer(self, phase: Phase | None, step: Step | None, effect: Effect) -> Answer:
        """Keep the prompt, then answer as always."""
        if effect.kind == "turn" and phase is not None:
            role = str(effect.args["role"])
            doing = Doing(None, self.sim.state, phase.id, effect.key, effect.args, effect.at)  # type: ignore[arg-type]
            self.prompts.append((role, render_prompt(doing, role, Path("/out/report.json"))))
        return super().answer(phase, step, effect)

    def of(self, role: str) -> list[str]:
        """The prompts of a role."""
        return [prompt for name, prompt in self.prompts if name == role]


def recorded(*phases: PhasePlan, **settings: Any) -> Recorder:
    """A run that was driven until it waits."""
    recorder = Recorder()
    recorder.sim.take(start(*phases, **settings))
    recorder.sim.settle()
    return recorder


def test_the_first_prompt_says_what_is_to_be_done_and_how_it_is_judged() -> None:
    (prompt,) = recorded(PLAN, checks=(Check("tests", "python3 -m unittest"),)).of("implement")
    for words in (
        "Phase tags: Tags",
        "A task may have tags.",
        "T-1.1: tags_of",
        "todo/tags.py",
        "python3 -m unittest",
    ):
        assert words in prompt


def test_a_rejection_and_a_message_reach_the_next_prompt() -> None:
    recorder = recorded(PLAN)
    sim = recorder.sim
    sim.take(SendMessage("tags", "message", "mind the tabs", PERSON))
    sim.decide_open("reject", reason="keep the old name")
    sim.settle()
    newest = recorder.of("implement")[-1]
    assert "keep the old name" in newest and "mind the tabs" in newest


def test_what_a_person_requires_stands_in_every_later_prompt_of_the_phase() -> None:
    recorder = recorded(PLAN, PhasePlan("due", "Due dates"), workers=REVIEWED)
    sim = recorder.sim
    sim.take(SendMessage("tags", "requirement", "tags are lower case", PERSON))
    sim.take(SendMessage("tags", "correction", "not like this", PERSON))
    for _ in range(2):
        sim.decide_open("reject", reason="again")
        sim.settle()
    first, second = recorder.of("implement")[-2:]
    assert "Message from a person (requirement): tags are lower case" in first
    assert "requires, for all of this phase" not in first and "not like this" in first
    assert "(requirement) tags are lower case" in second and "not like this" not in second
    assert all("(requirement) tags are lower case" in prompt for prompt in recorder.of("review")[-2:])
    sim.decide_open("approve")
    sim.settle()
    assert "Due dates" in recorder.of("implement")[-1]
    assert "lower case" not in recorder.of("implement")[-1]


def test_a_message_goes_to_who_does_the_work_and_not_to_the_reviewer() -> None:
    recorder = Recorder()
    sim = recorder.sim
    recorder.overrides["verify"] = lambda phase, step, effect: None
    sim.take(start(PLAN, workers=REVIEWED))
    sim.settle()
    sim.take(SendMessage("tags", "message", "mind the tabs", PERSON))
    del recorder.overrides["verify"]
    sim.settle()
    assert recorder.of("review") and sim.state.messages["m1"].receipt == "queued"
    sim.decide_open("reject", reason="again")
    sim.settle()
    assert "mind the tabs" in recorder.of("implement")[-1]


@pytest.mark.parametrize("role", ["plan_impl", "review"])
def test_a_role_that_reports_is_told_where(role: str) -> None:
    assert "{{ report }}" in default_template(role)


@pytest.mark.parametrize("role", ROLES)
def test_hostile_words_of_a_prd_are_words_in_the_prompt(role: str) -> None:
    workers = dict.fromkeys(ROLES, WorkerChoice("scripted"))
    recorder = recorded(PhasePlan("x", "{{ 7 * 7 }}", description="{% for x in y %}"), workers=workers)
    assert "{{ 7 * 7 }}" in recorder.of(role)[0]


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("{{ nothing }}", "'nothing' is undefined"),
        ("{% if %}", ":1: "),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ phase.id.__init__.__globals__ }}", "unsafe"),
        ("{{ 1 / 0 }}", "ZeroDivisionError"),
        ("{% include 'other' %}", "cannot be made"),
    ],
)
def test_a_wrong_template_is_one_line_with_its_place(template: str, what: str) -> None:
    with pytest.raises(Problem) as caught:
        render("implement", template, {"phase": PLAN})
    assert what in str(caught.value)
    assert str(caught.value).startswith(".prd_runner/prompts/implement.md.j2")
    assert "\n" not in str(caught.value)


def test_a_template_of_the_repository_takes_the_place_of_ours() -> None:
    recorder = recorded(PLAN, prompts={"implement": "Do {{ phase.id }} in iteration {{ iteration }}."})
    assert recorder.of("implement") == ["Do tags in iteration 1."]
