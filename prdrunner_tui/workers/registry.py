"""The adapters by name. A name is what a profile or `--worker` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.workers.port import Capabilities, Host, Noted, Turn, TurnResult, Worker

ADAPTERS: dict[str, str] = {
    "acp": "prdrunner_tui.workers.acp:create",
    "command": "prdrunner_tui.workers.command:create",
    "scripted": "prdrunner_tui.workers.scripted:create",
}
"""Name -> `module:function`, as an entry point says it; the function takes the options and returns a Worker."""
_LEFT_OUT: dict[str, str] = {"acp": "prdrunner_tui.workers.acp.profile:left_out"}
"""Name -> `module:function` that tells which options of a run that another version began the adapter does without."""
_AT_FIRST_TURN = {"acp": ("acp.connection",)}
"""What is imported by whoever forks a host for that worker, once, instead of by each host: it takes long."""


def create(name: str, options: Mapping[str, Any]) -> Worker:
    """The adapter of that name, made for one turn with these options.

    Options that another version of prdrunner kept with a run, and that the adapter does without, are told in the log of
    the turn.

    Raises:
        Problem: no such adapter, or options it does not take.
    """
    if name not in ADAPTERS:
        known = ", ".join(sorted(ADAPTERS))
        raise Problem(
            f"there is no worker named {name[:60]!r}",
            hint=did_you_mean(name, ADAPTERS) or f"there are: {known}",
        )
    worker: Worker = _load(ADAPTERS[name])(options)
    left_out: Sequence[str] = _load(_LEFT_OUT[name])(options) if name in _LEFT_OUT else ()
    if not left_out:
        return worker
    keys = ", ".join(f"{key[:60]!r}" for key in left_out)
    return _Noting(worker, f"this prdrunner does without what the run's options say of {keys}")


@dataclass(frozen=True, slots=True)
class _Noting:
    """A worker whose turn begins with a notice."""

    worker: Worker
    notice: str

    @property
    def capabilities(self) -> Capabilities:
        """Those of the worker."""
        return self.worker.capabilities

    async def run(self, turn: Turn, host: Host) -> TurnResult:
        """Tell the notice, and take the turn."""
        host.emit(Noted(self.notice, "warning"))
        return await self.worker.run(turn, host)


def preload() -> None:
    """Import all adapters, so that a forked host need not."""
    for target in ADAPTERS.values():
        _load(target)


def warm(name: str) -> None:
    """Import what that worker would import in its first turn; nothing where it is not installed."""
    for module in _AT_FIRST_TURN.get(name, ()):
        with suppress(ImportError):
            import_module(module)


def _load(target: str) -> Callable[[Mapping[str, Any]], Any]:
    module, _, function = target.partition(":")
    found: Callable[[Mapping[str, Any]], Any] = getattr(import_module(module), function)
    return found
