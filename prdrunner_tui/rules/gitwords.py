"""Which words of a git command a rule must spell out.

git reads aliases, hooks, pagers, editors, drivers and transports from options and configuration; each can run a
program. A pattern covers the subcommands that work on the repository alone, and of their options those that start
nothing and skip no check.
"""

from __future__ import annotations

import re

from prdrunner_tui.rules.programs import word_set
from prdrunner_tui.rules.verdict import shown

_GLOBAL = word_set(
    "--no-pager -P --no-optional-locks --no-replace-objects --literal-pathspecs --glob-pathspecs --noglob-pathspecs "
    "--icase-pathspecs --no-advice --no-lazy-fetch"
)
"""Options before the subcommand that start nothing."""

_WITH_VALUE = word_set(
    "-C -c --git-dir --work-tree --namespace --exec-path --super-prefix --config-env --attr-source"
)

_COVERED = word_set(
    "add am annotate apply blame branch cat-file check-attr check-ignore check-ref-format checkout cherry cherry-pick "
    "clean commit commit-tree count-objects describe diff diff-files diff-index diff-tree fetch for-each-ref "
    "format-patch fsck gc grep hash-object init log ls-files ls-remote ls-tree merge merge-base merge-file merge-tree "
    "mv name-rev notes pull push range-diff read-tree rebase reflog remote repack reset restore rev-list rev-parse "
    "revert rm shortlog show show-branch show-ref sparse-checkout stash status stripspace switch symbolic-ref tag "
    "update-index update-ref var verify-commit verify-tag version whatchanged worktree write-tree config submodule "
    "rerere archive bisect clone help"
)
"""Subcommands that no alias can replace and that a pattern covers; others may be an alias or run a program."""

_LONG = word_set(
    "exec upload-pack receive-pack no-verify open-files-in-pager ext-grep ext-diff textconv template config "
    "extcmd tool output output-directory separate-git-dir gpg-sign no-gpg-sign sign local-user reference "
    "reference-if-able remote strategy show-signature filters edit edit-description add-file mailmap-file unsafe-paths"
)
"""Long options that run a program, write elsewhere or skip a check; git lets them be cut short."""

_SHORT = {
    "commit": "ntSe",
    "push": "n",
    "merge": "sSX",
    "rebase": "xsSX",
    "pull": "sSX",
    "cherry-pick": "S",
    "revert": "S",
    "tag": "suF",
    "grep": "O",
    "clone": "uc",
    "ls-remote": "u",
    "fetch": "u",
    "archive": "o",
    "format-patch": "o",
    "init": "c",
    "am": "S",
}
"""Letters of short options that do so, by subcommand."""

_FLAGS = word_set(
    "no-verify ext-grep ext-diff textconv gpg-sign no-gpg-sign sign show-signature filters edit unsafe-paths"
)
_FLAG_LETTERS = frozenset("nSe")

_READING_CONFIG = word_set("get list --get --get-all --get-regexp --get-urlmatch --list -l")
_FIRST_WORDS = {
    "config": _READING_CONFIG,
    "submodule": frozenset(("status", "summary")),
    "bisect": word_set("start good bad new old skip reset log terms next"),
    "remote": frozenset(("-v", "--verbose", "show", "get-url")),
    "worktree": word_set("list add remove prune lock unlock"),
    "stash": word_set("push pop apply list show drop save clear branch create -u -k -m -a -p -q"),
    "notes": word_set("list show add append copy remove prune"),
    "rerere": word_set("status diff remaining clear forget"),
    "help": frozenset(("-a", "--all", "-g")),
}
"""Of these subcommands only these first words are covered, or none at all."""

_TRANSPORT = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*::|://-")


def git_hazards(argv: tuple[str, ...]) -> list[tuple[range, str]]:
    """The words that a rule must spell out, by position, each with the reason as a clause about the command.

    A range beyond the command stands for all of it and its end.
    """
    whole = range(len(argv) + 1)
    at = 1
    while at < len(argv) and argv[at] in _GLOBAL:
        at += 1
    if at == len(argv) or (len(argv) == 2 and argv[1] in ("--version", "--help", "-v", "-h")):
        return []
    command, rest = argv[at], argv[at + 1 :]
    if command.startswith("-"):
        return [(whole, f"git {shown(command)} can make git run another program or work elsewhere")]
    if command not in _COVERED:
        return [(whole, f"git {shown(command)} may be an alias or run another program")]
    first = _FIRST_WORDS.get(command)
    if first is not None and rest and rest[0] not in first:
        return [(whole, f"git {command} {shown(rest[0])} can make git run another program, now or later")]
    if command == "config" and not _reads(rest):
        return [(whole, "git config can make git run another program, now or later")]
    found = []
    for number, word in enumerate(rest, at + 1):
        if reach := _reach(command, word):
            end = min(number + reach, len(argv))
            found.append((range(end), f"git {command} {shown(word)} can run a program or skip a check"))
    return found


def without_options(argv: tuple[str, ...]) -> tuple[str, ...]:
    """A git command without the options before its subcommand, so that a rule on the subcommand finds it."""
    at = 1
    while at < len(argv) and argv[at].startswith("-"):
        at += 2 if argv[at] in _WITH_VALUE else 1
    return (*argv[:1], *argv[at:])


def _reads(rest: tuple[str, ...]) -> bool:
    return (
        bool(rest) and rest[0] in _READING_CONFIG and not any(word.startswith(("--e", "-e")) for word in rest)
    )


def _reach(command: str, word: str) -> int:
    """How many words, from this one on, must be spelled out: 0 for a harmless one, 2 where the next is its value."""
    if word.startswith("--"):
        name, equals, _ = word[2:].partition("=")
        meant = [one for one in _LONG if name and one.startswith(name)]
        return 0 if not meant else 1 if equals or _FLAGS.issuperset(meant) else 2
    if word.startswith("-"):
        letters = [letter for letter in _SHORT.get(command, "") if letter in word]
        return 0 if not letters else 1 if _FLAG_LETTERS.issuperset(letters) else 2
    return 1 if _TRANSPORT.search(word) else 0
