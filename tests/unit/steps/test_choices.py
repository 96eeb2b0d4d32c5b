"""What the words for a worker mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.config.models import Config
from prdrunner_tui.config.running import Profile, Workers
from prdrunner_tui.steps.choices import (
    assigned,
    make_workers,
    named_workers,
    offered,
    with_script,
    worker_choice,
)
from prdrunner_tui.text.problem import Problem


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with an agent's script and a source file."""
    (tmp_path / "agent.sh").write_text("true\n")
    (tmp_path / "src.py").write_text("x = 1\n")
    return tmp_path


def test_a_script_of_the_checkout_is_named_by_its_whole_path(root: Path) -> None:
    assert with_script(root, "sh agent.sh --fast") == f"sh {root}/agent.sh --fast"
    assert with_script(root, "./agent.sh") == f"{root}/agent.sh"


@pytest.mark.parametrize(
    "command", ["tool src.py", "agent.sh", "sh -c 'cat src.py'", "sh missing.sh", "sh 'unclosed"]
)
def test_other_words_are_left_alone(root: Path, command: str) -> None:
    assert with_script(root, command) == command


def test_a_command_line_does_not_plan_or_review_unless_it_is_named_for_it(root: Path) -> None:
    assert set(make_workers(root, Config(), "command: sh agent.sh", None)) == {"implement"}
    config = Config(workers=Workers(review="command: sh agent.sh"))
    assert set(make_workers(root, config, "command: sh agent.sh", None)) == {"implement", "review"}


def test_a_profile_is_found_by_its_name(root: Path) -> None:
    config = Config(
        workers=Workers(profiles={"mine": Profile(worker="command", command="tool", prompt="file")})
    )
    choice = worker_choice(root, config, "mine")
    assert (choice.worker, choice.label, choice.options) == (
        "command",
        "mine",
        {"command": "tool", "prompt": "file"},
    )


@pytest.mark.parametrize(
    ("text", "what"),
    [("comand: x", "did you mean command:"), ("command:", "needs a command line"), ("x", "there is no")],
)
def test_unknown_words_are_one_line_with_a_hint(root: Path, text: str, what: str) -> None:
    with pytest.raises(Problem) as caught:
        worker_choice(root, Config(), text)
    assert what in str(caught.value)


def test_nobody_to_implement_is_a_problem(root: Path) -> None:
    with pytest.raises(Problem, match="no agent is configured"):
        make_workers(root, Config(), "", None)


def test_an_agent_that_comes_along_is_a_worker_by_its_name(root: Path) -> None:
    choice = worker_choice(root, Config(), "qwen")
    assert (choice.worker, choice.options, choice.label) == ("acp", {"profile": "qwen"}, "qwen")
    assert make_workers(root, Config(), "qwen", None)["review"].options == {"profile": "qwen"}


def test_a_profile_of_that_name_stands_in_front_of_the_agent(root: Path) -> None:
    config = Config(workers=Workers(profiles={"qwen": Profile(worker="command", command="tool")}))
    assert worker_choice(root, config, "qwen").worker == "command"
    assert named_workers(config)["qwen"].worker == "command"
    assert list(named_workers(config))[:2] == ["qwen", "claude-agent-acp"]


def test_agents_that_come_along_are_offered_when_they_are_there(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = root / "vibe-acp"
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(root))
    config = Config(workers=Workers(profiles={"mine": Profile(worker="command", command="nowhere")}))
    assert offered(config) == ("mine", "vibe")


def test_permissions_of_a_name_hold_for_the_agent_that_comes_along(root: Path) -> None:
    config = Config.model_validate({"permissions": {"profiles": {"qwen": {"commands": {"deny": ("rm *",)}}}}})
    assert worker_choice(root, config, "qwen").permissions == {"commands": {"deny": ("rm *",)}}
    assert worker_choice(root, config, "gemini").permissions == {}


def test_a_misspelt_agent_is_told_with_what_was_meant(root: Path) -> None:
    with pytest.raises(Problem) as caught:
        worker_choice(root, Config(), "gemnii")
    assert "did you mean gemini?" in str(caught.value)


def test_who_does_which_step_is_told_as_it_is_written() -> None:
    config = Config(workers=Workers(default="command: sh a.sh", review="qwen"))
    assert assigned(config) == {"implement": "command: sh a.sh", "review": "qwen"}
    assert assigned(config, "gemini") == {"plan_impl": "gemini", "implement": "gemini", "review": "qwen"}
