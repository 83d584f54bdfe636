"""Rounds of fixes up to a fixed point, each held against what the next check says.

Nothing is written here: the rounds run on contents in memory. A fix stays only if the file still parses, the finding is
gone and no other has come in its place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from bpcheck.findings import Diagnostic, Edit, Finding, Safety
from bpcheck.fixes.edits import CannotEditError, apply_edits, overlap
from bpcheck.records import field, record
from bpcheck.result import Result, can_be_applied

MOST_ROUNDS = 10

Contents = dict[str, bytes]
Check = Callable[[Contents], Result]


@record(slots=True)
class Fixed:
    """Where the rounds ended: the contents of the files by path, what is still found in them, and what was done."""

    contents: Contents
    result: Result
    applied: Counter[str] = field(default_factory=Counter)
    #: The files that were changed together, by one fix each: they are written all or none.
    together: set[frozenset[str]] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


@record(slots=True)
class _State:
    contents: Contents
    result: Result
    refused: set[tuple[str, ...]] = field(default_factory=set)


def fix_all(contents: Mapping[str, bytes], check: Check, safeties: Collection[Safety]) -> Fixed:
    """Apply every fix of the given ``safeties`` in ``contents``, which holds the files that may be changed."""
    state = _State(dict(contents), check(dict(contents)))
    fixed = Fixed(state.contents, state.result)
    for _ in range(MOST_ROUNDS):
        chosen = _without_overlaps(_candidates(state, safeties, fixed))
        if not chosen:
            break
        if not _try(state, chosen, check, fixed) and len(chosen) > 1:
            _halves(state, chosen, check, fixed, safeties)
    else:
        if _candidates(state, safeties, fixed):
            fixed.notes.append(f"The fixes did not settle within {MOST_ROUNDS} rounds; run again for the rest.")
    fixed.contents, fixed.result = state.contents, state.result
    return fixed


def _candidates(state: _State, safeties: Collection[Safety], fixed: Fixed) -> list[Finding]:
    """The findings whose fixes are still to be tried. One that would change a file not given is told and left out."""
    candidates = []
    for finding in state.result.findings:
        if not can_be_applied(finding, *safeties) or _key(finding, state) in state.refused:
            continue
        outside = sorted({edit.place.path for edit in _edits(finding)} - state.contents.keys())
        if outside:
            _refuse(state, finding, fixed, f"it would change {outside[0]}, which is not among the given paths")
        else:
            candidates.append(finding)
    return candidates


def _without_overlaps(findings: Iterable[Finding]) -> list[Finding]:
    """The first of those whose edits touch the same text; the others wait for the next round."""
    chosen: list[Finding] = []
    for finding in findings:
        if not any(overlap(_edits(finding), _edits(other)) for other in chosen):
            chosen.append(finding)
    return chosen


def _halves(
    state: _State, findings: Sequence[Finding], check: Check, fixed: Fixed, safeties: Collection[Safety]
) -> None:
    """Find out which of ``findings`` do not keep their promise, half by half, so that the others still go in."""
    # Keys, since every fix that goes in moves the places of the others.
    keys = list(dict.fromkeys(_key(finding, state) for finding in findings))
    middle = len(keys) // 2
    for half in filter(None, (keys[:middle], keys[middle:])):
        standing = [finding for finding in _candidates(state, safeties, fixed) if _key(finding, state) in half]
        standing = _without_overlaps(standing)
        if len(half) == 1:
            if standing:
                _try(state, standing[:1], check, fixed)
        elif standing and not _try(state, standing, check, fixed) and len(standing) > 1:
            _halves(state, standing, check, fixed, safeties)


def _try(state: _State, findings: Sequence[Finding], check: Check, fixed: Fixed) -> bool:
    """Apply the fixes of ``findings`` if that does what it promises; a single one that does not is refused for good."""
    try:
        contents = _edited(state.contents, findings)
    except CannotEditError as error:
        why: str | None = str(error)
    else:
        result = check(dict(contents))
        why = _objection(state.result, result, findings)
        if why is None:
            state.contents, state.result = contents, result
            fixed.applied.update(finding.code for finding in findings)
            fixed.together |= {frozenset(edit.place.path for edit in _edits(finding)) for finding in findings}
            return True
    if len(findings) == 1:
        _refuse(state, findings[0], fixed, why or "")
    return False


def _edited(contents: Contents, findings: Sequence[Finding]) -> Contents:
    by_path: dict[str, list[Edit]] = {}
    for finding in findings:
        for edit in _edits(finding):
            by_path.setdefault(edit.place.path, []).append(edit)
    return {**contents, **{path: apply_edits(contents[path], edits) for path, edits in by_path.items()}}


def _objection(before: Result, after: Result, fixed: Sequence[Finding]) -> str | None:
    """What speaks against a round of fixes; ``None`` if nothing does."""
    failures = Counter(map(_failure, after.diagnostics)) - Counter(map(_failure, before.diagnostics))
    if failures:
        path, failure = min(failures)
        return f"{path} would not be readable any more ({failure})"
    was, now = _by_kind(before.findings), _by_kind(after.findings)
    new = sorted(kind for kind, count in now.items() if count > was[kind])
    if new:
        return f"it would lead to {new[0][0]} in {new[0][1]}"
    if any(now[kind] > was[kind] - count for kind, count in _by_kind(fixed).items()):
        return "it would leave the finding as it is"
    return None


def _failure(diagnostic: Diagnostic) -> tuple[str, str]:
    return diagnostic.path, diagnostic.kind


def _by_kind(findings: Iterable[Finding]) -> Counter[tuple[str, str]]:
    return Counter((finding.code, finding.place.path) for finding in findings)


def _refuse(state: _State, finding: Finding, fixed: Fixed, why: str) -> None:
    state.refused.add(_key(finding, state))
    fixed.notes.append(f"The fix of {finding.code} at {finding.place} was left out: {why}.")


def _key(finding: Finding, state: _State) -> tuple[str, ...]:
    """The same for a finding whose line has moved."""
    line = state.result.line_at(finding.place) or ""
    return finding.code, finding.place.path, finding.message, " ".join(line.split())


def _edits(finding: Finding) -> tuple[Edit, ...]:
    return finding.fix.edits if finding.fix else ()
