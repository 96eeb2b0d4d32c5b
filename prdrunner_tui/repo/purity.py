"""Whether what setup installed in a slot leads out of it: then a check would run other code than the tree's."""

from __future__ import annotations

import ast
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

_READ_CAP = 1 << 20
_SHEBANG = re.compile(rb"#!\s*([^\s]+)")


@dataclass(frozen=True, slots=True)
class Impurity:
    """Something installed that leads out of the slot.

    Attributes:
        path: the file or link, relative to the slot's tree.
        target: where it leads.
        how: ``pth``, ``direct_url``, ``egg_link``, ``editable_finder``, ``link`` or ``shebang``.
    """

    path: str
    target: str
    how: str

    def __str__(self) -> str:
        words = {
            "pth": "puts a folder outside the slot on Python's path",
            "direct_url": "says that a package was installed from outside the slot",
            "egg_link": "links a package outside the slot",
            "editable_finder": "imports a package from outside the slot",
            "link": "links out of the slot",
            "shebang": "runs an interpreter of another environment",
        }
        return f"{self.path} {words[self.how]}: {self.target}"


def check(tree: Path, kept: Iterable[bytes]) -> tuple[Impurity, ...]:
    """Looks through the kept directories of a slot; any answer stops the verification.

    The interpreter's own installation (``home`` of a ``pyvenv.cfg`` and its library) is allowed. Not judged are
    packages copied in from a built archive, and code that a test fetches at run time.

    Args:
        tree: the slot's tree.
        kept: directories relative to it (`setup.Setup.kept`).
    """
    root = Path(os.path.realpath(tree))
    found: list[Impurity] = []
    for path in kept:
        folder = root / os.fsdecode(path)
        found += _Look(root, folder).run()
    return tuple(sorted(set(found), key=lambda impurity: (impurity.path, impurity.target)))


class _Look:
    """One walk through one kept directory."""

    def __init__(self, root: Path, folder: Path) -> None:
        self.root = root
        self.folder = folder
        self.allowed = tuple(_interpreter(folder))

    def run(self) -> Iterator[Impurity]:
        for where, folders, files in os.walk(self.folder):
            here = Path(where)
            for name in (*folders, *files):
                path = here / name
                if path.is_symlink():
                    yield from self._link(path)
            for name in files:
                yield from self._file(here / name)

    def _file(self, path: Path) -> Iterator[Impurity]:
        name = path.name
        if name.endswith(".pth"):
            yield from self._pth(path)
        elif name == "direct_url.json":
            yield from self._direct_url(path)
        elif name.endswith(".egg-link"):
            yield from self._paths(path, _lines(path)[:1], "egg_link")
        elif name.startswith("__editable__") and name.endswith("_finder.py"):
            yield from self._paths(path, _mapping(path), "editable_finder")
        elif path.parent.name == "bin":
            yield from self._shebang(path)

    def _inside(self, target: Path) -> bool:
        real = Path(os.path.realpath(target))
        return real.is_relative_to(self.root) or any(real.is_relative_to(folder) for folder in self.allowed)

    def _found(self, path: Path, target: str, how: str) -> Impurity:
        return Impurity(os.path.relpath(path, self.root), target, how)

    def _link(self, path: Path) -> Iterator[Impurity]:
        if not self._inside(path):
            yield self._found(path, os.path.realpath(path), "link")

    def _pth(self, path: Path) -> Iterator[Impurity]:
        folders = []
        for line in _lines(path):
            if line.startswith(("import ", "import\t")):
                # Such a line is code; the paths that setuptools and others put there are string literals.
                folders += [text for text in re.findall(r"['\"](/[^'\"]+)['\"]", line) if Path(text).exists()]
            elif line and not line.startswith("#"):
                folders.append(line)
        yield from self._paths(path, folders, "pth")

    def _paths(self, path: Path, targets: Iterable[str], how: str) -> Iterator[Impurity]:
        for target in targets:
            # An absolute target replaces the folder; one that does not exist is not on Python's path.
            full = path.parent / target
            if full.exists() and not self._inside(full):
                yield self._found(path, os.path.realpath(full), how)

    def _direct_url(self, path: Path) -> Iterator[Impurity]:
        try:
            record = json.loads(_read(path))
            parts = urlsplit(str(record["url"]))
        except (ValueError, KeyError, TypeError):
            return
        if parts.scheme == "file" and "dir_info" in record and not self._inside(Path(unquote(parts.path))):
            yield self._found(path, unquote(parts.path), "direct_url")

    def _shebang(self, path: Path) -> Iterator[Impurity]:
        match = _SHEBANG.match(_read(path)[:512].encode("utf-8", "surrogateescape"))
        if match is None or match.group(1).endswith(b"/env"):
            return
        program = Path(os.fsdecode(match.group(1)))
        other = program.parent.parent / "pyvenv.cfg"
        if other.exists() and not other.parent.is_relative_to(self.root):
            yield self._found(path, str(program), "shebang")


def _interpreter(folder: Path) -> Iterator[Path]:
    for where in (folder, *folder.glob("*/")):
        config = where / "pyvenv.cfg"
        for line in _lines(config):
            key, _, value = line.partition("=")
            if key.strip() == "home" and value.strip():
                home = Path(os.path.realpath(value.strip()))
                yield home
                for library in ("lib", "lib64", "Lib"):
                    yield from (home.parent / library).glob("python3*")


def _read(path: Path) -> str:
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(_READ_CAP).decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _lines(path: Path) -> list[str]:
    return [line.strip() for line in _read(path).splitlines()]


def _mapping(path: Path) -> list[str]:
    """The folders in a setuptools finder: the string values of the dictionaries assigned at its top."""
    try:
        module = ast.parse(_read(path))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    values = [
        node.value for node in module.body if isinstance(node, ast.Assign | ast.AnnAssign) and node.value
    ]
    constants = (node.value for value in values for node in ast.walk(value) if isinstance(node, ast.Constant))
    return [text for text in constants if isinstance(text, str) and text.startswith("/")]
