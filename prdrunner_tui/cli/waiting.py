"""What waits for a person, in words: one decision as a line, and the commands that look at it and decide it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prdrunner_tui.projections.wording import MEANS, kind_words

if TYPE_CHECKING:
    from prdrunner_tui.kernel.state import Decision


def row(decision: Decision) -> dict[str, Any]:
    """A decision as it stands in the overview of a run."""
    from prdrunner_tui.kernel.values import to_json
    from prdrunner_tui.projections.overview import decision_row

    shown: dict[str, Any] = to_json(decision_row(decision))
    return shown


def headline(decision: Mapping[str, Any]) -> str:
    """``review d1  +44/-0 in 2 files``: what a decision of the overview is about, in one line."""
    kind = kind_words(decision["kind"])
    about = decision.get("summary") or decision["title"].removeprefix(f"{kind}: ")
    return f"{kind} {decision['id']}  {about}"


def beside(decision: Mapping[str, Any]) -> list[str]:
    """What else a person has to know of it before the commands."""
    lines = [decision["title"]] if decision.get("summary") else []
    # Why only a person may decide says something new of a review alone; elsewhere it repeats the kind.
    held = decision["person_only"] if decision["kind"] == "review" else ""
    return [*lines, f"look closely: it {held}"] if held else lines


def commands(decision: Mapping[str, Any], aside: str = "") -> list[tuple[str, str, str]]:
    """(verb, command line, what it does) for each way to decide it; ``aside`` goes to the end of each line."""
    id, found = decision["id"], []
    for verb in decision["verbs"]:
        line = f"prdrunner {'approve' if verb == 'always' else verb} {id}"
        if verb == "approve" and decision["kind"] == "review" and decision["person_only"]:
            line += " --protected"
        elif verb == "always":
            line += " --always"
        elif verb == "reject":
            line += " --reason WHY"
        elif verb == "answer":
            line += " 'NAME <ADDRESS>'" if decision["kind"] == "author" else " TEXT"
        found.append((verb, line + aside, MEANS.get((decision["kind"], verb), "")))
    return found


def block(decision: Mapping[str, Any], aside: str = "") -> list[str]:
    """The lines under a headline: what else to know, the command that looks, those that decide."""
    ways = [line for _, line, _ in commands(decision, aside)]
    lines = [*beside(decision), f"look  prdrunner show {decision['id']}{aside}"]
    return lines + [f"{'then' if not n else 'or':>4}  {line}" for n, line in enumerate(ways)]


def aside_of(folder: Path) -> str:
    """`` --project-dir DIR`` where commands for the repository of ``folder`` need it, else nothing."""
    from prdrunner_tui.repo.locate import common_dir

    try:
        here = Path.cwd()
    except FileNotFoundError:
        return f" --project-dir {shlex.quote(str(folder))}"
    if common_dir(here) == common_dir(folder):
        return ""
    shown = folder.relative_to(here) if folder.is_relative_to(here) else folder
    return f" --project-dir {shlex.quote(str(shown))}"
