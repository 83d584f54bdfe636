"""f-strings of Python 3.12 (PEP 701) for older Pythons: the outer quotes are tripled, inner backslashes go."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from bpcheck.sources.lexer import tokens
from bpcheck.sources.rewriting import Change, Repair

_OPENING = re.compile(r"""([a-zA-Z]{0,2})("{3}|'{3}|"|')""")
_FORMATTED = re.compile(r"""[rR]?[fF][rR]?["']""")
_SINCE = (3, 12)
_DEEPEST = 8
_MOST_STEPS = 20
"""Characters looked at, for each character of the text: unfinished strings are begun again and again."""


def nested_fstrings(text: str, running: tuple[int, int] = sys.version_info[:2]) -> Iterator[Repair]:
    """The f-strings of ``text`` whose fields hold the quotes of the string itself, or a backslash."""
    position = 0 if running < _SINCE else len(text)
    steps = _MOST_STEPS * len(text)
    while position < len(text):
        for token in tokens(text, position):
            position = token.end
            if token.kind in ("string", "open") and _FORMATTED.match(token.text):
                reader = _Reader(text, steps)
                end = reader.string(token.start)
                steps = reader.steps
                if end is None:
                    continue
                if end != token.end or reader.backslashes:
                    yield from _mended(text, token.start, end, reader.backslashes)
                position = end
                break
        else:
            return


class _Reader:
    """Finds the end of strings as Python 3.12 does, and notes the backslashes within fields."""

    def __init__(self, text: str, steps: int) -> None:
        self.text = text
        self.steps = steps
        self.backslashes: list[int] = []
        self._depth = 0

    def string(self, start: int, in_field: bool = False) -> int | None:
        """The end of the string that starts at ``start``; None if there is none."""
        opening = _OPENING.match(self.text, start)
        if opening is None:
            return None
        formatted, quotes = "f" in opening.group(1).lower(), opening.group(2)
        at = opening.end()
        while at < len(self.text) and self.steps > 0:
            self.steps -= 1
            if self.text.startswith(quotes, at):
                return at + len(quotes)
            letter = self.text[at]
            if letter == "\\":
                if in_field:
                    self.backslashes.append(at)
                at += 2
            elif letter == "{" and formatted and self.text[at : at + 2] != "{{":
                closed = self._field(at + 1)
                if closed is None:
                    return None
                at = closed
            elif letter == "\n" and len(quotes) == 1:
                return None
            else:
                at += 2 if formatted and self.text[at : at + 2] == "{{" else 1
        return None

    def _field(self, at: int) -> int | None:
        """The end of the replacement field whose content starts at ``at``."""
        depth, specified = 0, False
        while at < len(self.text) and self.steps > 0:
            self.steps -= 1
            letter = self.text[at]
            opening = None if specified else _OPENING.match(self.text, at)
            if opening is not None and not self.text[at - 1].isalnum():
                self._depth += 1
                end = self.string(at, in_field=True) if self._depth <= _DEEPEST else None
                self._depth -= 1
                if end is None:
                    return None
                at = end
                continue
            if letter == "}" and depth == 0:
                return at + 1
            depth += (letter in "([{") - (letter in ")]}")
            specified = specified or (letter == ":" and depth == 0)
            at += 1
        return None


def _mended(text: str, start: int, end: int, backslashes: list[int]) -> Iterator[Repair]:
    """The changes for one f-string, if a kind of triple quotes is free for it."""
    opening = _OPENING.match(text, start)
    if opening is None:
        return
    quotes = opening.group(2)
    content = text[opening.end() : end - len(quotes)]
    for triple in ("'''", '"""'):
        if len(quotes) == 3 or not (triple in content or content.endswith(triple[0])):
            new = quotes if len(quotes) == 3 else triple
            outer = (Change(opening.start(2), opening.end(), new), Change(end - len(quotes), end, new))
            inner = tuple(Change(at, at + 2, "  ") for at in backslashes if text[at + 1 : at + 2] != "\n")
            yield Repair("nested f-string", (*outer, *inner), _SINCE)
            return
