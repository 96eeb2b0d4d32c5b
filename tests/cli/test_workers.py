"""``prdrunner workers``: which agents are there, whether they can work, and one tiny turn."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from prdrunner_tui.agents import hosts
from prdrunner_tui.agents.bubblewrap import Bubblewrap, bubblewrap
from prdrunner_tui.agents.lease import read_lease
from prdrunner_tui.agents.procs import living
from prdrunner_tui.cli import output, workers
from prdrunner_tui.cli.workertest import take_turn
from prdrunner_tui.config.models import Config
from prdrunner_tui.kernel.settings import Sandbox, WorkerChoice
from prdrunner_tui.steps import confine
from prdrunner_tui.workers import health
from tests.cli.conftest import InProcess, Place, make_place
from tests.waiting import wait_for

AGENT = Path(__file__).parents[1] / "agents" / "acp_agent.py"
MODES = ["default", "auto-edit"]
DEEP = ".nvm/versions/node/v22.11.0/bin"
QWEN = "npm install -g @qwen-code/qwen-code@0.15.10"

needs_bubblewrap = pytest.mark.skipif(
    not bubblewrap().usable, reason=f"THE SANDBOX IS NOT TESTED: {bubblewrap().why}"
)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A repository in which no step has a worker, and a PATH that begins with an empty folder."""
    made = make_place(tmp_path, config="")
    (made.home / "bin").mkdir()
    (made.home / "tmp").mkdir()
    monkeypatch.setenv("PATH", f"{made.home / 'bin'}:/usr/bin:/bin")
    monkeypatch.setenv("TMPDIR", str(made.home / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", str(made.home / "tmp"))
    for name in ("OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_MODEL"):
        monkeypatch.delenv(name, raising=False)
    return made


def config(place: Place, text: str) -> None:
    path = place.home / "config/prdrunner/config.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def install(place: Place, name: str, told: str, *actions: Any, **script: Any) -> None:
    """A program that speaks ACP, under the name of one that comes along."""
    words = [sys.executable, "-I", "-S", str(AGENT), json.dumps({"prompts": [list(actions)], **script})]
    path = place.home / "bin" / name
    path.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo {shlex.quote(told)} && exit\nexec {shlex.join(words)}\n'
    )
    path.chmod(0o755)


def left_behind(place: Place) -> list[str]:
    """What a command left: directories in TMPDIR, processes of the place's programs."""
    mine = os.fsencode(place.home)
    alive = []
    for pid in living():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if mine in words and pid != os.getpid():
            alive.append(f"process {pid}")
    return [*alive, *(entry.name for entry in (place.home / "tmp").iterdir())]


def row(place: Place, give: InProcess, name: str) -> dict[str, Any]:
    rows = json.loads(give(place, "workers", "list", "--json").out)
    found: dict[str, Any] = next(row for row in rows if row["worker"] == name)
    return found


def table_row(said: str, name: str) -> list[str]:
    """The cells of a worker in the table."""
    line = next(line for line in said.splitlines() if line.startswith(f"{name}  "))
    return re.split("  +", line)


def points(place: Place, give: InProcess, name: str) -> dict[str, dict[str, str]]:
    (one,) = json.loads(give(place, "workers", "doctor", name, "--json").out)
    return {point["name"]: point for point in one["points"]}


def test_the_list_says_program_version_capabilities_and_steps(place: Place, give: InProcess) -> None:
    install(place, "qwen", "qwen 0.15.10")
    config(place, "workers: {default: qwen, review: 'command: sh agent.sh'}\n")
    qwen = row(place, give, "qwen")
    assert (qwen["path"], qwen["version"]) == (str(place.home / "bin/qwen"), "0.15.10")
    assert qwen["steps"] == ["plan_impl", "implement"]
    assert (qwen["capabilities"]["steer"], qwen["capabilities"]["cost"]) == ("restart", False)
    gemini = row(place, give, "gemini")
    assert (gemini["installed"], gemini["version"], gemini["steps"]) == (False, None, [])
    line = row(place, give, "command: sh agent.sh")
    assert (line["steps"], line["version"]) == (["review"], None)
    said = give(place, "workers", "list")
    assert table_row(said.out, "qwen") == [
        "qwen", "0.15.10", "plan_impl, implement", "steer resume asks tokens", "~/bin/qwen"
    ]  # fmt: skip
    assert table_row(said.out, "gemini") == ["gemini", "not here", "-", "steer resume asks tokens", "-"]
    assert table_row(said.out, "command: sh agent.sh")[1:3] == ["found", "review"]
    assert left_behind(place) == []


@pytest.mark.parametrize(("width", "where"), [(80, None), (100, "~/…/bin/qwen"), (160, f"~/{DEEP}/qwen")])
def test_the_list_says_all_of_it_at_any_width(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch, width: int, where: str | None
) -> None:
    folder = place.home / DEEP
    folder.mkdir(parents=True)
    for name, told in (("qwen", "0.15.10"), ("claude-agent-acp", "0.23.1")):
        install(place, name, told)
        (place.home / "bin" / name).rename(folder / name)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setattr(output, "terminal_width", lambda: width)
    monkeypatch.setattr(workers, "terminal_width", lambda: width)
    config(place, "workers: {default: qwen, review: claude-agent-acp}\n")
    said = give(place, "workers", "list").out
    assert all(len(line) <= width for line in said.splitlines())
    assert table_row(said, "qwen") == [
        "qwen", "0.15.10", "plan_impl, implement", "steer resume asks tokens", *([where] if where else [])
    ]  # fmt: skip
    assert table_row(said, "claude-agent-acp")[:4] == [
        "claude-agent-acp", "0.23.1", "review", "steer resume asks tokens cost"
    ]  # fmt: skip
    assert row(place, give, "qwen")["path"] == str(folder / "qwen")


def test_the_list_says_why_a_worker_is_unusable(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "terminal_width", lambda: 80)
    monkeypatch.setattr(workers, "terminal_width", lambda: 80)
    config(place, "workers: {default: 'acp: nosuch'}\n")
    said = give(place, "workers", "list").out
    assert table_row(said, "acp: nosuch") == ["acp: nosuch", "unusable", "all", "-"]
    assert "acp: nosuch is unusable: there is no agent profile 'nosuch'" in said


def test_a_command_line_is_never_started_to_learn_its_version(place: Place, give: InProcess) -> None:
    (place.root / "agent.sh").write_text(f"touch {place.home}/started\n")
    config(place, "workers: {default: 'command: ./agent.sh'}\n")
    (place.root / "agent.sh").chmod(0o755)
    assert give(place, "workers", "list").code == 0
    assert give(place, "workers", "doctor").code == 0
    assert not (place.home / "started").exists()


def test_an_agent_that_can_work(place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    install(place, "qwen", "0.15.10")
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    config(place, "workers: {default: qwen}\n")
    said = give(place, "workers", "doctor")
    assert said.code == 0 and said.out.splitlines()[-1] == "1 can work"
    found = points(place, give, "qwen")
    assert {name: point["level"] for name, point in found.items()} == dict.fromkeys(found, "ok")
    assert found["sign-in"]["text"] == "OPENAI_API_KEY is set"
    assert left_behind(place) == []


def test_what_a_step_uses_and_is_not_there_is_a_failure_with_its_remedy(
    place: Place, give: InProcess
) -> None:
    said = give(place, "workers", "doctor")
    assert said.code == 0 and "fail" not in said.out and QWEN in said.out
    config(place, "workers: {default: qwen}\n")
    said = give(place, "workers", "doctor")
    assert said.code == 1 and f"fail  program  qwen is not installed  ({QWEN})" in said.out
    assert said.out.splitlines()[-1] == "0 can work, qwen cannot"
    assert give(place, "workers", "doctor", "gemini").code == 1


def test_who_wants_a_key_and_names_no_way_to_sign_in_is_not_taken_for_signed_in(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    install(place, "claude-agent-acp", "0.1.0")
    found = points(place, give, "claude-agent-acp")["sign-in"]
    assert found["level"] == "warn" and found["text"].startswith("not known")
    assert found["fix"] == "run claude once and sign in, or set ANTHROPIC_API_KEY"


@pytest.mark.parametrize(
    ("mode", "level", "code"), [("required", "fail", 1), ("auto", "warn", 0), ("off", "", 0)]
)
def test_a_sandbox_that_is_wanted_and_cannot_be_had_is_a_point(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch, mode: str, level: str, code: int
) -> None:
    monkeypatch.setattr(
        confine, "bubblewrap", lambda: Bubblewrap("", why="bwrap is not installed", hint="install it")
    )
    config(place, f"workers: {{default: 'command: true'}}\nsandbox: {{mode: '{mode}'}}\n")
    said = give(place, "workers", "doctor", "command: true")
    assert said.code == code
    found = points(place, give, "command: true").get("sandbox", {"level": "", "text": "", "fix": ""})
    assert found["level"] == level
    if level == "fail":
        assert "bwrap is not installed" in found["text"] and found["fix"] == "install it"
        assert said.out.splitlines()[-1] == "0 can work, command: true cannot"


def test_another_version_is_told_with_the_one_that_was_tried(place: Place, give: InProcess) -> None:
    install(place, "qwen", "qwen v0.99.1 \x1b]0;evil\x07")
    found = points(place, give, "qwen")["version"]
    assert (found["level"], found["text"], found["fix"]) == ("warn", "0.99.1; tried with 0.15.10", QWEN)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ({"version": 9}, "version 9 of ACP"),
        ({"refuses": {"initialize": {"code": 1, "message": "\x1b[2Jno"}}}, "no"),
    ],
)
def test_an_agent_that_answers_wrong_cannot_work(
    place: Place, give: InProcess, script: dict[str, Any], words: str
) -> None:
    install(place, "qwen", "0.15.10", **script)
    said = give(place, "workers", "doctor", "qwen")
    assert said.code == 1 and words in said.out and "\x1b" not in said.out


def test_what_an_agent_leaves_at_its_greeting_is_ended(place: Place, give: InProcess) -> None:
    install(place, "qwen", "0.15.10")
    program = place.home / "bin/qwen"
    program.write_text(program.read_text().replace("exec ", "setsid sleep 1000 >/dev/null 2>&1 &\nexec "))
    assert give(place, "workers", "doctor", "qwen").code == 0
    assert left_behind(place) == []


async def test_what_a_program_left_and_what_nobody_read_is_not_waited_for(place: Place) -> None:
    path, left = place.home / "bin/leaves", place.home / "left"
    away = f"setsid sh -c 'echo $$ > {left}; exec sleep 1000' &"
    path.write_text(f"#!/bin/sh\n{away}\nwhile [ ! -s {left} ]; do :; done\necho 1.2.3\nexec yes\n")
    path.chmod(0o755)
    try:
        asked = health.version_of(str(path), dict(os.environ), place.home, 5)
        assert await asyncio.wait_for(asked, 30) == "1.2.3"
    finally:
        os.kill(int(left.read_text()), signal.SIGKILL)


def test_without_the_package_the_line_that_installs_it_is_told(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(place, "qwen", "0.15.10")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said = give(place, "workers", "doctor", "qwen")
    assert said.code == 1 and "(pip install 'prdrunner[acp]')" in said.out


@pytest.mark.parametrize(
    ("default", "words"),
    [
        ("nobody", "there is no worker 'nobody'"),
        ("'command: sh gone.sh'", "gone.sh is not there for sh"),
        ("'scripted: gone.yaml'", "gone.yaml"),
        ("'acp: no-such-agent --acp'", "no-such-agent is not installed"),
    ],
)
def test_whatever_a_step_names_is_looked_at(place: Place, give: InProcess, default: str, words: str) -> None:
    config(place, f"workers: {{default: {default}}}\n")
    said = give(place, "workers", "doctor")
    assert said.code == 1 and words in said.out


def test_nothing_of_that_name_is_one_line(place: Place, give: InProcess) -> None:
    for command in ("doctor", "test"):
        said = give(place, "workers", command, "qwne")
        assert said.code == 2 and said.problem[1].strip() == "did you mean qwen?"


def test_one_turn_is_taken_and_nothing_is_left(place: Place, give: InProcess) -> None:
    install(place, "qwen", "0.15.10", {"say": "you said {prompt} \x1b]0;evil\x07"}, modes=MODES)
    said = give(place, "workers", "test", "qwen", "--yes", "--prompt", "say hello")
    assert said.code == 0, said.out + said.err
    assert said.out.startswith("you said say hello") and "\x1b" not in said.out
    assert said.out.splitlines()[-1].startswith("ended  ") and "tokens not told" in said.out
    assert left_behind(place) == []


def test_tokens_are_told_where_the_agent_tells_them(place: Place, give: InProcess) -> None:
    update = {
        "sessionUpdate": "agent_message_chunk",
        "content": {"type": "text", "text": "ready"},
        "_meta": {"usage": {"inputTokens": 1200, "outputTokens": 3, "totalTokens": 1203}},
    }
    install(place, "qwen", "0.15.10", {"update": update}, modes=MODES)
    said = give(place, "workers", "test", "qwen", "--yes")
    assert said.code == 0 and "1.2k tok in, 3 tok out" in said.out, said.out


def test_a_turn_that_costs_money_is_asked_for(place: Place, give: InProcess) -> None:
    install(place, "qwen", "0.15.10", {"say": "ready"}, modes=MODES)
    said = give(place, "workers", "test", "qwen")
    assert (said.code, said.out) == (3, "") and "costs money" in said.err


@needs_bubblewrap
@pytest.mark.parametrize("mode", ["auto", "required"])
def test_a_turn_is_in_the_sandbox_that_a_run_would_have(place: Place, give: InProcess, mode: str) -> None:
    (place.home / ".ssh").mkdir()
    (place.home / ".ssh/id").write_text("the key of ada\n")
    (place.home / "notes").write_text("named by the settings\n")
    (place.home / "state").mkdir()
    (place.home / "state/token").write_text("a token of ours\n")
    config(place, f"sandbox: {{mode: {mode}, read: [~/notes]}}\n")
    hidden = f"cat {place.home}/.ssh/id {place.home}/state/token; ls -A {place.home}/tmp/*/jobs"
    shown = f"cat; cat {place.home}/notes; echo x > {place.root}/calc.py; touch made"
    said = give(place, "workers", "test", f"command: {hidden}; {shown}", "--prompt", "hello")
    assert said.code == 0, said.out + said.err
    assert {"hello", "named by the settings"} <= set(said.out.splitlines())
    assert "ada" not in said.out and "token of" not in said.out and "host.log" not in said.out
    assert said.out.splitlines()[-1].endswith("  in the sandbox") and "changed  made\n" in said.err
    assert (place.root / "calc.py").read_text() != "x\n"
    assert left_behind(place) == []


@needs_bubblewrap
def test_what_a_profile_keeps_of_the_home_directory_is_gone_with_the_test(
    place: Place, give: InProcess
) -> None:
    kept = place.home / ".qwen/projects"
    kept.mkdir(parents=True)
    (kept / "old").write_text("")
    # What the program runs by itself nobody can find.
    config(
        place,
        f"sandbox: {{mode: required, read: [{AGENT.parent}, {sys.prefix}, {sys.base_prefix}]}}\n",
    )
    line = f'test -z "$(ls {kept})" && touch {kept}/new && touch made'
    install(place, "qwen", "0.15.10", {"run": {"command": line}}, {"say": "ready"}, modes=MODES)
    said = give(place, "workers", "test", "qwen", "--yes")
    assert said.code == 0 and said.out.startswith("ready\n"), said.out + said.err
    assert said.out.splitlines()[-1].endswith("  in the sandbox") and "changed  made" in said.err
    assert [entry.name for entry in kept.iterdir()] == ["old"]
    assert left_behind(place) == []


def test_without_a_sandbox_the_last_line_says_why(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = give(place, "workers", "test", "command: echo ready")
    assert said.code == 0 and said.out.endswith("  no sandbox: sandbox.mode is off\n")
    monkeypatch.setattr(confine, "bubblewrap", lambda: Bubblewrap("", why="bwrap is not \x1b[2Jinstalled"))
    config(place, "sandbox: {mode: auto}\n")
    said = give(place, "workers", "test", "command: echo ready")
    assert said.code == 0 and "  no sandbox: bwrap is not" in said.out.splitlines()[-1]
    assert "\x1b" not in said.out and said.err == ""


def test_a_test_does_not_go_around_a_sandbox_that_is_required(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        confine, "bubblewrap", lambda: Bubblewrap("", why="bwrap is not installed", hint="install it")
    )
    config(place, "sandbox: {mode: required}\n")
    said = give(place, "workers", "test", f"command: touch {place.home}/ran")
    assert said.code == 2 and said.problem[0] == "error: sandbox.mode is required: bwrap is not installed"
    assert not (place.home / "ran").exists()


@needs_bubblewrap
def test_what_is_closed_to_agents_cannot_be_opened_to_a_test_either(place: Place, give: InProcess) -> None:
    config(place, f"sandbox: {{mode: required, write: [{place.root}/.git]}}\n")
    said = give(place, "workers", "test", f"command: touch {place.home}/ran")
    assert said.code == 2 and f"{place.root}/.git is closed to agents" in said.err
    assert not (place.home / "ran").exists() and left_behind(place) == []


def test_what_it_asks_for_is_refused(place: Place, give: InProcess) -> None:
    mark = place.home / "ran"
    install(
        place,
        "qwen",
        "0.15.10",
        {"run": {"command": f"touch {mark}", "ask": True}},
        {"say": "so be it"},
        modes=MODES,
    )
    said = give(place, "workers", "test", "qwen", "--yes")
    assert said.code == 0 and f"refused  command touch {mark}" in said.err and "so be it" in said.out
    assert not mark.exists()


def test_an_agent_that_asks_again_and_again_is_ended(place: Place, give: InProcess) -> None:
    asking = [{"run": {"command": f"touch {number}", "ask": True}} for number in range(50)]
    install(place, "qwen", "0.15.10", *asking, {"silence": None}, modes=MODES)
    said = give(place, "workers", "test", "qwen", "--yes")
    assert said.code == 1 and "it asked 3 times in a turn that needs nothing" in said.out
    assert left_behind(place) == []


def test_a_turn_that_fails_says_why(place: Place, give: InProcess) -> None:
    install(place, "qwen", "0.15.10", {"die": 3}, modes=MODES)
    said = give(place, "workers", "test", "qwen", "--yes")
    assert said.code == 1 and said.out.splitlines()[-1].startswith("failed, ")
    assert give(place, "workers", "test", "gemini", "--yes").code == 1


def test_how_one_signs_in_stands_whole_on_a_line_of_its_own(place: Place, give: InProcess) -> None:
    error = {"code": -32000, "message": "Authentication required " * 12}
    install(place, "qwen", "0.15.10", refuses={"session/new": error}, modes=MODES)
    said = give(place, "workers", "test", "qwen", "--yes")
    assert said.code == 1
    whole = "to mend it: run qwen once and choose how to sign in, or set OPENAI_API_KEY and OPENAI_BASE_URL"
    assert whole in said.out.splitlines()
    last = said.out.splitlines()[-1]
    assert last.startswith("failed, not signed in, or the key is wrong: ") and "run qwen" not in last
    assert "no sandbox: " in last


def test_a_command_line_costs_nothing_and_speaks_by_its_output(place: Place, give: InProcess) -> None:
    said = give(
        place, "workers", "test", "command: cat; echo there > made; sleep 1000 & exit 3", "--prompt", "hello"
    )
    assert said.code == 1 and said.out.splitlines()[0] == "hello"
    assert "failed, exit 3" in said.out and "changed  made" in said.err
    assert left_behind(place) == []


def test_a_recording_is_played(place: Place, give: InProcess) -> None:
    (place.root / "r.yaml").write_text("recording: r\ndefault:\n  implement:\n    - talk: as recorded\n")
    said = give(place, "workers", "test", "scripted: r.yaml")
    assert said.code == 0 and "as recorded" in said.out


def test_credentials_of_the_environment_are_not_shown(
    place: Place, give: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret-value")
    config(place, "workers: {profiles: {own: {worker: acp, profile: qwen, env: {A_TOKEN: written-down}}}}\n")
    install(place, "qwen", "0.15.10", {"say": "it is sk-very-secret-value and written-down"}, modes=MODES)
    said = give(place, "workers", "test", "own", "--yes")
    assert said.out.splitlines()[0] == "it is [redacted] and [redacted]"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_test_that_is_ended_leaves_nothing(place: Place, number: signal.Signals) -> None:
    mark = place.home / "began"
    place.extra = {"TMPDIR": str(place.home / "tmp")}
    line = f"command: echo x > {mark}; setsid sleep 1000 & exec sleep 1000"
    words = [sys.executable, "-m", "prdrunner_tui", "workers", "test", line]
    done = subprocess.Popen(
        words, cwd=place.root, env=place.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_for(mark.exists, 20, "the command line")
    done.send_signal(number)
    assert done.wait(30) == 128 + number
    assert left_behind(place) == []


async def test_a_test_that_is_ended_while_its_host_starts_leaves_nothing(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(place.home))
    mark, seen = place.home / "began", threading.Event()
    monkeypatch.setattr(
        hosts, "read_lease", lambda directory: read_lease(directory) if seen.is_set() else None
    )
    choice = WorkerChoice("command", {"command": f"echo x > {mark}; exec sleep 1000"})
    turn = asyncio.ensure_future(take_turn(place.root, Config(), choice, "hello", Sandbox()))
    await asyncio.to_thread(wait_for, mark.exists, 20, "the command line")
    turn.cancel()
    asyncio.get_running_loop().call_soon(seen.set)
    with pytest.raises(asyncio.CancelledError):
        await turn
    assert left_behind(place) == []


def test_a_run_takes_an_agent_by_its_name_alone(place: Place) -> None:
    install(place, "qwen", "0.15.10", {"silence": None}, modes=MODES)
    place.extra = {"PATH": os.environ["PATH"], "TMPDIR": str(place.home / "tmp")}
    begun = place.run("run", "--prd-file", "docs/prd.md", "--worker", "qwen", "--detach")
    try:
        assert begun.code == 0, begun.err
        shown = json.loads(place.run("runs", "show", "--json").out)
        worker = shown["run"]["settings"]["workers"]["implement"]
        assert (worker["worker"], worker["label"], worker["options"]) == ("acp", "qwen", {"profile": "qwen"})
    finally:
        place.run("stop")
        place.kill_engine()
