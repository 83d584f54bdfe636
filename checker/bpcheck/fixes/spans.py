"""Places of the program as text: what is written there, what stands round it, and edits of it.

A fix keeps the user's own text. Where that text is not what was parsed (old syntax, a magic), where it belongs to a library,
or where a comment would be lost, there is no edit: every helper then gives ``None``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from bpcheck.evaluate.values import Site
from bpcheck.findings import Edit, Fix, Safety
from bpcheck.sources.source import Range, Source, split_lines


def offer(safety: Safety, message: str, *edits: Edit | None) -> Fix | None:
    """A fix that makes all of ``edits``; ``None`` where one of them cannot be made."""
    made = [edit for edit in edits if edit is not None]
    return Fix(safety, message, tuple(dict.fromkeys(made))) if made and len(made) == len(edits) else None


def span(node: ast.AST) -> Range:
    """Where a node stands, as ``ast`` counts."""
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]


def written(source: Source, where: Range) -> str | None:
    """The text at ``where``; ``None`` where the file says it in other words than was parsed."""
    line, start, end_line, end = where
    if source.config is None and source.tree is None:
        return None
    parsed = source.lines if source.parsed is source.text else split_lines(source.parsed)
    lines = source.lines[line - 1 : end_line]
    if not lines or lines != parsed[line - 1 : end_line] or any(n in source.shifts for n in range(line, end_line + 1)):
        return None
    encoded = [each.encode() for each in lines]
    encoded[-1] = encoded[-1][:end]
    encoded[0] = encoded[0][start:]
    return b"\n".join(encoded).decode()


def text_of(site: Site, node: ast.AST | None = None) -> str | None:
    """How ``node`` of the file of ``site`` (or what stands there itself) is written."""
    return None if site.scope.framework else written(site.scope.source, span(node or site.node))


def replaced(site: Site, where: Range | ast.AST, content: str) -> Edit | None:
    """Write ``content`` in the place of ``where``, which is in the file of ``site``. A comment there would be lost."""
    where = where if isinstance(where, tuple) else span(where)
    old = None if site.scope.framework else written(site.scope.source, where)
    if old is None or ("#" in old and "\n" in old):
        return None
    return Edit(site.scope.source.place(where), content)


def inserted(site: Site, line: int, offset: int, content: str) -> Edit | None:
    """Write ``content`` at a place in the file of ``site``."""
    return replaced(site, (line, offset, line, offset), content)


@lru_cache(maxsize=8)
def _parents(tree: ast.Module) -> dict[ast.AST, ast.AST]:
    return {child: parent for parent in ast.walk(tree) for child in ast.iter_child_nodes(parent)}


def ancestors(site: Site, node: ast.AST | None = None) -> Iterator[ast.AST]:
    """What stands round ``node`` (or ``site``), from the inside out; nothing where it is no part of a file's tree."""
    tree = site.scope.source.tree
    known = _parents(tree) if tree is not None else {}
    current = known.get(node or site.node)
    while current is not None:
        yield current
        current = known.get(current)


def parent(site: Site, node: ast.AST | None = None) -> ast.AST | None:
    """What stands directly round ``node`` (or ``site``)."""
    return next(ancestors(site, node), None)


def function_round(
    site: Site, node: ast.AST | None = None
) -> ast.FunctionDef | ast.AsyncFunctionDef | ast.Module | None:
    """The function (or module) in which something stands; ``None`` for a lambda, in which there are no statements."""
    for each in ancestors(site, node):
        if isinstance(each, ast.Lambda):
            return None
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Module)):
            return each
    return None


def named_nodes(tree: ast.AST, name: str) -> list[ast.AST]:
    """All that reads or binds the plain name ``name``, imports apart."""
    found: list[ast.AST] = []
    for node in ast.walk(tree):
        bound = (
            getattr(node, "id", None) if isinstance(node, ast.Name)
            else getattr(node, "name", None) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
            else node.arg if isinstance(node, ast.arg)
            else getattr(node, "name", None) if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar))
            else None
        )  # fmt: skip
        if bound == name or (isinstance(node, (ast.Global, ast.Nonlocal)) and name in node.names):
            found.append(node)
    return found


def is_imported(site: Site, name: str) -> bool:
    """Whether the file of ``site`` binds ``name`` by an import, and by nothing else."""
    tree = site.scope.source.tree
    if tree is None:
        return False
    aliases = [each for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)) for each in node.names]
    if not any((alias.asname or alias.name.partition(".")[0]) == name for alias in aliases):
        return False
    return all(isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) for node in named_nodes(tree, name))
