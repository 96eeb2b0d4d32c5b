"""The worker `acp`: any program that speaks the Agent Client Protocol, with a profile for each that was tried."""

from prdrunner_tui.workers.acp.adapter import AcpWorker, create

__all__ = ["AcpWorker", "create"]
