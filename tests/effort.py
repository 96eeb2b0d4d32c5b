"""How hard the generated tests try: a few seconds by default, more or less through an environment variable."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

from tests import EFFORT


def effort(examples: int, steps: int = 50) -> settings:
    """Settings of a generated test that tries ``examples`` by default, of ``steps`` steps where it has steps.

    Without the variable, or with at most 1, they are always the same examples; above it they are random.
    """
    times = float(os.environ.get(EFFORT, "0"))
    return settings(
        max_examples=max(1, round(examples * (times or 1))),
        stateful_step_count=steps,
        derandomize=times <= 1,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
