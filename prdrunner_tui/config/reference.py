"""The reference of all configuration keys, made from the models: ``python -m prdrunner_tui.config.reference``.

``--check`` compares with ``docs/configuration.md`` below the current directory and fails when it is not fresh.
"""

from __future__ import annotations

import sys
import types
import typing
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from prdrunner_tui.config.models import Config

PAGE = Path("docs/configuration.md")

_INTRO = """\
# Configuration

This page is made from the program (`python -m prdrunner_tui.config.reference`); do not edit it.

Three layers, later ones win key by key: your own `$XDG_CONFIG_HOME/prdrunner/config.yaml` (else
`~/.config/prdrunner/config.yaml`), the repository's `.prd_runner/config.yaml`, the options of a run; `redact`
grows from layer to layer. Beside each file, `profiles/NAME.yaml` is the entry `workers.profiles.NAME`. A run keeps what
it started with.

`prdrunner run` refuses a repository that brings `.prd_runner/` until you have trusted it (`prdrunner trust`), or leaves
its file aside with `--ignore-repo-config`; the same trust covers
[what it brings for agents](permissions.md#what-a-repository-brings-for-agents), which stays in any case. Whoever reads
an untrusted file of configuration all the same takes from it only what makes a run stricter.

The file is plain YAML: no anchors, aliases, tags, merge keys or repeated keys; `yes`, `on`, `010`, `1e3` and `12:30:45`
are text. Times are in seconds. Every error names file, line and column.

Gates may be written in two ways. Besides `approval_gates` as below:

```yaml
human_in_the_loop:
  approval_gates:
    require_before_implement: true
    require_before_commit: true
    auto_approve_timeout: 300   # the same as timeout: 300 and on_timeout: approve on each gate
  breakpoints:
    pause_on_error: true
```

A `timeout` without `on_timeout` pauses the run; it never approves.
"""


def reference() -> str:
    """The page as markdown."""
    parts = [_INTRO, "## Top level\n", _table(Config)]
    seen: set[str] = set()
    for name, field in Config.model_fields.items():
        parts += _sections(name, field.annotation, seen)
    return "\n".join(parts)


def _sections(path: str, annotation: Any, seen: set[str]) -> list[str]:
    model = _model(annotation)
    if model is None or path in seen:
        return []
    seen.add(path)
    shown = path + _suffix(annotation)
    parts = [f"## `{shown}`\n", f"{_first_line(model.__doc__)}\n", _table(model)]
    for name, field in model.model_fields.items():
        parts += _sections(f"{shown}.{field.alias or name}", field.annotation, seen)
    return parts


def _table(model: type[BaseModel]) -> str:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        cells = (
            f"`{field.alias or name}`",
            _values(field.annotation),
            _default(field),
            field.description or "",
        )
        rows.append("| " + " | ".join(cell.replace("\n", " ").replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def _first_line(text: str | None) -> str:
    return (text or "").strip().split("\n\n", 1)[0].replace("\n    ", " ")


def _model(annotation: Any) -> type[BaseModel] | None:
    arguments = typing.get_args(annotation)
    if not arguments:
        return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
    return next((model for model in map(_model, arguments) if model), None)


def _suffix(annotation: Any) -> str:
    return {tuple: "[]", dict: ".NAME"}.get(typing.get_origin(annotation), "")


def _values(annotation: Any) -> str:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _values(arguments[0])
    if origin is typing.Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_values(one) for one in arguments if one is not type(None))
    if origin is tuple:
        return f"list of {_values(arguments[0])}"
    if origin is dict:
        return f"names with {_values(arguments[1])}"
    words = {bool: "`true`, `false`", int: "whole number", float: "number", str: "text"}
    return words.get(annotation, "keys, see below")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel) or value is None or value in ((), {}, ""):
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def main(arguments: list[str]) -> int:
    """Print the page, or with ``--check`` compare it with the file; 1 when that is not fresh."""
    page = reference()
    if "--check" not in arguments:
        sys.stdout.write(page)
        return 0
    if PAGE.is_file() and PAGE.read_text(encoding="utf-8") == page:
        return 0
    sys.stderr.write(f"{PAGE} is not fresh: python -m prdrunner_tui.config.reference > {PAGE}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
