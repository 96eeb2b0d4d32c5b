"""Whether a worker is there, seen from its own program and what it leaves behind."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.agents.procs import carries, living
from prdrunner_tui.text.safe import SafeText
from prdrunner_tui.workers import health
from prdrunner_tui.workers.acp.profile import Profile, profile

AGENT = Path(__file__).parents[2] / "agents" / "acp_agent.py"


def program(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


def agent(**script: Any) -> list[str]:
    return [sys.executable, "-I", "-S", str(AGENT), json.dumps(script)]


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("0.16.1\n", "0.16.1"),
        ("qwen code v1.2.3-beta.4 (linux)\n", "1.2.3-beta.4"),
        ("\x1b[1magent\x1b[0m 2.0\n", "2.0"),
        ("usage: agent [--acp]\n", ""),
        ("", ""),
    ],
)
def test_a_version_is_found_in_what_a_program_says(said: str, version: str) -> None:
    assert health.version_in(said) == version


@pytest.mark.parametrize(
    ("name", "version"), [("qwen", "0.15.10"), ("vibe", "3.0.2"), ("codex-acp", "0.16.0")]
)
def test_the_version_it_was_tried_with_is_that_of_the_command_that_installs_it(
    name: str, version: str
) -> None:
    assert health.tried_with(profile(name)) == version


def test_every_agent_that_comes_along_has_a_place_for_its_sign_in_and_a_version() -> None:
    from prdrunner_tui.workers.acp.profile import names

    for name in names():
        assert health.tried_with(profile(name)), name
        point = health.sign_in(profile(name), {"HOME": "/nonexistent"}, None)
        assert (point.level, point.fix) == ("warn", profile(name).auth), name


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("tool --x", "tool"),
        ("A=1 B=2 tool", "tool"),
        ("cd x && tool", None),
        ("export A=1", None),
        ("tool | tee x", "tool"),
        ("'unclosed", None),
        ("", None),
    ],
)
def test_the_program_of_a_command_line_is_named_only_where_it_is_plain(
    tmp_path: Path, line: str, word: str | None
) -> None:
    found = health.program_of("command", {"command": line}, tmp_path, "/nonexistent")
    assert (found.word if found else None) == word
    assert found is None or found.path == ""


def test_a_program_is_looked_for_in_the_path_and_in_the_repository(tmp_path: Path) -> None:
    there = program(tmp_path, "my-agent", "")
    for word in ("my-agent", "./my-agent", str(there)):
        found = health.program_of("acp", {"argv": [word, "--acp"]}, tmp_path, str(tmp_path))
        assert found is not None and Path(found.path).samefile(there), word
    (tmp_path / "no-program").write_text("")
    found = health.program_of("acp", {"argv": ["./no-program"]}, tmp_path, "")
    assert found is not None and found.path == ""
    assert health.program_of("scripted", {"file": "x"}, tmp_path, "") is None


def test_a_script_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "agent.sh").write_text("")

    def missing(line: str) -> str:
        return health.missing_script("command", {"command": line}, tmp_path)

    assert missing("sh gone.sh --x") == "gone.sh"
    assert missing("python3 /nowhere/agent.py") == "/nowhere/agent.py"
    for line in ("sh agent.sh", "sh -c 'x'", "tool gone.sh", "sh", "sh 'open"):
        assert missing(line) == "", line


async def test_a_program_is_asked_for_its_version(tmp_path: Path) -> None:
    path = program(tmp_path, "agent", '[ "$1" = --version ] && echo "agent 1.4.2" >&2')
    assert await health.version_of(str(path), dict(os.environ), tmp_path) == "1.4.2"


async def test_a_program_that_never_ends_is_ended_and_its_version_not_known(tmp_path: Path) -> None:
    path = program(tmp_path, "agent", "echo starting; exec sleep 1000")
    env = {**os.environ, "PRDRUNNER_JOB": "test-of-versions"}
    assert await health.version_of(str(path), env, tmp_path, 0.3) == ""
    assert not [pid for pid in living() if carries(pid, "PRDRUNNER_JOB", "test-of-versions")]


async def test_a_program_that_floods_is_not_read_for_ever(tmp_path: Path) -> None:
    path = program(tmp_path, "agent", "exec yes 1.2.3")
    assert await health.version_of(str(path), dict(os.environ), tmp_path) == "1.2.3"


async def test_a_program_that_cannot_be_started_has_no_version(tmp_path: Path) -> None:
    assert await health.version_of(str(tmp_path / "gone"), {}, tmp_path) == ""


async def test_an_agent_is_greeted_and_ended(tmp_path: Path) -> None:
    env = {**os.environ, "PRDRUNNER_JOB": "test-of-greeting"}
    greeting = await health.greet(agent(stubborn=True), env, tmp_path, 20)
    assert (greeting.problem, greeting.auth) == ("", ())
    assert not [pid for pid in living() if carries(pid, "PRDRUNNER_JOB", "test-of-greeting")]


@pytest.mark.parametrize(
    ("argv", "problem"),
    [
        (agent(version=7), "it speaks version 7 of ACP, known is 1"),
        (agent(refuses={"initialize": {"code": -32000, "message": "sign in"}}), "greeting with: sign in"),
        ([sys.executable, "-c", "print('no agent')"], "ended without an answer"),
        (["/nonexistent/agent"], "cannot be started: No such file"),
    ],
)
async def test_what_is_no_agent_is_told(tmp_path: Path, argv: list[str], problem: str) -> None:
    assert problem in (await health.greet(argv, dict(os.environ), tmp_path, 20)).problem


async def test_an_agent_that_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    greeting = await asyncio.wait_for(health.greet(agent(silent=True), dict(os.environ), tmp_path, 0.3), 20)
    assert greeting.problem == "no answer within 0.3 s"


def test_odd_answers_are_read_as_far_as_they_make_sense() -> None:
    result = {
        "protocolVersion": 1,
        "agentInfo": {"name": "x" * 500, "version": 3},
        "authMethods": [{"name": "key"}, "no object", {"id": "nameless"}],
    }
    greeting = health.read_greeting({"id": 1, "result": result})
    assert (greeting.problem, greeting.version, greeting.auth) == ("", "", ("key",))
    assert len(greeting.name) < 100
    assert "without words" in health.read_greeting({"error": None}).problem
    assert "version None" in health.read_greeting({"result": []}).problem


def test_a_sign_in_is_known_only_from_what_is_there(tmp_path: Path) -> None:
    codex, home = profile("codex-acp"), {"HOME": str(tmp_path)}
    unknown = health.sign_in(codex, home, ["ChatGPT"])
    assert unknown.level == "warn" and "not known: none of OPENAI_API_KEY" in unknown.text
    assert "~/.codex/auth.json" in unknown.text and unknown.fix == codex.auth
    assert health.sign_in(codex, {**home, "OPENAI_API_KEY": "k"}, None).text == "OPENAI_API_KEY is set"
    (tmp_path / ".codex").mkdir()
    (tmp_path / ".codex/auth.json").write_text("")
    assert health.sign_in(codex, home, None).text == "~/.codex/auth.json is there"
    assert health.sign_in(codex, {**home, "CODEX_HOME": str(tmp_path / "other")}, None).level == "warn"
    assert health.sign_in(Profile(argv=("x",)), home, []).level == "ok"
    assert health.sign_in(Profile(argv=("x",)), home, None).text == "not known"


def test_a_version_is_compared_with_the_one_it_was_tried_with() -> None:
    qwen = profile("qwen")
    assert health.compared("0.15.10", qwen).level == "ok"
    other = health.compared("0.99.0", qwen)
    assert (other.level, other.text, other.fix) == ("warn", "0.99.0; tried with 0.15.10", qwen.install)
    assert health.compared("", qwen).level == "ok"


def test_words_of_a_program_are_safe_where_they_are_shown() -> None:
    point = health.answered(health.Greeting("\x1b]52;c;evil\x07"))
    assert isinstance(point.text, SafeText) and "\x1b" not in point.text


@pytest.mark.parametrize(("word", "tells"), [("qwen", True), ("/usr/bin/python3.12", False), ("npx", False)])
def test_what_only_starts_an_agent_tells_not_its_version(word: str, tells: bool) -> None:
    assert health.tells_version(word) is tells
