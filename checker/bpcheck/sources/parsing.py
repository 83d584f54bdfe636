"""Text to ``ast``, with one exception for everything that can go wrong."""

from __future__ import annotations

import ast
import warnings

_TOO_DEEP = "is nested too deeply for Python's parser"


class Unparsable(Exception):
    """The text is no Python; ``line`` and ``column`` are 1-based, columns count characters."""

    def __init__(self, message: str, line: int = 1, column: int = 1, *, indentation: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.indentation = indentation


def parse(text: str) -> ast.Module:
    """The tree of ``text``; raises :class:`Unparsable` only, and prints no SyntaxWarning."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise Unparsable(
            error.msg, max(error.lineno or 1, 1), max(error.offset or 1, 1),
            indentation=isinstance(error, IndentationError),
        ) from None  # fmt: skip
    except (RecursionError, MemoryError):
        raise Unparsable(_TOO_DEEP, _deepest(text)) from None
    except ValueError as error:
        raise Unparsable(str(error)) from None


def _deepest(text: str) -> int:
    """The longest line: the parser does not say where it gave up, and deep nesting takes room."""
    lines = text.split("\n")
    return 1 + max(range(len(lines)), key=lambda number: len(lines[number]))
