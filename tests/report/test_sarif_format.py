"""SARIF: valid by the published schema, and complete enough for code scanning."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest

SCHEMA = json.loads(Path(__file__).with_name("sarif-2.1.0.schema.json").read_text(encoding="utf-8"))


@pytest.fixture
def run(bpcheck: Any, folder: Path) -> Any:
    """The run of the SARIF log for ``a.py`` with a text, valid by the schema."""

    def check(text: str, *args: str, name: str = "a.py") -> Any:
        (folder / name).write_text(text)
        log = json.loads(bpcheck(name, "--output-format", "sarif", "--severity", "info", *args).out)
        jsonschema.validate(log, SCHEMA, cls=jsonschema.Draft4Validator)
        assert log["version"] == "2.1.0"
        [only] = log["runs"]
        return only

    return check


def test_a_result_with_proof_fix_and_fingerprint(run: Any) -> None:
    [result] = run("import x\nDOUBLE\n")["results"]
    assert result["ruleId"] == "BP403"
    assert result["level"] == "error"
    assert result["message"] == {"text": "`DOUBLE` goes wrong"}
    [location] = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "a.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 7},
    }
    assert [step["message"]["text"] for step in result["relatedLocations"]] == ["made here", "used here"]
    [change] = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": "SINGLE"}
    assert list(result["partialFingerprints"]) == ["bpcheck/v1"]


def test_levels_and_rule_index(run: Any) -> None:
    only = run("DOUBLE\nZERO\nHINT\nx  # bpcheck: ignore\n")
    rules = only["tool"]["driver"]["rules"]
    levels = {}
    for result in only["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        levels[result["ruleId"]] = result["level"]
    assert levels == {"BP403": "error", "BP305": "warning", "BP404": "note", "BP001": "warning"}


def test_rules_carry_their_documentation(run: Any, monkeypatch: pytest.MonkeyPatch, word_rules: Any) -> None:
    module = sys.modules[word_rules[0].module]
    monkeypatch.setattr(module, "__doc__", "Softmax twice.\n\n## What it does\nFinds it.\n\n## Source\n- A paper\n")
    rule = next(rule for rule in run("x\n")["tool"]["driver"]["rules"] if rule["id"] == "BP403")
    assert rule["shortDescription"]["text"] == "Softmax twice."
    assert rule["fullDescription"]["text"] == "Finds it."
    assert rule["help"]["markdown"] == "## What it does\n\nFinds it.\n\n## Source\n\n- A paper"
    assert rule["help"]["text"] == "What it does\nFinds it.\n\nSource\n- A paper"
    assert rule["name"] == "DoubleSoftmax"
    assert rule["properties"]["tags"] == ["deep-learning", "T1"]


def test_what_was_not_checked_is_a_notification(run: Any) -> None:
    [invocation] = run("x = (\n")["invocations"]
    assert invocation["executionSuccessful"] is False
    [notification] = invocation["toolExecutionNotifications"]
    assert notification["descriptor"] == {"id": "syntax-error"}
    assert notification["locations"][0]["physicalLocation"]["region"]["startColumn"] == 5


def test_a_clean_run_is_valid(run: Any) -> None:
    only = run("x = 1\n")
    assert only["results"] == []
    assert only["invocations"] == [{"executionSuccessful": True}]


def test_uris_are_quoted(run: Any) -> None:
    [result] = run("ZERO\n", name="a b%é.py")["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b%25%C3%A9.py"


def test_a_path_outside_the_working_directory_is_a_file_uri(run: Any, folder: Path, monkeypatch: Any) -> None:
    (folder / "sub").mkdir()
    (folder / "out.py").write_text("ZERO\n")
    monkeypatch.chdir(folder / "sub")
    [result] = run("x = 1\n", "../out.py")["results"]
    artifact = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert artifact == {"uri": (folder / "out.py").as_uri()}


def test_a_notebook_names_the_cell(run: Any) -> None:
    cell: dict[str, object] = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": ["ZERO"],
    }
    text = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]})
    [result] = run(text, name="n.ipynb")["results"]
    assert result["locations"][0]["logicalLocations"] == [{"name": "cell 0", "kind": "module"}]
    assert "fixes" not in result
