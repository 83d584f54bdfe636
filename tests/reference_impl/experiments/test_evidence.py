"""What is committed as evidence: complete, computed from its own runs, of the code as it is, and what the pages say."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from bpcheck.documentation import documentation_of
from bpcheck.practices import PRACTICES
from bpcheck.registry import BUILT_IN, collect
from bpcheck_reference.experiments import results
from bpcheck_reference.experiments.catalogue import code_hash, experiment, files
from bpcheck_reference.experiments.experiment import SEEDS
from bpcheck_reference.experiments.plot import digest
from bpcheck_reference.experiments.report import INDEX, documents, index, page

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "reference_impl" / "evidence"
FOUND = documents(FOLDER)
RULES = collect([BUILT_IN])
NUMBER: dict[str, Any] = {"type": "number"}
NUMBERS: dict[str, Any] = {"type": "array", "items": NUMBER, "minItems": 2}
ARM = {
    "type": "object",
    "required": ["name", "values", "mean", "std", "seconds"],
    "properties": {"name": {"type": "string"}, "values": NUMBERS, "mean": NUMBER, "std": NUMBER, "seconds": NUMBER},
}
DIFFERENCE = {
    "type": "object",
    "required": ["mean", "ci95"],
    "properties": {"mean": NUMBER, "ci95": {**NUMBERS, "maxItems": 2}},
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": [
        "version", "practice", "experiment", "question", "data", "metric", "higher_is_better", "arms", "difference",
        "verdict", "seeds", "size", "device", "versions", "seconds", "commit", "command",
    ],
    "properties": {
        "version": {"const": 1},
        "practice": {"type": "array", "items": {"enum": list(PRACTICES)}},
        "question": {"type": "string", "pattern": r"\?$"},
        "higher_is_better": {"type": "boolean"},
        "arms": {"type": "array", "items": ARM, "minItems": 2},
        "difference": DIFFERENCE,
        "verdict": {"enum": ["helps", "no effect", "hurts"]},
        "seeds": {"type": "array", "items": {"type": "integer"}, "minItems": 5},
        "size": {"enum": ["small", "full"]},
        "versions": {"type": "object", "required": ["python", "torch"]},
        "seconds": NUMBER,
    },
}  # fmt: skip

# A measured figure, as against a setting such as a learning rate of 0.001.
RESULT = re.compile(r"(?:accuracy|error|loss|F1|AUC|perplexity|RMSE|score)\D{0,30}(\d+\.\d+)")

each_file = pytest.mark.parametrize(("file", "document"), FOUND, ids=[file.stem for file, _ in FOUND])
each_experiment = pytest.mark.parametrize("name", files())


def test_every_practice_has_an_experiment_and_its_evidence() -> None:
    assert {practice for name in files() for practice in experiment(name).practice} == PRACTICES.keys()
    assert {practice for _, document in FOUND for practice in document["practice"]} == PRACTICES.keys()


@each_experiment
def test_an_experiment_has_evidence_of_the_code_as_it_is(name: str) -> None:
    file = FOLDER / f"{name}-cpu.json"
    assert file.exists(), f"run python -m bpcheck_reference.experiments run {name}"
    document = results.read(file)
    assert document["code"] == code_hash(name), "outdated: run it again"
    assert {key: document[key] for key in results.texts(name)} == results.texts(name), "run it, nothing is trained anew"


@each_experiment
def test_an_experiment_measures_rules_of_its_practice(name: str) -> None:
    this = experiment(name)
    known = {rule.code: rule for rule in RULES}
    assert set(this.rules) <= known.keys()
    assert this.question.endswith("?")
    assert len(this.arms) >= 2


@each_file
def test_a_file_has_the_format(file: Path, document: dict[str, Any]) -> None:
    jsonschema.validate(document, SCHEMA)
    assert file.name == results.file_name(document["experiment"], document["device"])
    assert len(document["seeds"]) >= SEEDS["small"]


@each_file
def test_what_a_file_concludes_follows_from_its_runs(file: Path, document: dict[str, Any]) -> None:
    runs = results.finished_runs(document)
    again = results.analysis(experiment(document["experiment"]), document["size"], len(document["seeds"]), runs)
    for key in ("arms", "difference", "verdict", "points"):
        assert again[key] == document[key], key


def test_the_page_and_the_index_are_made_from_the_files() -> None:
    again = "run python -m bpcheck_reference.experiments report"
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == page(FOUND), again
    assert INDEX.read_text(encoding="utf-8") == index(FOUND), again


@each_file
def test_the_plot_shows_the_file(file: Path, document: dict[str, Any]) -> None:
    plot = (FOLDER / "plots" / f"{file.stem}.svg").read_text(encoding="utf-8")
    assert digest(document) in plot
    for arm in document["arms"]:
        assert arm["name"].replace("&", "&amp;") in plot


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_no_documentation_has_a_figure_of_ours_that_is_not_in_a_file(rule: Any) -> None:
    """The figures are put in by ``bpcheck explain``. A result in the text belongs to a source that is cited."""
    text = documentation_of(rule).section("Evidence")
    assert text
    assert "No measurement of our own yet" not in text
    for sentence in re.split(r"(?<=[.!?])\s+", text):
        if RESULT.search(sentence):
            assert re.search(r"arithmetic|paper|course|lesson|et al|reports?|claim|arXiv", sentence), sentence


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "reference_impl/README.md"])
def test_documents_leave_figures_to_the_page_of_evidence(document: str) -> None:
    """A result that a document names must be one that a file of evidence holds."""
    prose = re.sub(r"```.*?```", "", (ROOT / document).read_text(encoding="utf-8"), flags=re.DOTALL)
    claims = RESULT.findall(prose)
    held = page(FOUND)
    assert [figure for figure in claims if figure not in held] == []


@each_experiment
def test_an_experiment_says_what_it_compares(name: str) -> None:
    """In its docstring, and without figures: those change with each measurement."""
    text = ast.get_docstring(ast.parse(files()[name].read_text(encoding="utf-8"))) or ""
    assert len(text.split("\n\n")) >= 2
    assert not RESULT.search(text)
