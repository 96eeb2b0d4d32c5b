"""The misbehaving program of a recording: run as a script with the standard library only.

program.py flood BYTES | line BYTES | dribble WRITES | spinner SECONDS | exit CODE | signal NUMBER
program.py hang [ignore_term] | double_fork COUNT
"""

from __future__ import annotations

import os
import signal
import sys
import time


def main(what: str, *rest: str) -> int:
    """Do it; the exit code."""
    if what == "flood":
        _flood(int(rest[0]))
    elif what == "line":
        _line(int(rest[0]))
    elif what == "dribble":
        for number in range(int(rest[0])):
            os.write(1, b"\n" if number % 80 == 79 else b".")
    elif what == "spinner":
        _spin(float(rest[0]))
    elif what == "exit":
        return int(rest[0])
    elif what == "signal":
        os.kill(os.getpid(), int(rest[0]))
    elif what == "hang":
        if "ignore_term" in rest:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.write(1, b"TERM is ignored\n")
        while True:
            time.sleep(3600)
    elif what == "double_fork":
        _daemons(int(rest[0]))
    return 0


def _flood(count: int) -> None:
    block = b"".join(b"%07d the quick brown fox jumps over the lazy dog\n" % n for n in range(1300))
    while count > 0:
        count -= os.write(1, block[:count])


def _line(count: int) -> None:
    block = b"x" * 65536
    while count > 0:
        count -= os.write(1, block[:count])


def _spin(seconds: float) -> None:
    until = time.monotonic() + seconds
    turn = 0
    while time.monotonic() < until:
        turn += 1
        os.write(1, b"\r%c thinking %d%%" % (b"|/-\\"[turn % 4], turn))
        time.sleep(0.01)


def _daemons(count: int) -> None:
    """Daemons in sessions of their own that hold our pipes and ignore TERM; every other has an empty environment."""
    sleeper = "import signal,time\nsignal.signal(15, signal.SIG_IGN)\nwhile True: time.sleep(60)"
    children = []
    for number in range(count):
        child = os.fork()
        if child == 0:
            os.setsid()
            if os.fork() == 0:
                environment = dict(os.environ) if number % 2 else {}
                os.execve(sys.executable, [sys.executable, "-I", "-S", "-c", sleeper], environment)
            os._exit(0)
        children.append(child)
    for child in children:
        os.waitpid(child, 0)
    os.write(1, b"daemons run\n")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
