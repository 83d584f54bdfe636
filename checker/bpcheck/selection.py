"""Which rules a selector means: a code, a prefix of codes, a name, or a preset."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from bpcheck.errors import UsageError, did_you_mean
from bpcheck.findings import Severity
from bpcheck.rule import Rule

PRESETS: dict[str, Callable[[Rule], bool]] = {
    "all": lambda rule: True,
    "recommended": lambda rule: rule.default,
    "bugs": lambda rule: rule.severity is Severity.ERROR,
    # The practices of the course as they were said there, those that are contested by now among them.
    "fastai-2018": lambda rule: bool(rule.practice),
}

# The tool's own findings: no function over a program reports them, yet they are selected and ignored as any other.
UNUSED_SUPPRESSION = ("BP001", "unused-suppression")
UNKNOWN_CODE = ("BP002", "unknown-code-in-suppression")
OWN = (UNUSED_SUPPRESSION, UNKNOWN_CODE)


def codes_of(selector: str, rules: Sequence[Rule]) -> frozenset[str]:
    """The codes that ``selector`` stands for; raises :class:`UsageError` for one that stands for none."""
    preset = PRESETS.get(selector.lower())
    if preset:
        own = OWN if selector.lower() in ("all", "recommended") else ()
        return frozenset([rule.code for rule in rules if preset(rule)] + [code for code, _ in own])
    names = [(rule.code, rule.name) for rule in rules] + list(OWN)
    wanted = selector.upper()
    named = selector.lower().replace("_", "-")
    codes = frozenset(code for code, name in names if name == named or (wanted and code.startswith(wanted)))
    if not codes:
        known = [*PRESETS, *(word for pair in names for word in pair)]
        raise UsageError(f"`{selector}` is no rule, code prefix or preset.{did_you_mean(selector, known)}")
    return codes


def selected_codes(
    rules: Sequence[Rule], select: Iterable[str], ignore: Iterable[str], extend_select: Iterable[str] = ()
) -> frozenset[str]:
    """The codes in force. A more exact selector wins, as a code in ``select`` over its prefix in ``ignore``."""
    decided: dict[str, tuple[int, bool]] = {}
    for wanted, selectors in ((True, [*select, *extend_select]), (False, list(ignore))):
        for selector in selectors:
            for code in codes_of(selector, rules):
                exactness = _exactness(selector, code)
                if exactness >= decided.get(code, (-1, False))[0]:
                    decided[code] = (exactness, wanted)
    return frozenset(code for code, (_, wanted) in decided.items() if wanted)


def _exactness(selector: str, code: str) -> int:
    """How narrowly ``selector`` names ``code``: a preset least, then prefixes by length, a name as much as the code."""
    if selector.lower() in PRESETS:
        return 0
    return len(selector) if code.startswith(selector.upper()) else len(code)
