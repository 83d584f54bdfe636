"""Tokens of text that need not be valid Python of any one version, which rules the standard tokenizer out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_STRING = r"""
    (?:[bB][rR]?|[uU][rR]?|[rR][bBfFtTuU]?|[fFtT][rR]?)?
    (?: \"{3} [^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)* \"{3}
      | '{3} [^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)* '{3}
      | " [^"\\\n]*(?:\\[\s\S][^"\\\n]*)* "
      | ' [^'\\\n]*(?:\\[\s\S][^'\\\n]*)* ' )
"""

_TOKEN = re.compile(
    rf"""
    (?P<space>[ \t\f]+|\\\n)
  | (?P<comment>\#[^\n]*)
  | (?P<string>{_STRING})
  | (?P<open>[a-zA-Z]{{0,2}}(?:\"{{3}}|'{{3}})[\s\S]*|["'][^\n]*)
  | (?P<name>[^\W\d]\w*)
  | (?P<number>\.?\d(?:[eE][+-]|[\w.])*)
  | (?P<newline>\n)
  | (?P<op>\*\*=?|//=?|>>=?|<<=?|<>|->|:=|[-+*/%&|^=<>!@]=|[\s\S])
""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """``kind`` is string, open (an unterminated string), name, number, newline, comment or op."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str, start: int = 0) -> Iterator[Token]:
    """The tokens of ``text`` from ``start`` on; white space and joined line ends are left out."""
    for match in _TOKEN.finditer(text, start):
        kind = match.lastgroup
        if kind and kind != "space":
            yield Token(kind, match.group(), match.start())


_BLOCK = frozenset({"if", "elif", "else", "for", "while", "with", "try", "except", "finally", "def", "class"})
_ANCHOR = re.compile(r"(?:def|class|import|from|if|for|while|try|with)\b|@")


def statements(text: str) -> Iterator[list[Token]]:
    """The tokens of each simple statement and of each block's head, comments left out.

    A bracket that is never closed ends where a line begins, without indentation, with a word that opens a statement.
    """
    found: list[Token] = []
    depth = lambdas = 0
    for token in tokens(text):
        if token.kind == "comment":
            continue
        if token.kind == "newline":
            if depth and not _ANCHOR.match(text, token.end):
                continue
            ends = True
        elif token.text == ";":
            ends = depth == 0
        else:
            found.append(token)
            depth, lambdas = _nesting(token, depth, lambdas)
            ends = token.text == ":" and depth == 0 and lambdas < 0
            lambdas = max(lambdas, 0)
            ends = ends and (found[0].text in _BLOCK or found[0].text == "async")
        if ends:
            if found:
                yield found
            found, depth, lambdas = [], 0, 0
    if found:
        yield found


def _nesting(token: Token, depth: int, lambdas: int) -> tuple[int, int]:
    """Bracket depth, and lambdas at depth 0 that wait for their colon (-1: a colon that is no lambda's)."""
    if token.kind == "op":
        if token.text in "([{":
            depth += 1
        elif token.text in ")]}":
            depth = max(depth - 1, 0)
        elif token.text == ":" and depth == 0:
            lambdas -= 1
    elif token.text == "lambda" and depth == 0:
        lambdas += 1
    return depth, lambdas


def outer(statement: list[Token]) -> Iterator[tuple[int, Token]]:
    """The tokens of a statement that stand outside of brackets, with their index."""
    depth = 0
    for index, token in enumerate(statement):
        if token.kind == "op" and token.text in "([{":
            depth += 1
        elif token.kind == "op" and token.text in ")]}":
            depth -= 1
        elif depth == 0:
            yield index, token
