"""What a name loses when there is no room for it: paths their middle, tests their class, titles their end."""

from __future__ import annotations

from prdrunner_tui.text.cells import cell_width, cells, crop


def short_path(path: str, width: int, ellipsis: str = "…") -> str:
    """A path in at most ``width`` cells: middle directories go first, then the front of the file's name."""
    if cells(path) <= width:
        return path
    *folders, name = path.split("/")
    for kept in range(len(folders) - 1, 0, -1):
        # The first directory tells the part of the project; those next to the file say most of the rest.
        shown = "/".join((folders[0], ellipsis, *folders[len(folders) - kept + 1 :], name))
        if cells(shown) <= width:
            return shown
    if folders and cells(f"{ellipsis}/{name}") <= width:
        return f"{ellipsis}/{name}"
    return keep_end(name, width, ellipsis)


def short_test(test: str, width: int, ellipsis: str = "…") -> str:
    """The id of a test in at most ``width`` cells: it keeps its file and its name, and loses the class first."""
    if cells(test) <= width:
        return test
    file, *classes, name = test.split("::") if "::" in test else ("", *test.split("."))
    if not file:
        return crop(f"{ellipsis}.{name}", width, ellipsis) if classes else crop(test, width, ellipsis)
    without = f"{file}::{name}" if not classes else f"{file}::{ellipsis}::{name}"
    if cells(without) <= width:
        return without
    room = width - cells(f"::{name}")
    if room >= cells(file.rsplit("/", 1)[-1]):
        return f"{short_path(file, room, ellipsis)}::{name}"
    if room > len(ellipsis):
        return f"{keep_end(file, room, ellipsis)}::{name}"
    return crop(name, width, ellipsis)


def keep_end(text: str, width: int, ellipsis: str = "…") -> str:
    """The end of a text in at most ``width`` cells, with the ellipsis where its front was."""
    if cells(text) <= width:
        return text
    room = width - len(ellipsis)
    if room <= 0:
        return ellipsis[: max(0, width)]
    start = len(text)
    while start and room >= cell_width(text[start - 1]):
        start -= 1
        room -= cell_width(text[start])
    return ellipsis + text[start:]
