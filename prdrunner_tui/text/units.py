"""Numbers as people read them: time, money, tokens, sizes, exit codes. Pure; the present is passed in."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SIGNAL_WORDS = {
    "SIGHUP": "hung up",
    "SIGINT": "interrupted",
    "SIGQUIT": "quit",
    "SIGILL": "illegal instruction",
    "SIGABRT": "aborted",
    "SIGBUS": "bus error",
    "SIGFPE": "arithmetic error",
    "SIGKILL": "killed",
    "SIGSEGV": "segmentation fault",
    "SIGPIPE": "broken pipe",
    "SIGALRM": "alarm",
    "SIGTERM": "terminated",
    "SIGXCPU": "CPU limit",
    "SIGXFSZ": "file size limit",
}


@cache
def _numbered_signals() -> dict[int, str]:
    """The words by number; the numbers differ from system to system, and few texts need them."""
    import signal

    return {number.value: _SIGNAL_WORDS.get(number.name, number.name) for number in signal.Signals}


def duration(seconds: float) -> str:
    """``0.4s``, ``12s``, ``2m 30s``, ``1h 04m``, ``3d 2h``; the part that has passed, never rounded up."""
    if seconds <= 0:
        return "0s"
    if seconds < 1:
        return f"{int(seconds * 10) / 10:.1f}s"
    whole = int(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    if whole < 86400:
        return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
    return f"{whole // 86400}d {whole % 86400 // 3600}h"


def minutes(seconds: float) -> str:
    """A time without seconds: ``<1m``, ``14m``, ``1h 04m``, ``3d 2h``."""
    if seconds < 60:
        return "<1m"
    return f"{int(seconds) // 60}m" if seconds < 3600 else duration(seconds)


def estimate(low: float | None, high: float | None) -> str:
    """An estimate in seconds as a range, ``9m-14m``; ``?`` without history.

    What is estimated takes some time: an end is never ``0``, a short one has a smaller unit of its own.
    """
    if low is None or high is None:
        return "?"
    most = max(1, _ceil(high))
    name, size = ("s", 1) if most < 60 else ("m", 60) if most < 36000 else ("h", 3600)
    units = ((unit, word) for unit, word in ((3600, "h"), (60, "m")) if unit <= min(size, low))
    unit, word = next(units, (1, "s"))
    return f"{max(1, int(low // unit))}{word}-{_ceil(most / size)}{name}"


def clock(moment: datetime, now: datetime) -> str:
    """``14:02:26`` on the day of `now`, else ``12 Nov 09:02``, with the year when it is another one.

    Both are shown as they are: convert to the person's time zone before.
    """
    if moment.date() == now.date():
        return f"{moment:%H:%M:%S}"
    return _other_day(moment, now)


def started(moment: datetime, now: datetime) -> str:
    """``today 13:48`` or ``12 Nov 09:02``: a moment in a list."""
    return f"today {moment:%H:%M}" if moment.date() == now.date() else _other_day(moment, now)


def _other_day(moment: datetime, now: datetime) -> str:
    year = f" {moment.year}" if moment.year != now.year else ""
    return f"{moment.day} {_MONTHS[moment.month - 1]}{year} {moment:%H:%M}"


def ago(then: datetime, now: datetime) -> str:
    """``4s ago``, of a past event (a clock that ran backwards gives ``0s ago``)."""
    return f"{duration(int((now - then).total_seconds()))} ago"


def money(usd: float | Decimal | None) -> str:
    """``$0.42``, rounded up to the cent; ``<$0.01``; ``?`` when unknown."""
    if usd is None:
        return "?"
    # Whole billionths: what a float carries beyond them is noise, and must not become a cent.
    billionths = round(usd * 10**9)
    if billionths < 0:
        return f"-{money(-usd)}"
    if 0 < billionths < 10**7:
        return "<$0.01"
    cents = -(-billionths // 10**7)
    return f"${cents // 100:,}.{cents % 100:02d}"


def tokens(count: int | None, *, unit: bool = True) -> str:
    """``940 tok``, ``1.2k tok``, ``412k tok``, ``1.3M tok``; ``?`` unknown.

    Without `unit` the number alone.
    """
    if count is None:
        return "?"
    if count < 1000:
        text = str(count)
    elif (tenths := (count + 50) // 100) < 100:
        text = f"{tenths // 10}.{tenths % 10}k"
    elif (thousands := (count + 500) // 1000) < 1000:
        text = f"{thousands}k"
    else:
        tenths = (count + 50_000) // 100_000
        text = f"{tenths // 10}.{tenths % 10}M" if tenths < 1000 else f"{tenths // 10:,}M"
    return f"{text} tok" if unit else text


def count(number: int) -> str:
    """``1,234``."""
    return f"{number:,}"


def size(number: int) -> str:
    """Bytes in decimal units: ``512 B``, ``1.2 kB``, ``41 MB``, ``3.1 GB``."""
    if number < 1000:
        return f"{number} B"
    value = float(number)
    for name in ("kB", "MB", "GB", "TB", "PB"):
        value /= 1000
        if value < 9.95:
            return f"{value:.1f} {name}"
        if value < 999.5:
            return f"{value:.0f} {name}"
    return f"{value:,.0f} PB"


def lines(added: int, removed: int) -> str:
    """``+120/-14``."""
    return f"+{added:,}/-{removed:,}"


def exit_words(code: int, *, reason: str = "") -> str:
    """``exit 1``; of a signal ``exit 137, killed``. `code` is a shell's or Python's (negative = signal).

    `reason` takes the place of the signal's name when more is known, e.g. ``killed by the
    out-of-memory killer``.
    """
    shown = 128 - code if code < 0 else code
    word = reason or _numbered_signals().get(
        shown - 128, f"signal {shown - 128}" if 128 < shown < 193 else ""
    )
    return f"exit {shown}, {word}" if word else f"exit {shown}"


def percent(part: float, whole: float) -> str:
    """``42%`` without decimals, rounded down so that 100% means all; ``?`` of nothing."""
    return f"{int(part * 100 / whole)}%" if whole else "?"


def _ceil(value: float) -> int:
    return int(value) + (value > int(value))


def cost_words(usd: float, unpriced: int) -> str:
    """What was spent, for a column: a plus says that there is more of unknown cost."""
    return "?" if unpriced and not usd else money(usd) + ("+?" if unpriced else "")


def spent_words(usd: float, unpriced: int) -> str:
    """What was spent, in a sentence."""
    if unpriced and not usd:
        return "cost unknown"
    return money(usd) + (
        f" + {unpriced} turn{'' if unpriced == 1 else 's'} of unknown cost" if unpriced else ""
    )


def day_of(at: float) -> str:
    """The date of a time where this machine is: ``2026-11-21``.

    Args:
        at: seconds since 1970.
    """
    return time.strftime("%Y-%m-%d", time.localtime(at))
