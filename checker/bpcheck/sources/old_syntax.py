"""Python 2 and early Python 3, statement by statement, as changes that make it parse today.

The meaning that matters to the checker is kept (what is called with what), not every detail of the old semantics.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bpcheck.sources.lexer import Token, outer, statements
from bpcheck.sources.rewriting import Change, Repair

Tokens = list[Token]


def old_syntax(text: str) -> Iterator[Repair]:
    """Every old form in ``text``, in order."""
    for statement in statements(text):
        for find in _BY_STATEMENT.get(statement[0].text, ()):
            yield from find(statement)
        yield from _everywhere(statement)


def _call(statement: Tokens, what: str, *more: Change) -> Repair:
    """``word rest`` as ``word(rest)``: the space becomes the bracket, so that columns stay."""
    word, after = statement[0], statement[1]
    gap = min(after.start, word.end + 1)
    return Repair(what, (Change(word.end, gap, "("), *more, Change(statement[-1].end, statement[-1].end, ")")))


_NO_OPERAND = frozenset({"in", "is", "and", "or", "if", "else", "for", "import", "as", "from"})


def _print(statement: Tokens) -> Iterator[Repair]:
    if len(statement) < 2:
        return
    after = statement[1]
    if after.text == ">>":
        yield _call(statement, "print statement", Change(after.start, after.end, "  "))
    elif _opens_operand(after) or after.text in ("{", "[", "~"):
        yield _call(statement, "print statement")


def _opens_operand(token: Token) -> bool:
    """Whether an expression begins here, and nothing that could go on with the word before."""
    if token.kind == "name":
        return token.text not in _NO_OPERAND
    return token.kind in ("string", "number") or token.text == "`"


def _exec(statement: Tokens) -> Iterator[Repair]:
    if len(statement) > 1 and _opens_operand(statement[1]):
        inner = [Change(token.start, token.end, ", ") for _, token in outer(statement) if token.text == "in"]
        yield _call(statement, "exec statement", *inner)


def _raise(statement: Tokens) -> Iterator[Repair]:
    commas = [token for _, token in outer(statement) if token.text == ","]
    if commas:
        end = statement[-1].end
        yield Repair("raise with a comma", (Change(commas[0].start, commas[0].end, "("), Change(end, end, ")")))


def _except(statement: Tokens) -> Iterator[Repair]:
    """``except X, error:``. Several names, or one that is dotted, are Python 3.14's ``except X, Y:``."""
    commas = [index for index, token in outer(statement) if token.text == ","]
    if len(commas) != 1:
        return
    comma, target = statement[commas[0]], statement[commas[0] + 1 : -1]
    if len(target) == 1 and target[0].kind == "name":
        yield Repair("except with a comma", (Change(comma.start, comma.end, " as"), *_apart(comma, target[0])))
    elif target and target[0].text == "(" and statement[-1].text == ":":
        # The parts of the error are bound; nothing can be bound to several names today, so none is.
        yield Repair("except with a comma", (Change(comma.start, target[-1].end, ""),))


def _apart(comma: Token, target: Token) -> tuple[Change, ...]:
    """A space where none stands between the comma, now a word, and the name."""
    return () if target.start > comma.end else (Change(comma.end, comma.end, " "),)


_OLD_NUMBER = re.compile(r"0[0-7]*[1-9][0-7]*[lL]?|00+[lL]?|(?:0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+|\d+)[lL]")

_NO_ESCAPE = re.compile(r"(?<!\\)(?:\\\\)*\\(?:u(?![\da-fA-F]{4})|U(?!00(?:0[\da-fA-F]|10)[\da-fA-F]{4})|N(?!\{))")


def _everywhere(statement: Tokens) -> Iterator[Repair]:
    """The old forms of single tokens, and parameters that unpack."""
    opened = False
    for index, token in enumerate(statement):
        start, end = token.start, token.end
        if token.text == "<>":
            yield Repair("`<>`", (Change(start, end, "!="),))
        elif token.text == "`":
            opened = not opened
            yield Repair("backticks", (Change(start, end, "repr(" if opened else ")"),))
        elif token.kind == "number" and _OLD_NUMBER.fullmatch(token.text):
            yield from _number(token)
        elif token.kind == "string" and token.text[:2].lower() == "ur":
            yield Repair('`ur"..."`', (Change(start, start + 1, ""),))
        elif token.kind == "string" and token.text[0] in "\"'" and _NO_ESCAPE.search(token.text):
            yield Repair("`\\u` in a byte string", (Change(start, start, "r"),))
        elif token.text == "async" and _is_plain_name(statement, index):
            yield Repair("`async` as a name", (Change(end, end, "_"),))
        elif token.text in ("lambda", "def"):
            yield from _unpacking(statement, index)


def _number(token: Token) -> Iterator[Repair]:
    digits = token.text.rstrip("lL")
    changes = []
    if digits[0] == "0" and digits.isdigit() and digits.strip("0"):
        changes.append(Change(token.start + 1, token.start + 1, "o"))
    if digits != token.text:
        changes.append(Change(token.end - 1, token.end, ""))
    if changes:
        yield Repair("old number", tuple(changes))


def _is_plain_name(statement: Tokens, index: int) -> bool:
    after = statement[index + 1].text if index + 1 < len(statement) else ""
    return after not in ("def", "for", "with")


_LONGEST_HEAD = 200
"""Tokens: what has more is no parameter list, but text that went wrong before."""


def _unpacking(statement: Tokens, index: int) -> Iterator[Repair]:
    """Brackets in a parameter list, ``lambda (x, y): ...``: the names stay, the brackets go."""
    is_lambda = statement[index].text == "lambda"
    depth, base = 0, 0 if is_lambda else 1
    changes: list[Change] = []
    levels: list[bool] = []
    for position in range(index + 1, min(index + _LONGEST_HEAD, len(statement))):
        before, token = statement[position - 1], statement[position]
        if token.text == ":" and depth == 0:
            break
        if token.kind == "op" and token.text in "([{":
            is_parameter = token.text == "(" and depth >= base and before.text in ("lambda", ",", "(") and (
                depth == base or all(levels[base:])
            )  # fmt: skip
            levels.append(is_parameter)
            depth += 1
        elif token.kind == "op" and token.text in ")]}":
            depth -= 1
            if depth < base or not levels:
                break
            is_parameter = levels.pop()
        else:
            continue
        if is_parameter:
            changes.append(Change(token.start, token.end, " "))
    if changes:
        yield Repair("unpacking parameter", tuple(changes))


_BY_STATEMENT: dict[str, tuple[Callable[[Tokens], Iterator[Repair]], ...]] = {
    "print": (_print,),
    "exec": (_exec,),
    "raise": (_raise,),
    "except": (_except,),
}
