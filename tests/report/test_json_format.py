"""The JSON report, byte for byte where programs rely on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest


def report(bpcheck: Any, *args: str) -> Any:
    return json.loads(bpcheck(*args, "--output-format", "json").out)


def test_the_whole_document(bpcheck: Any, folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub/a.py").write_text("import x\nDOUBLE\nHINT\n")
    document = report(bpcheck, "sub")
    fingerprint = document["findings"][0].pop("fingerprint")
    assert len(fingerprint) == 16
    assert document == {
        "version": 1,
        "tool": {"name": "bpcheck", "version": "0.1.0"},
        "findings": [
            {
                "code": "BP403",
                "name": "double-softmax",
                "severity": "error",
                "practice": "T1",
                "message": "`DOUBLE` goes wrong",
                "path": "sub/a.py",
                "cell": None,
                "line": 2,
                "column": 1,
                "end_line": 2,
                "end_column": 7,
                "trace": [
                    {"path": "sub/a.py", "cell": None, "line": 1, "column": 1, "message": "made here"},
                    {"path": "sub/a.py", "cell": None, "line": 2, "column": 1, "message": "used here"},
                ],
                "fix": {
                    "applicability": "unsafe",
                    "message": "Take the softmax out",
                    "edits": [
                        {
                            "path": "sub/a.py",
                            "cell": None,
                            "line": 2,
                            "column": 1,
                            "end_line": 2,
                            "end_column": 7,
                            "content": "SINGLE",
                        }
                    ],
                },
                "manual": None,
            }
        ],
        "diagnostics": [],
        "summary": {
            "files": 1,
            "programs": 1,
            "findings": {"error": 1, "warning": 0, "info": 0},
            "hidden": 1,
            "fixable": 1,
        },
    }


def test_manual_text(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("HINT\n")
    [finding] = report(bpcheck, "a.py", "--severity", "info")["findings"]
    assert finding["manual"] == "write\n    this"
    assert finding["fix"] is None


def test_diagnostics(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("x = (\n")
    document = report(bpcheck, "a.py", "missing.py")
    assert document["diagnostics"][0].pop("message").startswith("'(' was never closed")
    assert document["diagnostics"] == [
        {"kind": "syntax-error", "path": "a.py", "cell": None, "line": 1, "column": 5},
        {"kind": "unreadable", "path": "missing.py", "cell": None, "line": 1, "column": 1,
         "message": "no such file or folder"},
    ]  # fmt: skip


def test_order_is_path_line_column_code(bpcheck: Any, folder: Path) -> None:
    (folder / "b.py").write_text("ZERO\n")
    (folder / "a.py").write_text("x\nZERO + DOUBLE\nDOUBLE\n")
    findings = report(bpcheck, "b.py", "a.py")["findings"]
    assert [(f["path"], f["line"], f["column"], f["code"]) for f in findings] == [
        ("a.py", 2, 1, "BP305"),
        ("a.py", 2, 8, "BP403"),
        ("a.py", 3, 1, "BP403"),
        ("b.py", 1, 1, "BP305"),
    ]


def fingerprints(bpcheck: Any, folder: Path, text: str) -> list[str]:
    (folder / "a.py").write_text(text)
    return [finding["fingerprint"] for finding in report(bpcheck, "a.py")["findings"]]


def test_fingerprints_survive_what_moves_around_them(bpcheck: Any, folder: Path) -> None:
    before = fingerprints(bpcheck, folder, "import x\nDOUBLE(1)\nDOUBLE(1)\nZERO\n")
    assert len(set(before)) == 3
    assert fingerprints(bpcheck, folder, "import x\n\n# more\nif y:\n    DOUBLE(1)\n  \nDOUBLE(1)\nZERO\n") == before
    assert fingerprints(bpcheck, folder, "import x\nDOUBLE(2)\nDOUBLE(1)\nZERO\n")[0] not in before


def test_fingerprints_tell_files_apart(bpcheck: Any, folder: Path) -> None:
    for name in ("a.py", "b.py"):
        (folder / name).write_text("ZERO\n")
    first, second = report(bpcheck, ".")["findings"]
    assert first["fingerprint"] != second["fingerprint"]


def test_the_same_input_gives_the_same_bytes(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("import x\nDOUBLE\nZERO é\n")
    assert bpcheck(".", "--output-format", "json").out == bpcheck(".", "--output-format", "json").out


def test_jsonl_is_one_object_a_line(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("ZERO\nDOUBLE\n")
    lines = bpcheck("a.py", "missing.py", "--output-format", "jsonl").out.splitlines()
    diagnostic, *findings = [json.loads(line) for line in lines]
    assert diagnostic["kind"] == "unreadable"
    assert findings == report(bpcheck, "a.py")["findings"]


@pytest.mark.parametrize("name", ["b\udcff.py", "名前.py", "a b.py"])
def test_any_file_name(bpcheck: Any, folder: Path, name: str) -> None:
    (folder / name).write_text("ZERO\n")
    [finding] = report(bpcheck, ".")["findings"]
    assert finding["path"] == name
