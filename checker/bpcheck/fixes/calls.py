"""Edits of a call: its arguments, the function that is called, or the call itself taken away."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from bpcheck.evaluate.values import Site
from bpcheck.findings import Edit
from bpcheck.fixes.spans import inserted, is_imported, parent, replaced, span, text_of, written

#: What binds so tightly that ``.method()`` can follow and any operator can stand before it.
_PRIMARY = (
    ast.Name, ast.Attribute, ast.Subscript, ast.Call, ast.List, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp,
    ast.JoinedStr, ast.GeneratorExp,
)  # fmt: skip


def unwrapped(site: Site) -> Edit | None:
    """``f(x, ...)`` and ``x.f(...)`` become ``x``, with parentheses where ``x`` needs them."""
    call = site.node
    if not isinstance(call, ast.Call):
        return None
    inner = _operand(site, call)
    text = None if inner is None else text_of(site, inner)
    if inner is None or text is None:
        return None
    lost = (written(site.scope.source, gap) for gap in _gaps(call, inner))
    if any(each is None or "#" in each for each in lost):
        return None
    outer = parent(site)
    free = isinstance(outer, (ast.Return, ast.Assign, ast.Call, ast.keyword, ast.Expr)) and "\n" not in text
    if not (isinstance(inner, _PRIMARY) or (free and not isinstance(inner, (ast.NamedExpr, ast.Starred, ast.Yield)))):
        text = f"({text})"
    return Edit(site.scope.source.place(call), text)


def _operand(site: Site, call: ast.Call) -> ast.expr | None:
    """What a function such as ``softmax`` is applied to: the first argument of a module's function, else what it is a
    method of."""
    function = call.func
    root = function
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name) or not (function is root or is_imported(site, root.id)):
        return function.value if isinstance(function, ast.Attribute) else None
    if call.args:
        return None if isinstance(call.args[0], ast.Starred) else call.args[0]
    return next((keyword.value for keyword in call.keywords if keyword.arg == "input"), None)


def _gaps(call: ast.Call, inner: ast.expr) -> list[tuple[int, int, int, int]]:
    line, start, end_line, end = span(call)
    inner_line, inner_start, inner_end_line, inner_end = span(inner)
    return [(line, start, inner_line, inner_start), (inner_end_line, inner_end, end_line, end)]


def renamed(site: Site, old: str, new: str) -> Edit | None:
    """``a.old(...)`` becomes ``a.new(...)``, and ``old(...)`` becomes ``new(...)``."""
    call = site.node
    function = call.func if isinstance(call, ast.Call) else None
    if isinstance(function, ast.Attribute) and function.attr == old and function.end_col_offset is not None:
        end_line = function.end_lineno or function.lineno
        width = len(old.encode())
        where = end_line, function.end_col_offset - width, end_line, function.end_col_offset
        return replaced(site, where, new) if written(site.scope.source, where) == old else None
    if isinstance(function, ast.Name) and function.id == old:
        return replaced(site, function, new)
    return None


def argument(site: Site, parameters: list[str], name: str, value: str) -> Edit | None:
    """Pass ``name=value``, in the place of what is passed for it now. ``parameters`` are the names by position.

    ``None`` where what is passed now comes out of a ``*`` or ``**``.
    """
    call = site.node
    if not isinstance(call, ast.Call):
        return None
    if any(isinstance(each, ast.Starred) for each in call.args) or any(key.arg is None for key in call.keywords):
        return None
    given = next((key.value for key in call.keywords if key.arg == name), None)
    index = parameters.index(name) if name in parameters else len(call.args)
    if given is None and index < len(call.args):
        given = call.args[index]
    return replaced(site, given, value) if given is not None else _added(site, call, f"{name}={value}")


def _added(site: Site, call: ast.Call, text: str) -> Edit | None:
    given = sorted([*call.args, *(key.value for key in call.keywords)], key=span)
    _, _, end_line, end = span(call)
    if not given:
        return inserted(site, end_line, end - 1, text)
    last = given[-1]
    if isinstance(last, ast.GeneratorExp) and len(given) == 1:
        return None  # its parentheses are those of the call
    _, _, line, offset = span(last)
    tail = written(site.scope.source, (line, offset, end_line, end - 1))
    if tail is None:
        return None
    at, comma = _end_of_arguments(tail)
    before = tail[:at]
    line += before.count("\n")
    offset = len(before.rpartition("\n")[2].encode()) + (0 if "\n" in before else offset)
    alone = _indent_of(site, last, call)
    if not comma:
        return inserted(site, line, offset, f", {text}")
    return inserted(site, line, offset, f" {text}," if alone is None else f"\n{alone}{text},")


def _end_of_arguments(tail: str) -> tuple[int, bool]:
    """Where the last argument (with its parentheses and comma) ends in what follows it, and whether there is a comma."""
    at, comma, position, comment = 0, False, 0, False
    for position, character in enumerate(tail, 1):
        if comment:
            comment = character != "\n"
        elif character == "#":
            comment = True
        elif character in "),":
            at, comma = position, comma or character == ","
    return at, comma


def _indent_of(site: Site, last: ast.expr, call: ast.Call) -> str | None:
    """The indentation of the last argument where each argument stands in a line of its own."""
    line = last.lineno if not isinstance(last, ast.keyword) else last.value.lineno
    text = site.scope.source.lines[line - 1]
    return text[: len(text) - len(text.lstrip())] if line != call.lineno else None


def without_argument(site: Site, name: str) -> Edit | None:
    """Leave the keyword argument ``name`` away, with one comma."""
    call = site.node
    key = next((each for each in call.keywords if each.arg == name), None) if isinstance(call, ast.Call) else None
    return removed(site, key, [*call.args, *call.keywords]) if key is not None and isinstance(call, ast.Call) else None


def removed(site: Site, item: ast.AST, items: Sequence[ast.AST]) -> Edit | None:
    """Take ``item`` out of a list of ``items`` that are parted by commas: with what parts it from its neighbour."""
    ordered = sorted(items, key=span)
    at = ordered.index(item)
    line, start, end_line, end = span(item)
    if at:
        _, _, line, start = span(ordered[at - 1])
    elif len(ordered) > 1:
        end_line, end = span(ordered[1])[:2]
    else:
        return replaced(site, item, "")
    gap = written(site.scope.source, (line, start, end_line, end))
    own = text_of(site, item)
    if gap is None or own is None or "#" in gap or ")" in gap.replace(own, "", 1) or "(" in gap.replace(own, "", 1):
        return None
    return replaced(site, (line, start, end_line, end), "")
