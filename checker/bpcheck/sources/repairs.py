"""The steps that may make text parse which is Python of another time: each keeps every line in its place."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping

from bpcheck.records import record
from bpcheck.sources.lexer import tokens
from bpcheck.sources.magics import mask_lines
from bpcheck.sources.newer_fstrings import nested_fstrings
from bpcheck.sources.newer_syntax import newer_syntax
from bpcheck.sources.old_syntax import old_syntax
from bpcheck.sources.rewriting import Change, Repair, Shift, rewrite


@record(frozen=True, slots=True)
class Repaired:
    """Text that may parse now, and what was done to it, first at ``line`` and ``column``.

    ``must_gain``: by how many lines the parser has to get further for the repair to be believed.
    """

    text: str
    shifts: Mapping[int, Shift]
    message: str
    line: int
    column: int
    must_gain: int = 0
    hides: bool = False


def _repaired(text: str, changes: Iterable[Change], message: str, must_gain: int = 0, hides: bool = False) -> Repaired:
    changes = sorted(changes)
    start = changes[0].start
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    return Repaired(*rewrite(text, changes), message, line, column, must_gain, hides)


def _from_notebook(text: str) -> Iterator[Repaired]:
    """A script saved from a notebook, with the notebook's commands left in it."""
    masked = mask_lines(text)
    if masked.changes:
        yield _repaired(text, masked.changes, "notebook commands were skipped", hides=masked.hides)


def _from_old(text: str) -> Iterator[Repaired]:
    found = list(old_syntax(text))
    if found:
        yield _repaired(text, _changes(found), f"old syntax was read as today's Python: {_summary(found)}")


def _from_newer(text: str) -> Iterator[Repaired]:
    found = [*newer_syntax(text), *nested_fstrings(text)]
    if found:
        needed = ".".join(map(str, max(repair.since for repair in found)))
        running = ".".join(map(str, sys.version_info[:2]))
        message = f"syntax of Python {needed}, newer than the running {running}, was read without it: {_summary(found)}"
        yield _repaired(text, _changes(found), message)


_MIXED = re.compile(r" *\t[ \t]*")


def _from_tabs(text: str) -> Iterator[Repaired]:
    """Indentation by tabs and spaces in turns, which Python 2 took for multiples of eight, and editors for four."""
    starts = [0, *(token.end for token in tokens(text) if token.kind == "newline")]
    mixed = [found for found in (_MIXED.match(text, start) for start in starts) if found]
    for size in (8, 4) if mixed else ():
        changes = [Change(found.start(), found.end(), found.group().expandtabs(size)) for found in mixed]
        yield _repaired(text, changes, f"tabs were read as {size} spaces", must_gain=1)


STEPS: tuple[Callable[[str], Iterator[Repaired]], ...] = (_from_notebook, _from_old, _from_newer, _from_tabs)
"""In the order to try; of what one step yields, the first that helps is taken."""


def _changes(found: list[Repair]) -> list[Change]:
    return [change for repair in found for change in repair.changes]


def _summary(found: list[Repair]) -> str:
    counts: dict[str, int] = {}
    for repair in found:
        counts[repair.what] = counts.get(repair.what, 0) + 1
    return ", ".join(what if times == 1 else f"{what} ({times} times)" for what, times in counts.items())
