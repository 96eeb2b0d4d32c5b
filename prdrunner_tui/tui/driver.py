"""The terminal as the cockpit drives it: Textual's driver, with output that never blocks and an end that is quick.

What differs from Textual's own is public behaviour overridden by name; `private` has the rest.
"""

from __future__ import annotations

import asyncio
import codecs
import os
import signal
import sys
import termios
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from textual import events
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.message import Message
from textual.messages import TerminalSupportsSynchronizedOutput

from prdrunner_tui.text.cells import cell_width
from prdrunner_tui.text.safe import SafeText
from prdrunner_tui.tui import keyboard, modes, private
from prdrunner_tui.tui.gate import FrameGate
from prdrunner_tui.tui.pacing import LOCAL_HZ, REMOTE_HZ, Pacer, is_remote
from prdrunner_tui.tui.wake import WakingEvent
from prdrunner_tui.tui.writer import Writer

_ENDING = (signal.SIGHUP, signal.SIGTERM, signal.SIGQUIT, signal.SIGINT)
_HUNG = 0.5
"""Seconds after which a terminal that takes nothing is given up while leaving."""


def _questions(error: UnicodeError) -> tuple[str, int]:
    """A question mark for each cell of what cannot be encoded, so that nothing behind it moves."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join("?" * cell_width(one) for one in error.object[error.start : error.end]), error.end


codecs.register_error("prdrunner.cells", _questions)


class CockpitDriver(LinuxDriver):
    """Drives the terminal of standard input and output for one app, on which it puts itself as ``cockpit_driver``.

    Attributes:
        pacing: tells when a frame of what changes by itself may go.
        when_drained: called on the loop when frames were dropped and the terminal takes them again: paint all.
        writer: the thread that writes; its counters.
        plain: nothing but ASCII is sent.
        patience: seconds that an app has for its own end after a signal, before the process ends without it.
    """

    patience = 3.0
    plain = False

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self.cockpit = app
        self.loop = asyncio.get_running_loop()
        self.exit_event: WakingEvent = WakingEvent()
        output = sys.__stdout__
        assert output is not None
        self.output = output.fileno()
        self.encoding = "ascii" if self.plain else output.encoding or "utf-8"
        self.writer = Writer(
            self.output,
            on_drained=lambda: self._on_loop(self._drained),
            on_lost=self._terminal_lost,
        )
        self.pacing = FrameGate(
            self.loop,
            Pacer(1 / (REMOTE_HZ if is_remote(os.environ) else LOCAL_HZ)),
            backlog=lambda: self.writer.backlog,
            write=lambda data: self.writer.write(data, keep=True),
            size=self._size_now,
        )
        self.when_drained: Callable[[], object] = lambda: app.refresh(layout=True)
        self._driving = False
        self._starting = False
        self._ending = False
        self._exit_code = 0
        self._held: list[Message] | None = []
        self._app_holds = False
        self._hold_lock = threading.Lock()
        app.cockpit_driver = self  # type: ignore[attr-defined]
        # When a terminal hangs up the kernel sends SIGCONT too: only who stopped here goes on from here. And with a
        # handler of the loop's every signal wakes the loop; without, one that another thread takes (a change of
        # the size, say) waits until something else happens.
        self.loop.add_signal_handler(signal.SIGCONT, lambda: None)
        signal.signal(signal.SIGTSTP, self._on_stop_signal)
        signal.signal(signal.SIGALRM, self._end_without_app)
        for number in _ENDING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._on_ending_signal)

    # Output

    def write(self, data: str) -> None:
        """Hand a piece of output to the writer; it is whole sequences, and may be dropped unless it sets modes."""
        if self._driving:
            self.writer.write(data.encode(self.encoding, "prdrunner.cells"), keep=self._starting)

    def flush(self) -> None:
        """A frame is complete. After the first one there is something to type at."""
        if self._driving and not self._starting:
            self.pacing.flushed()
            if self._held is not None and not self._app_holds:
                self._on_loop(self.release_input)

    def show_title(self, title: SafeText) -> None:
        """Name the terminal's window or tab; the name before comes back at the end."""
        if self._driving and os.environ.get("TERM") != "linux":
            self.writer.write(f"\x1b]2;{title}\x07".encode(self.encoding, "prdrunner.cells"), keep=True)

    def alert(self, text: SafeText, *, bell: bool, note: bool) -> None:
        """Draw attention: with the bell, with a notification where the terminal knows one (OSC 9)."""
        if self._driving:
            told = (f"\x1b]9;{text}\x07" if note else "") + ("\a" if bell else "")
            self.writer.write(told.encode(self.encoding, "prdrunner.cells"), keep=True)

    def _drained(self) -> None:
        self.writer.accept_again()
        self.writer.write(b"\x1b[?2026l", keep=True)
        if self._driving:
            self.when_drained()

    def _size_now(self) -> tuple[int, int]:
        try:
            size = os.get_terminal_size(self.output)
        except OSError:
            return 0, 0
        return size.columns, size.lines

    def _resized(self) -> None:
        size = Size(*self._size_now())
        if self._driving and size:
            self.send_message(events.Resize(size, size))

    # Begin and end

    def start_application_mode(self) -> None:
        """Take the terminal; in the background, first stop until somebody brings us to the foreground."""
        while not modes.is_foreground(self.fileno):
            os.kill(os.getpid(), signal.SIGSTOP)
        self.attrs_before = None
        modes.terminal.taken = True
        self.writer.start()
        self._driving = self._starting = True
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.write(modes.TITLE_KEPT)
        # Textual's own handler can be interrupted by itself, and then tells of the sizes in the wrong order.
        self.loop.add_signal_handler(signal.SIGWINCH, self._resized)
        self.pacing.probe()
        self._starting = False
        if self.attrs_before is None:
            self._terminal_lost()

    def stop_application_mode(self) -> None:
        """Give the terminal back: first the modes, then, when all it had to say was read, the keyboard."""
        if not self._driving:
            return
        self._driving = False
        self.writer.discard()
        self.writer.write(modes.QUIET + self.pacing.fence() + modes.LEAVE, keep=True)
        given_back = self.writer.drain(_HUNG)
        if given_back and not self.writer.lost:
            self.pacing.wait_for_fence()
        elif not given_back:
            given_back = self._unblock() and modes.write_within(self.output, modes.RESET, 0.1)
        super().disable_input()
        modes.set_attributes(self.fileno, self.attrs_before)
        modes.terminal.taken = not given_back

    def _unblock(self) -> bool:
        """Throw away what a hung terminal has not taken; whether the writer is idle then."""
        self.writer.discard()
        modes.forget(self.output, termios.TCOFLUSH)
        self.writer.nudge()
        return self.writer.drain(0.1)

    def close(self) -> None:
        """End the threads."""
        self.writer.close(_HUNG)
        super().close()

    def end(self, code: int) -> None:
        """End the app with an exit code, from any thread and from a signal handler; the first one counts."""
        if self._ending:
            return
        self._ending = True
        self._exit_code = code
        signal.setitimer(signal.ITIMER_REAL, self.patience)
        self._on_loop(lambda: self.cockpit.exit(return_code=code))

    def _end_without_app(self, _number: int, _frame: FrameType | None) -> None:
        if modes.terminal.taken:
            self._unblock()
            if modes.give_back(self.fileno, self.output, self.attrs_before):
                modes.terminal.taken = False
        os._exit(self._exit_code)

    def _terminal_lost(self) -> None:
        self.end(128 + signal.SIGHUP)

    def _on_ending_signal(self, number: int, _frame: FrameType | None) -> None:
        self.end(128 + number)

    def _on_stop_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self._driving:
            self._on_loop(self._stop_and_go_on)
        else:
            # Another program has the terminal, an editor say, and the loop waits for it.
            os.kill(os.getpid(), signal.SIGSTOP)

    def _stop_and_go_on(self) -> None:
        if not self._driving or self._ending:
            return
        self.suspend_application_mode()
        os.kill(os.getpid(), signal.SIGSTOP)
        self.resume_application_mode()
        self.send_message(self.SignalResume())
        self.when_drained()

    def _on_loop(self, call: Callable[[], object]) -> None:
        try:
            self.loop.call_soon_threadsafe(call)
        except RuntimeError:
            pass  # the loop is closed: the app has ended

    # Input

    def hold_input(self) -> None:
        """Keep back what is typed until `release_input`, beyond the first frame; to be called before that."""
        self._app_holds = True

    def release_input(self) -> None:
        """Give the app what was typed before there was something to type at."""
        with self._hold_lock:
            held, self._held = self._held or [], None
            for message in held:
                super().process_message(message)

    def process_message(self, message: Message) -> None:
        """Pass a message of the terminal on to the app; answers to our own questions go no further."""
        if isinstance(message, events.CursorPosition):
            self.pacing.heard_cursor(message.y + 1, message.x + 1)
            return
        if isinstance(message, TerminalSupportsSynchronizedOutput) and self.pacing.heard_mode():
            return
        if not self._driving:
            return
        with self._hold_lock:
            if self._held is not None and isinstance(message, events.InputEvent | events.Paste):
                self._held.append(message)
                return
        super().process_message(message)

    def run_input_thread(self) -> None:
        """Read the terminal until `exit_event`; sleeps whenever nothing is typed."""
        try:
            keyboard.read(self.fileno, self.exit_event, take=self.process_message, lost=self._terminal_lost)
        except Exception as error:  # noqa: BLE001
            failed = error
            self._on_loop(lambda: private.fail(self.cockpit, failed))
