"""Words of a command that a rule must spell out, because with them a program does something else than its name says.

A pattern of a rule covers what is harmless in every place: names of files, tests, targets, most options. It does not
cover a word that makes the program run another one or code from the command line, that leaves the workspace, that
reaches into ``.git``, or that names another machine. The tables know common programs of development; what they do
not know is judged by the general rules alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prdrunner_tui.rules import programs
from prdrunner_tui.rules.gitwords import git_hazards
from prdrunner_tui.rules.programs import Options
from prdrunner_tui.rules.reach import leaves_workspace, names_host, names_repository
from prdrunner_tui.rules.verdict import shown

_MAX_DEPTH = 4
_VERSION = re.compile(r"python(\d+(\.\d+)*)?t?|pypy(\d+(\.\d+)*)?")
_PYTHON_SWITCHES = re.compile(r"-[bBdEhIOPqsSuvV]+|--version|--help")
_MAKE_WORDS = re.compile(
    r"[A-Za-z0-9_.%+@][A-Za-z0-9_./%+@-]*|-[ksBwinqtj]+|-[jl] ?\d+|--jobs=\d+|--silent|--keep-going"
    r"|--dry-run|--just-print|--always-make|--no-print-directory|--version|--help|-v|-h"
)
_SED_SCRIPT = re.compile(
    r"(?:(?:\d+|\$|/(?:[^/\\]|\\.)*/)(?:,(?:\d+|\$|\+\d+|/(?:[^/\\]|\\.)*/))?!?)?(?:[pd=]|\d*q"
    r"|s(?P<d>[/|#,@:])(?:(?!(?P=d))[^\\]|\\.)*(?P=d)(?:(?!(?P=d))[^\\]|\\.)*(?P=d)[gIipm0-9]*)"
)
_SED_SWITCHES = re.compile(r"-[nErsuz]+|-i|--quiet|--silent|--regexp-extended|--in-place|--version|--help")


@dataclass(frozen=True, slots=True)
class Hazard:
    """Words that a rule must spell out, by position, and why, as a clause about the command.

    With `whole` the rule must also end where the command ends: without a word more the program does something else.
    """

    words: frozenset[int]
    why: str
    whole: bool = False

    def behind(self, start: int) -> Hazard:
        """The same when so many words stand before the command, all of which must be spelled out too."""
        words = frozenset(number + start for number in self.words).union(range(start + 1))
        return Hazard(words, self.why, self.whole)


def hazards(argv: tuple[str, ...], workspace: str = "") -> tuple[Hazard, ...]:
    """What of a command no pattern covers; the first is the gravest.

    Args:
        argv: a plain simple command.
        workspace: its absolute path, when absolute paths inside may be covered.
    """
    found = list(_of_program(argv, 0))
    for number, word in enumerate(argv[1:], 1):
        if names_host(word):
            found.append(Hazard(frozenset((number,)), f"{shown(word)} names another machine"))
        elif names_repository(word):
            found.append(
                Hazard(frozenset((number,)), f"{shown(word)} reaches into the repository's own data")
            )
        elif leaves_workspace(word, workspace):
            found.append(Hazard(frozenset((number,)), f"{shown(word)} may lie outside the workspace"))
    return tuple(found)


def inner(argv: tuple[str, ...]) -> tuple[str, ...]:
    """The command that a runner with a known form runs (``timeout 60 pytest``: ``pytest``), or ()."""
    start = _inner_start(argv)
    return argv[start:] if start else ()


def runs_others(name: str) -> bool:
    """Whether a program exists to run what its words say."""
    return (
        name in programs.SPELLED
        or name in programs.SHELLS
        or any(name == form[0] for form in programs.WRAPPERS)
    )


def base_name(word: str) -> str:
    """The name of a program without its folder."""
    return word.rsplit("/", 1)[-1]


def _all(argv: tuple[str, ...], why: str) -> tuple[Hazard, ...]:
    return (Hazard(frozenset(range(len(argv))), why, whole=True),)


def _of_program(argv: tuple[str, ...], depth: int) -> tuple[Hazard, ...]:
    name = base_name(argv[0])
    start = _inner_start(argv)
    if start:
        if depth >= _MAX_DEPTH:
            return _all(argv, "it runs a command that runs a command, and so on")
        head = Hazard(frozenset(range(start + 1)), f"{name} runs another command ({shown(argv[start])})")
        return (head, *(one.behind(start) for one in _of_program(argv[start:], depth + 1)))
    if name in programs.SPELLED or any(name == form[0] for form in programs.WRAPPERS if len(form) == 1):
        return _all(argv, f"{name} can run other commands or reach other machines")
    judges = (_git, _interpreter, _subcommand, _special, _options)
    return tuple(hazard for judge in judges for hazard in judge(name, argv))


def _inner_start(argv: tuple[str, ...]) -> int:
    """Where the inner command begins: 0 for no runner, and for one in a form that is not known."""
    words = (base_name(argv[0]), *argv[1:])
    for form, skipped in programs.WRAPPERS.items():
        if words[: len(form)] != form:
            continue
        at = len(form)
        while form == ("env",) and at < len(words) and programs.ASSIGNMENT.match(words[at]):
            at += 1
        if at < len(words) and words[at] == "--":
            at += 1
        between = words[at : at + skipped]
        at += skipped
        if at < len(words) and not any(word.startswith("-") for word in (*between, words[at])):
            return at
    return 0


def _git(name: str, argv: tuple[str, ...]) -> tuple[Hazard, ...]:
    if name != "git":
        return ()
    return tuple(
        Hazard(frozenset(words[: len(argv)]), why, whole=len(words) > len(argv))
        for words, why in git_hazards(argv)
    )


def _interpreter(name: str, argv: tuple[str, ...]) -> tuple[Hazard, ...]:
    if name in programs.SHELLS:
        if len(argv) == 2 and argv[1] == "--version":
            return ()
        if len(argv) > 1 and argv[1][:1] not in ("-", "+"):
            return (Hazard(frozenset((0, 1)), f"{name} runs a script"),)
        return _all(argv, f"{name} runs commands of its own")
    if _VERSION.fullmatch(name):
        return _python(name, argv)
    safe = programs.INTERPRETERS.get(name)
    if safe is None:
        return ()
    if len(argv) == 1:
        return _all(argv, f"{name} reads a program from its input")
    rest = [word for word in argv[1:] if word not in safe]
    if rest and rest[0].startswith("-"):
        return _all(argv, f"{name} may run code from the command line ({shown(rest[0])})")
    return ()


def _python(name: str, argv: tuple[str, ...]) -> tuple[Hazard, ...]:
    at = 1
    while at < len(argv) and _PYTHON_SWITCHES.fullmatch(argv[at]):
        at += 1
    if at == len(argv):
        shows = any(word in ("--version", "--help", "-V", "-h") for word in argv[1:])
        return () if shows else _all(argv, f"{name} reads a program from its input")
    if argv[at] == "-m" and at + 1 < len(argv):
        head = Hazard(frozenset(range(at + 2)), f"{name} runs a module ({shown(argv[at + 1])})")
        return (head, *(one.behind(at + 1) for one in _of_program(argv[at + 1 :], _MAX_DEPTH)))
    if argv[at].startswith("-"):
        return _all(argv, f"{name} may run code from the command line ({shown(argv[at])})")
    return ()


def _subcommand(name: str, argv: tuple[str, ...]) -> tuple[Hazard, ...]:
    safe = programs.SUBCOMMANDS.get(name)
    if safe is None or (len(argv) == 2 and argv[1] in ("--version", "--help", "-h", "-V")):
        return ()
    if len(argv) == 1:
        return ()
    if argv[1].startswith(("-", "+")):
        return _all(argv, f"{name} has an option before its subcommand ({shown(argv[1])})")
    if argv[1] not in safe:
        return _all(argv, f"{name} {shown(argv[1])} may run another program")
    return ()


def _special(name: str, argv: tuple[str, ...]) -> tuple[Hazard, ...]:
    judge = _SPECIAL.get(name)
    bad = judge(argv) if judge else ""
    return _all(argv, f"{name} may run or write something else with {shown(bad)}") if bad else ()


def _find(argv: tuple[str, ...]) -> str:
    return next((word for word in argv[1:] if word in programs.FIND_ACTIONS), "")


def _make(argv: tuple[str, ...]) -> str:
    return next((word for word in argv[1:] if not _MAKE_WORDS.fullmatch(word)), "")


def _sed(argv: tuple[str, ...]) -> str:
    words = list(argv[1:])
    while words and _SED_SWITCHES.fullmatch(words[0]):
        words.pop(0)
    if not words:
        return ""
    if not _SED_SCRIPT.fullmatch(words[0]):
        return words[0]
    return next((word for word in words[1:] if word.startswith("-")), "")


def _tar(argv: tuple[str, ...]) -> str:
    first = argv[1] if len(argv) > 1 else ""
    if not first.startswith("-") and any(letter in first for letter in "IFPCT"):
        return first
    return next((word for word in argv[1:] if ":" in word), "")


def _remote(argv: tuple[str, ...]) -> str:
    return next((word for word in argv[1:] if ":" in word), "")


def _from_file(argv: tuple[str, ...]) -> str:
    return next((word for word in argv[1:] if word.startswith("@")), "")


def _compiler(argv: tuple[str, ...]) -> str:
    return next((word for word in argv[1:] if word.startswith(programs.COMPILER_WORDS)), "")


def _go(argv: tuple[str, ...]) -> str:
    names = (word.lstrip("-").split("=", 1)[0] for word in argv[1:] if word.startswith("-"))
    return next((name for name in names if name in programs.GO_OPTIONS), "")


def _subscript(argv: tuple[str, ...]) -> str:
    # bash evaluates the subscript of a variable's name, with the substitutions in it.
    return next((word for word in argv[1:] if word in ("-v", "-R") or (word[:2] == "-v" and "[" in word)), "")


_SPECIAL: dict[str, Callable[[tuple[str, ...]], str]] = {
    "find": _find,
    "gfind": _find,
    "make": _make,
    "gmake": _make,
    "sed": _sed,
    "gsed": _sed,
    "tar": _tar,
    "gtar": _tar,
    "bsdtar": _tar,
    "rsync": _remote,
    "go": _go,
    "printf": _subscript,
    "test": _subscript,
    **dict.fromkeys(programs.COMPILERS, _compiler),
    **dict.fromkeys(programs.READ_WORDS_FROM_FILES, _from_file),
}


def _options(name: str, argv: tuple[str, ...]) -> tuple[Hazard, ...]:
    table = programs.OPTIONS.get(name, Options())
    return tuple(
        Hazard(
            frozenset((0, number, *((number + 1,) if number + 1 < len(argv) else ()))),
            _option_why(name, word),
        )
        for number, word in enumerate(argv[1:], 1)
        if option_of(word, table.short, table.long) or long_name(word) in _LONG_EVERYWHERE
    )


def _option_why(name: str, word: str) -> str:
    return f"{name} may run or load something else with {shown(word)}"


def option_of(word: str, short: str, long: Iterable[str]) -> bool:
    """Whether a word may be one of some options.

    Long names may be cut short, as getopt and others let one; a short letter may stand anywhere in its word.
    """
    if word.startswith("--"):
        name = long_name(word)
        return bool(name) and any(_one_spelling(one).startswith(name) for one in long)
    return word.startswith("-") and any(letter in word for letter in short)


def long_name(word: str) -> str:
    """The name of a long option, without dashes and value and in one spelling, else ""; one dash may be enough."""
    bare = word.lstrip("-").split("=", 1)[0].split(".", 1)[0]
    return _one_spelling(bare) if word.startswith("--") or (word.startswith("-") and len(bare) > 2) else ""


def _one_spelling(name: str) -> str:
    # Programs take --test-environment for --testEnvironment.
    return name.replace("-", "").replace("_", "").casefold()


_LONG_EVERYWHERE = frozenset(map(_one_spelling, programs.LONG_EVERYWHERE))
