"""The adapters by name. A name is what a profile or `--worker` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.workers.port import Worker

ADAPTERS: dict[str, str] = {
    "acp": "prdrunner_tui.workers.acp:create",
    "command": "prdrunner_tui.workers.command:create",
    "scripted": "prdrunner_tui.workers.scripted:create",
}
"""Name -> `module:function`, as an entry point says it; the function takes the options and returns a Worker."""
_AT_FIRST_TURN = {"acp": ("acp.connection",)}
"""What is imported by whoever forks a host for that worker, once, instead of by each host: it takes long."""


def create(name: str, options: Mapping[str, Any]) -> Worker:
    """The adapter of that name, made for one turn with these options.

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
    return worker


def preload() -> None:
    """Import all adapters, so that a forked host need not."""
    for target in ADAPTERS.values():
        _load(target)


def warm(name: str) -> None:
    """Import what that worker would import in its first turn; nothing where it is not installed."""
    for module in _AT_FIRST_TURN.get(name, ()):
        with suppress(ImportError):
            import_module(module)


def _load(target: str) -> Callable[[Mapping[str, Any]], Worker]:
    module, _, function = target.partition(":")
    found: Callable[[Mapping[str, Any]], Worker] = getattr(import_module(module), function)
    return found
