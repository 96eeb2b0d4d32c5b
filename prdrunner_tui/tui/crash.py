"""What a person sees of an error of the cockpit's own: one line, and a file to report it with."""

from __future__ import annotations

import logging
import os
import platform
import sys
import threading
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prdrunner_tui import __version__
from prdrunner_tui.repo.rundir import state_root
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.redact import redact, secrets_of

if TYPE_CHECKING:
    from textual.app import App

EXIT_CRASH = 1
_KEPT = 20


def write_report(error: BaseException) -> Path | None:
    """Keep an exception with its traceback, without values of variables and known credentials.

    The file lies in ``crash`` of the state root, 0600; the oldest of more than twenty go. None when it could not
    be written.
    """
    told = traceback.TracebackException.from_exception(error, capture_locals=False)
    head = f"prdrunner {__version__}, Python {platform.python_version()}, {platform.system()}\n\n"
    text = (head + "".join(told.format())).encode("utf-8", "backslashreplace")
    name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.getpid()}.txt"
    try:
        folder = state_root() / "crash"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(redact(text, secrets_of(os.environ)))
        for old in sorted(folder.glob("*.txt"))[:-_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        return None
    return path


def tell(error: BaseException, report: Path | None) -> None:
    """Print the one line. The error's own text may hold anything, so only its kind is named."""
    from prdrunner_tui.cli.output import note

    where = f"the report is {report}" if report else "no report could be written"
    with suppress(OSError, ValueError):
        note(f"error: the screen ended by a fault of its own ({type(error).__name__}), runs go on; {where}")
        sys.stderr.flush()


def keep_quiet() -> None:
    """Let nothing but `tell` speak of faults on this process's terminal.

    A thread's traceback goes to a report; what asyncio says of tasks, while the loop ends, nowhere.
    """

    def failed(failure: threading.ExceptHookArgs) -> None:
        if failure.exc_value is not None:
            write_report(failure.exc_value)

    threading.excepthook = failed
    if not logging.root.handlers:
        logging.root.addHandler(logging.NullHandler())


def run_app(app: App[Any]) -> int:
    """Run a cockpit to its end; the exit code.

    Raises:
        Problem: something that a person can mend ended the app.
    """
    from prdrunner_tui.tui import private

    failures: list[tuple[Exception, Path | None]] = []

    def keep(error: Exception) -> None:
        if not failures:
            failures.append((error, None if isinstance(error, Problem) else write_report(error)))

    private.on_crash(app, keep)
    keep_quiet()
    try:
        app.run()
    except Exception as error:  # noqa: BLE001
        keep(error)
    if not failures:
        return app.return_code or 0
    failure, report = failures[0]
    if isinstance(failure, Problem):
        raise failure
    tell(failure, report)
    return EXIT_CRASH
