"""The caret line stands under the span, whatever the line holds."""

from __future__ import annotations

import pytest
from bpcheck.findings import Place
from bpcheck.report.excerpt import excerpt


def mark(line: str, span: str, width: int = 80) -> tuple[str, str]:
    start = line.index(span) + 1
    return excerpt(line, Place("a.py", 1, start, 1, start + len(span)), width)


@pytest.mark.parametrize(
    ("line", "shown", "carets"),
    [
        ("x = SPAN + 1", "x = SPAN + 1", "    ^^^^"),
        ("\tSPAN", "    SPAN", "    ^^^^"),
        ("a\tSPAN", "a   SPAN", "    ^^^^"),
        ("模型(SPAN)", "模型(SPAN)", "     ^^^^"),
        ("e\u0301 SPAN", "e\u0301 SPAN", "  ^^^^"),
        ("a\x1b[31mSPAN", "a?[31mSPAN", "      ^^^^"),
        ("'é' SPAN   ", "'é' SPAN", "    ^^^^"),
    ],
    ids=["plain", "tab", "tab amid the line", "wide", "combining", "control", "trailing blanks"],
)
def test_aligned(line: str, shown: str, carets: str) -> None:
    assert mark(line, "SPAN") == (shown, carets)


def test_the_mark_is_as_wide_as_wide_characters() -> None:
    assert mark("f(模型)", "模型") == ("f(模型)", "  ^^^^")


@pytest.mark.parametrize("before", [0, 10, 39, 70, 200])
@pytest.mark.parametrize("after", [0, 10, 200])
def test_a_long_line_is_clipped_round_the_mark(before: int, after: int) -> None:
    shown, carets = mark("x" * before + "SPAN" + "y" * after, "SPAN", 40)
    assert len(shown) <= 40
    at = carets.index("^")
    assert shown[at : at + 4] == "SPAN"
    assert carets.count("^") == 4
    assert at >= min(before, 20), "what leads to the mark is shown, too"


def test_a_span_longer_than_the_line_ends_with_it() -> None:
    shown, carets = excerpt("with open(", Place("a.py", 1, 6, 9, 3), 80)
    assert (shown, carets) == ("with open(", "     ^^^^^")


def test_a_place_past_the_end_still_has_a_mark() -> None:
    assert excerpt("x =", Place("a.py", 1, 9, 1, 9), 80) == ("x =", "   ^")


def test_a_very_long_span_is_clipped_to_the_line() -> None:
    shown, carets = mark("a = " + "S" * 300, "S" * 300, 50)
    assert len(shown) <= 50
    assert len(carets) <= 50
