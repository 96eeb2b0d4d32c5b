from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from prdrunner_tui.text import units

NOW = datetime(2026, 11, 20, 14, 2, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (-3, "0s"),
        (0.44, "0.4s"),
        (0.99, "0.9s"),
        (12.9, "12s"),
        (150, "2m 30s"),
        (60, "1m 00s"),
        (860, "14m 20s"),
        (1383, "23m 03s"),
        (3840, "1h 04m"),
        (3 * 86400 + 2 * 3600, "3d 2h"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert units.duration(seconds) == text


def test_estimates_are_ranges() -> None:
    assert units.estimate(9 * 60, 14 * 60) == "9m-14m"
    assert units.estimate(20, 40.2) == "20s-41s"
    assert units.estimate(None, 5) == "?"
    assert units.estimate(0.2, 0.4) == "1s-1s" and units.estimate(0, 12) == "1s-12s"
    assert units.estimate(0.4, 200) == "1s-4m" and units.estimate(59, 61) == "59s-2m"
    assert units.estimate(59, 60 * 60 * 11) == "59s-11h" and units.estimate(1800, 39600) == "30m-11h"
    assert units.estimate(7200, 39600) == "2h-11h"


def test_clock_and_past() -> None:
    assert units.clock(NOW, NOW) == "14:02:26"
    assert units.clock(datetime(2026, 11, 12, 9, 2, tzinfo=UTC), NOW) == "12 Nov 09:02"
    assert units.clock(datetime(2025, 11, 20, 9, 2, tzinfo=UTC), NOW) == "20 Nov 2025 09:02"
    assert units.started(NOW, NOW) == "today 14:02"
    assert units.ago(NOW - timedelta(seconds=4, microseconds=9), NOW) == "4s ago"
    assert units.ago(NOW + timedelta(seconds=4), NOW) == "0s ago"


@pytest.mark.parametrize(
    ("usd", "text"),
    [
        (None, "?"),
        (0, "$0.00"),
        (0.004, "<$0.01"),
        (0.42, "$0.42"),
        (0.4201, "$0.43"),
        (0.1 + 0.2, "$0.30"),
        (Decimal("1234.5"), "$1,234.50"),
        (1.1, "$1.10"),
    ],
)
def test_money_is_rounded_up(usd: float | Decimal | None, text: str) -> None:
    assert units.money(usd) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, "?"),
        (940, "940 tok"),
        (1200, "1.2k tok"),
        (9960, "10k tok"),
        (412_000, "412k tok"),
        (999_600, "1.0M tok"),
        (1_300_000, "1.3M tok"),
        (123_456_789, "123M tok"),
    ],
)
def test_tokens(number: int | None, text: str) -> None:
    assert units.tokens(number) == text


def test_sizes_counts_lines_percent() -> None:
    assert [units.size(n) for n in (0, 999, 1200, 41_000_000, 3_100_000_000)] == [
        "0 B",
        "999 B",
        "1.2 kB",
        "41 MB",
        "3.1 GB",
    ]
    assert units.size(999_999) == "1.0 MB"
    assert units.count(1234) == "1,234"
    assert units.lines(120, 14) == "+120/-14"
    assert units.tokens(1200, unit=False) == "1.2k"
    assert (units.percent(999, 1000), units.percent(1, 1), units.percent(0, 0)) == ("99%", "100%", "?")


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (0, "exit 0"),
        (1, "exit 1"),
        (137, "exit 137, killed"),
        (-9, "exit 137, killed"),
        (-11, "exit 139, segmentation fault"),
        (143, "exit 143, terminated"),
        (255, "exit 255"),
    ],
)
def test_exit_words(code: int, text: str) -> None:
    assert units.exit_words(code) == text


def test_a_known_reason_replaces_the_signal() -> None:
    reason = "killed by the out-of-memory killer"
    assert units.exit_words(-9, reason=reason) == f"exit 137, {reason}"


@pytest.mark.parametrize(
    ("usd", "unpriced", "text"), [(0.0, 0, "$0.00"), (0.42, 0, "$0.42"), (0.42, 1, "$0.42+?"), (0.0, 2, "?")]
)
def test_costs(usd: float, unpriced: int, text: str) -> None:
    assert units.cost_words(usd, unpriced) == text
