"""Edits of statements: put one in at the right indentation, move one, or put a block under a ``with``."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from bpcheck.evaluate.values import Site
from bpcheck.findings import Edit
from bpcheck.fixes.spans import ancestors, inserted, parent, replaced, span, written


def statement_of(site: Site, node: ast.AST | None = None, block: Sequence[ast.stmt] | None = None) -> ast.stmt | None:
    """The statement that holds ``node`` (or what stands at ``site``): the innermost, or the one in ``block``."""
    for each in (node or site.node, *ancestors(site, node)):
        if isinstance(each, ast.stmt) and (block is None or any(each is other for other in block)):
            return each
    return None


def block_of(site: Site, statement: ast.stmt) -> list[ast.stmt]:
    """The statements among which ``statement`` stands."""
    outer = parent(site, statement)
    for name in ("body", "orelse", "finalbody"):
        block = getattr(outer, name, None)
        if isinstance(block, list) and any(each is statement for each in block):
            return block
    return []


def before(site: Site, statement: ast.stmt, text: str) -> Edit | None:
    """Put ``text`` in a line of its own before ``statement``, and before the comment that belongs to it."""
    line = _first_line(statement)
    indent = _indent(site, statement, line)
    if indent is None:
        return None
    place = site.scope.source.place
    while _is_comment(site, line - 1, indent) and place((line - 1, 0, line - 1, 0)).cell == place(statement).cell:
        line -= 1
    return inserted(site, line, 0, f"{indent}{text}\n")


def _is_comment(site: Site, line: int, indent: str) -> bool:
    """Whether a line is a comment to what follows; a mark for tools is none."""
    source = site.scope.source
    text = source.lines[line - 1] if line > 1 else ""
    if not text.startswith(f"{indent}#"):
        return False
    return not text.lstrip("# \t").startswith(("%%", "!", "fmt:", "ruff:", "noqa", "type:", "-*-", "bpcheck:"))


def after(site: Site, statement: ast.stmt, text: str) -> Edit | None:
    """Put ``text`` in a line of its own after ``statement``, which must be a simple one: what ends a block is not told
    from what follows it."""
    indent = _indent(site, statement, _first_line(statement))
    line = span(statement)[2]
    if indent is None or hasattr(statement, "body"):
        return None
    end = len(site.scope.source.lines[line - 1].encode())
    rest = written(site.scope.source, (line, span(statement)[3], line, end))
    if rest is None or not (not rest.strip() or rest.lstrip().startswith("#")):
        return None
    return inserted(site, line, end, f"\n{indent}{text}")


def moved(site: Site, statement: ast.stmt, target: ast.stmt) -> list[Edit | None]:
    """Put ``statement``, which stands in lines of its own, before ``target``."""
    line, start, end_line, end = span(statement)
    lines = site.scope.source.lines
    indent = _indent(site, statement, line)
    rest = written(site.scope.source, (end_line, end, end_line, len(lines[end_line - 1].encode())))
    text = written(site.scope.source, (line, start, end_line, end))
    if indent is None or rest is None or rest.strip() or text is None or "\n" in text or end_line >= len(lines):
        return [None]
    if block_of(site, statement) == [statement]:
        return [None]  # nothing would be left of its block
    return [replaced(site, (line, 0, end_line + 1, 0), ""), before(site, target, text)]


def under(site: Site, first: ast.stmt, last: ast.stmt, header: str) -> list[Edit | None]:
    """Put the statements from ``first`` to ``last`` under ``header``, such as ``with a:``, four columns deeper."""
    line, end_line = _first_line(first), span(last)[2]
    indent = _indent(site, first, line)
    block = block_of(site, first)
    inside = block[block.index(first) : block.index(last) + 1] if last in block else []
    if indent is None or not inside or any(_unfit(each) for each in inside):
        return [None]
    step = "\t" if indent.startswith("\t") else "    "
    lines = site.scope.source.lines
    edits: list[Edit | None] = [inserted(site, line, 0, f"{indent}{header}\n{step}")]
    edits += [inserted(site, n, 0, step) for n in range(line + 1, end_line + 1) if lines[n - 1].strip()]
    return edits


def _unfit(statement: ast.stmt) -> bool:
    """Whether a statement cannot simply be moved deeper: text over several lines would change with it."""
    for node in ast.walk(statement):
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and node.lineno != node.end_lineno:
            return True
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
    return False


def _first_line(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(each.lineno for each in decorators)])


def _indent(site: Site, statement: ast.stmt, line: int) -> str | None:
    """What stands before a statement that begins its line; ``None`` where it does not, or where others share the line."""
    before = written(site.scope.source, (line, 0, line, statement.col_offset)) if not site.scope.framework else None
    if before is None or before.strip():
        return before.partition("@")[0] if before is not None and before.strip() == "@" else None
    previous = site.scope.source.lines[line - 2] if line > 1 else ""
    if previous.endswith("\\"):
        return None
    end_line, end = span(statement)[2:]
    rest = site.scope.source.lines[end_line - 1].encode()[end:].decode()
    return before if not rest.lstrip().startswith(";") else None
