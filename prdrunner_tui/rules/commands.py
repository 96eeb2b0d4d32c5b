"""What an agent may run: rules on command lines.

A rule is one line, written as one would write the command: ``pytest *``, ``git status``, ``npm run build``. Its
words are matched with the words of the command, one by one, after the quotes of both are taken away:

- A word matches the same word, upper and lower case apart.
- ``*`` as the last word matches any further words, also none. As another word it matches exactly one.
- ``*`` inside a word matches any characters, also none, of that word: ``test_*.py``. A quoted ``'*'`` is itself.
- The first word is the name of a program, for a program without a path. A program that is called by a path
  (``./run.sh``) is matched only by a rule that begins with exactly that path.

Nothing else is a pattern. What deny and ask rules name may begin with a pattern too (``*install *``).

A deny rule beats every other, an ask rule beats an allow rule. An allow rule counts only for one plain simple command
(`prdrunner_tui.rules.shellwords`), and its patterns do not cover every word (`prdrunner_tui.rules.hazards`). A deny
or ask rule counts for every simple command found in whatever was asked for. What no rule decides is asked.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from prdrunner_tui.rules.gitwords import without_options
from prdrunner_tui.rules.hazards import Hazard, base_name, hazards, inner, runs_others
from prdrunner_tui.rules.programs import ASSIGNMENT
from prdrunner_tui.rules.shellwords import (
    NotPlain,
    Word,
    check_program,
    commands_in,
    parse,
    split,
    without_prefix,
)
from prdrunner_tui.rules.verdict import Verdict, shown

_MAX_DEPTH = 4
_MAX_WORDS = 100_000
_MAX_STARS = 8
_RUN_WORDS = frozenset(("eval", "exec", "command", "builtin", "trap"))
_RUN_BY_GIT = frozenset(("run", "foreach", "-x", "--exec", "--upload-pack", "--receive-pack"))
_RUN_ACTIONS = frozenset(("-exec", "-execdir", "-ok", "-okdir"))


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was read: its words, of which the last may be open (``*``), and its text."""

    text: str
    words: tuple[Word, ...]
    is_open: bool

    def matches(self, argv: tuple[str, ...]) -> bool:
        """Whether the rule names this command, be its words covered or not."""
        if len(argv) < len(self.words) or (len(argv) > len(self.words) and not self.is_open):
            return False
        return all(_word_matches(word, text) for word, text in zip(self.words, argv, strict=False))

    def covers(self, hazard: Hazard) -> bool:
        """Whether every word of a hazard is spelled out in the rule, without a pattern."""
        if hazard.whole and self.is_open:
            return False
        return all(number < len(self.words) and not self.words[number].stars for number in hazard.words)


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules on commands, as text. Raises ValueError, with a sentence, when one cannot be read."""

    allow: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Read every rule once."""
        for text in self.allow:
            read_rule(text)
        for text in (*self.ask, *self.deny):
            read_rule(text, may_begin_open=True)

    def plus(self, other: Rules) -> Rules:
        """Both together."""
        return Rules(self.allow + other.allow, self.ask + other.ask, self.deny + other.deny)


@lru_cache(maxsize=4096)
def read_rule(text: str, *, may_begin_open: bool = False) -> Rule:
    """Read a rule.

    Args:
        may_begin_open: whether its first word may hold a pattern, as that of a deny or an ask rule may.

    Raises:
        ValueError: it can never match one plain simple command; the message is a sentence for its author.
    """
    try:
        words = split(text, stars=True)
        if not words[0].stars and not may_begin_open:
            check_program(words[0].text)
    except NotPlain as error:
        raise ValueError(f"{shown(text)} is no rule: {error}; quote what is meant literally") from error
    if words[0].stars and not may_begin_open:
        raise ValueError(f"{shown(text)} is no rule: an allow rule begins with the name of a program")
    if sum(len(word.stars) for word in words) > _MAX_STARS:
        raise ValueError(f"{shown(text)} is no rule: it has more than {_MAX_STARS} patterns")
    last = words[-1]
    is_open = len(words) > 1 and last.text == "*" and bool(last.stars)
    if len(words) == 1 and last.text == "*" and last.stars:
        return Rule(text, words, True)
    return Rule(text, words[:-1] if is_open else words, is_open)


def decide(command: str, rules: Rules, *, workspace: str = "") -> Verdict:
    """What the rules say to a command line.

    Args:
        command: as the agent would hand it to a shell.
        rules: those of the phase.
        workspace: the absolute path of the workspace, when absolute paths inside it are as good as relative ones.
    """
    try:
        argv, reason = parse(command), ""
    except NotPlain as error:
        argv, reason = (), str(error)
    found, are_all = _commands(command, argv)
    if rule := _named(rules.deny, found):
        return Verdict("deny", f"refused by your rule {shown(rule)}", rule)
    if reason:
        return Verdict("ask", f"not one plain command: {reason}")
    if rule := _named(rules.ask, found):
        return Verdict("ask", f"your rule {shown(rule)} asks", rule)
    if not are_all:
        return Verdict("ask", "it has too many commands in it to look through")
    return _allowed(argv, rules.allow, workspace)


def _allowed(argv: tuple[str, ...], allow: tuple[str, ...], workspace: str) -> Verdict:
    dangers = hazards(argv, workspace)
    nearest: Verdict | None = None
    for text in allow:
        rule = read_rule(text)
        if not rule.matches(argv):
            continue
        uncovered = next((one for one in dangers if not rule.covers(one)), None)
        if uncovered is None:
            return Verdict("allow", f"allowed by your rule {shown(text)}", text)
        nearest = nearest or Verdict("ask", f"{uncovered.why}, which {shown(text)} does not spell out", text)
    if nearest is not None:
        return nearest
    if "/" in argv[0]:
        return Verdict("ask", f"{shown(argv[0])} is a path, and no rule names exactly this one")
    return Verdict("ask", "no rule covers it")


def _word_matches(word: Word, text: str) -> bool:
    if not word.stars:
        return word.text == text
    pieces = [
        word.text[start:end]
        for start, end in zip((0, *(n + 1 for n in word.stars)), (*word.stars, len(word.text)), strict=True)
    ]
    first, *middle, last = pieces
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    at, end = len(first), len(text) - len(last)
    for piece in middle:
        found = text.find(piece, at, end)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _named(rules: Iterable[str], commands: list[tuple[str, ...]]) -> str:
    for text in rules:
        rule = read_rule(text, may_begin_open=True)
        if any(rule.matches(argv) or rule.matches((argv[0].casefold(), *argv[1:])) for argv in commands):
            return text
    return ""


def _commands(line: str, argv: tuple[str, ...]) -> tuple[list[tuple[str, ...]], bool]:
    """The commands that a deny or ask rule may name, and whether these are all.

    Each is there as it stands, by its bare name, and without the options before its first other word.
    """
    found: list[tuple[str, ...]] = []
    todo = deque((one, _MAX_DEPTH) for one in ([argv] if argv else commands_in(line)))
    seen: set[tuple[str, ...]] = set()
    budget = _MAX_WORDS
    while todo:
        one, depth = todo.popleft()
        if not one or one in seen:
            continue
        seen.add(one)
        bare = (base_name(one[0]), *one[1:])
        found += [one, bare, without_options(bare) if bare[0] == "git" else _without_leading_options(bare)]
        for inside in _inside(bare) if depth else ():
            budget -= len(inside)
            if budget < 0:
                return found, False
            todo.append((inside, depth - 1))
    return found, True


def _without_leading_options(argv: tuple[str, ...]) -> tuple[str, ...]:
    at = next((n for n, word in enumerate(argv[1:], 1) if not word.startswith("-")), len(argv))
    return (argv[0], *argv[at:])


def _inside(argv: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The commands that a command may run: its rest, and those written in one of its words."""
    if found := inner(argv):
        yield found
    runs_any = runs_others(argv[0]) or argv[0] in _RUN_WORDS or not _RUN_ACTIONS.isdisjoint(argv)
    for number, word in enumerate(argv[1:], 1):
        if argv[0] == "git" and "=!" in word:
            yield from commands_in(word.partition("=!")[2])
        if not runs_any and (argv[0] != "git" or argv[number - 1] not in _RUN_BY_GIT):
            continue
        rest = argv[number:]
        yield without_prefix(rest) if ASSIGNMENT.match(word) else rest
        # A word may hold a whole command line, as that of sh -c does.
        if " " in word or ";" in word:
            yield from commands_in(word)
