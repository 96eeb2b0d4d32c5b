"""Every name that Textual keeps to itself and the cockpit uses all the same. Nothing else touches such a name.

`missing` tells which of them a version of Textual no longer has; a test asks it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast

from rich.console import Console
from textual._compositor import ChopsUpdate
from textual._xterm_parser import XTermParser
from textual.app import App

from prdrunner_tui.tui import narrow

NEEDED: dict[str, tuple[str, ...]] = {
    "textual._compositor:ChopsUpdate": ("render_segments",),
    "textual._xterm_parser:XTermParser": ("_parse_extended_key", "feed", "tick"),
    "textual.app:App": (
        "_close_messages_no_wait",
        "_fatal_error",
        "_handle_exception",
        "panic",
    ),
    "textual.drivers.linux_driver:LinuxDriver": (
        "close",
        "disable_input",
        "flush",
        "process_message",
        "run_input_thread",
        "send_message",
        "SignalResume",
        "start_application_mode",
        "stop_application_mode",
        "suspend_application_mode",
        "resume_application_mode",
        "write",
    ),
}
"""Class -> what of it is called or overridden here and in the driver."""


def missing() -> Iterator[str]:
    """Each needed name that this version of Textual does not have, as ``module:Class.name``."""
    from importlib import import_module

    for place, names in NEEDED.items():
        module, _, name = place.partition(":")
        try:
            owner: object = getattr(import_module(module), name)
        except (ImportError, AttributeError):
            yield place
            continue
        yield from (f"{place}.{wanted}" for wanted in names if not hasattr(owner, wanted))


def new_parser() -> XTermParser:
    """What makes messages of the characters that a terminal sends: ``feed(text)``, and ``tick()`` when none come."""
    return _Parser()


class _Parser(XTermParser):
    """Takes a sequence that no terminal should send for none: Textual's own raises."""

    def _parse_extended_key(self, sequence: str) -> Any:  # type: ignore[override]
        try:
            return super()._parse_extended_key(sequence)
        except ValueError:
            return None


def narrow_updates() -> None:
    """Have partial updates send only the cells that changed; called once, before an app runs."""

    def render_segments(update: ChopsUpdate, console: Console) -> str:
        return narrow.sequences(update.spans, update.chops, update.chop_ends, console)

    ChopsUpdate.render_segments = render_segments  # type: ignore[method-assign,assignment]


def on_crash(app: App[Any], report: Callable[[Exception], None]) -> None:
    """Hand every exception that ends ``app`` to ``report``; Textual itself prints nothing about it any more.

    Its own way prints a traceback with the values of all local variables.
    """
    handle = cast("Callable[[Exception], None]", app._handle_exception)

    def reported(error: Exception) -> None:
        report(error)
        handle(error)

    def close(*_renderables: object) -> None:
        app._close_messages_no_wait()

    for name, value in {"_handle_exception": reported, "_fatal_error": close, "panic": close}.items():
        setattr(app, name, value)


def fail(app: App[Any], error: Exception) -> None:
    """End ``app`` by an exception that was raised outside its messages; on its loop."""
    app._handle_exception(error)
