"""One file that was read: its text, its syntax tree, and the way back from the tree to places in the file."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from pathlib import Path

from bpcheck.findings import Diagnostic, Place

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    from bpcheck.configs.nodes import Node
    from bpcheck.sources.rewriting import Shift

Range = tuple[int, int, int, int]
"""Line (1-based), byte offset (0-based), end line, end byte offset: what ``ast`` notes on a node."""

Located: TypeAlias = "ast.AST | Range"

Cell = tuple[int, int, int]
"""Index of a notebook cell (markdown cells count), its first line in the joined text, its number of lines."""


def split_lines(text: str) -> list[str]:
    """The lines as Python's tokenizer counts them: a form feed, unlike in ``str.splitlines``, ends no line."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.split("\n")


class Source:
    """A file, read. ``tree`` is None where nothing could be parsed (or the notebook is not in Python).

    ``complete`` is False when something of the file is missing from ``tree``: then nothing may be called absent in it.
    ``text`` is always what the file says; where old syntax was repaired, the tree belongs to ``parsed`` instead, which
    has the same lines. ``runs`` says of a notebook's cells, by their index, as which they were last run; a cell that
    was not run since the kernel started is not in it.
    """

    __slots__ = (
        "_cell_starts",
        "_lines",
        "_parsed_lines",
        "_plain",
        "cells",
        "complete",
        "config",
        "diagnostics",
        "file",
        "parsed",
        "path",
        "runs",
        "shifts",
        "text",
        "tree",
    )  # fmt: skip

    def __init__(
        self, path: str, file: Path, text: str, tree: ast.Module | None, *,
        diagnostics: tuple[Diagnostic, ...] = (), complete: bool = True, cells: Sequence[Cell] | None = None,
        parsed: str | None = None, shifts: Mapping[int, Sequence[Shift]] | None = None,
        runs: Mapping[int, int] | None = None,
    ) -> None:  # fmt: skip
        self.path = path
        self.file = file
        self.text = text
        self.tree = tree
        self.diagnostics = diagnostics
        self.complete = complete
        self.cells = cells
        self.parsed = text if parsed is None else parsed
        self.shifts = shifts or {}
        #: What a configuration file says; it has no ``tree``.
        self.config: Node | None = None
        self.runs = runs or {}
        self._plain = cells is None and not self.shifts and self.parsed.isascii()
        self._lines: list[str] | None = None
        self._parsed_lines: list[str] | None = None
        self._cell_starts: list[int] | None = None

    def __repr__(self) -> str:
        return f"Source({self.path!r})"

    @property
    def lines(self) -> list[str]:
        """The lines of ``text`` without their ends; line n is ``lines[n - 1]``."""
        if self._lines is None:
            self._lines = split_lines(self.text)
        return self._lines

    def place(self, where: Located) -> Place:
        """Where a node (or an ``ast``-style range) stands in the file, for people: see :class:`Place`."""
        line, start, end_line, end = where if isinstance(where, tuple) else _range(where)
        if self._plain:
            return Place(self.path, line, start + 1, end_line, end + 1)
        column, end_column = self._column(line, start), self._column(end_line, end)
        cell: int | None = None
        if self.cells:
            cell, first = self._cell(line)
            line, end_line = line - first + 1, end_line - first + 1
        return Place(self.path, line, column, end_line, end_column, cell)

    def _column(self, line: int, offset: int) -> int:
        """The 1-based character column of a byte offset in a line of the parsed text, as the file's text has it."""
        if self._parsed_lines is None:
            self._parsed_lines = self.lines if self.parsed is self.text else split_lines(self.parsed)
        text = self._parsed_lines[line - 1] if line <= len(self._parsed_lines) else ""
        column = offset if text.isascii() else len(text.encode()[:offset].decode(errors="ignore"))
        for shift in reversed(self.shifts.get(line, ())):
            column = shift.original(column)
        return column + 1

    def _cell(self, line: int) -> tuple[int, int]:
        """The cell that holds a line of the joined text, and the cell's first line."""
        assert self.cells
        if self._cell_starts is None:
            self._cell_starts = [first for _, first, _ in self.cells]
        cell, first, _ = self.cells[max(bisect_right(self._cell_starts, line) - 1, 0)]
        return cell, first


def _range(node: ast.AST) -> Range:
    """The span of a node; one without a position of its own (``arguments``, ``withitem``) spans its children."""
    try:
        return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]
    except AttributeError:
        placed = [_range(child) for child in ast.iter_child_nodes(node) if next(ast.iter_child_nodes(child), None)]
        placed += [_range(child) for child in ast.iter_child_nodes(node) if hasattr(child, "lineno")]
    if not placed:
        return 1, 0, 1, 0
    return *min(inner[:2] for inner in placed), *max(inner[2:] for inner in placed)
