"""What every program of a turn is told in its environment."""

from __future__ import annotations

from prdrunner_tui.workers.port import Turn


def turn_variables(turn: Turn) -> dict[str, str]:
    """PRDRUNNER_RUN, _PHASE, _STEP, _ITERATION, and _RESULT_FILE where the step wants a file."""
    facts = {
        "PRDRUNNER_RUN": turn.run,
        "PRDRUNNER_PHASE": turn.phase,
        "PRDRUNNER_STEP": turn.step,
        "PRDRUNNER_ITERATION": str(turn.iteration),
    }
    return facts if turn.result_file is None else {**facts, "PRDRUNNER_RESULT_FILE": turn.result_file}
