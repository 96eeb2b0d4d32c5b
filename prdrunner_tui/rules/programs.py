"""What is known of programs: which of them run others, and by which options and subcommands.

The tables err on the side of asking: a letter or a name that stands in them only for one of its meanings is asked
about in all of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


def word_set(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")


@dataclass(frozen=True, slots=True)
class Options:
    """Options of a program that must be spelled out: letters of short ones, names of long ones."""

    short: str = ""
    long: tuple[str, ...] = ()


def _options(text: str) -> Options:
    """`-` words are letters, the others long names."""
    words = text.split()
    short = "".join(word[1:] for word in words if word.startswith("-"))
    return Options(short, tuple(word for word in words if not word.startswith("-")))


SHELLS = word_set(
    "sh ash bash dash ksh mksh zsh fish csh tcsh pwsh powershell rbash yash posh elvish nu xonsh"
)
"""Programs that run scripts and command lines of a shell."""

SPELLED = word_set(
    # what runs commands that are not its plain rest, or as somebody else, or later
    "xargs gxargs parallel rush watch entr script scriptreplay expect unbuffer screen tmux dtach at batch atd crontab "
    "systemd-run systemctl service start-stop-daemon run-parts setsid chroot unshare nsenter setarch linux32 linux64 "
    "su runuser pkexec doas sudo sudoedit runas gosu setpriv capsh newgrp sg busybox toybox ld.so ldconfig "
    "strace ltrace gdb lldb perf valgrind rr bpftrace dtrace proot fakeroot faketime firejail bwrap "
    "stdbuf ionice chrt taskset cpulimit prlimit softlimit envdir dbus-run-session dbus-launch xvfb-run "
    "docker podman nerdctl buildah kubectl oc helm lxc vagrant ansible ansible-playbook terraform "
    "direnv nix nix-shell nix-env guix conda mamba micromamba asdf mise rtx nvm pyenv rbenv "
    # what has commands of its own that run others
    "vi vim nvim view vimdiff rvim ex ed red emacs emacsclient nano pico joe micro kak hx code subl "
    "less more most pg man info whatis apropos w3m lynx links elinks "
    "awk gawk mawk nawk original-awk m4 dc bc gnuplot sqlite3 psql mysql mariadb mongo mongosh redis-cli "
    "gcore ipython jupyter bpython irb pry ghci jshell tclsh wish osascript gimp octave R Rscript "
    # other machines
    "ssh scp sftp slogin mosh rsh rcp rlogin telnet ftp lftp ncftp tftp nc ncat netcat socat curl wget aria2c "
    "http https xh httpie dig nslookup host ping traceroute whois openssl gh glab hub "
    # what changes what later commands mean
    "update-alternatives chsh visudo mount umount insmod modprobe sysctl defaults launchctl xdg-open open "
    "hyperfine nodemon concurrently foreman honcho lerna ssh-agent ssh-keygen ssh-add gpg gpg2 "
    "git-shell git-upload-pack git-receive-pack git-remote-ext logrotate"
)
"""Programs of which a rule must spell out every word."""

WRAPPERS: dict[tuple[str, ...], int] = {
    **dict.fromkeys(
        [
            (name,)
            for name in (
                "env",
                "nice",
                "nohup",
                "npx",
                "pnpx",
                "bunx",
                "uvx",
                "catchsegv",
                "caffeinate",
                "winpty",
            )
        ],
        0,
    ),
    **dict.fromkeys(
        [("uv", "run"), ("poetry", "run"), ("pipenv", "run"), ("pdm", "run"), ("hatch", "run")], 0
    ),
    **dict.fromkeys([("rye", "run"), ("npm", "exec"), ("npm", "x"), ("pnpm", "exec"), ("pnpm", "dlx")], 0),
    **dict.fromkeys([("yarn", "exec"), ("yarn", "dlx"), ("yarn", "run"), ("pnpm", "run"), ("bun", "run")], 0),
    **dict.fromkeys([("bun", "x"), ("bundle", "exec"), ("uv", "tool", "run"), ("pipx", "run")], 0),
    ("coverage", "run"): 0,
    ("timeout",): 1,
    ("gtimeout",): 1,
    ("flock",): 1,
}
"""Runners whose rest is a command, by their words, and how many words of their own stand before it."""

INTERPRETERS: dict[str, frozenset[str]] = {
    "node": frozenset(("--test", "--check", "--version", "-v")),
    "nodejs": frozenset(("--test", "--check", "--version", "-v")),
    "ruby": frozenset(("--version", "-v")),
    "perl": frozenset(("--version", "-v")),
    "php": frozenset(("--version", "-v")),
    "lua": frozenset(("-v",)),
    "luajit": frozenset(("-v",)),
    "julia": frozenset(("--version", "-v")),
    "guile": frozenset(("--version",)),
    "java": frozenset(("-version", "--version")),
    "tsx": frozenset(("--version",)),
    "ts-node": frozenset(("--version",)),
    "swipl": frozenset(("--version",)),
    "groovy": frozenset(("--version",)),
    "scala": frozenset(("--version",)),
}
"""Interpreters that run the file they are given, with their harmless options; any other option may be code."""

_NPM = "test tst t install i ci add ls list outdated audit view info pack fund doctor prefix root uninstall update"

SUBCOMMANDS: dict[str, frozenset[str]] = {
    name: word_set(words)
    for name, words in {
        "npm": f"{_NPM} run run-script start stop restart dedupe prune explain why query version",
        "pnpm": "test t install i add ls list outdated audit why remove update prune",
        "yarn": "test install add remove list why info outdated audit version",
        "bun": "test install add remove update outdated",
        "deno": "test check fmt lint doc info",
        "uv": "sync lock add remove tree version venv export",
        "poetry": "install check lock show version add remove update",
        "pipenv": "install lock sync check graph verify",
        "pdm": "install lock sync list show add remove update",
        "hatch": "build version",
        "rye": "sync lock show",
        "pip": "install list show freeze check uninstall hash inspect",
        "pip3": "install list show freeze check uninstall hash inspect",
        "cargo": "build b check c test t clippy fmt doc d bench tree metadata clean update add remove fetch run r "
        "version verify-project",
        "go": "build test vet fmt list mod doc version clean",
        "dotnet": "build test restore clean format list",
        "bundle": "install check list show outdated",
        "gem": "list install info",
        "composer": "install show validate outdated",
        "coverage": "report html xml json combine erase",
        "pre-commit": "run",
        "brew": "list info",
        "rustup": "show",
        "bazel": "build query",
    }.items()
}
"""Programs with subcommands, and those of them that a pattern covers: another may be an alias or a runner."""

_TAR = (
    "-IFPCT files-from to-command checkpoint-action use-compress-program rsh-command rmt-command info-script "
    "new-volume-script absolute-names directory"
)
_PYTEST = "-p -c -o -W config-file override-ini rootdir confcutdir basetemp pyargs pdbcls pythonwarnings pastebin debug"

OPTIONS: dict[str, Options] = {
    name: _options(text)
    for name, text in {
        "pytest": _PYTEST,
        "py.test": _PYTEST,
        "npm": "-c -C -g call script-shell node-options userconfig globalconfig prefix git shell editor viewer browser "
        "init-module registry location global",
        "pnpm": "-c -C dir script-shell node-options config prefix use-node-version shell-mode",
        "yarn": "cwd use-yarnrc script-shell modules-folder scripts-prepend-node-path",
        "bun": "-r preload cwd config shell",
        "pip": "-i -f -c index-url extra-index-url find-links python proxy trusted-host cert config-settings "
        "global-option build-option keyring-provider target root prefix log",
        "pip3": "-i -f -c index-url extra-index-url find-links python proxy trusted-host cert config-settings "
        "global-option build-option keyring-provider target root prefix log",
        "uv": "-i -f -p extra-index-url allow-insecure-host index index-url default-index find-links "
        "python directory project config-setting config-file",
        "poetry": "-C -P directory project",
        "cargo": "-Z -C open config manifest-path target-dir",
        "sort": "-oT compress-program output temporary-directory files0-from",
        "split": "filter",
        "date": "-fs file set",
        "tar": _TAR,
        "gtar": _TAR,
        "bsdtar": "-PCT files-from use-compress-program cd directory",
        "rsync": "-e rsh rsync-path filter daemon",
        "zip": "-T test unzip-command TT",
        "cpio": "-IFOHMS rsh-command to-command",
        "rg": "-z pre pre-glob hostname-bin search-zip",
        "fd": "-xXl exec exec-batch list-details",
        "fdfind": "-xXl exec exec-batch list-details",
        "ag": "pager",
        "bat": "pager",
        "tree": "-oR output",
        "install": "-s strip-program strip",
        "cmake": "-CEP script",
        "ctest": "-SDM script build-and-test",
        "ninja": "-Cft",
        "rustfmt": "config config-path",
        "mypy": "config-file python-executable install-types custom-typeshed-dir find-occurrences",
        "flake8": "config append-config enable-extensions",
        "pylint": "load-plugins init-hook rcfile",
        "black": "config",
        "ruff": "config",
        "tox": "-cx conf override workdir root",
        "nox": "-f noxfile",
        "just": "-fd shell shell-arg justfile working-directory set command choose edit chooser",
        "task": "-td taskfile dir",
        "eslint": "-cf config rulesdir parser plugin format resolve-plugins-relative-to",
        "prettier": "plugin config plugin-search-dir",
        "jest": "-c config rootDir globalSetup globalTeardown runner reporters testEnvironment transform resolver "
        "setupFiles setupFilesAfterEnv testRunner snapshotSerializers projects watchPlugins haste prettierPath "
        "testResultsProcessor testSequencer preset filter modulePaths",
        "vitest": "-cr config root reporter environment globals dir pool browser",
        "mocha": "-rRu require reporter ui config package opts node-option loader import",
        "webpack": "-cr config require",
        "tsc": "-pb project build plugins",
        "phpunit": "-c bootstrap configuration loader printer extension",
        "rspec": "-rIO require options default-path",
        "rake": "-fReEIr rakefile require rakelib execute execute-print execute-continue libdir",
        "mvn": "-fsgD file settings global-settings toolchains",
        "gradle": "-bcIpgD build-file settings-file init-script project-dir gradle-user-home include-build",
        "locate": "-d database",
        "cscope": "-q",
        "dmesg": "-H human pager",
        "ip": "-b batch netns",
        "wc": "files0-from",
        "du": "files0-from",
        "tee": "output-error",
    }.items()
}
"""Options by program that run, load or write something else."""

LONG_EVERYWHERE = word_set(
    "exec exec-batch exec-path command cmd eval execute shell shell-cmd rsh pager editor browser viewer to-command "
    "checkpoint-action use-compress-program compress-program preprocessor pre post hook hooks init-hook init-file "
    "rcfile startup-file require import preload loader plugin plugins load-plugins load-plugin script-shell "
    "node-options java-options jvm-args config-file configfile rules-dir rulesdir wrapper"
)
"""Names of long options that must be spelled out for every program."""

FIND_ACTIONS = word_set("-exec -execdir -ok -okdir -delete -fprint -fprint0 -fprintf -fls -files0-from -f")
"""What makes ``find`` do more than to print."""

GO_OPTIONS = word_set(
    "exec toolexec overlay modfile C ldflags gcflags asmflags gccgoflags vettool w o pkgdir"
)
"""Options of ``go``, without their one or two dashes."""

COMPILERS = word_set("gcc g++ cc c++ clang clang++ ld ar javac rustc tcc")
"""Programs of which `COMPILER_WORDS` must be spelled out."""

COMPILER_WORDS = (
    "@", "-B", "-T", "-fplugin", "-fpass-plugin", "-specs", "--specs", "-wrapper", "-Xclang", "-Wl,", "-Xlinker",
    "-load", "-plugin", "-J", "-processor", "-Xplugin", "-C", "--codegen", "-Z", "--config",
)  # fmt: skip
"""How words begin by which a compiler loads or runs something else."""

READ_WORDS_FROM_FILES = word_set("pytest py.test mypy")
"""Programs that read further words from the file of an ``@`` word."""
