"""An event that also wakes a thread which waits in ``select``."""

from __future__ import annotations

import os
import threading


class WakingEvent(threading.Event):
    """A `threading.Event` that is readable, as a file is, while it is set."""

    def __init__(self) -> None:
        super().__init__()
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)

    def fileno(self) -> int:
        """The descriptor to wait for."""
        return self._read

    def set(self) -> None:
        """Set it, and make it readable."""
        if not self.is_set():
            super().set()
            os.write(self._write, b"!")

    def clear(self) -> None:
        """Clear it."""
        super().clear()
        try:
            while os.read(self._read, 64):
                pass
        except BlockingIOError:
            pass
