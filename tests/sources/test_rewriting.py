"""Columns survive any change within lines."""

from __future__ import annotations

from bpcheck.sources.rewriting import Change, chain, rewrite
from hypothesis import given
from hypothesis import strategies as st


def test_columns_are_mapped_back() -> None:
    text, shifts = rewrite("ab\nprint x, y\n", [Change(8, 9, "("), Change(13, 13, ")"), Change(9, 10, "long")])
    assert text == "ab\nprint(long, y)\n"
    assert [shifts[2].original(column) for column in (0, 5, 6, 10, 12, 13, 14)] == [0, 5, 6, 7, 9, 10, 10]
    assert list(shifts) == [2]


def test_of_overlapping_changes_the_first_wins() -> None:
    assert rewrite("abcd", [Change(1, 3, "-"), Change(2, 4, "+")])[0] == "a-d"


def test_two_rewrites_are_chained() -> None:
    once, first = rewrite("%time f(x)", [Change(0, 6, "")])
    twice, second = rewrite(once, [Change(0, 0, "await ")])
    assert twice == "await f(x)"
    column = twice.index("x")
    for shift in reversed(chain({1: (first[1],)}, second)[1]):
        column = shift.original(column)
    assert "%time f(x)"[column] == "x"


@st.composite
def changed(draw: st.DrawFn) -> tuple[str, list[Change]]:
    text = draw(st.text("abc\n", max_size=40))
    changes, position = [], 0
    while position < len(text):
        start = draw(st.integers(position, len(text)))
        line_end = text.find("\n", start)
        end = draw(st.integers(start, min(start + 4, line_end if line_end >= 0 else len(text))))
        changes.append(Change(start, end, draw(st.text("XY", max_size=4))))
        position = max(end, start + 1)
    return text, changes


@given(changed())
def test_what_was_kept_is_found_where_it_stood(case: tuple[str, list[Change]]) -> None:
    text, changes = case
    new, shifts = rewrite(text, changes)
    before, after = text.split("\n"), new.split("\n")
    assert len(before) == len(after)
    for number, line in enumerate(after, 1):
        for column, letter in enumerate(line):
            original = shifts[number].original(column) if number in shifts else column
            assert 0 <= original <= len(before[number - 1])
            if letter in "abc":
                assert before[number - 1][original] == letter
