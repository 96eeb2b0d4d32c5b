"""``run`` and what goes with it, as a person uses it: processes, a real repository, an agent that is a shell script."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import CONFIG, Place, make_place

RUN = ("run", "--prd-file", "docs/prd.md", "--headless")


def test_a_run_ends_in_verified_published_commits_and_leaves_the_checkout_alone(place: Place) -> None:
    before = place.git("status", "--porcelain"), place.git("rev-parse", "HEAD")
    said = place.run(*RUN, "--yes")
    assert said.code == 0, said
    last = [line for line in said.out.splitlines() if "2/2 done" in line]
    branch = last[0].split("branch ")[1]
    assert place.git("log", "--format=%s|%an", f"main..{branch}").splitlines() == [
        "Halve|Ada",
        "Multiply|Ada",
    ]
    assert (place.git("status", "--porcelain"), place.git("rev-parse", "HEAD")) == before
    assert "review d1 approved auto(--yes)" in said.out
    assert f"git merge {branch}" in said.out


def test_a_gate_that_is_off_is_nobodys_need(tmp_path: Path) -> None:
    off = "approval_gates: {gates: {before_commit: {enabled: false}}}\n"
    place = make_place(tmp_path, config=CONFIG + off)
    assert place.run("trust").code == 0
    said = place.run(*RUN)
    place.kill_engine()
    assert said.code == 0, said
    assert "NEEDS YOU" not in said.out and "needs you" not in said.out and "decide in" not in said.out
    assert said.out.count(" approved auto(approval_gates: before_commit is off)") == 2


def test_the_words_of_a_rejection_are_in_the_next_prompt(place: Place) -> None:
    assert place.run(*RUN, "--detach").code == 0
    place.until("status", holds="review d1")
    words = "call it Grace Hopper's way"
    assert place.run("reject", "d1", "--reason", words).code == 0
    place.until("status", holds="review d2")
    prompts = place.home / "prompts"
    assert words in (prompts / "multiply.2").read_text()
    assert words not in (prompts / "multiply.1").read_text()


def test_the_first_of_two_decisions_wins_and_the_second_is_told(place: Place) -> None:
    assert place.run(*RUN, "--detach").code == 0
    place.until("status", holds="review d1")
    seen = json.loads(place.run("show", "--json").out)["content_hash"]
    assert place.run("approve", "d1", "--seen", seen[:12]).code == 0
    second = place.run("reject", "d1", "--reason", "no")
    assert second.code == 5
    assert "d1 was approved before by" in second.err


def test_an_unfinished_run_of_the_same_prd_is_named(place: Place) -> None:
    first = place.run(*RUN, "--detach").out.split()[0]
    again = place.run(*RUN)
    assert again.code == 5
    assert first in again.problem[0]
    assert f"prdrunner resume --run-id {first}" in again.problem[1]
    assert "--new" in again.problem[1]


def test_ctrl_c_leaves_the_run_going_and_says_how_to_come_back(place: Place) -> None:
    following = subprocess.Popen(
        [sys.executable, "-m", "prdrunner_tui", *RUN],
        cwd=place.root, env=place.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert following.stdout is not None
    for line in following.stdout:
        if "decide in another terminal" in line:
            break
    following.send_signal(signal.SIGINT)
    _, errors = following.communicate(timeout=20)
    assert following.returncode == 128 + signal.SIGINT
    assert "goes on; follow it again: prdrunner resume" in errors
    assert "needs you" in place.run("status").out


def test_after_a_kill_of_the_engine_resume_goes_on(place: Place) -> None:
    assert place.run(*RUN, "--detach").code == 0
    place.until("status", holds="review d1")
    place.kill_engine()
    refused = place.run("pause")
    assert refused.code == 4
    assert "prdrunner resume" in refused.problem[1]
    said = place.run("resume", "--yes")
    assert said.code == 0, said
    assert "2/2 done" in said.out


def test_pause_resume_stop_and_resume(place: Place) -> None:
    assert place.run(*RUN, "--detach").code == 0
    place.until("status", holds="review d1")
    assert place.run("pause", "--reason", "lunch").code == 0
    paused = place.run("status").out
    assert "lunch" in paused
    assert "go on: prdrunner resume" in paused
    place.kill_engine()
    again = place.run("pause")
    assert again.code == 5, "also when the engine has left, since nothing is left to do"
    assert "paused" in again.problem[0]
    assert place.run("stop").code == 0
    stopped = place.run("status").out
    assert "NEEDS YOU" not in stopped
    assert place.run("approve", "d1").code == 5
    assert place.run("resume", "--detach").code == 0
    place.until("status", holds="NEEDS YOU")


def test_yes_stops_at_nothing_ran_and_prints_the_command_that_answers(tmp_path: Path) -> None:
    place = make_place(tmp_path, config="")
    said = place.run(*RUN, "--yes", "--worker", "command: sh agent.sh", "--verify", "true")
    place.kill_engine()
    assert said.code == 3, said
    assert "NEEDS YOU  multiply  nothing ran d1" in said.out
    assert "prdrunner approve d1 --run-id" in said.out
    shown = place.run("show").out
    assert "although no test ran" in shown


def test_yes_stops_at_a_protected_file(place: Place) -> None:
    (place.root / "agent.sh").write_text("echo 'be nice' > AGENTS.md\n")
    place.git("commit", "-qam", "an agent that changes what agents are told")
    said = place.run(*RUN, "--yes")
    assert said.code == 3, said
    assert "AGENTS.md" in said.out
    assert "prdrunner approve d1 --protected" in said.out
    without = place.run("approve", "d1")
    assert without.code == 5
    assert "--protected" in without.problem[1]


def test_yes_does_not_raise_a_budget(place: Place) -> None:
    own = Path(place.env.get("XDG_CONFIG_HOME", str(place.home / ".config"))) / "prdrunner"
    own.mkdir(parents=True)
    (own / "config.yaml").write_text("budget: {turns: 1}\n")
    said = place.run(*RUN, "--yes")
    assert said.code == 3, said
    assert "1 of 1 turn used" in said.out
    shown = [line.split(maxsplit=1) for line in place.run("show").out.splitlines()]
    assert ["spent", "1 turn"] in shown and ["limit", "1 turn"] in shown
    assert place.run("approve").code == 0
    assert place.run("resume", "--yes").code == 0, "a person allowed one more turn, and one was left to take"


def test_yes_stops_at_a_missing_author_who_can_be_named(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    (place.home / ".gitconfig").unlink()
    assert place.run("trust").code == 0
    said = place.run(*RUN, "--yes")
    assert said.code == 3, said
    assert "prdrunner answer d1 'NAME <ADDRESS>'" in said.out
    wrong = place.run("answer", "d1", "Grace")
    assert wrong.code == 5
    assert place.run("answer", "d1", "Grace <grace@example.org>").code == 0
    done = place.run("resume", "--yes")
    place.kill_engine()
    assert done.code == 0, done
    assert place.git("log", "-1", "--format=%an", "--branches=prdrunner/*") == "Grace"


def test_an_untrusted_repository_does_not_run_and_a_changed_one_asks_again(tmp_path: Path) -> None:
    place = make_place(tmp_path)
    refused = place.run(*RUN, "--yes")
    assert refused.code == 5
    assert "prdrunner trust --show" in refused.problem[1]
    assert "not trusted" in place.run("trust", "--show").out
    assert place.run("trust").code == 0
    (place.root / ".prd_runner/config.yaml").write_text(CONFIG + "\n# changed\n")
    assert place.run(*RUN, "--yes").code == 5
    assert not list((place.home / "prompts").iterdir())
    assert place.run("trust", "--revoke").code == 0


def test_the_demo_runs_end_to_end_without_trust_or_network(tmp_path: Path) -> None:
    place = make_place(tmp_path, config="")
    said = place.run("demo", "--directory", "todo", "--headless", "--yes", "--speed", "0", timeout=120)
    place.kill_engine()
    assert said.code == 0, said
    assert "recording, no agent" in said.out
    assert "6/6 done" in said.out
    copy = Place(place.root / "todo", place.home)
    assert len(copy.git("log", "--format=%h", "--branches=prdrunner/*", "--not", "main").splitlines()) == 6
    assert copy.git("status", "--porcelain") == ""
    assert "git -C todo merge" in said.out


def test_the_demo_goes_on_after_a_rejection(tmp_path: Path) -> None:
    place = make_place(tmp_path, config="")
    begun = place.run("demo", "--directory", "todo", "--help")
    assert "--yes" in begun.out
    following = subprocess.Popen(
        [sys.executable, "-m", "prdrunner_tui", "demo", "--directory", "todo", "--speed", "0"],
        cwd=place.root, env=place.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert following.stdout is not None
    for line in following.stdout:
        if "NEEDS YOU" in line:
            break
    said = place.run("reject", "--reason", "name it keep", "--project-dir", "todo")
    assert said.code == 0, said
    for line in following.stdout:
        if "NEEDS YOU" in line:
            break
    assert "review d2" in line
    assert "docs/notes.md" in place.run("show", "--project-dir", "todo").out
    following.send_signal(signal.SIGINT)
    following.communicate(timeout=20)
    place.kill_engine()
