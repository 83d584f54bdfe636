"""Selectors: what a code, a prefix, a name or a preset stands for."""

from __future__ import annotations

import pytest
from bpcheck.errors import UsageError
from bpcheck.rule import Rule
from bpcheck.selection import codes_of, selected_codes

OWN = {"BP001", "BP002"}


@pytest.mark.parametrize(
    ("selector", "codes"),
    [
        ("BP403", {"BP403"}),
        ("bp403", {"BP403"}),
        ("double-softmax", {"BP403"}),
        ("double_softmax", {"BP403"}),
        ("BP4", {"BP403", "BP404"}),
        ("BP", {"BP305", "BP403", "BP404", "BP510"} | OWN),
        ("all", {"BP305", "BP403", "BP404", "BP510"} | OWN),
        ("recommended", {"BP305", "BP403", "BP404"} | OWN),
        ("bugs", {"BP403"}),
        ("fastai-2018", {"BP403", "BP510"}),
        ("unused-suppression", {"BP001"}),
        ("BP0", OWN),
    ],
)
def test_meaning(word_rules: tuple[Rule, ...], selector: str, codes: set[str]) -> None:
    assert codes_of(selector, word_rules) == codes


@pytest.mark.parametrize(
    ("selector", "hint"),
    [("BP999", "BP"), ("duoble-softmax", "`double-softmax`"), ("recomended", "`recommended`"), ("", "is no rule")],
)
def test_unknown(word_rules: tuple[Rule, ...], selector: str, hint: str) -> None:
    with pytest.raises(UsageError) as error:
        codes_of(selector, word_rules)
    assert f"`{selector}`" in str(error.value)
    assert hint in str(error.value)


@pytest.mark.parametrize(
    ("select", "ignore", "extend", "codes"),
    [
        (["all"], ["BP4"], [], {"BP305", "BP510"} | OWN),
        (["BP4"], ["BP403"], [], {"BP404"}),
        (["BP403"], ["BP4"], [], {"BP403"}),
        (["BP403"], ["BP403"], [], set()),
        (["BP403"], ["double-softmax"], [], set()),
        (["double-softmax"], ["BP403"], [], set()),
        (["double-softmax"], ["BP4"], [], {"BP403"}),
        (["bugs"], [], ["BP510"], {"BP403", "BP510"}),
        (["recommended"], ["BP0"], ["contested"], {"BP305", "BP403", "BP404", "BP510"}),
    ],
)
def test_the_more_exact_selector_wins(
    word_rules: tuple[Rule, ...], select: list[str], ignore: list[str], extend: list[str], codes: set[str]
) -> None:
    assert selected_codes(word_rules, select, ignore, extend) == codes
