"""F01, F02 and F05 at a few boundaries; ``make crash`` takes all of them.

The cases are forked from a process of their own: a test process may have threads, which a fork does not take along.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.crash import campaign, hosts

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a subreaper and /proc")
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Quick:
    """What ``python -m tests.crash --quick`` told."""

    boundaries: list[str]
    outcomes: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def done() -> Quick:
    """The quick cases, run once."""
    command = [sys.executable, "-m", "tests.crash", "--quick"]
    ended = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=240, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    said = json.loads(ended.stdout)
    return Quick(said["boundaries"], {outcome["boundary"]: outcome for outcome in said["outcomes"]})


def test_the_boundaries_are_the_committed_ones(done: Quick) -> None:
    assert campaign.difference(done.boundaries) == [], "python -m tests.crash --regenerate"
    assert {*campaign.F01, campaign.F02, *campaign.HOST_BOUNDARIES} <= set(done.boundaries)


@pytest.mark.parametrize("name", campaign.F01)
def test_f01_killed_at_a_boundary_the_run_goes_on_to_the_same_result(name: str, done: Quick) -> None:
    outcome = done.outcomes[name]
    assert outcome["violations"] == []
    assert (outcome["kills"], outcome["cases"]) == (1, 1)


def test_f02_killed_again_in_its_recovery_it_still_does(done: Quick) -> None:
    outcome = done.outcomes[campaign.F02]
    assert outcome["violations"] == []
    assert outcome["kills"] >= 7, "the kill, and one at each boundary of the recovery"
    assert outcome["cases"] >= 2
    assert outcome["cases"] + outcome["same"] == outcome["kills"], "each kill was judged"


@pytest.mark.parametrize("target", hosts.TARGETS)
def test_f05_a_killed_host_is_noticed_and_the_step_done_again(target: str, done: Quick) -> None:
    outcome = done.outcomes[f"{campaign.HOST_BOUNDARIES[1]} ({target} killed)"]
    assert (outcome["violations"], outcome["kills"]) == ([], 1)


def test_a_boundary_that_does_not_fire_is_told(done: Quick) -> None:
    (told,) = done.outcomes[campaign.NEVER]["violations"]
    assert told.startswith(f"{campaign.NEVER}: did not fire")


def test_a_sample_spreads_over_the_whole() -> None:
    order = campaign.spread(460)
    assert sorted(order) == list(range(460))
    assert {number // 115 for number in order[:8]} == {0, 1, 2, 3}
