"""The syntax of source lines as spans of a few kinds, for whatever screen will colour them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from itertools import accumulate
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from pygments.lexer import Lexer

Kind = Literal[
    "keyword",
    "name",
    "function",
    "type",
    "builtin",
    "constant",
    "decorator",
    "tag",
    "attribute",
    "string",
    "escape",
    "number",
    "comment",
    "operator",
    "preprocessor",
    "heading",
]
"""What a theme has a colour for. White space, punctuation and what the lexer cannot read have no kind."""

Span = tuple[int, int, Kind]
"""Start, end (exclusive), kind; in characters of the line decoded as UTF-8 with ``errors="replace"``."""

MAX_LINE = 1_000
"""Characters; a longer line has no spans, and the lexer sees an empty one in its place."""
MAX_LINES = 10_000
"""Lines after these have no spans."""
MAX_BYTES = 1 << 20
"""Lines that end after so many bytes have no spans."""
CONTEXT_LINES = 500
"""How many of the lines before are read, the nearest ones."""

# By pygments' token types (https://pygments.org/docs/tokens/); one that is not here is what its parent is.
_KINDS: Mapping[tuple[str, ...], Kind] = {
    ("Keyword",): "keyword",
    ("Keyword", "Constant"): "constant",
    ("Keyword", "Type"): "type",
    ("Name",): "name",
    ("Name", "Attribute"): "attribute",
    ("Name", "Builtin"): "builtin",
    ("Name", "Class"): "type",
    ("Name", "Constant"): "constant",
    ("Name", "Decorator"): "decorator",
    ("Name", "Entity"): "escape",
    ("Name", "Exception"): "type",
    ("Name", "Function"): "function",
    ("Name", "Property"): "attribute",
    ("Name", "Tag"): "tag",
    ("Literal",): "string",
    ("Literal", "Number"): "number",
    ("Literal", "String", "Escape"): "escape",
    ("Literal", "String", "Interpol"): "escape",
    ("Comment",): "comment",
    ("Comment", "Preproc"): "preprocessor",
    ("Comment", "PreprocFile"): "string",
    ("Operator",): "operator",
    ("Operator", "Word"): "keyword",
    ("Generic", "Heading"): "heading",
    ("Generic", "Subheading"): "heading",
}

# Names that several of pygments' lexers claim alike, or none does, and what they most often are.
_USUALLY: Mapping[str, str] = {
    ".ipynb": "JSON",
    ".mdx": "Markdown",
    ".pl": "Perl",
    ".r": "S",
    ".sql": "SQL",
    ".tcss": "CSS",
    "Cargo.lock": "TOML",
    "go.mod": "Text only",
}

# One character for one, so that places stay. A lone CR ends no line for us but would for a lexer.
_BLANKED = {ord("\n"): " ", ord("\r"): " ", 0xFEFF: " "}


def highlight(
    lines: Sequence[bytes], path: bytes, before: Sequence[bytes] = ()
) -> tuple[tuple[Span, ...], ...]:
    """The spans of each line, ascending and apart.

    Args:
        lines: with or without their line feeds.
        path: whose last part chooses the lexer; the content never does.
        before: the lines above, so that a piece out of the middle of a docstring is read as one; the last
            `CONTEXT_LINES` of them are read.

    Without a lexer for the name, or when it fails, no line has spans. A hostile text can make a lexer take for
    ever: call this where that can be ended.
    """
    shown = _within_bounds(lines)
    context = before[-CONTEXT_LINES:]
    texts = [
        _text(line) for line in (*context[len(context) - _within_bounds(context[::-1]) :], *lines[:shown])
    ]
    try:
        found = _spans(texts, path)
    except Exception:  # noqa: BLE001 - a lexer's mistake must not cost a person the text
        found = [[] for _ in texts]
    rows = [tuple(_apart(row)) for row in found[len(found) - shown :]]
    return (*rows, *(() for _ in lines[shown:]))


def _within_bounds(lines: Sequence[bytes]) -> int:
    """How many lines from the first on are read."""
    sizes = accumulate(len(line) for line in lines[:MAX_LINES])
    return sum(size <= MAX_BYTES for size in sizes)


def _text(line: bytes) -> str:
    text = line.removesuffix(b"\n").decode("utf-8", errors="replace")
    return text.translate(_BLANKED) if len(text) <= MAX_LINE else ""


def _spans(texts: Sequence[str], path: bytes) -> list[list[Span]]:
    """The spans of each line, in the order in which the lexer finds them."""
    rows: list[list[Span]] = [[] for _ in texts]
    lexer = _lexer(path.rpartition(b"/")[2].decode("utf-8", errors="replace"))
    if lexer is None:
        return rows
    starts = [0, *accumulate(len(text) + 1 for text in texts)]
    kinds: dict[tuple[str, ...], Kind | None] = {}
    # Not get_tokens(), which takes characters away before it counts them.
    for index, token, value in lexer.get_tokens_unprocessed("".join(text + "\n" for text in texts)):
        if token not in kinds:
            kinds[token] = _kind(token)
        kind = kinds[token]
        if kind is None:
            continue
        row = bisect_right(starts, index) - 1
        start = index - starts[row]
        for part in value.split("\n"):
            if part and not part.isspace():
                rows[row].append((start, start + len(part), kind))
            row, start = row + 1, 0
    return rows


def _lexer(name: str) -> Lexer | None:
    """The lexer for a file name, the most particular one; only pygments' own, no plugin is loaded."""
    from pygments.lexers import find_lexer_class, get_all_lexers

    usual = next((title for ending, title in _USUALLY.items() if name.endswith(ending)), None)
    if usual is not None and (chosen := find_lexer_class(usual)) is not None:
        return chosen()
    fitting = []
    for title, _, patterns, _ in get_all_lexers(plugins=False):
        fits = [pattern for pattern in patterns if _fits(name, pattern)]
        lexer = find_lexer_class(title) if fits else None
        if lexer is not None:
            # pygments' own order where several claim a name.
            exact = 0.5 if any("*" not in pattern for pattern in fits) else 0.0
            fitting.append((lexer.priority + exact, lexer.__name__, lexer))
    return max(fitting)[2]() if fitting else None


def _fits(name: str, pattern: str) -> bool:
    suffix = pattern.removeprefix("*")
    if any(sign in suffix for sign in "*?["):
        return fnmatchcase(name, pattern)
    # Nearly all are of this kind, and compiling a regular expression for each of the thousand takes 50 ms.
    return name == pattern or (suffix != pattern and name.endswith(suffix))


def _kind(token: tuple[str, ...]) -> Kind | None:
    for end in range(len(token), 0, -1):
        if token[:end] in _KINDS:
            return _KINDS[token[:end]]
    return None


def _apart(row: Iterable[Span]) -> list[Span]:
    """Ascending, neighbours of one kind joined, of two that overlap (some lexers go back) the first."""
    done: list[Span] = []
    for start, end, kind in sorted(row):
        if done and start < done[-1][1]:
            continue
        if done and start == done[-1][1] and kind == done[-1][2]:
            done[-1] = (done[-1][0], end, kind)
        else:
            done.append((start, end, kind))
    return done
