"""Syntax that the running Python may not know: read without it, and said which Python it takes."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from bpcheck.sources import read_source
from bpcheck.sources.newer_fstrings import nested_fstrings
from bpcheck.sources.newer_syntax import newer_syntax
from bpcheck.sources.rewriting import rewrite


@pytest.mark.parametrize(
    ("newer", "older", "since"),
    [
        ("type X = int", "X = int", (3, 12)),
        ("type X[T: (int, str)] = list[T]", "X                = list[T]", (3, 12)),
        ("def f[T](x: T) -> T: return x", "def f   (x: T) -> T: return x", (3, 12)),
        ("async def f[T, *Ts](x): pass", "async def f        (x): pass", (3, 12)),
        ("class A[T]: pass", "class A   : pass", (3, 12)),
        ("class A[\n    T,\n](B): pass", "class A\\\n\\\n (B): pass", (3, 12)),
        ("try: x\nexcept A, B.C: y", "try: x\nexcept (A, B.C): y", (3, 14)),
        ("try: x\nexcept* A: y", "try: x\nexcept  A: y", (3, 11)),
        ('x = t"{a}" + rt"b"', 'x = f"{a}" + rf"b"', (3, 14)),
        ("lazy import torch", "import torch", (3, 15)),
        ("x = 1\ntype = 3\ntype(x)\nx[type]\ndef f(x: list[int]): pass", None, None),
    ],
)
def test_newer_forms(newer: str, older: str | None, since: tuple[int, int] | None) -> None:
    found = list(newer_syntax(newer, running=(3, 9)))
    changed, _ = rewrite(newer, [change for repair in found for change in repair.changes])
    assert changed == (newer if older is None else older)
    assert {repair.since for repair in found} == ({since} if since else set())
    ast.parse(changed if since != (3, 11) else "pass")


@pytest.mark.parametrize(
    ("newer", "older"),
    [
        ('f"{a["x"]}"', "f'''{a[\"x\"]}'''"),
        ("f'{a['x']:>{b['w']}}'", "f'''{a['x']:>{b['w']}}'''"),
        ("f\"{'\\n'.join(a)}\\n\"", "f'''{'  '.join(a)}\\n'''"),
        ('f"{{{a["x"]}}}" + "y"', "f'''{{{a[\"x\"]}}}''' + \"y\""),
        ('f"{f"{f\'{x}\'}"}"', "f'''{f\"{f'{x}'}\"}'''"),
        ('f"{a}" + f"{b!r:>3}" + f"{{" + f"{c[\'d\']}"', None),
        ('"{a["', None),
        ('x = f"{a', None),
    ],
)
def test_nested_fstrings(newer: str, older: str | None) -> None:
    found = list(nested_fstrings(newer, running=(3, 11)))
    changed, _ = rewrite(newer, [change for repair in found for change in repair.changes])
    assert changed == (newer if older is None else older)
    if older is not None:
        ast.parse(changed)


def test_nothing_is_newer_than_the_future() -> None:
    assert not list(newer_syntax("type X = int\nlazy import x\n", running=(4, 0)))
    assert not list(nested_fstrings('f"{a["x"]}"', running=(3, 12)))


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python knows it")
def test_the_diagnostic_names_both_versions() -> None:
    source = read_source(Path("a.py"), data=b'import torch\ntype X = int\nprint(f"{a["x"]}")\n')
    assert source.complete
    [diagnostic] = source.diagnostics
    running = f"{sys.version_info[0]}.{sys.version_info[1]}"
    message = f"syntax of Python 3.12, newer than the running {running}, was read without it"
    assert diagnostic.message == f"{message}: `type` statement, nested f-string"
    assert (diagnostic.kind, diagnostic.line, diagnostic.column, diagnostic.fatal) == ("repaired-syntax", 2, 1, False)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="this Python does not know it")
def test_what_the_running_python_knows_is_not_told() -> None:
    assert not read_source(Path("a.py"), data=b'type X = int\nprint(f"{a["x"]}")\n').diagnostics
