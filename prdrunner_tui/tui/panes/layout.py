"""Putting the panes where `arrange` says."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual.geometry import NULL_SPACING, Offset, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement
from textual.widget import Widget

from prdrunner_tui.tui.arrange import Arrangement, Place


class PanesLayout(Layout):
    """Places widgets by their names in an `Arrangement`; what it does not name is not there.

    Args:
        arrangement: gives the arrangement for the size of the body.
        names: the widgets by name.
        dividers: as many as an arrangement may have.
    """

    name = "panes"

    def __init__(
        self,
        arrangement: Callable[[int, int], Arrangement],
        names: Mapping[str, Widget],
        dividers: tuple[Widget, ...],
    ) -> None:
        self._arrangement = arrangement
        self._names = names
        self._dividers = dividers

    def arrange(
        self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True
    ) -> ArrangeResult:
        """The places of the children that are shown."""
        arranged = self._arrangement(size.width, size.height)
        placed = [(self._names[name], place) for name, place in arranged.places.items()]
        placed += zip(self._dividers, arranged.dividers, strict=False)
        shown = {widget: place for widget, place in placed if widget in children}
        return [
            WidgetPlacement(_region(place), Offset(), NULL_SPACING, widget) for widget, place in shown.items()
        ]


def _region(place: Place) -> Region:
    return Region(place.x, place.y, place.width, place.height)


class PanesBody(Widget):
    """A body whose children stand where a `PanesLayout` says."""

    DEFAULT_CSS = "PanesBody { width: 1fr; height: 1fr; }"

    panes_layout: Layout | None = None

    @property
    def layout(self) -> Layout:
        """The layout of the panes, once there is one."""
        return self.panes_layout or super().layout
