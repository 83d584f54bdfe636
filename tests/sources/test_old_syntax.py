"""Python 2 and early Python 3: what each old form becomes, and that nothing else is touched."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from bpcheck.findings import Place
from bpcheck.sources import Source, read_source

# Something that no Python of today parses, so that the rest of the file is looked at with other eyes.
OLD = "raise E, 'x'\n"


def read(text: str) -> Source:
    return read_source(Path("train.py"), data=text.encode())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("x.cuda(async=True)", "x.cuda(async_=True)", id="async-keyword"),
        pytest.param("def f(x, async=False): return async", "def f(x, async_=False): return async_", id="async-name"),
        pytest.param("async def f():\n    async with a: pass", None, id="async-itself"),
        pytest.param("print", None, id="print-nothing"),
        pytest.param("print x", "print(x)", id="print"),
        pytest.param("print'a'", "print('a')", id="print-without-space"),
        pytest.param('print "a" % b, c', 'print("a" % b, c)', id="print-several"),
        pytest.param("print 'a',", "print('a',)", id="print-comma"),
        pytest.param("print >>f, x", "print(  f, x)", id="print-to-file"),
        pytest.param("print 'a' % \\\n  b # c", "print('a' % \\\n  b) # c", id="print-continued"),
        pytest.param("print f(a,\n  b)", "print(f(a,\n  b))", id="print-over-lines"),
        pytest.param("if a: print x; print y", "if a: print(x); print(y)", id="print-in-one-line-suite"),
        pytest.param("for i in x: print lambda: i", "for i in x: print(lambda: i)", id="print-lambda"),
        pytest.param("print not x, [y]", "print(not x, [y])", id="print-operator"),
        pytest.param("print (a), b", None, id="print-brackets"),
        pytest.param("print -x", None, id="print-minus-is-a-difference"),
        pytest.param("print = x\nprint.y\nx = print", None, id="print-as-a-name"),
        pytest.param("exec 'x'", "exec('x')", id="exec"),
        pytest.param("exec code in names", "exec(code ,  names)", id="exec-in"),
        pytest.param("try: x\nexcept E, e: y", "try: x\nexcept E as e: y", id="except"),
        pytest.param("try: x\nexcept E,e: y", "try: x\nexcept E as e: y", id="except-without-space"),
        pytest.param("try: x\nexcept (A, B), e: y", "try: x\nexcept (A, B) as e: y", id="except-several"),
        pytest.param("try: x\nexcept E, (a, b): y", "try: x\nexcept E: y", id="except-unpacked"),
        pytest.param("try: x\nexcept (A, B): y", None, id="except-today"),
        pytest.param("raise E, 'a', tb", "raise E( 'a', tb)", id="raise"),
        pytest.param("raise E('a', b)", None, id="raise-today"),
        pytest.param("x = `y`", "x = repr(y)", id="backticks"),
        pytest.param("x = '`' # `", None, id="backtick-in-string"),
        pytest.param("a <> b", "a != b", id="not-equal"),
        pytest.param("x = 0777 + 00 + 0 + 10 + 0.07 + 0x1F", "x = 0o777 + 00 + 0 + 10 + 0.07 + 0x1F", id="octal"),
        pytest.param("x = 10L + 0xFFl + 017L", "x = 10 + 0xFF + 0o17", id="long"),
        pytest.param('x = ur"a\\d"', 'x = r"a\\d"', id="unicode-raw"),
        pytest.param('x = "C:\\Users"', 'x = r"C:\\Users"', id="no-unicode-escape"),
        pytest.param('x = "\\u00e9 \\N{BULLET}"', None, id="unicode-escape"),
        pytest.param("f = lambda (k, v): v", "f = lambda  k, v : v", id="lambda-unpacks"),
        pytest.param("def f(a, (b, (c, d)), e=(1, 2)): x", "def f(a,  b,  c, d  , e=(1, 2)): x", id="def-unpacks"),
        pytest.param("f = lambda x=(1, 2): (x, 3)", None, id="lambda-default"),
        pytest.param("def f(a: (1, 2), b=g(c, (d))) -> (int): x", None, id="def-annotated"),
    ],
)
def test_old_forms(old: str, new: str | None) -> None:
    source = read(OLD + old + "\n")
    assert source.parsed == f"raise E( 'x')\n{old if new is None else new}\n"
    assert source.text == OLD + old + "\n"
    assert source.complete
    assert source.tree is not None
    [diagnostic] = source.diagnostics
    assert (diagnostic.kind, diagnostic.fatal) == ("repaired-syntax", False)


def test_what_was_repaired_is_told_once_with_the_first_place() -> None:
    source = read("import torch\nx = 1; print x\nfor y in z:\n    print y\n    y.cuda(async=True)\n")
    [diagnostic] = source.diagnostics
    message = "old syntax was read as today's Python: print statement (2 times), `async` as a name"
    assert diagnostic.message == message
    assert (diagnostic.line, diagnostic.column) == (2, 13)


def test_places_are_those_of_the_file_not_of_the_repair() -> None:
    text = "try: a\nexcept E,err: print `x`, 017L, yy; zz = 'é', err\n"
    source = read(text)
    assert source.tree is not None
    found = {
        node.id: source.place(node)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Name) and node.id not in ("print", "repr")
    }
    line = text.split("\n")[1]
    for name in ("x", "yy", "zz", "E"):
        column = line.index(name, 6 if name != "x" else 20) + 1
        assert found[name] == Place("train.py", 2, column, 2, column + len(name))
    assert found["err"].column == line.rindex("err") + 1


def test_a_call_made_of_a_print_statement_spans_the_statement() -> None:
    source = read("print   x, y # z\n")
    assert source.tree is not None
    assert source.place(source.tree.body[0]) == Place("train.py", 1, 1, 1, 13)


def test_line_ends_and_latin_1_make_no_difference() -> None:
    source = read_source(Path("a.py"), data=b"# caf\xe9\r\nprint '\xe9', x\r\n")
    assert source.tree is not None
    assert source.complete
    assert [diagnostic.kind for diagnostic in source.diagnostics] == ["encoding", "repaired-syntax"]
    name = next(node for node in ast.walk(source.tree) if isinstance(node, ast.Name) and node.id == "x")
    assert source.place(name) == Place("a.py", 2, 12, 2, 13)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("if a:\n\tb\n        c\nd = 1\n", 8),
        ("class A:\n    def f(self):\n\treturn self\n", 8),
        ("if a:\n    if b:\n\tc\n    else:\n\tprint d\n", 8),
        ("if a:\n\tb\n    c\n", 4),
    ],
)
def test_tabs_and_spaces_in_turns(text: str, size: int) -> None:
    source = read(text)
    assert source.complete
    assert f"tabs were read as {size} spaces" in [diagnostic.message for diagnostic in source.diagnostics]
    assert source.tree is not None
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name) and node.id != "print":
            place = source.place(node)
            assert source.lines[place.line - 1][place.column - 1 : place.end_column - 1] == node.id


def test_tabs_within_a_string_stay() -> None:
    text = 'if a:\n\tb = """\n\t c\n"""\n        d\n'
    source = read(text)
    assert source.tree is not None
    constants = [node.value for node in ast.walk(source.tree) if isinstance(node, ast.Constant)]
    assert constants == ["\n\t c\n"]


def test_a_script_saved_from_a_notebook() -> None:
    source = read("!pip install torch\n%matplotlib inline\nimport torch\nx = 7 \\\n  % 3\n")
    assert source.parsed == "pass\npass\nimport torch\nx = 7 \\\n  % 3\n"
    assert source.complete
    assert [diagnostic.message for diagnostic in source.diagnostics] == ["notebook commands were skipped"]


def test_a_notebook_script_that_runs_another_is_not_complete() -> None:
    source = read("%run other.py\nx = 1\n")
    assert source.tree is not None
    assert not source.complete
    assert not any(diagnostic.fatal for diagnostic in source.diagnostics)
