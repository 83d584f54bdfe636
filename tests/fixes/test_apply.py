"""Rounds of fixes: they reach a fixed point, and what breaks its promise is taken back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bpcheck.findings import Diagnostic, Edit, Finding, Fix, Place, Safety, Severity
from bpcheck.fixes.apply import Fixed, fix_all
from bpcheck.result import Result

Rewrite = Callable[[str], str]


def words(contents: dict[str, bytes], rewrites: dict[str, str]) -> Result:
    """Each word of ``rewrites`` is a finding that its replacement is said to mend; `(` alone does not parse."""

    def findings() -> Iterator[Finding]:
        for path, data in contents.items():
            for number, line in enumerate(data.decode().splitlines(), 1):
                for match in re.finditer(r"\w+", line):
                    if match.group() in rewrites:
                        place = Place(path, number, match.start() + 1, number, match.end() + 1)
                        fix = Fix(Safety.SAFE, "mend", (Edit(place, rewrites[match.group()]),))
                        yield Finding(match.group(), "word", Severity.WARNING, (), "is wrong", place, fix=fix)

    broken = [Diagnostic("syntax-error", "broken", path) for path, data in contents.items() if b"(" in data]

    def line_at(place: Place) -> str:
        return contents[place.path].decode().splitlines()[place.line - 1]

    return Result(findings=list(findings()), diagnostics=broken, line_at=line_at)


def fix(text: str, rewrites: dict[str, str]) -> Fixed:
    return fix_all({"a.py": text.encode()}, lambda contents: words(contents, rewrites), (Safety.SAFE,))


def test_all_that_do_not_overlap_go_in_one_round() -> None:
    checks = []

    def check(contents: dict[str, bytes]) -> Result:
        checks.append(contents)
        return words(contents, {"A": "a"})

    fixed = fix_all({"a.py": b"A\n" * 100}, check, (Safety.SAFE,))
    assert fixed.contents == {"a.py": b"a\n" * 100}
    assert fixed.applied == {"A": 100}
    assert len(checks) == 2


def test_what_breaks_the_syntax_is_taken_back_and_the_rest_stays() -> None:
    fixed = fix("A B\nC\n", {"A": "a", "B": "(", "C": "c"})
    assert fixed.contents == {"a.py": b"a B\nc\n"}
    assert [finding.code for finding in fixed.result.findings] == ["B"]
    [note] = fixed.notes
    assert note.startswith("The fix of B at a.py:1:3 was left out: a.py would not be readable any more")


def test_what_leaves_the_finding_is_taken_back() -> None:
    fixed = fix("A\nC\n", {"A": "A", "C": "c"})
    assert fixed.contents == {"a.py": b"A\nc\n"}
    assert fixed.notes == ["The fix of A at a.py:1:1 was left out: it would leave the finding as it is."]


def test_what_puts_another_finding_in_its_place_is_taken_back() -> None:
    fixed = fix("A\nC\n", {"A": "B", "B": "b", "C": "c"})
    assert fixed.contents == {"a.py": b"A\nc\n"}
    assert fixed.notes == ["The fix of A at a.py:1:1 was left out: it would lead to B in a.py."]


def test_two_rules_that_fight_come_to_rest() -> None:
    fixed = fix("A\n", {"A": "B", "B": "A"})
    assert fixed.contents == {"a.py": b"A\n"}


def test_overlapping_fixes_wait_for_the_next_round() -> None:
    def check(contents: dict[str, bytes]) -> Result:
        found = words(contents, {"A": "a"}).findings
        place = Place("a.py", 1, 1, 1, len(contents["a.py"].decode().rstrip()) + 1)
        if b"!" not in contents["a.py"]:
            whole = Fix(Safety.SAFE, "mark", (Edit(place, contents["a.py"].decode().rstrip() + "!"),))
            found.append(Finding("W", "whole", Severity.WARNING, (), "has no mark", place, fix=whole))
        return Result(findings=found)

    fixed = fix_all({"a.py": b"A A\n"}, check, (Safety.SAFE,))
    assert fixed.contents == {"a.py": b"a a!\n"}
    assert fixed.applied == {"A": 2, "W": 1}


def test_a_fix_that_would_change_a_file_not_given_is_left_out() -> None:
    def check(contents: dict[str, bytes]) -> Result:
        place = Place("model.py", 1, 1, 1, 1)
        away = Fix(Safety.SAFE, "mend", (Edit(place, "x"),))
        return Result(findings=[Finding("A", "a", Severity.ERROR, (), "is wrong", place, fix=away)])

    fixed = fix_all({"a.py": b"x\n"}, check, (Safety.SAFE,))
    assert fixed.contents == {"a.py": b"x\n"}
    assert "model.py, which is not among the given paths" in fixed.notes[0]


def test_unsafe_fixes_only_where_asked() -> None:
    def check(contents: dict[str, bytes]) -> Result:
        result = words(contents, {"A": "a"})
        return Result(findings=[
            Finding(f.code, f.name, f.severity, (), f.message, f.place,
                    fix=Fix(Safety.UNSAFE, "mend", f.fix.edits if f.fix else ()))
            for f in result.findings
        ])  # fmt: skip

    assert fix_all({"a.py": b"A\n"}, check, (Safety.SAFE,)).contents == {"a.py": b"A\n"}
    assert fix_all({"a.py": b"A\n"}, check, (Safety.SAFE, Safety.UNSAFE)).contents == {"a.py": b"a\n"}


def test_endless_chains_are_cut_and_told() -> None:
    def check(contents: dict[str, bytes]) -> Result:
        number = int(contents["a.py"])
        place = Place("a.py", 1, 1, 1, len(str(number)) + 1)
        up = Fix(Safety.SAFE, "count", (Edit(place, str(number + 1)),))
        return Result(findings=[Finding("N", "n", Severity.WARNING, (), f"{number}", place, fix=up)] * (99 - number))

    fixed = fix_all({"a.py": b"1"}, check, (Safety.SAFE,))
    assert fixed.contents == {"a.py": b"11"}
    assert "did not settle within 10 rounds" in fixed.notes[-1]
