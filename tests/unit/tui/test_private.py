from __future__ import annotations

import ast
from pathlib import Path

from textual.drivers.linux_driver import LinuxDriver

import prdrunner_tui.tui
from prdrunner_tui.tui import private
from prdrunner_tui.tui.driver import CockpitDriver

PACKAGE = Path(prdrunner_tui.tui.__file__).parent


def test_textual_has_every_private_name_that_the_cockpit_uses() -> None:
    gone = list(private.missing())
    assert not gone, f"this Textual no longer has {', '.join(gone)}: see prdrunner_tui/tui/private.py"


def test_a_name_that_is_gone_is_named() -> None:
    needed = dict(private.NEEDED)
    try:
        private.NEEDED["textual.app:App"] = ("_no_such_name",)
        private.NEEDED["textual.nowhere:Thing"] = ("x",)
        assert set(private.missing()) == {"textual.app:App._no_such_name", "textual.nowhere:Thing"}
    finally:
        private.NEEDED.clear()
        private.NEEDED.update(needed)


def test_private_modules_of_textual_are_imported_in_one_file_only() -> None:
    for path in PACKAGE.rglob("*.py"):
        if path.name == "private.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual"):
                names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
                assert not any(name.startswith("_") for name in names), f"{path}:{node.lineno}"


def test_the_drivers_own_names_hide_none_of_textuals() -> None:
    ours = {name for name in vars(CockpitDriver) if name.startswith("_") and not name.startswith("__")}
    tree = ast.parse((PACKAGE / "driver.py").read_text())
    ours |= {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and node.attr.startswith("_")
    }
    theirs = {name for cls in LinuxDriver.__mro__ for name in vars(cls)}
    for cls in LinuxDriver.__mro__[:2]:
        for node in ast.walk(ast.parse(Path(__import__("inspect").getfile(cls)).read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                theirs.add(node.attr)
    assert not {name for name in ours & theirs if not name.startswith("__")} - {"_abc_impl"}
