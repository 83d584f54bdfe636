"""Where the comments of a file stand, and which lines of code each of them speaks about."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Sequence

from bpcheck.records import field, record
from bpcheck.sources import Source
from bpcheck.sources.reading import CONFIGS

_NO_CODE = frozenset((
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER,
    tokenize.ENCODING,
))  # fmt: skip


@record(frozen=True, slots=True)
class Comment:
    """A comment: its text from the ``#`` on, its line, and its column (0-based). Alone on its line or after code."""

    text: str
    line: int
    column: int
    own_line: bool


@record(slots=True)
class Layout:
    """Comments, and statements as (first line, last line, whether it is a decorator) in the order of the text.

    A compound statement is its header only: what stands on a `for` line speaks about that line, not about the loop.
    """

    comments: list[Comment] = field(default_factory=list)
    statements: list[tuple[int, int, bool]] = field(default_factory=list)
    code_lines: set[int] = field(default_factory=set)

    @property
    def first_code_line(self) -> float:
        return min(self.code_lines, default=float("inf"))

    def covered_by(self, comment: Comment) -> range:
        """The lines that a suppression in ``comment`` covers.

        After code on the first line of a statement: the statement. On a line of its own: the statement below, with
        the decorators that lead to it. Amid a statement: the one line beside or below it.
        """
        for number, (first, last, _) in enumerate(self.statements):
            if last < comment.line:
                continue
            if not comment.own_line:
                return range(first, last + 1) if comment.line == first else range(comment.line, comment.line + 1)
            if first < comment.line:
                below = min(line for line in self.code_lines if line > comment.line)
                return range(below, below + 1)
            return range(first, _end_of_decorated(self.statements, number) + 1)
        return range(comment.line, comment.line + 1)


def read_layout(source: Source) -> Layout:
    """Tokenize ``source``. Where the tokenizer gives up, what stands before that place still holds."""
    if source.file.suffix in CONFIGS:
        return _of_config(source)
    layout = Layout()
    # Parsed text: the same lines as the file's, with everything masked that is no Python.
    reader = io.StringIO(source.parsed, newline=None).readline
    first, decorator = 0, False
    try:
        for token in tokenize.generate_tokens(reader):
            line, column = token.start
            if token.type == tokenize.COMMENT:
                own_line = not token.line[:column].strip()
                layout.comments.append(Comment(token.string, line, column, own_line))
            elif token.type == tokenize.NEWLINE:
                layout.statements.append((first, line, decorator))
                first = 0
            elif token.type not in _NO_CODE:
                layout.code_lines.update(range(line, token.end[0] + 1))
                if not first:
                    first, decorator = line, token.string == "@"
    except (tokenize.TokenError, SyntaxError):
        pass
    return layout


def _of_config(source: Source) -> Layout:
    """The entries of a configuration file are its statements; what is written in lines that overlap is one."""
    from bpcheck.configs.comments import comments_and_entries
    from bpcheck.configs.text import Text

    layout = Layout()
    text = Text(source.text)
    comments, entries = comments_and_entries(source)
    for start, end in comments:
        line, column = text.person(start)
        own_line = not source.lines[line - 1][: column - 1].strip()
        layout.comments.append(Comment(source.text[start:end], line, column - 1, own_line))
    for start, end in entries:
        first, last = text.person(start)[0], text.person(max(start, end - 1))[0]
        if layout.statements and first <= layout.statements[-1][1]:
            first, before, _ = layout.statements.pop()
            last = max(last, before)
        layout.statements.append((first, last, False))
        layout.code_lines.update(range(first, last + 1))
    layout.code_lines.difference_update(comment.line for comment in layout.comments if comment.own_line)
    return layout


def _end_of_decorated(statements: Sequence[tuple[int, int, bool]], number: int) -> int:
    while statements[number][2] and number + 1 < len(statements):
        number += 1
    return statements[number][1]
