"""How hard the generated tests try: a few seconds by default, more or less through an environment variable."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

VARIABLE = "PRDRUNNER_TEST_EFFORT"
"""Environment variable: how many times as many examples are tried, at random; without it they are always the same."""


def effort(examples: int, steps: int = 50) -> settings:
    """Settings of a generated test that tries ``examples`` by default, of ``steps`` steps where it has steps."""
    times = float(os.environ.get(VARIABLE, "0"))
    return settings(
        max_examples=max(1, round(examples * (times or 1))),
        stateful_step_count=steps,
        derandomize=times <= 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
