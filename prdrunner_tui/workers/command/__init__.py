"""The worker `command`: any command line of the user's."""

from prdrunner_tui.workers.command.adapter import CommandWorker, create

__all__ = ["CommandWorker", "create"]
