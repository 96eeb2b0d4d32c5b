"""The agent of the measurements: it tells how many lines it has put out, and that it stopped."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks import flooder
from tests.waiting import wait_for

SOON = 10.0
"""Seconds for what takes a few hundredths of one."""


def test_what_it_tells_is_what_it_put_out(tmp_path: Path) -> None:
    control, out = tmp_path / "rate", tmp_path / "out"
    assert flooder.told_by(control) == (0, "")
    control.write_text("2000")
    with out.open("wb") as file:
        command = [sys.executable, "-S", flooder.__file__, str(control)]
        agent = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file)
    try:
        wait_for(lambda: flooder.told_by(control)[0] >= 200, SOON)
        assert flooder.told_by(control)[1] == "2000"
        control.write_text("0")
        wait_for(lambda: flooder.told_by(control)[1] == "0", SOON)
        lines, _ = flooder.told_by(control)
        numbers = [int(line[2:11]) for line in out.read_text().splitlines()]
        assert numbers == list(range(lines))
        size = out.stat().st_size
        assert abs(flooder.lines_of(size) - lines) <= 0.02 * lines
        control.write_text("end")
        assert agent.wait(SOON) == 0
        assert flooder.told_by(control) == (lines, "end")
        assert out.stat().st_size == size
    finally:
        agent.kill()
        agent.wait()
