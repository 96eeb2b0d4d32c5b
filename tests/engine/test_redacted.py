"""Credentials in what agents and checks put out are redacted by whoever writes it down."""

from __future__ import annotations

from pathlib import Path

import pytest

from prdrunner_tui.embed.local import LocalEngine
from prdrunner_tui.kernel.settings import Check, Sandbox
from tests.engine.conftest import begin, waits
from tests.engine.test_sandbox import sandboxed, turn_of


async def test_A16_a_credential_of_the_environment_is_redacted_in_what_agents_and_checks_put_out(
    engine: LocalEngine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEAM_API_KEY", "the-secret-of-the-team")
    line = "echo $TEAM_API_KEY; echo '# x' >> calc.py"
    checks = (Check("unit", "echo the-secret-of-the-team; python3 -m unittest -v", timeout=60),)
    command = sandboxed(project, line, Sandbox(), pass_env=("TEAM_*",), checks=checks)
    state = await (await begin(engine, command, project)).until(waits)
    assert turn_of(state).result["outcome"] == "ended"
    jobs = engine.engine.state.run("run-1").jobs
    kept = {path: path.read_bytes() for path in jobs.rglob("*") if path.is_file()}
    assert [path for path, data in kept.items() if b"the-secret-of-the-team" in data] == []
    assert sum(b"[redacted]" in data for data in kept.values()) == 2
