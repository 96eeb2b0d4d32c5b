from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prdrunner_tui.tui.colour import contrast, exact, nearest, palette, parse_hex

colours = st.tuples(*[st.integers(0, 255)] * 3)


@pytest.mark.parametrize(
    ("text", "rgb"),
    [
        ("#1c1c1c", (28, 28, 28)),
        ("#FA0", (255, 170, 0)),
        ("1c1c1c", None),
        ("#12345", None),
        ("#+1+1+1", None),
        ("#gggggg", None),
        ("#", None),
        ("#١٢٣٤٥٦", None),
    ],
)
def test_hexadecimal(text: str, rgb: object) -> None:
    assert parse_hex(text) == rgb


def test_contrast_is_that_of_wcag() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert contrast((1, 2, 3), (1, 2, 3)) == 1


@pytest.mark.parametrize("number", range(16, 256))
def test_what_the_palette_has_is_found_in_it(number: int) -> None:
    assert palette(exact(palette(number)) or 0) == palette(number)


@given(colours)
def test_a_tint_stays_a_tint(colour: tuple[int, int, int]) -> None:
    found = palette(nearest(colour))
    if max(colour) - min(colour) > 12:
        assert len(set(found)) > 1


def test_the_nearest_looks_alike() -> None:
    assert palette(nearest((250, 250, 250))) in [(255, 255, 255), (238, 238, 238)]
    assert palette(nearest((21, 41, 29))) == (0, 95, 0)
    assert exact((21, 41, 29)) is None
