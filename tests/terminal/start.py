"""``python -m tests.terminal.start [alone|stock|gaps ...]``: the small app under the launcher, or without it."""

from __future__ import annotations

import sys

from prdrunner_tui.text.problem import Problem


def main(options: list[str]) -> int:
    """Run the app; the exit code."""
    if "alone" in options or "stock" in options:
        from tests.terminal.hello import run

        return run(options)
    from prdrunner_tui.tui.launch import main as launch

    try:
        return launch(options, target="tests.terminal.hello:run")
    except Problem as problem:
        from prdrunner_tui.cli.output import complain

        complain(problem)
        return problem.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
