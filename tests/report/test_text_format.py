"""The report for people, as it reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bpcheck.report.style import style_for


class Terminal:
    def __init__(self, terminal: bool) -> None:
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def test_a_finding_with_proof_and_fix(bpcheck: Any, folder: Path) -> None:
    (folder / "train.py").write_text("import torch\n\nloss = DOUBLE(x)\n")
    assert bpcheck("train.py").out == (
        "train.py:3:8: error BP403 double-softmax: `DOUBLE` goes wrong\n"
        "3 | loss = DOUBLE(x)\n"
        "  |        ^^^^^^\n"
        "  1. train.py:1:1: made here\n"
        "1 | import torch\n"
        "  | ^^^^^^\n"
        "  2. train.py:3:8: used here\n"
        "  help: Take the softmax out (applied by --unsafe-fixes)\n"
        "\n"
        "Found 1 error in 1 file, 1 program.\n"
        "1 fixable with --unsafe-fixes.\n"
    )


def test_manual_help_and_mixed_summary(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("HINT\nZERO + DOUBLE + DOUBLE\n" * 2)
    out = bpcheck("a.py", "--severity", "info").out
    assert "  help: write\n            this\n" in out
    assert out.endswith(
        "Found 4 errors, 2 warnings, 2 info findings in 1 file, 1 program.\n"
        "2 fixable with --fix, 4 more with --unsafe-fixes.\n"
    )


def test_hidden_findings_are_counted(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("HINT\nHINT\nHINT\n")
    assert bpcheck("a.py").out == (
        "Nothing found in 1 file, 1 program.\n3 info findings hidden, show them with --severity info.\n"
    )
    (folder / "a.py").write_text("HINT\nZERO\n")
    assert bpcheck("a.py", "--severity", "error").out == (
        "Nothing found in 1 file, 1 program.\n1 warning and 1 info finding hidden, show them with --severity info.\n"
    )


def test_quiet_leaves_the_summary_out(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("HINT\n")
    assert bpcheck("a.py", "--quiet").out == ""


def test_the_gutter_is_as_wide_as_the_largest_line_number(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("import x\n" + "\n" * 98 + "DOUBLE\n")
    out = bpcheck("a.py").out
    assert "\n100 | DOUBLE\n    | ^^^^^^\n    1. a.py:1:1: made here\n  1 | import x\n" in out


def test_a_syntax_error_is_shown_with_its_place(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("x = (\n")
    result = bpcheck("a.py")
    assert result.code == 2
    first, *others = result.out.splitlines()
    assert first.startswith("a.py:1:5: syntax-error: '(' was never closed")
    assert others[:2] == ["1 | x = (", "  |     ^"]
    assert "1 problem kept bpcheck from checking everything." in result.out


def test_colours_do_not_change_the_words(bpcheck: Any, folder: Path) -> None:
    import re

    (folder / "a.py").write_text("import x\nDOUBLE\n")
    plain, coloured = bpcheck("a.py").out, bpcheck("a.py", "--color", "always").out
    assert "\x1b[1;31merror\x1b[0m" in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


@pytest.mark.parametrize(
    ("choice", "environment", "terminal", "colour"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": "", "TERM": "xterm"}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"FORCE_COLOR": "1", "NO_COLOR": "1"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_when_to_colour(choice: str, environment: dict[str, str], terminal: bool, colour: bool) -> None:
    assert style_for(Terminal(terminal), choice, environment).colour is colour  # type: ignore[arg-type]  # all it asks is isatty


def test_concise_has_one_line_for_each(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("import x\nDOUBLE\nZERO\n")
    assert bpcheck("a.py", "--output-format", "concise", "-q").out == (
        "a.py:2:1: error BP403 double-softmax: `DOUBLE` goes wrong [unsafe *]\n"
        "a.py:3:1: warning BP305 missing-zero: `ZERO` goes wrong [*]\n"
    )


def test_statistics(bpcheck: Any, folder: Path) -> None:
    (folder / "a.py").write_text("ZERO\n" * 10 + "DOUBLE\nHINT\n")
    result = bpcheck("a.py", "--statistics")
    assert result.out == (
        "10  BP305  warning  missing-zero (10 fixable)\n 1  BP403  error    double-softmax (1 fixable)\n"
    )
    assert result.code == 1
