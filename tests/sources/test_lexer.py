"""Our tokens against those of the standard library, on code that both can read."""

from __future__ import annotations

import io
import random
import re
import sysconfig
import tokenize
from pathlib import Path

import pytest
from bpcheck.sources.lexer import statements, tokens

STANDARD_LIBRARY = Path(sysconfig.get_path("stdlib"))

_FORMATTED = re.compile(r"""\b[rR]?[fFtT][rR]?['"]""")  # one token before Python 3.12, many since


def sample(count: int) -> list[Path]:
    files = sorted(path for path in STANDARD_LIBRARY.glob("*.py") if path.name[0] != "_")
    plain = [path for path in files if not _FORMATTED.search(path.read_text(encoding="utf-8"))]
    return random.Random(7).sample(plain, min(count, len(plain)))


@pytest.mark.parametrize("file", sample(25), ids=lambda file: file.name)
def test_names_are_those_of_the_standard_tokenizer(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    expected = [token.string for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type == 1]
    found = [token.text for token in tokens(text) if token.kind == "name"]
    assert found == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a; b\n", ["a", "b"]),
        ("if x: print\nelse: y\n", ["if x :", "print", "else :", "y"]),
        ("f(a,\n  b)\nc\n", ["f ( a , b )", "c"]),
        ("x = {1: 2}\n", ["x = { 1 : 2 }"]),
        ("x: int = 3\n", ["x : int = 3"]),
        ("if lambda: x: y\n", ["if lambda : x :", "y"]),
        ("a \\\n  b\n# c\n\nd", ["a b", "d"]),
        ('"""\na\n""" + b # c\n', ['"""\na\n""" + b']),
        ("x = (\ndef f(): pass\n", ["x = (", "def f ( ) :", "pass"]),
        ("x = '\ny\n", ["x = '", "y"]),
    ],
)
def test_statements(text: str, expected: list[str]) -> None:
    assert [" ".join(token.text for token in statement) for statement in statements(text)] == expected


@pytest.mark.parametrize("text", ["'" * 7, '"""' + 'x"' * 20_000, "'''" + "\\" * 50_001, "(" * 50_000, "a" * 100_000])
def test_no_text_takes_long(text: str) -> None:
    assert "".join(token.text for token in tokens(text)) == text
