"""GitHub annotations: escaped, the gravest first, and honest about the cap."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def annotations_of(bpcheck: Any, *args: str) -> list[str]:
    return list(bpcheck(*args, "--output-format", "github").out.splitlines())


def test_the_gravest_come_first(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("HINT\nZERO\nDOUBLE\n")
    commands = [line.split(" ")[0] for line in annotations_of(bpcheck, "a.py", "--severity", "info")]
    assert commands == ["::error", "::warning", "::notice"]


def test_an_annotation_with_its_proof(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("import x\nDOUBLE\n")
    assert annotations_of(bpcheck, "a.py") == [
        "::error title=bpcheck BP403 double-softmax,file=a.py,line=2,endLine=2,col=1,endColumn=7::"
        "a.py:2:1: BP403 `DOUBLE` goes wrong%0A1. a.py:1:1: made here%0A2. a.py:2:1: used here"
    ]


def test_properties_are_escaped(bpcheck: Any, folder: Path) -> None:
    (folder / "a,b:c%.py").write_text("ZERO\n")
    [line] = annotations_of(bpcheck, ".")
    assert "file=a%2Cb%3Ac%25.py," in line
    assert line.endswith("::a,b:c%25.py:1:1: BP305 `ZERO` goes wrong")


def test_more_than_github_shows(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("ZERO\n" * 10)
    assert len(annotations_of(bpcheck, "a.py")) == 10
    (folder / "a.py").write_text("ZERO\n" * 11)
    lines = annotations_of(bpcheck, "a.py")
    assert len(lines) == 12
    assert lines[0] == "::notice title=bpcheck::GitHub shows 10 of these 11 warning annotations, the log has all"


def test_what_was_not_checked_is_an_error(bpcheck: Any, folder: Path) -> None:
    assert annotations_of(bpcheck, "missing.py") == [
        "::error title=bpcheck unreadable,file=missing.py,line=1,col=1::no such file or folder"
    ]
