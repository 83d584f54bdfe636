"""JSON with places. Python's own parser reads it: but for three words, JSON is an expression of Python."""

from __future__ import annotations

import ast
import warnings

from bpcheck.configs.nodes import Node, mark, unknown
from bpcheck.configs.reading import Unreadable
from bpcheck.sources.source import Source

_WORDS = {"true": True, "false": False, "null": None, "NaN": float("nan"), "Infinity": float("inf")}


def read_json(text: str, source: Source) -> Node | None:
    """The object at the top, or ``None`` where something else stands there."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "\/" is an escape of JSON's, not of Python's
            tree = ast.parse(f"(\n{text}\n)", mode="eval")
    except SyntaxError as error:
        raise Unreadable(f"is no JSON: {error.msg}", max((error.lineno or 2) - 1, 1), error.offset or 1) from error
    except ValueError as error:
        raise Unreadable(f"is no JSON: {error}") from error
    return _node(tree.body, source)


def _node(raw: ast.expr, source: Source) -> Node:
    last = raw.lineno == raw.end_lineno
    line = source.lines[raw.lineno - 2] if raw.lineno - 2 < len(source.lines) else ""
    end = raw.end_col_offset if last and raw.end_col_offset is not None else len(line.encode())
    place = mark(raw.lineno - 1, raw.col_offset, raw.lineno - 1, end)
    if isinstance(raw, ast.Dict):
        made = Node("mapping", source, place)
        for key, value in zip(raw.keys, raw.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                made.items[_text(key.value)], made.keys[_text(key.value)] = _node(value, source), _node(key, source)
        return made
    if isinstance(raw, ast.List):
        made = Node("sequence", source, place)
        made.elements = [_node(each, source) for each in raw.elts]
        return made
    made = Node("scalar", source, place)
    if isinstance(raw, ast.Constant):
        made.value = _text(raw.value) if isinstance(raw.value, str) else raw.value
        return made
    inner = raw.operand if isinstance(raw, ast.UnaryOp) and isinstance(raw.op, ast.USub) else None
    if isinstance(inner, ast.Constant) and isinstance(inner.value, (int, float)):
        made.value = -inner.value
        return made
    if isinstance(raw, ast.Name) and raw.id in _WORDS:
        made.value = _WORDS[raw.id]
        return made
    return unknown(made, "no value of JSON")


def _text(value: str) -> str:
    return value.replace("\\/", "/") if "\\/" in value else value
