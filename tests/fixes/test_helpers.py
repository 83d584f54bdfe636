"""What rules build their fixes of: edits at places of a program, in the program's own text."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from bpcheck.configs.nodes import Node
from bpcheck.configs.reading import config_source
from bpcheck.evaluate.scope import ModuleScope
from bpcheck.evaluate.values import Site
from bpcheck.findings import Edit
from bpcheck.fixes.calls import argument, removed, renamed, unwrapped, without_argument
from bpcheck.fixes.edits import apply_edits
from bpcheck.fixes.imports import from_import, name_for, swapped_import
from bpcheck.fixes.statements import after, before, moved, statement_of, under
from bpcheck.fixes.values import value
from bpcheck.sources import read_source

PATH = Path("a.py")


def scope_of(text: str) -> ModuleScope:
    return ModuleScope(PATH, "a", read_source(PATH, "a.py", text.encode()))


def call_in(text: str, name: str = "f") -> Site:
    """The call of ``name`` (or a method of that name) in ``text``."""
    scope = scope_of(text)
    assert scope.source.tree is not None
    for node in ast.walk(scope.source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == name:
            return scope.site(node)
    raise AssertionError(name)


def done(text: str, edits: Sequence[Edit | None]) -> str | None:
    made = [edit for edit in edits if edit is not None]
    return apply_edits(text.encode(), made).decode() if len(made) == len(edits) else None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("y = f(x)  # why\n", "y = x  # why\n"),
        ("y = f(x, dim=1) * 2\n", "y = x * 2\n"),
        ("y = f(a + b, 1) * 2\n", "y = (a + b) * 2\n"),
        ("return_(f(a + b))\n", "return_(a + b)\n"),
        ("import m\ny = m.f(x[0], 1).sum()\n", "import m\ny = x[0].sum()\n"),
        ("import m\ny = m.f(input=x, dim=1)\n", "import m\ny = x\n"),
        ("y = x.f(dim)\n", "y = x\n"),
        ("y = (a @ b).f(-1).g()\n", "y = (a @ b).g()\n"),
        ("y = f(\n    x,  # the scores\n    1)\n", None),
        ("y = f(*x)\n", None),
        ("é = 'é', f(x)\n", "é = 'é', x\n"),
    ],
)
def test_unwrapped(text: str, wanted: str | None) -> None:
    assert done(text, [unwrapped(call_in(text))]) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("f(a, b)\n", "f(a, b, k=1)\n"),
        ("f()\n", "f(k=1)\n"),
        ("f(a, k=2, b=3)\n", "f(a, k=1, b=3)\n"),
        ("f(a, b, 2)\n", "f(a, b, 1)\n"),
        ("f(a, (b))\n", "f(a, (b), k=1)\n"),
        ("f(\n    a,\n    b=2,  # two\n)\n", "f(\n    a,\n    b=2,\n    k=1,  # two\n)\n"),
        ("f(\n    a,\n    b=2\n)\n", "f(\n    a,\n    b=2, k=1\n)\n"),
        ("f(a, )\n", "f(a, k=1, )\n"),
        ("f(x for x in y)\n", None),
        ("f(a, **options)\n", None),
        ("f(*a)\n", None),
    ],
)
def test_an_argument(text: str, wanted: str | None) -> None:
    assert done(text, [argument(call_in(text), ["a", "b", "k"], "k", "1")]) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("f(a, k=1)\n", "f(a)\n"),
        ("f(k=1, b=2)\n", "f(b=2)\n"),
        ("f(k=1)\n", "f()\n"),
        ("f(a, k=1, b=2)\n", "f(a, b=2)\n"),
        ("f(\n    a,\n    k=1,\n)\n", "f(\n    a,\n)\n"),
        ("f(\n    a,  # first\n    k=1,\n)\n", None),
        ("f(a)\n", None),
    ],
)
def test_an_argument_left_away(text: str, wanted: str | None) -> None:
    assert done(text, [without_argument(call_in(text), "k")]) == wanted


def test_an_element_left_away() -> None:
    text = "layers = [g(), f(1)]\n"
    site = call_in(text)
    assert site.scope.source.tree is not None
    outer = next(node for node in ast.walk(site.scope.source.tree) if isinstance(node, ast.List))
    assert done(text, [removed(site, site.node, outer.elts)]) == "layers = [g()]\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("m.old(1)\n", "m.new(1)\n"), ("old(1)\n", "new(1)\n"), ("(m\n .old)(1)\n", "(m\n .new)(1)\n")],
)
def test_a_callee_renamed(text: str, wanted: str) -> None:
    assert done(text, [renamed(call_in(text, "old"), "old", "new")]) == wanted


def test_a_callee_of_another_name_is_not_renamed() -> None:
    assert renamed(call_in("other(1)\n", "other"), "old", "new") is None


def put(how: Callable[[Site, ast.stmt, str], Edit | None], text: str) -> str | None:
    site = call_in(text)
    statement = statement_of(site)
    assert statement is not None
    return done(text, [how(site, statement, "n()")])


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("f()\n", "n()\nf()\n", "f()\nn()\n"),
        ("if x:\n\tf()  # why\n", "if x:\n\tn()\n\tf()  # why\n", "if x:\n\tf()  # why\n\tn()\n"),
        ("if x:\r\n  y = f(\r\n 1)", "if x:\r\n  n()\r\n  y = f(\r\n 1)", "if x:\r\n  y = f(\r\n 1)\r\n  n()"),
        ("# a\n\n# b\n# c\nf()\n", "# a\n\nn()\n# b\n# c\nf()\n", "# a\n\n# b\n# c\nf()\nn()\n"),
        ("# a\n# %% b\nf()\n", "# a\n# %% b\nn()\nf()\n", "# a\n# %% b\nf()\nn()\n"),
        ("if x: f()\n", None, None),
        ("a = 1; f()\n", None, None),
        ("f(); a = 1\n", None, None),
    ],
)
def test_a_statement_put_in(text: str, first: str | None, last: str | None) -> None:
    assert put(before, text) == first
    assert put(after, text) == last


def test_a_statement_before_a_decorated_function() -> None:
    text = "@d\ndef g():\n    pass\n"
    scope = scope_of(text)
    assert scope.source.tree is not None
    statement = scope.source.tree.body[0]
    assert done(text, [before(scope.site(statement), statement, "n()")]) == "n()\n" + text


def test_a_statement_moved() -> None:
    text = "f()\nfor x in y:\n    # first\n    g(x)\n"
    site = call_in(text)
    scope = site.scope
    assert scope.source.tree is not None
    first, loop = scope.source.tree.body
    assert isinstance(loop, ast.For)
    assert done(text, moved(site, first, loop.body[0])) == "for x in y:\n    f()\n    # first\n    g(x)\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a = 1\nfor x in y:\n    f(x)\n\n    # then\n    g(x)  # so\nb = 2\n",
         "a = 1\nwith c():\n    for x in y:\n        f(x)\n\n        # then\n        g(x)  # so\nb = 2\n"),
        ("for x in y:\n    f('''a\n  b''')\n", None),
        ("for x in y:\n    yield_ = f(x)\n", "with c():\n    for x in y:\n        yield_ = f(x)\n"),
    ],
)  # fmt: skip
def test_a_block_under_a_context(text: str, wanted: str | None) -> None:
    site = call_in(text)
    assert site.scope.source.tree is not None
    loop = next(each for each in site.scope.source.tree.body if isinstance(each, ast.For))
    assert done(text, under(site, loop, loop, "with c():")) == wanted


@pytest.mark.parametrize(
    ("head", "name", "wanted"),
    [
        ("import torch\n", "torch.no_grad", None),
        ("import torch as T\n", "T.no_grad", None),
        ("from torch import no_grad as quiet\n", "quiet", None),
        ("from torch import nn\n", "torch.no_grad", "from torch import nn\nimport torch\n"),
        ("", "torch.no_grad", "import torch\n\n"),
        ('"""Doc."""\n', "torch.no_grad", '"""Doc."""\n\nimport torch\n'),
        ("from __future__ import annotations\n", "torch.no_grad", "from __future__ import annotations\n\nimport torch\n"),
        ("import os\n\nimport numpy\n\nfrom . import x\n", "torch.no_grad",
         "import os\n\nimport numpy\nimport torch\n\nfrom . import x\n"),
        ("import os\n\nfrom . import x\n", "torch.no_grad", "import os\n\nimport torch\n\nfrom . import x\n"),
        ("import os\nif TYPE_CHECKING:\n    import numpy\n", "torch.no_grad",
         "import os\n\nimport torch\nif TYPE_CHECKING:\n    import numpy\n"),
    ],
)  # fmt: skip
def test_the_name_of_something_of_a_library(head: str, name: str, wanted: str | None) -> None:
    text = head + "f()\n"
    found = name_for(call_in(text), "torch.no_grad")
    assert found is not None
    assert found[0] == name
    assert done(text, found[1]) == (head if wanted is None else wanted) + "f()\n"


@pytest.mark.parametrize(
    "head", ["torch = 1\n", "if TYPE_CHECKING:\n    import torch\n", "import torch\ndef g(torch):\n    pass\n"]
)
def test_a_name_that_means_something_else_is_not_used(head: str) -> None:
    found = name_for(call_in(head + "f()\n"), "torch.no_grad")
    assert found is None or found[0] == "no_grad"


@pytest.mark.parametrize(
    ("head", "wanted"),
    [
        ("from m import a\n", "from m import a, b\n"),
        ("from m import (\n    a,\n)\n", "from m import (\n    a, b,\n)\n"),
        ("from m import a as c\n", "from m import a as c, b\n"),
        ("import m\n", "import m\nfrom m import b\n"),
    ],
)
def test_imported_beside_what_is_imported_already(head: str, wanted: str) -> None:
    text = head + "f()\n"
    assert done(text, [from_import(call_in(text), "m", "b")]) == wanted + "f()\n"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("from m import f, g\nf()\n", "from m import h, g\nf()\n"),
        ("from m import f\nf()\nf\n", None),
        ("from m import f\n__all__ = ['f']\nf()\n", None),
        ("from m import f, h\nf()\n", None),
    ],
)
def test_one_import_for_another(text: str, wanted: str | None) -> None:
    assert done(text, [swapped_import(call_in(text), "f", "m", "f", "h")]) == wanted


def test_where_the_text_is_not_what_was_parsed_there_is_no_edit() -> None:
    text = "print f(x)\ny = 1\n"
    assert unwrapped(call_in(text)) is None


def scalar(name: str, text: str, key: str) -> tuple[Site, str]:
    source = config_source(text.encode(), Path(name), name)
    assert source.config is not None
    node = source.config.at(key)
    assert isinstance(node, Node)
    return ModuleScope(Path(name), name, source).site(node.mark), text


@pytest.mark.parametrize(
    ("name", "text", "new", "wanted"),
    [
        ("a.yaml", "# top\na:\n    b: torch.Old   # why\n    c: 1\n", "torch.New",
         "# top\na:\n    b: torch.New   # why\n    c: 1\n"),
        ("a.yaml", "a: {b: 'torch.Old', c: 1}\n", "torch.New", "a: {b: 'torch.New', c: 1}\n"),
        ("a.yaml", "a:\r\n  b: No # x\r\n", True, "a:\r\n  b: Yes # x\r\n"),
        ("a.yaml", "a:\n  b: false\n", True, "a:\n  b: true\n"),
        ("a.yaml", "a:\n  b: 1e-2\n", 0.5, "a:\n  b: 0.5\n"),
        ("a.json", '{"a" : {"b":"Old",\n\t"c": 1}}', "New", '{"a" : {"b":"New",\n\t"c": 1}}'),
        ("a.toml", "[a]\nb = 'Old' # x\n", "New", "[a]\nb = 'New' # x\n"),
        ("a.toml", "[a]\nb = false\n", True, "[a]\nb = true\n"),
    ],
)  # fmt: skip
def test_a_value_of_a_configuration(name: str, text: str, new: str | float | bool, wanted: str) -> None:
    site, text = scalar(name, text, "a.b")
    made = value(site, new)
    assert made is not None
    assert apply_edits(text.encode(), [made]).decode() == wanted
