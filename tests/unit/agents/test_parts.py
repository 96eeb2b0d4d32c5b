"""The parts of the host by themselves: long lines, novelty, lines of the socket, environment, processes, results."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.agents import procs
from prdrunner_tui.agents.environment import agent_environment
from prdrunner_tui.agents.job import JobResult, directory_name, duration_words
from prdrunner_tui.agents.lines import LineError, decode_line, encode_line
from prdrunner_tui.agents.output import LineLimiter, Novelty
from prdrunner_tui.agents.results import read_result, write_result


def limited(chunks: list[bytes], cap: int) -> bytes:
    limiter = LineLimiter(cap)
    return b"".join([limiter.feed(chunk) for chunk in chunks] + [limiter.finish()])


@given(st.lists(st.binary(max_size=12).map(lambda b: b.replace(b"x", b"\n"))), st.integers(1, 6))
def test_long_lines_are_cut_the_same_wherever_the_chunks_are(chunks: list[bytes], cap: int) -> None:
    whole = b"".join(chunks)
    expected = []
    for line in whole.split(b"\n"):
        rest = len(line) - cap
        expected.append(line if rest <= 0 else line[:cap] + b" [%d bytes of this line left out]" % rest)
    assert limited(chunks, cap) == limited([whole], cap) == b"\n".join(expected)


def test_a_spinner_a_clock_and_a_bar_are_nothing_new() -> None:
    novelty = Novelty()
    assert novelty.is_new(b"\r| thinking 1s")
    assert not any(novelty.is_new(b"\r%c thinking %ds" % (c, n)) for n, c in enumerate(b"|/-\\" * 20))
    assert novelty.is_new(b"\r- reading files 3s")
    assert not novelty.is_new(b"\x1b[2K\x1b[1G\x1b[32m*\x1b[0m thinking 80%")


def test_output_that_goes_on_is_new() -> None:
    novelty = Novelty()
    assert novelty.is_new(b"compiling 1\n")
    assert novelty.is_new(b"compiling 2\n")
    assert not novelty.is_new(b"compiling 2\n")
    assert novelty.is_new(b"....") and novelty.is_new(b"....")
    assert novelty.is_new(b"\x1b[32mok\x1b[0m 5 with colours\n")
    assert not novelty.is_new(b"  \n\n")


@pytest.mark.parametrize(
    "line",
    [b"", b"[]", b"{", b"\xff", b"nan", b'{"a": NaN}', b'{"a":' * 5000 + b"1" + b"}" * 5000, b"[" * 200_000,
     b'{"a": %d}' % 2**70, b'{"a": "' + b"x" * (1 << 20) + b'"}', b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}"],
)  # fmt: skip
def test_a24_lines_that_are_no_messages_are_refused(line: bytes) -> None:
    with pytest.raises(LineError):
        decode_line(line)


def test_a_message_survives_its_line() -> None:
    message = {"t": "message", "text": "zwei\nZeilen \ud800", "n": 3}
    assert decode_line(encode_line(message)) == {**message, "text": "zwei\nZeilen ?"}


def test_the_environment_is_an_allowlist_and_asks_nobody() -> None:
    base = {
        "PATH": "/bin",
        "LC_ALL": "C",
        "VIRTUAL_ENV": "/v",
        "GITHUB_TOKEN": "t",
        "EDITOR": "vi",
        "TERM": "xterm",
    }
    made = agent_environment(
        base, marker="m", extra={"EXTRA": "1", "NO_COLOR": "", "PRDRUNNER_JOB": "forged"}
    )
    assert made["PATH"] == "/bin" and made["LC_ALL"] == "C" and made["EXTRA"] == "1"
    assert made["EDITOR"] == "false" and made["TERM"] == "dumb" and made["GIT_TERMINAL_PROMPT"] == "0"
    assert made["PRDRUNNER_JOB"] == "m"
    assert not {"VIRTUAL_ENV", "GITHUB_TOKEN", "NO_COLOR"} & made.keys()


@pytest.mark.parametrize("linux", [True, False])
def test_facts_about_processes_with_and_without_proc(linux: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if linux and sys.platform != "linux":
        pytest.skip("there is no /proc")
    monkeypatch.setattr(procs, "_LINUX", linux)
    child = subprocess.Popen(["sleep", "60"], env={**os.environ, "MARK": "1"})
    try:
        assert procs.living()[child.pid] == os.getpid()
        assert child.pid in procs.descendants([os.getpid()], procs.living())
        assert procs.carries(child.pid, "MARK", "1") and not procs.carries(child.pid, "MARK", "")
        started = procs.start_ticks(child.pid)
        assert started is not None
        assert not procs.send_signal(child.pid, started + 1, signal.SIGKILL)
        assert not procs.send_signal(child.pid, None, signal.SIGKILL)
        assert child.poll() is None
        assert procs.send_signal(child.pid, started, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert procs.start_ticks(child.pid) is None, "a zombie does not live"
    finally:
        child.kill()
        child.wait()
    assert procs.start_ticks(child.pid) is None


def test_a_result_is_whole_or_not_there(tmp_path: Path) -> None:
    assert read_result(tmp_path) is None
    result = JobResult("k", 1, "failed", "exit 1", 1)
    write_result(tmp_path, result)
    assert read_result(tmp_path) == result
    assert [p.name for p in tmp_path.iterdir()] == ["result.json"]
    whole = (tmp_path / "result.json").read_bytes()
    for broken in (whole[:-5], b"", b"[]", json.dumps({**json.loads(whole), "outcome": "done"}).encode()):
        (tmp_path / "result.json").write_bytes(broken)
        assert read_result(tmp_path) is None


def test_directories_are_safe_and_distinct() -> None:
    names = {directory_name(key, n) for key in ("a/b", "a-b", "../../x", "é" * 300, "") for n in (1, 2)}
    assert len(names) == 10
    assert all(len(n) < 100 and n.replace("-", "").isalnum() and n.isascii() for n in names)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.3, "0.3s"), (5, "5s"), (59.9, "1m"), (600, "10m"), (90, "1m 30s"), (4800, "1h 20m"), (7200, "2h")],
)
def test_durations_in_words(seconds: float, words: str) -> None:
    assert duration_words(seconds) == words


def test_everything_is_importable_without_linux_calls() -> None:
    """What macOS has not must not be needed to import or to start a plain tree."""
    code = (
        "import psutil, sys\nsys.platform = 'darwin'\n"
        "from prdrunner_tui.agents import forkserver, hosts, tree\n"
        "assert not tree._LINUX\n"
        "made = tree.Tree(isolate='auto', marker='m', pids=None)\n"
        "assert made.isolation == 'subreaper'\nmade.end_now()\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
