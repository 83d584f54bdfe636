"""How a file calls something of a library: by the imports that it has, or by one that is added in the right block."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator

from bpcheck.evaluate.values import Site
from bpcheck.findings import Edit
from bpcheck.fixes.spans import inserted, named_nodes, replaced, span


def name_for(site: Site, qualified: str) -> tuple[str, list[Edit | None]] | None:
    """The name of ``qualified`` (``torch.no_grad``) in the file of ``site``, and what has to be imported for it.

    Only what is imported at the top of the file is used, and no name that the file binds otherwise, too.
    """
    tree = site.scope.source.tree
    if tree is None or site.scope.framework:
        return None
    known = dict(_bound(tree))
    parts = qualified.split(".")
    for length in range(len(parts), 0, -1):
        prefix = ".".join(parts[:length])
        for name, target in known.items():
            if target == prefix and _is_free(tree, name):
                return ".".join([name, *parts[length:]]), []
    root, name = parts[0], parts[-1]
    if len(parts) == 2 and root not in known and _is_free(tree, root):
        return qualified, [_new_import(site, tree, root, f"import {root}")]
    if name not in known and _is_free(tree, name):
        return name, [from_import(site, ".".join(parts[:-1]), name)]
    return None


def from_import(site: Site, module: str, name: str) -> Edit | None:
    """Import ``name`` from ``module``: beside what is imported from there already, if anything is."""
    tree = site.scope.source.tree
    if tree is None:
        return None
    for statement in _leading(tree):
        if isinstance(statement, ast.ImportFrom) and statement.module == module and not statement.level:
            last = statement.names[-1]
            if last.name == "*":
                continue
            _, _, line, end = span(last)
            return inserted(site, line, end, f", {name}")
    return _new_import(site, tree, module.partition(".")[0], f"from {module} import {name}")


def swapped_import(site: Site, bound: str, module: str, old: str, new: str) -> Edit | None:
    """``from module import old`` becomes ``from module import new``, where nothing but the call at ``site`` uses it."""
    tree = site.scope.source.tree
    if tree is None or len(named_nodes(tree, bound)) != 1 or bound in _exported(tree) or not _is_free(tree, new):
        return None
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom) and statement.module == module and not statement.level:
            for alias in statement.names:
                if alias.name == old and (alias.asname or alias.name) == bound and new not in dict(_bound(tree)):
                    line, start, _, _ = span(alias)
                    return replaced(site, (line, start, line, start + len(old.encode())), new)
    return None


def _exported(tree: ast.Module) -> set[object]:
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _bound(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """What the imports at the top level bind, with what they bind it to."""
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            for alias in statement.names:
                yield alias.asname or alias.name, f"{statement.module}.{alias.name}"


def _is_free(tree: ast.Module, name: str) -> bool:
    """Whether nothing but imports at the top level binds ``name`` anywhere in the file."""
    top = [
        alias
        for statement in tree.body
        if isinstance(statement, (ast.Import, ast.ImportFrom))
        for alias in statement.names
    ]
    inner = [alias for node in ast.walk(tree) if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names]
    again = [alias for alias in inner if alias not in top and (alias.asname or alias.name.partition(".")[0]) == name]
    bound = {(alias.asname or alias.name.partition(".")[0]): alias.name for alias in top}
    several = len(
        {alias.name.partition(".")[0] for alias in top if (alias.asname or alias.name.partition(".")[0]) == name}
    )
    stores = [
        node for node in named_nodes(tree, name) if not (isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    ]
    return not again and not stores and (name not in bound or several == 1)


def _leading(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements of the block of imports at the top: a docstring, and whatever else is between them, left out."""
    for statement in tree.body:
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            yield statement
        elif isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.With)):
            return


def _new_import(site: Site, tree: ast.Module, root: str, text: str) -> Edit | None:
    """A line ``text`` among the imports: behind those of the same package, or else the last of its kind (the standard
    library's first, then others), and always behind the docstring and ``from __future__``."""

    def rank(statement: ast.stmt) -> int:
        module = (
            statement.names[0].name if isinstance(statement, ast.Import) else getattr(statement, "module", "") or ""
        )
        if isinstance(statement, ast.ImportFrom) and statement.level:
            return 3
        top = module.partition(".")[0]
        return -1 if top == "__future__" else 0 if top in sys.stdlib_module_names else 1

    leading = list(_leading(tree))
    own = 0 if root in sys.stdlib_module_names else 1
    same = [each for each in leading if any(_root(alias, each) == root for alias in getattr(each, "names", ()))]
    earlier = [each for each in leading if rank(each) <= own]
    anchor = (same or earlier)[-1] if same or earlier else None
    if anchor is None:
        first = tree.body[0] if tree.body else None
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
            return _behind(site, first, f"\n\n{text}")
        line = min([first.lineno, *(each.lineno for each in getattr(first, "decorator_list", ()))]) if first else 1
        return inserted(site, line, 0, f"{text}\n" if leading else f"{text}\n\n")
    new_block = rank(anchor) != own and not same
    return _behind(site, anchor, f"\n\n{text}" if new_block else f"\n{text}")


def _root(alias: ast.alias, statement: ast.stmt) -> str:
    if isinstance(statement, ast.ImportFrom):
        return (statement.module or "").partition(".")[0] if not statement.level else ""
    return alias.name.partition(".")[0]


def _behind(site: Site, statement: ast.stmt, text: str) -> Edit | None:
    _, _, line, end = span(statement)
    whole = site.scope.source.lines[line - 1].encode()
    rest = whole[end:].decode().strip()
    return inserted(site, line, len(whole), text) if not rest or rest.startswith("#") else None
