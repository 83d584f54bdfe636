"""A checker in miniature for the tests of what stands around the analysis: rules that go by words in the text.

``DOUBLE`` in a line is an error with a proof and an unsafe fix, ``ZERO`` a warning with a safe fix, ``HINT`` an info
finding with a manual hint. The seam to the real analysis is the one that the program itself uses.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from bpcheck.analysis import Analysis
from bpcheck.cli import main
from bpcheck.findings import Edit, Finding, Fix, Safety, Severity, TraceStep, Violation
from bpcheck.project import Project
from bpcheck.rule import Rule
from bpcheck.sources import Source


def _nothing(program: object) -> Iterator[Violation]:
    return iter(())


def word_rule(
    code: str, name: str, severity: Severity, safety: Safety, *, practice: tuple[str, ...] = (), default: bool = True
) -> Rule:
    return Rule(code, name, severity, practice, safety, default, __name__, _nothing)


WORD_RULES = (
    word_rule("BP305", "missing-zero", Severity.WARNING, Safety.SAFE),
    word_rule("BP403", "double-softmax", Severity.ERROR, Safety.UNSAFE, practice=("T1",)),
    word_rule("BP404", "small-hint", Severity.INFO, Safety.MANUAL),
    word_rule("BP510", "contested", Severity.WARNING, Safety.MANUAL, practice=("R9",), default=False),
)
_WORDS = {"BP305": "ZERO", "BP403": "DOUBLE", "BP404": "HINT", "BP510": "CONTESTED"}


def _violations(source: Source, rule: Rule) -> Iterator[Finding]:
    for number, line in enumerate(source.lines, 1):
        for match in re.finditer(_WORDS[rule.code], line.partition("#")[0]):
            span = (number, len(line[: match.start()].encode()), number, len(line[: match.end()].encode()))
            place = source.place(span)
            trace: tuple[TraceStep, ...] = ()
            fix = None
            if rule.code == "BP403":
                trace = (TraceStep(source.place((1, 0, 1, 6)), "made here"), TraceStep(place, "used here"))
                fix = Fix(Safety.UNSAFE, "Take the softmax out", (Edit(place, "SINGLE"),))
            elif rule.code == "BP305":
                fix = Fix(Safety.SAFE, "Zero the gradients", (Edit(place, "zeroed"),))
            manual = "write\n    this" if rule.code == "BP404" else None
            message = f"`{match.group()}` goes wrong"
            yield Finding(
                rule.code, rule.name, rule.severity, rule.practice, message, place, trace, fix, manual,
            )  # fmt: skip


def analyse_words(project: Project, paths: Sequence[Path], rules: Sequence[Rule]) -> Analysis:
    analysis = Analysis(files=len(paths), programs=len(paths))
    for path in paths:
        source = project.source(path)
        analysis.diagnostics.extend(source.diagnostics)
        for rule in rules:
            analysis.findings.extend(_violations(source, rule))
    return analysis


@pytest.fixture
def word_rules(monkeypatch: pytest.MonkeyPatch) -> tuple[Rule, ...]:
    """Let the program run on the rules of this file."""
    monkeypatch.setattr("bpcheck.run.analyse", analyse_words)
    for module in ("run", "report.sarif_format", "explain", "catalogue", "scaffold"):
        monkeypatch.setattr(f"bpcheck.{module}.load_rules", lambda: WORD_RULES)
    return WORD_RULES


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the working directory."""
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


class Outcome:
    """What a command line came to."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code = code
        self.out = out
        self.err = err

    def __repr__(self) -> str:
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


Bpcheck = Callable[..., Outcome]


@pytest.fixture
def bpcheck(folder: Path, word_rules: tuple[Rule, ...], capsys: pytest.CaptureFixture[str]) -> Bpcheck:
    """Run the command line in ``folder`` with the rules of this file."""

    def run(*args: str) -> Outcome:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(list(args))
        out, err = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Outcome(ended.value.code, out, err)

    return run


def declare_operators(*names: str) -> Any:
    import torch

    for module in [m for m in sys.modules if m.partition(".")[0] == "torchvision"]:
        del sys.modules[module]
    make: Any = torch.library.Library
    library: Any = make("torchvision", "FRAGMENT")
    for name in names:
        library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library


@pytest.fixture(scope="session")
def torchvision() -> Callable[[], None]:
    """Make ``import torchvision`` work, or skip. Its pretrained weights become random ones: nothing is downloaded."""
    state: dict[str, Any] = {}

    def prepare() -> None:
        if "ready" in state:
            return
        pytest.importorskip("PIL", reason="the program reads images; Pillow is not installed")
        if importlib.util.find_spec("torchvision") is None:
            pytest.skip("the program imports torchvision, which is not installed")
        try:
            importlib.import_module("torchvision")
        except RuntimeError:
            # A torchvision built for another torch (CUDA beside CPU) has no operators to load, and its import stops
            # where it describes these two. Declared without a kernel, they let the Python parts work.
            state["library"] = declare_operators("nms", "qnms")
            importlib.import_module("torchvision")
        models: Any = importlib.import_module("torchvision.models")

        def random_weights(self: Any, *args: Any, **kwargs: Any) -> Any:
            name = next(n for n in models.list_models() if models.get_model_weights(n) is type(self))
            return models.get_model(name, weights=None).state_dict()

        models.WeightsEnum.get_state_dict = random_weights
        state["ready"] = True

    return prepare
