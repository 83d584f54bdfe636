"""Which findings a comment in the code has answered already, and which such comments answer nothing."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from bpcheck.directives import Directive, directives_of
from bpcheck.errors import UsageError, did_you_mean
from bpcheck.findings import Edit, Finding, Fix, Place, Safety, Severity
from bpcheck.rule import Rule
from bpcheck.selection import OWN, UNKNOWN_CODE, UNUSED_SUPPRESSION, codes_of
from bpcheck.sources import Source


class Suppressions:
    """The directives of one file, and what they were good for."""

    def __init__(self, source: Source, rules: Sequence[Rule]) -> None:
        self.source = source
        self.directives = directives_of(source)
        self._rules = rules
        self._meaning: dict[str, frozenset[str]] = {}

    def covers(self, finding: Finding) -> bool:
        """Whether a comment silences ``finding``; every comment that does is noted as used."""
        line = _joined_line(finding.place, self.source)
        used = [self._use(directive, finding) for directive in self.directives if line in directive.lines]
        return any(used)

    def _use(self, directive: Directive, finding: Finding) -> bool:
        if directive.words is None:
            directive.used.add("")
            return True
        words = [word for word in directive.words if finding.code in self.meaning(word)]
        directive.used.update(words)
        return bool(words)

    def meaning(self, word: str) -> frozenset[str]:
        """The codes that ``word`` stands for; none where it is unknown."""
        if word not in self._meaning:
            try:
                self._meaning[word] = codes_of(word, self._rules)
            except UsageError:
                self._meaning[word] = frozenset()
        return self._meaning[word]

    def leftovers(self, selected: Collection[str]) -> Iterator[Finding]:
        """BP001 and BP002: what the comments of this file name in vain. Ask after all findings went by.

        A comment for a rule that did not run (it is not in ``selected``) may well be needed: nothing is said of it.
        """
        for directive in self.directives:
            if directive.kind == "noqa":
                continue  # other tools judge those
            unknown = [word for word in directive.words or () if not self.meaning(word)]
            for word in unknown:
                yield self._unknown(directive, word)
            unused = [word for word in self._unused(directive, selected) if word not in unknown]
            if unused:
                yield self._unused_finding(directive, unused, unknown)

    def _unused(self, directive: Directive, selected: Collection[str]) -> list[str]:
        own = {code for code, _ in OWN}
        if directive.words is None or directive.kind == "enable":
            everything = codes_of("recommended", self._rules) - own
            return [] if "" in directive.used or not everything <= set(selected) else [""]
        meanings = {word: self.meaning(word) for word in directive.words}
        if any(UNUSED_SUPPRESSION[0] in meaning and not own.isdisjoint(meaning) for meaning in meanings.values()):
            return []
        return [
            word for word, meaning in meanings.items()
            if word not in directive.used and meaning and meaning <= set(selected)
        ]  # fmt: skip

    def _unused_finding(self, directive: Directive, unused: Sequence[str], unknown: Sequence[str]) -> Finding:
        code, name = UNUSED_SUPPRESSION
        return Finding(
            code, name, Severity.WARNING, (), _why_unused(directive, unused), _place(directive, self.source),
            fix=_removal(directive, unused, unknown, self.source),
        )  # fmt: skip

    def _unknown(self, directive: Directive, word: str) -> Finding:
        code, name = UNKNOWN_CODE
        known = [text for rule in self._rules for text in (rule.code, rule.name)]
        message = f"`{word}` is no rule of bpcheck.{did_you_mean(word, known)}".removesuffix(".")
        return Finding(code, name, Severity.WARNING, (), message, _place(directive, self.source))


def suppress(
    findings: Iterable[Finding], sources: Mapping[str, Source], rules: Sequence[Rule],
    selected_in: Callable[[str], Collection[str]], reported: Collection[str],
) -> list[Finding]:  # fmt: skip
    """``findings`` without those that a comment at their own place silences, and with BP001 and BP002.

    ``sources`` by path; ``selected_in(path)`` gives the codes in force there; what comments name in vain is told for
    the ``reported`` paths only, since the rest was not fully checked.
    """
    by_path: dict[str, Suppressions] = {}
    for path, source in sources.items():
        suppressions = Suppressions(source, rules)
        if suppressions.directives:
            by_path[path] = suppressions
    kept = [
        finding for finding in findings
        if finding.place.path not in by_path or not by_path[finding.place.path].covers(finding)
    ]  # fmt: skip
    for path, suppressions in by_path.items():
        # In a file that was read in part only, the finding that a comment answers may be in the other part.
        if path in reported and suppressions.source.complete:
            kept.extend(suppressions.leftovers(selected_in(path)))
    return kept


def _joined_line(place: Place, source: Source) -> int:
    """The line in the joined text of a notebook; in any other file the line itself."""
    for index, first, _ in source.cells or ():
        if index == place.cell:
            return first + place.line - 1
    return place.line


def _place(directive: Directive, source: Source) -> Place:
    text = source.lines[directive.line - 1]
    start, end = len(text[: directive.column].encode()), len(text[: directive.end].encode())
    return source.place((directive.line, start, directive.line, end))


def _why_unused(directive: Directive, unused: Sequence[str]) -> str:
    if directive.misplaced:
        return "`ignore-file` has no effect here: it must stand above all code of the file"
    if directive.kind == "enable":
        return "`enable` lifts nothing: no `disable` with the same rules stands above it"
    if unused == [""]:
        return f"`{directive.kind}` silences nothing here"
    return f"`{directive.kind}` of {', '.join(f'`{word}`' for word in unused)} silences nothing here"


def _removal(directive: Directive, unused: Sequence[str], unknown: Sequence[str], source: Source) -> Fix | None:
    """Take the comment out, or the unused words from its list. An `ignore-file` in the wrong place needs a person."""
    if source.cells is not None or source.shifts or directive.misplaced or directive.kind in ("disable", "enable"):
        return None
    text = source.lines[directive.line - 1]
    kept = [word for word in directive.words or () if word not in unused]
    if kept:
        start, end = text.index("[", directive.column) + 1, text.index("]", directive.column)
        place = Place(source.path, directive.line, start + 1, directive.line, end + 1)
        return Fix(Safety.SAFE, "Take the unused rules out of the comment", (Edit(place, ", ".join(kept)),))
    if directive.own_line and not text[: directive.column].strip() and directive.line < len(source.lines):
        place = Place(source.path, directive.line, 1, directive.line + 1, 1)
    else:
        start = len(text[: directive.column].rstrip())
        place = Place(source.path, directive.line, start + 1, directive.line, len(text) + 1)
    return Fix(Safety.SAFE, "Remove the comment", (Edit(place, ""),))
