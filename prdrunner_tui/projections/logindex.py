"""Where the raw output of a run lies: which jobs each step had, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from prdrunner_tui.kernel.state import Effect, RunState

MARKS: Mapping[str, str] = {
    "thought": "~ ",
    "plan": "plan: ",
    "out": "| ",
    "err": "| ",
    "exit": "$ ",
    "note": "-- ",
}
"""What stands in front of a line by its kind; a command begins with its own ``$``."""


@dataclass(frozen=True, slots=True)
class LogPart:
    """One job's output: ``key`` names the job, ``label`` is what it did (``implement``, ``verify: pytest``)."""

    phase: str
    step: str
    iteration: int
    attempt: int
    label: str
    key: str


def log_parts(state: RunState, phase: str = "", step: str = "") -> list[LogPart]:
    """The outputs of a run, oldest first, of one phase or step only where it is named."""
    parts: list[tuple[float, LogPart]] = []
    for one in state.phases.values():
        for go in one.steps:
            if (phase and one.id != phase) or (step and go.name != step):
                continue
            for effect in go.effects:
                for label, key in _jobs(state, effect):
                    parts.append((effect.at, LogPart(one.id, go.name, go.iteration, go.attempt, label, key)))
    return [part for _, part in sorted(parts, key=lambda pair: pair[0])]


def _jobs(state: RunState, effect: Effect) -> list[tuple[str, str]]:
    if effect.kind == "turn":
        return [("", effect.key)]
    settings = state.run.settings if state.run else None
    if settings is None or effect.kind not in ("verify", "workspace"):
        return []
    setups = [(f"setup {n}", f"{effect.key}/setup-{n}") for n, _ in enumerate(settings.environment.setup, 1)]
    checks = [(check.name, f"{effect.key}/{check.name}") for check in settings.checks]
    return setups + (checks if effect.kind == "verify" else [])
