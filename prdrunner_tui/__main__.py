"""The program ``prdrunner``, also known as ``feature-prd-runner``."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from prdrunner_tui.cli.main import run

    sys.exit(run())


if __name__ == "__main__":
    main()
