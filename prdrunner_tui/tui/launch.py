"""The program around the cockpit: a parent that gives the terminal back whatever becomes of the screen.

The parent forks before anything heavy is imported and then only waits, so that it costs nothing. The child is in
its process group; the shell's job control sees the parent.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from importlib import import_module
from types import FrameType
from typing import NoReturn

from prdrunner_tui.text.problem import Problem
from prdrunner_tui.tui import modes

APP = "prdrunner_tui.tui.app:run"
"""The function that runs the cockpit: it takes the arguments and gives the exit code."""

_PASSED_ON = (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT, signal.SIGINT, signal.SIGTSTP)
_HANDLED = (*_PASSED_ON, signal.SIGCONT)


def main(arguments: Sequence[str], target: str = APP) -> int:
    """Run ``target`` on this terminal under a launcher; its exit code, 128+n when signal n ended it.

    Args:
        arguments: handed on as they are.
        target: ``module:function``, imported in the child only.

    Raises:
        Problem: standard input or output is no terminal, or one that cannot show the cockpit.
    """
    check_terminal(os.environ)
    modes.terminal.share()
    saved = modes.attributes(sys.stdin.fileno())
    sys.stdout.flush()
    sys.stderr.flush()
    # Signals that come before both sides have their handlers wait until they have.
    signal.pthread_sigmask(signal.SIG_BLOCK, _HANDLED)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)
        _run(arguments, target)
    return _Launcher(child, saved).wait()


def check_terminal(environ: Mapping[str, str]) -> None:
    """Raise Problem unless the cockpit can be shown here."""
    instead = "prdrunner run --headless and prdrunner status need no screen"
    for stream, name in ((sys.stdin, "input"), (sys.stdout, "output")):
        if stream is None or not stream.isatty():
            raise Problem(f"the cockpit needs a terminal, and standard {name} is none", hint=instead)
    if environ.get("TERM", "") in ("", "dumb"):
        shown = environ.get("TERM") or "not set"
        raise Problem(f"the cockpit cannot be shown on this terminal: TERM is {shown}", hint=instead)


def profile(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables that Textual reads while it is imported, for this kind of terminal.

    Nothing is animated, and the mouse is reported by cells: by pixels each one would be a message, and over SSH a
    packet. A remote terminal gets fewer frames.
    """
    from prdrunner_tui.tui.pacing import is_remote

    chosen = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0"}
    if is_remote(environ):
        chosen["TEXTUAL_FPS"] = "20"
    return chosen


def prepare(environ: MutableMapping[str, str]) -> None:
    """Set what `profile` chose where the person has not chosen, and let no stale size stand over the real one."""
    for name, value in profile(environ).items():
        environ.setdefault(name, value)
    for name in ("COLUMNS", "LINES"):
        environ.pop(name, None)


def _run(arguments: Sequence[str], target: str) -> NoReturn:
    """The child: run the app and end the process without unwinding into the parent's code."""
    code = 1
    try:
        prepare(os.environ)
        module, _, name = target.partition(":")
        code = getattr(import_module(module), name)(list(arguments))
    except Problem as problem:
        from prdrunner_tui.cli.output import complain

        complain(problem)
        code = problem.code
    except KeyboardInterrupt:
        code = 128 + signal.SIGINT
    except SystemExit as request:
        code = request.code if isinstance(request.code, int) else int(request.code is not None)
    except BaseException as error:  # noqa: BLE001
        from prdrunner_tui.tui import crash

        crash.tell(error, crash.write_report(error))
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (OSError, ValueError):
                pass
        os._exit(code)


class _Launcher:
    """The parent: waits for its child, stops when it stops, and mends the terminal after it."""

    def __init__(self, child: int, saved: modes.Attributes | None) -> None:
        self._child = child
        self._saved = saved
        self._input = sys.stdin.fileno()
        self._output = sys.stdout.fileno()
        self._continued = False
        for number in _PASSED_ON:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._pass_on)
        signal.signal(signal.SIGCONT, self._on_continue)
        # Giving the terminal back must not stop us where the shell has it already.
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDLED)

    def wait(self) -> int:
        """Wait for the child's end; the exit code for the shell."""
        while True:
            _, status = os.waitpid(self._child, os.WUNTRACED)
            if os.WIFSTOPPED(status):
                self._stop_too()
                continue
            self._mend()
            if os.WIFSIGNALED(status):
                return 128 + os.WTERMSIG(status)
            return os.WEXITSTATUS(status)

    def _mend(self) -> None:
        if not modes.is_foreground(self._input):
            return
        if modes.terminal.taken:
            modes.give_back(self._input, self._output, self._saved)
        elif self._saved is not None and modes.attributes(self._input) != self._saved:
            modes.set_attributes(self._input, self._saved)

    def _stop_too(self) -> None:
        """Stop the whole group, as the terminal's own Ctrl-Z does, and go on with the child afterwards.

        A group without a shell above it cannot be stopped; then the child goes on at once, or, when it stopped
        because the terminal is not ours, it has to end.
        """
        self._continued = False
        own = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(0, signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, own)
        if not self._continued and not modes.is_foreground(self._input):
            os.kill(self._child, signal.SIGHUP)
        os.kill(self._child, signal.SIGCONT)

    def _on_continue(self, _number: int, _frame: FrameType | None) -> None:
        self._continued = True

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        try:
            os.kill(self._child, number)
        except ProcessLookupError:
            pass
