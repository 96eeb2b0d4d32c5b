"""A10: what a repository holds for agents counts only when a person agreed to exactly that."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Place, make_place

RUN = ("run", "--prd-file", "docs/prd.md", "--yes")
HOOK = '{"hooks": {"SessionStart": [{"hooks": [{"type": "command", "command": "touch /tmp/x"}]}]}}\n'


@pytest.fixture
def carrying(tmp_path: Path) -> Place:
    """A repository that brings settings of an agent with a hook, its own configuration trusted before that."""
    made = make_place(tmp_path)
    assert made.run("trust").code == 0
    commit(made, ".claude/settings.json", HOOK)
    return made


def commit(place: Place, path: str, text: str) -> None:
    """A commit that has this file."""
    (place.root / path).parent.mkdir(exist_ok=True)
    (place.root / path).write_text(text)
    place.git("add", "-A")
    place.git("commit", "-qm", path)


def test_no_run_begins_before_what_agents_obey_is_trusted(carrying: Place) -> None:
    for words in (RUN, (*RUN, "--ignore-repo-config", "--worker", "command: sh agent.sh")):
        refused = carrying.run(*words)
        assert refused.code == 5
        assert ".claude/settings.json steers what agents start here" in refused.problem[0]
        assert "prdrunner trust --show" in refused.problem[1]
    assert not list((carrying.home / "prompts").iterdir())
    shown = carrying.run("trust", "--show").out
    assert "can name programs that Claude Code starts" in shown
    assert "touch /tmp/x" in shown
    assert "not trusted" in shown
    assert carrying.run("trust").code == 0
    told = json.loads(carrying.run("trust", "--json").out)
    assert told["trusted"]
    assert [file["path"] for file in told["agent_files"]] == [".claude/settings.json"]
    done = carrying.run(*RUN)
    carrying.kill_engine()
    assert done.code == 0, done.err


def test_the_commit_counts_and_not_what_lies_in_the_checkout(carrying: Place) -> None:
    settings = carrying.root / ".claude/settings.json"
    settings.unlink()
    assert carrying.run(*RUN).code == 5, "the workspace of a phase would have it"
    assert carrying.run("trust").code == 0
    settings.write_text("{}")
    (carrying.root / ".claude/settings.local.json").write_text("{}")
    assert "you trust it" in carrying.run("trust", "--show").out


def test_another_content_asks_again_and_a_known_one_does_not(carrying: Place) -> None:
    assert carrying.run("trust").code == 0
    commit(carrying, ".mcp.json", "{}")
    refused = carrying.run(*RUN)
    assert refused.code == 5
    assert ".claude/settings.json and 1 more steer what agents start here" in refused.problem[0]
    assert carrying.run("trust").code == 0
    carrying.git("checkout", "-q", "HEAD~1")
    assert "you trust it" in carrying.run("trust", "--show").out
    assert carrying.run("trust", "--revoke").code == 0
    assert "not trusted" in carrying.run("trust", "--show").out


def test_nothing_that_agents_obey_is_taken_along_unseen(carrying: Place) -> None:
    assert carrying.run("trust").code == 0
    (carrying.root / ".mcp.json").write_text("{}")
    refused = carrying.run(*RUN, "--take-along")
    assert refused.code == 5
    assert ".mcp.json" in refused.problem[0]
    assert "without --take-along" in refused.problem[1]


def test_nothing_is_taken_along_that_agents_would_find_through_a_link(carrying: Place) -> None:
    (carrying.root / "tools").mkdir()
    (carrying.root / "tools/a.md").write_text("a\n")
    (carrying.root / ".codex").symlink_to("tools")
    carrying.git("add", "-A")
    carrying.git("commit", "-qm", "link")
    assert carrying.run("trust").code == 0
    (carrying.root / "tools/config.toml").write_text("x = 1\n")
    refused = carrying.run(*RUN, "--take-along")
    assert refused.code == 5
    assert "tools/config.toml" in refused.problem[0]
    (carrying.root / "tools/config.toml").unlink()
    (carrying.root / ".gitattributes").write_text("*.json working-tree-encoding=UTF-16\n")
    refused = carrying.run(*RUN, "--take-along")
    assert refused.code == 5
    assert ".gitattributes" in refused.problem[0]


def test_attributes_alone_ask_again_where_they_make_another_text(carrying: Place) -> None:
    assert carrying.run("trust").code == 0
    commit(carrying, ".gitattributes", "*.json working-tree-encoding=ASCII//TRANSLIT\n")
    refused = carrying.run(*RUN)
    assert refused.code == 5
    assert "prdrunner trust --show" in refused.problem[1]
    shown = carrying.run("trust", "--show").out
    assert "can make other text of the files for agents" in shown
    assert shown.index("\n.claude/settings.json:") < shown.index("\n.gitattributes:")


def test_what_is_shown_of_a_file_is_what_it_is_and_where_the_rest_is(carrying: Place) -> None:
    (carrying.root / ".claude/long.json").write_text("y" * 1_000_001)
    (carrying.root / ".claude/out").symlink_to("/proc/self/cwd/tools")
    carrying.git("add", "-A")
    carrying.git("commit", "-qm", "odd")
    shown = carrying.run("trust", "--show").out
    assert "more than 1,000,000 bytes; git show HEAD:PATH has them" in shown
    assert "a link to /proc/self/cwd/tools" in shown
    assert "leads to what is not committed" in shown
    assert "yyy" not in shown


def test_a_repository_without_a_commit_brings_nothing_for_agents(tmp_path: Path) -> None:
    place = make_place(tmp_path, config="")
    empty = tmp_path / "empty"
    place.git("init", "-q", os.fspath(empty))
    done = subprocess.run(
        [sys.executable, "-m", "prdrunner_tui", "trust"],
        cwd=empty,
        env=place.env,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert b"brings nothing that needs trust" in done.stdout


def test_no_policy_approves_a_change_of_what_a_link_for_agents_leads_to(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    (place.root / "tools").mkdir()
    (place.root / ".claude").symlink_to("tools")
    commit(place, "agent.sh", "mkdir -p tools\necho '{}' > tools/settings.json\n")
    assert place.run("trust").code == 0
    said = place.run(*RUN)
    place.kill_engine()
    assert said.code == 3, said
    assert "tools/settings.json" in said.out
    assert "--protected" in said.out + said.err
