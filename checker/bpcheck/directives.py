"""Comments that speak to bpcheck: found by tokenizing, so that a ``#`` inside a string is no comment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bpcheck.records import field, record
from bpcheck.sources import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from bpcheck.layout import Comment, Layout

_OWN = r"#\s*bpcheck:\s*(ignore-file|ignore|disable|enable)\b(?!-)\s*(\[[^\]]*\]?)?"
# As flake8 reads it: what follows the colon counts as a list of codes only if it looks like one.
_NOQA = r"#\s*noqa(?::[\s]?((?:[A-Z][0-9]+|[A-Z]+[0-9]+)(?:[,\s]+[A-Z]+[0-9]+)*))?"


@record(slots=True)
class Directive:
    """One comment. ``words`` lists what it names, ``None`` where it means every rule.

    ``lines`` is the range of lines of the joined text that it covers; ``column`` and ``end`` (0-based, characters)
    bound the directive's text in its line, the reason included.
    """

    kind: str
    words: tuple[str, ...] | None
    line: int
    column: int
    end: int
    own_line: bool
    lines: range = range(0)
    misplaced: bool = False
    used: set[str] = field(default_factory=set)


def may_hold_directives(text: str) -> bool:
    """Whether it is worth tokenizing ``text``: nearly all files say no, and tokenizing costs twice a parse."""
    return "bpcheck:" in text or "noqa" in text.lower() if "#" in text else False


def directives_of(source: Source) -> list[Directive]:
    """The directives in ``source``, in the order of the text."""
    if not may_hold_directives(source.text):
        return []
    from bpcheck.layout import read_layout

    layout = read_layout(source)
    found = [directive for comment in layout.comments for directive in _read(comment, layout)]
    _close_ranges(found, source)
    return found


def _read(comment: Comment, layout: Layout) -> Iterator[Directive]:
    end = comment.column + len(comment.text)
    for match in re.finditer(_OWN, comment.text):
        kind, listed = match.group(1), match.group(2)
        words = None
        if listed is not None:
            words = tuple(word.strip() for word in listed.strip("[]").split(",") if word.strip())
        start = comment.column + match.start()
        directive = Directive(kind, words, comment.line, start, end, comment.own_line, layout.covered_by(comment))
        directive.misplaced = kind == "ignore-file" and comment.line > layout.first_code_line
        yield directive
    noqa = re.search(_NOQA, comment.text, re.IGNORECASE)
    if noqa:
        words = tuple(re.split(r"[,\s]+", noqa.group(1))) if noqa.group(1) else None
        lines = range(comment.line, comment.line + 1) if comment.own_line else layout.covered_by(comment)
        yield Directive("noqa", words, comment.line, comment.column + noqa.start(), end, comment.own_line, lines)


def _close_ranges(directives: Sequence[Directive], source: Source) -> None:
    """Give each `disable` the lines up to the `enable` that lifts it, or to the end of the file or notebook cell."""
    total = len(source.lines)
    for number, directive in enumerate(directives):
        if directive.kind == "ignore-file":
            directive.lines = range(0) if directive.misplaced else range(1, total + 1)
        elif directive.kind == "enable":
            directive.lines = range(0)
        elif directive.kind == "disable":
            last = _last_line_of_cell(directive.line, source) or total
            for later in directives[number + 1 :]:
                if later.kind == "enable" and later.line <= last and _lifts(later, directive):
                    later.used.add("")
                    last = later.line
            directive.lines = range(directive.line, last + 1)


def _lifts(enable: Directive, disable: Directive) -> bool:
    return enable.words is None or enable.words == disable.words


def _last_line_of_cell(line: int, source: Source) -> int | None:
    for _, first, count in source.cells or ():
        if first <= line < first + count:
            return first + count - 1
    return None
