"""Theme files: where they lie, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from prdrunner_tui.text.places import config_dir
from prdrunner_tui.text.problem import Problem
from prdrunner_tui.text.safe import one_line
from prdrunner_tui.text.suggest import did_you_mean
from prdrunner_tui.text.yaml import Document, read_yaml
from prdrunner_tui.tui.depth import Depth
from prdrunner_tui.tui.look import Look, parse_look
from prdrunner_tui.tui.theme import Theme, ThemeFile
from prdrunner_tui.tui.tokens import TOKENS

DEFAULT = "dark"
"""The theme that is there when none was chosen."""

_KEYS = ("about", "extends", "looks", "sixteen")
_LONGEST_CHAIN = 8


def own_dir() -> Path:
    """The themes that come with prdrunner: in the package's data, or at the top of a checkout."""
    package = Path(__file__).parent.parent
    packed = package / "data" / "themes"
    return packed if packed.is_dir() else package.parent / "themes"


def user_dir(environ: Mapping[str, str] | None = None) -> Path:
    """``$XDG_CONFIG_HOME/prdrunner/themes``, else below ``~/.config``. It need not exist."""
    return config_dir(environ) / "themes"


def theme_files(environ: Mapping[str, str] | None = None) -> dict[str, Path]:
    """Every theme's name and file, by name. One of the user's hides one of prdrunner's with the same name."""
    return {path.stem: path for folder in (own_dir(), user_dir(environ)) for path in _yaml_files(folder)}


def load_theme(name: str, depth: Depth, environ: Mapping[str, str] | None = None) -> Theme:
    """The theme of a name.

    Raises:
        Problem: there is no such theme, or its file cannot be read.
    """
    return Theme(read_theme(name, environ), depth)


def read_theme(name: str, environ: Mapping[str, str] | None = None) -> ThemeFile:
    """The theme of a name as its file, and the files that it extends, say it. Raises Problem as `load_theme`."""
    return _read(name, environ, (), "")


def _read(name: str, environ: Mapping[str, str] | None, chain: tuple[Path, ...], where: str) -> ThemeFile:
    path = _find(name, environ, chain, where)
    document = _document(path)
    parent = ThemeFile(name)
    content = document.value if document.value is not None else {}
    if not isinstance(content, dict):
        raise Problem("a theme is a mapping with looks", where=document.where(()), hint="see docs/themes.md")
    for key in content:
        if key not in _KEYS:
            raise _unknown(document, (key,), "key", key, _KEYS)
    extends = content.get("extends")
    if extends is not None:
        at = document.where(("extends",))
        if not isinstance(extends, str):
            raise Problem("extends is the name of a theme", where=at)
        if len(chain) >= _LONGEST_CHAIN:
            raise Problem("too many themes extend one another", where=at, hint="extend dark or light")
        parent = _read(extends, environ, (*chain, path), at)
    about = content.get("about", "")
    if not isinstance(about, str):
        raise Problem("about is a line of text", where=document.where(("about",)))
    return ThemeFile(
        name,
        about,
        {**parent.looks, **_looks(document, "looks", content.get("looks"))},
        {**parent.sixteen, **_looks(document, "sixteen", content.get("sixteen"))},
    )


def _find(name: str, environ: Mapping[str, str] | None, chain: tuple[Path, ...], where: str) -> Path:
    # A theme of the user's may extend the one of prdrunner's that it hides.
    for folder in (user_dir(environ), own_dir()):
        for path in _yaml_files(folder):
            if path.stem == name and path not in chain:
                return path
    if any(path.stem == name for path in chain):
        raise Problem(f"theme {one_line(name, 40)} extends itself", where=where)
    known = sorted(theme_files(environ))
    hint = did_you_mean(name, known) or f"there are {', '.join(one_line(each, 30) for each in known[:8])}"
    raise Problem(f"there is no theme {one_line(name, 40)}", where=where, hint=hint)


def _document(path: Path) -> Document:
    name = str(path)
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Problem(f"the theme cannot be read: {error.strerror}", where=name) from error
    return read_yaml(data, name=name, max_bytes=1 << 16)


def _looks(document: Document, section: str, content: object) -> dict[str, Look]:
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise Problem(f"{section} is a mapping of tokens to looks", where=document.where((section,)))
    looks: dict[str, Look] = {}
    for token, text in content.items():
        if token not in TOKENS:
            raise _unknown(document, (section, token), "token", token, TOKENS)
        where = document.where((section, token))
        if text is None:
            # An unquoted # begins a comment, and leaves nothing.
            raise Problem(f"{token} has no look", where=where, hint='write colours in quotes: "#5fafd7"')
        if not isinstance(text, str):
            raise Problem(f"the look of {token} is not text", where=where, hint='for example "bold #5fafd7"')
        looks[token] = parse_look(text, where)
    return looks


def _unknown(
    document: Document, path: tuple[str, ...], kind: str, word: str, known: Iterable[str]
) -> Problem:
    names = list(known)
    hint = did_you_mean(word, names) or (
        "see docs/themes.md" if len(names) > 8 else f"known: {', '.join(names)}"
    )
    return Problem(
        f"{kind} {one_line(word, 40)} is not known", where=document.where(path, key=True), hint=hint
    )


def _yaml_files(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError:
        return []
