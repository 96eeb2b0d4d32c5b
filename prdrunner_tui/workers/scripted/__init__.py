"""The worker `scripted`: plays a recording, labelled as one wherever it shows."""

from prdrunner_tui.workers.scripted.adapter import ScriptedWorker, create

__all__ = ["ScriptedWorker", "create"]
