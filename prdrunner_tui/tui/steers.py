"""How the workers of a run take messages. No screen, no textual."""

from __future__ import annotations

from collections.abc import Mapping

from prdrunner_tui.kernel.settings import WorkerChoice
from prdrunner_tui.text.problem import Problem


def steers_of(workers: Mapping[str, WorkerChoice]) -> dict[str, str]:
    """How each worker takes messages (`workers.port.Steer`), by the role it has; without those that cannot be made.

    It imports the adapters and reads the files of profiles: not for the loop of a screen.
    """
    # Some 40 ms for whoever opens a chat for the first time, none for the others.
    from prdrunner_tui.workers.registry import create

    found: dict[str, str] = {}
    for role, choice in workers.items():
        try:
            found[role] = create(choice.worker, choice.options).capabilities.steer
        except Problem:
            continue
    return found
