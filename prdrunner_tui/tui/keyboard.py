"""Reading what a terminal sends: keys, the mouse, pasted text and answers."""

from __future__ import annotations

import fcntl
import os
import selectors
import struct
import termios
from codecs import getincrementaldecoder
from collections.abc import Callable

from textual import constants
from textual.message import Message

from prdrunner_tui.tui import private
from prdrunner_tui.tui.pasted import PasteFilter
from prdrunner_tui.tui.wake import WakingEvent


def read(
    descriptor: int, stop: WakingEvent, *, take: Callable[[Message], object], lost: Callable[[], object]
) -> None:
    """Hand each message of a terminal to ``take``, on this thread, until ``stop`` is set or the terminal is gone.

    Sleeps whenever nothing is typed. ``lost`` is called when the terminal is gone.
    """
    parser = private.new_parser()
    pasted = PasteFilter()
    decode = getincrementaldecoder("utf-8")("replace").decode
    early = _waiting(descriptor)
    timeout: float | None = None
    with selectors.SelectSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        selector.register(stop, selectors.EVENT_READ)
        while True:
            ready = {key.fd for key, _ in selector.select(timeout)}
            if stop.is_set():
                return
            # An escape key is told from the start of a sequence by the silence after it: look once more then.
            timeout = None
            if descriptor in ready:
                data = _read(descriptor)
                if not data:
                    lost()
                    return
                if early > 0:
                    # Typed while the terminal still made a line feed of Enter.
                    data, early = data.replace(b"\n", b"\r"), early - len(data)
                timeout = constants.ESCAPE_DELAY + 0.001
                for message in parser.feed(pasted.feed(decode(data))):
                    take(message)
            for message in parser.tick():
                take(message)


def _read(descriptor: int) -> bytes:
    """What is there; nothing when the terminal is gone."""
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""


def _waiting(descriptor: int) -> int:
    """Bytes that can be read now."""
    try:
        return int(struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)))[0])
    except OSError:
        return 0
