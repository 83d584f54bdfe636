"""Comments in configuration files that speak to bpcheck."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bpcheck.directives import directives_of

from .reading import read

Check = Callable[..., list[tuple[str, int]]]

HEAD = "optimizer: DOUBLE\n"
TOML = "[optimizer]\n"


@pytest.fixture
def found(bpcheck: Any, folder: Path) -> Check:
    """The findings (code, line) in a configuration that is named, or is in the folder that is checked."""

    def check(text: str, name: str = "train.yaml", path: str = "") -> list[tuple[str, int]]:
        (folder / name).write_text(text)
        report = json.loads(bpcheck(path or name, "--output-format", "json").out)
        return [(finding["code"], finding["line"]) for finding in report["findings"]]

    return check


@pytest.mark.parametrize(
    "text",
    [
        "optimizer: DOUBLE  # bpcheck: ignore\n",
        "optimizer: DOUBLE  # bpcheck: ignore[BP403] soft targets\n",
        "optimizer: DOUBLE # noqa: BP403\n",
        "optimizer: DOUBLE # noqa\n",
        "# bpcheck: ignore[double-softmax]\noptimizer: DOUBLE\n",
        "a: 1\n# bpcheck: ignore[BP403]\n\n# why\noptimizer: DOUBLE\n",
        "# bpcheck: ignore-file[BP403]\n---\na: 1\noptimizer: DOUBLE\n",
        "# bpcheck: disable[BP403]\noptimizer: DOUBLE\nb: DOUBLE\n# bpcheck: enable[BP403]\n",
        "optimizer:\n  # bpcheck: ignore[BP403]\n  name: DOUBLE\n",
        "optimizer: {  # bpcheck: ignore[BP403]\n  a: 1, b: DOUBLE,\n}\n",
        "optimizer: [\n  # bpcheck: ignore[BP403]\n  DOUBLE,\n]\n",
        "optimizer: |  # bpcheck: ignore[BP403]\n  some\n  DOUBLE\n",
        "optimizer:\n- DOUBLE  # bpcheck: ignore[BP403]\n",
        "\ufeffé: 'é'  # é\noptimizer: DOUBLE  # bpcheck: ignore[BP403]\n",
    ],
)
def test_silenced_in_yaml(found: Check, text: str) -> None:
    assert found(text) == []
    assert found(text.replace("\n", "\r\n")) == []


@pytest.mark.parametrize(
    "text",
    [
        "[optimizer]\nname = 'DOUBLE'  # bpcheck: ignore[BP403] why\n",
        "[optimizer]\nname = 'DOUBLE' # noqa: BP403\n",
        "# bpcheck: ignore[BP403]\n[DOUBLE.optimizer]\n",
        "# bpcheck: ignore-file\n[optimizer]\nname = 'DOUBLE'\n",
        "[optimizer]\n# bpcheck: disable\nname = 'DOUBLE'\n# bpcheck: enable\n",
        "[optimizer]\nnames = [ # bpcheck: ignore[BP403]\n  'DOUBLE',\n]\n",
        "[optimizer]\nnames = [\n  1,  # comment ]\n  # bpcheck: ignore[BP403]\n  'DOUBLE',\n]\n",
        '[optimizer]\n# bpcheck: ignore[BP403]\ntext = """\nDOUBLE\n"""\n',
    ],
)
def test_silenced_in_toml(found: Check, text: str) -> None:
    assert found(text, "train.toml") == []


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        (HEAD + "b: '# bpcheck: ignore-file'\n", [("BP403", 1)]),
        (HEAD + "b: '\n  # bpcheck: disable\n  '\n", [("BP403", 1)]),
        ("a: |\n  # bpcheck: disable\noptimizer: DOUBLE\n", [("BP403", 3)]),
        ("a: >-\n\n  x\n  # bpcheck: disable\noptimizer: DOUBLE\n", [("BP403", 5)]),
        ("optimizer: DOUBLE#bpcheck:ignore\n", [("BP403", 1)]),
        ("optimizer:  # bpcheck: ignore[BP403]\n  name: DOUBLE\n", [("BP001", 1), ("BP403", 2)]),
        ("# bpcheck: ignore[BP403]\na: 1\noptimizer: DOUBLE\n", [("BP001", 1), ("BP403", 3)]),
        ("optimizer: DOUBLE\n# bpcheck: ignore-file\n", [("BP001", 2), ("BP403", 1)]),
        ("optimizer: 1  # bpcheck: ignore[BP999]\n", [("BP002", 1)]),
        ("optimizer: 1  # bpcheck: ignore[BP403]\n", [("BP001", 1)]),
    ],
)
def test_not_silenced_in_yaml(found: Check, text: str, findings: list[tuple[str, int]]) -> None:
    assert sorted(found(text)) == findings


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        (TOML + "a = 'DOUBLE'\nb = '# bpcheck: ignore-file'\n", [("BP403", 2)]),
        (TOML + 'b = """\n# bpcheck: disable\n"""\na = "DOUBLE"\n', [("BP403", 5)]),
        (TOML + "a = 1  # bpcheck: ignore[BP403]\n", [("BP001", 2)]),
    ],
)
def test_not_silenced_in_toml(found: Check, text: str, findings: list[tuple[str, int]]) -> None:
    assert sorted(found(text, "train.toml")) == findings


def test_json_has_no_comments(found: Check) -> None:
    text = '{"optimizer": "DOUBLE"}\n// # bpcheck: ignore-file\n'
    assert found(text, "train.json") == [("BP403", 1)]


@pytest.mark.parametrize("name", ["other.yaml", "pyproject.toml"])
def test_what_is_not_checked_has_no_unused_comments(found: Check, name: str) -> None:
    comment = "# bpcheck: ignore[BP403]\n" + ("[tool.x]\n" if name.endswith("toml") else "a: 1\n")
    assert found(comment, name, ".") == []
    assert found(comment, name) == []


def test_an_unused_comment_is_taken_out(bpcheck: Any, folder: Path) -> None:
    (folder / "train.yaml").write_text("optimizer: 1  # bpcheck: ignore[BP403]\n# bpcheck: ignore[BP305]\nlr: 'é'\n")
    assert bpcheck("train.yaml", "--fix").code == 0
    assert (folder / "train.yaml").read_text() == "optimizer: 1\nlr: 'é'\n"


def test_what_does_not_parse_has_no_directives() -> None:
    assert directives_of(read("a: 'x\n# bpcheck: ignore\n")) == []
