"""The table in rules/README.md is what the program prints."""

from __future__ import annotations

from pathlib import Path

from bpcheck.catalogue import catalogue

README = Path(__file__).parents[2] / "rules" / "README.md"
BEGIN, END = "<!-- bpcheck rules --output-format markdown -->\n", "<!-- end of the rules -->\n"


def test_the_table_is_up_to_date() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    table = text.partition(BEGIN)[2].partition(END)[0]
    assert table.splitlines() == list(catalogue("markdown")), "put the output of the command between the marks"
