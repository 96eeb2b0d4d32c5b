"""The table of agents in docs/workers.md, made from the profiles: ``python -m prdrunner_tui.workers.acp.reference``.

``--write`` puts it into the page below the current directory; ``--check`` fails when the page has another one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from prdrunner_tui.workers.acp.adapter import capabilities
from prdrunner_tui.workers.acp.profile import Profile, names, profile
from prdrunner_tui.workers.acp.usage import TELLS_TOKENS

PAGE = Path("docs/workers.md")
BEGIN = "<!-- The table of agents is made from their profiles (make docs). -->\n"
END = "<!-- End of the table of agents. -->\n"

_MESSAGES = {
    "mid_turn": "joins the running turn",
    "restart": "the turn is cancelled and prompted again",
    "next_turn": "waits for the end of the turn",
}


def table() -> str:
    """The table as markdown, and below it how each program is got and signed in."""
    head = "| profile | agent | a message during a turn | resume | plan | tokens | cost | mode |\n"
    rows = [head, "|---|---|---|---|---|---|---|---|\n"]
    rows += [_row(profile(name)) for name in names()]
    rows += ["\n| profile | install | sign in |\n", "|---|---|---|\n"]
    rows += [f"| `{name}` | `{profile(name).install}` | {profile(name).auth} |\n" for name in names()]
    return "".join(rows)


def page(text: str) -> str:
    """The page with a fresh table. Raises ValueError when the table's place is not in it."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has no place for the table: {BEGIN.strip()} ... {END.strip()}")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _row(of: Profile) -> str:
    can = capabilities(of)
    cells = (
        f"`{of.name}`",
        of.title,
        _MESSAGES[can.steer],
        _yes(can.resume),
        _yes(can.plan_updates),
        "last request" if of.usage == "opencode" else _yes(of.usage in TELLS_TOKENS),
        _yes(can.cost),
        f"`{of.mode}`" if of.mode else "its own",
    )
    return f"| {' | '.join(cells)} |\n"


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def main(arguments: list[str]) -> int:
    """Print the table, write it into the page, or say whether the page is fresh."""
    if not arguments:
        sys.stdout.write(table())
        return 0
    text = PAGE.read_text(encoding="utf-8")
    fresh = page(text)
    if arguments == ["--write"]:
        PAGE.write_text(fresh, encoding="utf-8")
        return 0
    if text == fresh:
        return 0
    sys.stderr.write(f"{PAGE} is not fresh: make docs\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
