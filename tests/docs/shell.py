"""A block of shell as its commands: enough of a shell for what documents show."""

from __future__ import annotations

import re
import shlex
import subprocess

_BETWEEN = "();<>|&\n"
_COMMENT = re.compile(r"(?:^|(?<=\s))#(?: .*)?$", re.MULTILINE)
_INNER = re.compile(r"\$\(([^()]*)\)")
_SET = re.compile(r"[A-Za-z_]\w*=")
_WORDS = frozenset(
    [
        "{",
        "}",
        "!",
        "if",
        "then",
        "else",
        "elif",
        "fi",
        "for",
        "while",
        "until",
        "do",
        "done",
        "time",
    ]
)


def unreadable(text: str) -> str:
    """Why no shell can read it; empty where one can."""
    read = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)
    return read.stderr.strip() if read.returncode else ""


def functions(text: str) -> set[str]:
    """The functions that a block defines for itself."""
    return set(re.findall(r"^\s*(\w+)\(\)", text, re.MULTILINE))


def commands(text: str) -> list[list[str]]:
    """The words of each command, those within `$(…)` first. What is only set is none, and a file
    that something goes to or comes from belongs to none."""
    text = _COMMENT.sub("", text)
    found = [one for inner in _INNER.findall(text) for one in commands(inner)]
    text = re.sub(r"\\\n\s*", " ", _INNER.sub("WHAT-IT-SAYS", text))
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_BETWEEN)
    lexer.whitespace, lexer.commenters, lexer.whitespace_split = " \t\r", "", True
    words: list[str] = []
    is_file = False
    for word in [*lexer, "\n"]:
        if not set(word) <= set(_BETWEEN):
            if not is_file:
                words.append(word)
            is_file = False
        elif set(word) & set("<>"):
            is_file = True
        else:
            found.append(_called(words))
            words = []
    return [one for one in found if one]


def _called(words: list[str]) -> list[str]:
    """A command from its program on: what is set for it, and the shell's own words, are before."""
    while words and (words[0] in _WORDS or _SET.match(words[0])):
        words = words[1:]
    return words
