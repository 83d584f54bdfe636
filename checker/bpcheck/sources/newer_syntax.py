"""Syntax that came after the running Python, as changes that make it parse: mostly types, which can be spared."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from bpcheck.sources.lexer import Token, outer, statements
from bpcheck.sources.rewriting import Change, Repair

Version = tuple[int, int]
Tokens = list[Token]

_TEMPLATE = re.compile(r"[rR]?[tT](?=[rR]?[\"'])")


def newer_syntax(text: str, running: Version = sys.version_info[:2]) -> Iterator[Repair]:
    """Every form in ``text`` that the ``running`` Python does not know yet."""
    for statement in statements(text):
        for repair in _newer(text, statement):
            if repair.since > running:
                yield repair


def _newer(text: str, statement: Tokens) -> Iterator[Repair]:
    words = [token.text for token in statement[:3]]
    if words[0] == "except":
        yield from _except(statement)
    elif words[0] in ("def", "class") or words[:2] == ["async", "def"]:
        yield from _type_parameters(text, statement, 2 if words[0] != "async" else 3)
    elif words[0] == "type" and len(words) == 3 and statement[1].kind == "name" and words[2] in ("=", "["):
        yield Repair("`type` statement", (Change(statement[0].start, statement[1].start, ""),), (3, 12))
        yield from _type_parameters(text, statement, 2)
    elif words[0] == "lazy" and words[1:2] in (["import"], ["from"]):
        yield Repair("lazy import", (Change(statement[0].start, statement[1].start, ""),), (3, 15))
    for token in statement:
        template = _TEMPLATE.match(token.text) if token.kind == "string" else None
        if template:
            at = token.start + template.end() - 1
            yield Repair("t-string", (Change(at, at + 1, "f"),), (3, 14))


def _except(statement: Tokens) -> Iterator[Repair]:
    if len(statement) > 1 and statement[1].text == "*":
        yield Repair("`except*`", (Change(statement[1].start, statement[1].end, " "),), (3, 11))
    if any(token.text == "," for _, token in outer(statement)):
        colon = statement[-1].start
        yield Repair(
            "except without brackets",
            (Change(statement[1].start, statement[1].start, "("), Change(colon, colon, ")")), (3, 14),
        )  # fmt: skip


def _type_parameters(text: str, statement: Tokens, at: int) -> Iterator[Repair]:
    """``[T]`` after the name of a function or class. Over several lines, backslashes keep the lines together."""
    if len(statement) <= at or statement[at].text != "[":
        return
    depth = 0
    for token in statement[at:]:
        depth += (token.text == "[") - (token.text == "]")
        if depth == 0:
            yield Repair("type parameters", tuple(_blank(text, statement[at].start, token.end)), (3, 12))
            return


def _blank(text: str, start: int, end: int) -> Iterator[Change]:
    while (stop := text.find("\n", start, end)) >= 0:
        yield Change(start, stop, "\\")
        start = stop + 1
    yield Change(start, end, " " * (end - start))
