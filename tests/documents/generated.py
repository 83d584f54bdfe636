"""The parts of documents that programs write: what stands between two marks, and what it is made from.

``python tests/documents/generated.py`` writes them all anew; `test_documents.py` compares.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _rules() -> Iterator[str]:
    from bpcheck.catalogue import catalogue

    return catalogue("markdown")


def _blocks() -> Iterator[str]:
    from bpcheck.blocks import index

    return index()


FAMILIES = {"1": "Data", "2": "Learning rate", "3": "Training", "4": "Activations, losses", "5": "Architectures"}


def _families() -> Iterator[str]:
    """A row for each family; errors, warnings and advice in a column each, in the order of their codes."""
    from bpcheck.registry import load_rules

    yield "| | errors | warnings | advice |"
    yield "|---|---|---|---|"
    for digit, family in FAMILIES.items():
        cells = [
            ", ".join(
                f"{rule.code} {rule.name}" + ("" if rule.default else "*")
                for rule in load_rules()
                if rule.code[2] == digit and str(rule.severity) == severity
            )
            for severity in ("error", "warning", "info")
        ]
        yield f"| {family} | {' | '.join(cells)} |"


PARTS: dict[str, tuple[str, str, Callable[[], Iterator[str]]]] = {
    "README.md": ("<!-- rules by family -->\n", "<!-- end of the rules by family -->\n", _families),
    "rules/README.md": (
        "<!-- bpcheck rules --output-format markdown -->\n", "<!-- end of the rules -->\n", _rules,
    ),
    "reference_impl/README.md": ("<!-- index of the blocks -->\n", "<!-- end of the index -->\n", _blocks),
}  # fmt: skip
"""By document: the mark before the part, the mark after it, and the lines between them."""


def renewed(document: str) -> str:
    """The text of a document with its part written anew; raises ``ValueError`` where a mark is not there once."""
    text = (ROOT / document).read_text(encoding="utf-8")
    begin, end, lines = PARTS[document]
    if not text.count(begin) == text.count(end) == 1:
        raise ValueError(f"{document} must hold {begin.strip()} and {end.strip()} once")
    return "".join([text.partition(begin)[0], begin, *(f"{line}\n" for line in lines()), end, text.partition(end)[2]])


def main() -> None:
    sys.path[:0] = [str(ROOT / folder) for folder in ("checker", "rules", "reference_impl")]
    for document in PARTS:
        text = renewed(document)
        if text != (ROOT / document).read_text(encoding="utf-8"):
            (ROOT / document).write_text(text, encoding="utf-8")
            print(f"wrote {document}")


if __name__ == "__main__":
    main()
