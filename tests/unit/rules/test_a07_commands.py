"""A07: what an agent may run. No way around a rule, and no question about what is harmless."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from prdrunner_tui.rules.commands import Rules, decide, read_rule
from prdrunner_tui.rules.shellwords import NotPlain, commands_in, parse, without_shell
from tests.effort import effort
from tests.unit.rules.cases_a07 import BYPASSES, GENEROUS, PLAIN

WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12)
NAMES = st.sampled_from(("pytest", "ls", "cat", "echo", "git"))


def test_there_are_as_many_cases_as_the_catalogue_wants() -> None:
    assert len(set(BYPASSES)) >= 300 and len(set(PLAIN)) >= 100


@pytest.mark.parametrize("line", BYPASSES, ids=lambda line: repr(line)[:60])
def test_a07_no_way_around_generous_rules(line: str) -> None:
    verdict = decide(line, GENEROUS)
    assert verdict.answer == "ask", verdict
    assert verdict.why and verdict.why.isprintable() and len(verdict.why) < 250


@pytest.mark.parametrize("line", PLAIN)
def test_a07_plain_commands_are_let_through(line: str) -> None:
    verdict = decide(line, GENEROUS)
    assert verdict.answer == "allow", verdict
    assert verdict.why == f'allowed by your rule "{verdict.rule}"'
    assert verdict.rule.split()[0] == line.split()[0]


@pytest.mark.parametrize("line", PLAIN)
def test_without_a_rule_everything_is_asked(line: str) -> None:
    assert decide(line, Rules()).why == "no rule covers it"
    assert decide(line, Rules(allow=("other *",), deny=("another *",))).answer == "ask"


@given(st.lists(WORDS, max_size=6), NAMES)
@effort(300)
def test_a07_quoted_words_come_out_as_they_went_in(words: list[str], name: str) -> None:
    # A word that begins with "=" is left bare by shlex, and is the path of a program in zsh.
    assume(not any(word.startswith("=") for word in words))
    assert parse(shlex.join([name, *words])) == (name, *words)


@given(
    st.sampled_from(PLAIN),
    st.sampled_from(";&|<>()$`\\\n*?[{}!\"'"),
    st.booleans(),
)
@effort(400)
def test_a07_a_metacharacter_outside_quotes_is_never_allowed(line: str, char: str, apart: bool) -> None:
    assert decide(f"{line}{' ' if apart else ''}{char}", GENEROUS).answer == "ask"


@given(
    st.sampled_from(PLAIN),
    st.characters(exclude_characters="".join(map(chr, range(32, 127)))),
    st.integers(0, 200),
)
@effort(400)
def test_a07_no_control_and_nothing_but_ascii_anywhere(line: str, char: str, at: int) -> None:
    at = min(at, len(line))
    assert decide(line[:at] + char + line[at:], GENEROUS).answer == "ask"


@given(st.text(st.sampled_from("ab1 -=/.;&|<>(){}$`\\'\"*?[]!~#^\n\tgitrmshc"), max_size=40))
@effort(500)
def test_a07_any_line_is_judged_and_none_of_these_is_git(line: str) -> None:
    assume("git" not in line)
    assert decide(line, Rules(allow=("git *",), deny=("rm *",))).answer in ("ask", "deny")
    assert all(argv and argv[0] for argv in commands_in(line))


@pytest.mark.parametrize(
    ("rule", "line", "matches"),
    [
        ("git status", "git status", True),
        ("git status", "git  status ", True),
        ("git status", "'git' \"status\"", True),
        ("git status", "git status -s", False),
        ("git status", "git", False),
        ("git status *", "git status", True),
        ("git status *", "git status -s a", True),
        ("git status *", "git statusx", False),
        ("pytest tests/*", "pytest tests/a/b.py", True),
        ("pytest tests/*", "pytest tests/", True),
        ("pytest tests/*", "pytest tests", False),
        ("pytest tests/*", "pytest tests/a x", False),
        ("pytest tests/* *", "pytest tests/a x y", True),
        ("pytest * -q", "pytest a -q", True),
        ("pytest * -q", "pytest a b -q", False),
        ("pytest * -q", "pytest -q", False),
        ("pytest * *", "pytest", False),
        ("pytest * *", "pytest a", True),
        ("echo a*b*c", "echo aXbYc", True),
        ("echo a*b*c", "echo abc", True),
        ("echo a*b*c", "echo acb", False),
        ("echo a*a", "echo a", False),
        ("echo a*a", "echo aa", True),
        ("echo *x*", "echo axb", True),
        ("echo *x*", "echo ab", False),
        ("echo '*'", "echo '*'", True),
        ("echo '*'", "echo a", False),
        ("echo 'a*b'*", "echo 'a*bc'", True),
        ("echo 'a*b'*", "echo axbc", False),
        ("echo a.c", "echo abc", False),
        ("echo 'a b'", "echo 'a b'", True),
        ("echo 'a b'", "echo a b", False),
        ("pytest", "pytest", True),
        ("pytest", "Pytest", False),
        ("./run.sh *", "./run.sh a", True),
        ("./run.sh *", "run.sh a", False),
        ("./run.sh *", "././run.sh a", False),
        ("run.sh *", "./run.sh a", False),
        ("/usr/bin/ls", "/usr/bin/ls", True),
        ("ls", "/usr/bin/ls", False),
    ],
)
def test_what_a_rule_matches(rule: str, line: str, matches: bool) -> None:
    assert (decide(line, Rules(allow=(rule,))).answer == "allow") is matches


@pytest.mark.parametrize(
    ("rule", "line", "allowed"),
    [
        ("git -c core.pager=cat log", "git -c core.pager=cat log", True),
        ("git -c core.pager=cat log *", "git -c core.pager=cat log", False),
        ("git -c * log", "git -c core.pager=evil log", False),
        ("git commit --no-verify *", "git commit --no-verify -m x", True),
        ("git commit --no-verify *", "git commit --no-verify -n", False),
        ("git commit -* *", "git commit -n", False),
        ("git fetch --upload-pack *", "git fetch --upload-pack evil", False),
        ("git fetch --upload-pack=a *", "git fetch --upload-pack=a origin", True),
        ("git x", "git x", True),
        ("pytest -p no:cacheprovider *", "pytest -p no:cacheprovider -q tests", True),
        ("pytest -p no:cacheprovider *", "pytest -p evil", False),
        ("pytest -p no:cacheprovider *", "pytest -p no:cacheprovider -p evil", False),
        ("pytest -p *", "pytest -p evil", False),
        ("python -m pytest *", "python -m pytest -q", True),
        ("python -m pytest *", "python -m pytest -p evil", False),
        ("python -m * *", "python -m evil", False),
        ("uv run pytest *", "uv run pytest -q tests", True),
        ("uv run pytest *", "uv run pytest -c evil.ini", False),
        ("uv run * *", "uv run evil", False),
        ("uv run *", "uv run pytest", False),
        ("npx prettier *", "npx prettier --check .", True),
        ("npx prettier *", "npx prettier --plugin=./evil.js .", False),
        ("env A=1 pytest *", "env A=1 pytest -q", True),
        ("env A=1 pytest *", "env A=2 pytest -q", False),
        ("env * pytest *", "env LD_PRELOAD=x pytest", False),
        ("timeout 60 pytest *", "timeout 60 pytest -q", True),
        ("timeout 60 pytest *", "timeout 60 pytest -p evil", False),
        ("timeout * pytest *", "timeout 9 pytest", False),
        ("nice nice ls", "nice nice ls", True),
        ("nice env uv run pytest *", "nice env uv run pytest -q", True),
        ("nice env uv run pytest *", "nice env uv run pytest -p x", False),
        ("nice nice nice nice nice ls *", "nice nice nice nice nice ls", False),
        ("bash x.sh *", "bash x.sh a b", True),
        ("bash *", "bash x.sh", False),
        ("bash -c 'ls -l'", "bash -c 'ls -l'", True),
        ("bash", "bash", True),
        ("sudo -u x ls", "sudo -u x ls", True),
        ("sudo *", "sudo", False),
        ("make SHELL=bash test", "make SHELL=bash test", True),
        ("make * test", "make SHELL=bash test", False),
        ("cat /etc/hosts", "cat /etc/hosts", True),
        ("cat /etc/*", "cat /etc/passwd", False),
        ("ls ..", "ls ..", True),
        ("git clone https://example.org/x *", "git clone https://example.org/x y", True),
        ("git clone https://example.org/*", "git clone https://example.org/x", False),
        ("find . -name x -delete", "find . -name x -delete", True),
        ("find . -delete *", "find . -delete", False),
        ("go test --exec a *", "go test --exec a -toolexec b", False),
        ("./git *", "./git -c a=b log", False),
    ],
)
def test_a07_only_what_is_spelled_out_may_run_or_reach_something_else(
    rule: str, line: str, allowed: bool
) -> None:
    assert (decide(line, Rules(allow=(rule,))).answer == "allow") is allowed


@pytest.mark.parametrize(
    "line",
    [
        *("rm x", "rm", "'rm' x", "r''m x", "\\rm x", "/bin/rm x", "./rm x", "RM x", "rm -rf /"),
        *("ls; rm x", "ls && rm x", "ls || rm x", "ls | rm", "ls & rm x", "ls\nrm x", "(rm x)", "{ rm x; }"),
        *(
            "$(rm x)",
            "`rm x`",
            'echo "$(rm x)"',
            'echo "a `rm x`"',
            "ls $(echo $(rm x))",
            "cat <(rm x)",
            "! rm x",
        ),
        *("if ls; then rm x; fi", "while rm x; do ls; done", "for a in b; do rm $a; done", "time rm x"),
        *("A=1 rm x", "A=1 B='2' rm x", "rm>x", "rm x 2>&1", ">y rm x", "2>y rm x", "rm${IFS}x", "rm$IFS-rf"),
        *("eval rm x", "eval 'rm x'", "exec rm x", "command rm x", "builtin rm x", "trap 'rm x' EXIT"),
        *(
            "env rm x",
            "env A=1 rm x",
            "env -i rm x",
            "env -u A rm x",
            "nice rm x",
            "nice -n 5 rm x",
            "nohup rm x",
        ),
        *("timeout 5 rm x", "timeout -s KILL 5 rm x", "sudo rm x", "sudo -u a rm x", "doas rm x", "xargs rm"),
        *(
            "ls | xargs -n 1 rm",
            "find . -exec rm {} +",
            "find . -exec rm {} ';'",
            "find . -execdir /bin/rm {} +",
        ),
        *("sh -c 'rm x'", "bash -lc 'ls && rm x'", "bash -c \"bash -c 'rm x'\"", "sudo sh -c 'rm x'"),
        *(
            "git -c alias.x='!rm y' x",
            "git -c 'alias.x=!rm y' x",
            "nice nice rm x",
            "uv run rm x",
            "busybox rm x",
        ),
        *("rm\tx", "r\\\nm x", "ls #a\nrm x", "$'rm' x", "rm caf\u00e9", "rm 'a\nb'", "ls <<E\nE\nrm x"),
    ],
)
def test_a07_a_deny_rule_finds_its_command_wherever_it_stands(line: str) -> None:
    rules = Rules(allow=("rm *", "env *", "find *", "ls *"), ask=("rm *",), deny=("rm *",))
    verdict = decide(line, rules)
    assert (verdict.answer, verdict.rule) == ("deny", "rm *")
    assert verdict.why == 'refused by your rule "rm *"'


@pytest.mark.parametrize(
    "line",
    [
        "git push",
        "git -C x push",
        "git -c a=b push",
        "git --no-pager push o",
        "/usr/bin/git push",
        "ls && git push",
    ],
)
def test_a07_a_deny_rule_on_a_subcommand_is_not_passed_by_options_before_it(line: str) -> None:
    assert decide(line, Rules(allow=("git *",), deny=("git push *",))).answer == "deny"
    assert decide(line, Rules(deny=("git pull *",))).answer == "ask"


@pytest.mark.parametrize(
    "line",
    [
        "echo rm x",
        "git rm x",
        "ls rm",
        "git commit -m 'rm x'",
        "echo 'a; rm x' && ls",
        "grep -n 'rm x' y | wc -l",
    ],
)
def test_a_deny_rule_leaves_text_alone(line: str) -> None:
    assert decide(line, Rules(deny=("rm *",))).answer == "ask"


def test_an_ask_rule_beats_an_allow_rule() -> None:
    rules = Rules(allow=("git *",), ask=("git push *", "*install *"))
    assert decide("git status", rules).answer == "allow"
    verdict = decide("git push", rules)
    assert (verdict.answer, verdict.why) == ("ask", 'your rule "git push *" asks')
    assert decide("preinstall x", rules).rule == "*install *"
    assert decide("anything at all", Rules(deny=("*",))).answer == "deny"


def test_a_rule_that_covers_is_found_behind_one_that_does_not() -> None:
    rules = Rules(allow=("pytest *", "pytest -p no:xdist *"))
    assert decide("pytest -p no:xdist", rules).rule == "pytest -p no:xdist *"
    verdict = decide("pytest -p evil", rules)
    assert verdict.rule == "pytest *"
    assert (
        verdict.why == 'pytest may run or load something else with "-p", which "pytest *" does not spell out'
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ls && rm x", 'not one plain command: it is more than one command ("&&")'),
        ("ls > x", 'not one plain command: it has a redirection (">")'),
        ("ls $(id)", 'not one plain command: it has a variable or a substitution ("$(")'),
        ("A=1 ls", 'not one plain command: it sets a variable ("A=1")'),
        ("ls \u202e", "not one plain command: it has a character that is not ASCII (U+202E)"),
        ("ls\nls", "not one plain command: it has a control character (U+000A)"),
        ("if ls", 'not one plain command: it is a construct of the shell ("if")'),
        ("eval ls", 'not one plain command: "eval" works on the shell itself'),
        ("ls 'a", "not one plain command: a quote is not closed (')"),
        ("", "not one plain command: it is empty"),
        ("./x", '"./x" is a path, and no rule names exactly this one'),
        ("x", "no rule covers it"),
        ("cat ../x", '"../x" may lie outside the workspace, which "cat *" does not spell out'),
        ("git x", 'git "x" may be an alias or run another program, which "git *" does not spell out'),
    ],
)
def test_the_reason_is_one_plain_sentence(line: str, why: str) -> None:
    assert decide(line, GENEROUS).why == why


def test_absolute_paths_inside_the_workspace_are_as_good_as_relative_ones() -> None:
    for line in ("cat /ws/a.py", "cat /ws", "git diff -- /ws/src", "pytest --junitxml=/ws/x.xml"):
        assert decide(line, GENEROUS, workspace="/ws").answer == "allow", line
        assert decide(line, GENEROUS, workspace="/ws/").answer == "allow", line
        assert decide(line, GENEROUS).answer == "ask", line
    for line in ("cat /wsx/a", "cat /ws/../x", "cat /w", "cat //ws/a", "cat /ws/.git/config", "/ws/ls"):
        assert decide(line, GENEROUS, workspace="/ws").answer == "ask", line


@pytest.mark.parametrize(
    ("rule", "what"),
    [
        ("", "it is empty"),
        ("ls; rm", "more than one command"),
        ("ls $HOME", "a variable"),
        ("ls ?", "a pattern for file names"),
        ("ls [a]", "a pattern for file names"),
        ("ls > x", "a redirection"),
        ("A=1 ls", "sets a variable"),
        ("if x", "a construct of the shell"),
        ("eval *", "works on the shell itself"),
        ("*", "begins with the name of a program"),
        ("* x", "begins with the name of a program"),
        ("py*", "begins with the name of a program"),
        ("'a b' c", "no plain name of a program"),
        ("ls 'a", "a quote is not closed"),
        ("ls caf\u00e9", "not ASCII"),
        ("ls *********", "more than 8 patterns"),
    ],
)
def test_a_rule_that_can_never_hold_is_no_rule(rule: str, what: str) -> None:
    with pytest.raises(ValueError, match="is no rule") as caught:
        Rules(allow=(rule,))
    assert what in str(caught.value)


def test_ask_and_deny_rules_may_name_anything() -> None:
    rules = Rules(ask=("*install *",), deny=("eval *", "export *", "*"))
    assert read_rule("*", may_begin_open=True).matches(("a", "b"))
    assert decide("export A=1", Rules(deny=rules.deny[:2])).answer == "deny"
    with pytest.raises(ValueError, match="is no rule"):
        Rules(deny=("ls; x",))


def test_long_and_deeply_nested_lines_are_judged_like_others() -> None:
    rules = Rules(allow=("echo *a*a*a*a*a*a*a*",), deny=("*a*a*a*a*a*a*b *", "rm *"))
    for line in (
        "echo " + "a" * 30_000,
        "$(" * 10_000,
        "`" * 30_001,
        "nice " * 6000,
        "echo " + "=" * 30_000,
        "'" * 30_001,
        "sh -c 'x " * 3000,
    ):
        assert decide(line, rules).answer in ("ask", "allow")


def test_a07_what_is_too_much_to_look_through_is_asked_even_if_it_is_spelled_out() -> None:
    for count, answer in ((300, "allow"), (600, "ask")):
        line = " ".join(["xargs", *["a"] * count])
        assert decide(line, Rules(allow=(line,), deny=("rm *",))).answer == answer


@pytest.mark.parametrize(
    ("line", "inner"),
    [
        ("/bin/bash -lc 'pytest -q'", "pytest -q"),
        ("/bin/bash -lc pytest", "pytest"),
        ("sh -c 'ls; rm x'", "ls; rm x"),
        ("/usr/bin/zsh -lc \"ls 'a b'\"", "ls 'a b'"),
    ],
)
def test_the_line_that_an_agents_shell_is_handed(line: str, inner: str) -> None:
    assert without_shell(line) == inner


@pytest.mark.parametrize(
    "line",
    [
        *(
            "./bash -c ls",
            "/tmp/bash -c ls",
            "/bin/bash -xc ls",
            "/bin/bash -c ls x",
            "bash -c",
            "A=1 sh -c ls",
        ),
        *("sh -c ls; rm x", 'sh -c "$X"', "python -c 1", "pytest", "", "bash -c ls > x", "ssh -c ls"),
    ],
)
def test_a07_no_other_line_is_taken_out_of_its_shell(line: str) -> None:
    assert without_shell(line) == line


def test_a_line_that_is_not_plain_has_no_words() -> None:
    with pytest.raises(NotPlain, match="more than one command"):
        parse("a;b")
