"""Leaving out the statements that do not parse, so that the rest of the file can still be read."""

from __future__ import annotations

import ast
import re

from bpcheck.records import record
from bpcheck.sources.parsing import Unparsable, parse

MOST_OMISSIONS = 10
_MOST_PARSED = 15_000_000
"""How much parsing one broken file is worth, in characters: about three seconds."""

_STARTS = re.compile(r"(?!(?:else|elif|except|finally)\b)[^\s#)\]},]")


@record(frozen=True, slots=True)
class Rest:
    """What is left: None for ``tree`` where nothing helped."""

    text: str
    tree: ast.Module | None
    message: str


def leave_out(text: str, failure: Unparsable) -> Rest:
    """Replace the top-level statements that do not parse by ``pass`` lines, until the rest does."""
    lines = text.split("\n")
    omitted: list[tuple[int, int]] = []
    budget = [max(_MOST_PARSED // max(len(text), 1), 4)]
    first = failure
    for _ in range(MOST_OMISSIONS):
        start, end = _statement(lines, failure.line - 1, budget)
        omitted.append((start, end))
        lines[start:end] = ["pass", *[""] * (end - start - 1)]
        if budget[0] <= 0 or not any(line and line != "pass" for line in lines):
            break
        budget[0] -= 1
        try:
            tree = parse("\n".join(lines))
        except Unparsable as again:
            failure = again
            continue
        return Rest("\n".join(lines), tree, f"{first.message}; {_ranges(omitted)} left out")
    return Rest(text, None, f"{first.message}; nothing of it is read")


def _statement(lines: list[str], at: int, budget: list[int]) -> tuple[int, int]:
    """The lines of the top-level statement that holds line ``at``: what stands before it must parse by itself."""
    at = min(at, len(lines) - 1)
    start = at
    while start > 0:
        if _STARTS.match(lines[start]):
            if budget[0] <= 0:
                break
            budget[0] -= 1
            try:
                parse("\n".join(lines[:start]))
                break
            except Unparsable:
                pass
        start -= 1
    end = at + 1
    while end < len(lines) and not _STARTS.match(lines[end]):
        end += 1
    while end - start > 1 and not lines[end - 1].strip():
        end -= 1
    return start, end


def _ranges(omitted: list[tuple[int, int]]) -> str:
    named = [f"{start + 1}-{end}" if end - start > 1 else str(start + 1) for start, end in sorted(omitted)]
    several = len(named) > 1 or "-" in named[0]
    return f"line{'s' if several else ''} {', '.join(named)} {'are' if several else 'is'}"
