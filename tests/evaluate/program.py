"""Evaluate a small program, and read what is known of it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent
from typing import Any

from bpcheck.evaluate.events import Event
from bpcheck.evaluate.operators import flow
from bpcheck.evaluate.values import Choice, Const, Map, Obj, Origin, Seq, Tensor, Value, choices
from bpcheck.facts.optimizers import Optimizer, number
from bpcheck.facts.passes import inputs
from bpcheck.facts.program import Program
from bpcheck.findings import Severity
from bpcheck.programs import entry_program
from bpcheck.project import Project
from bpcheck.registry import load_rules
from bpcheck.settings import SettingsFinder

#: What every ``train.py`` begins with.
IMPORTS = """\
import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets
"""


class Evaluated(Program):
    """A program with what the tests ask of it."""

    def variable(self, name: str, module: str = "train") -> Value:
        """The value of a module's variable when the program has ended."""
        for file, scope in self.evaluator.modules.items():
            if file.stem == module:
                return self.evaluator.settled(scope.names, name)
        raise KeyError(module)

    def plain(self, name: str, module: str = "train") -> Any:
        """The variable as a Python value, as far as it is known: constants and containers of them."""
        return plain(self.variable(name, module))

    def module(self, name: str) -> Obj:
        """The network that a variable holds."""
        value = self.variable(name)
        assert isinstance(value, Obj), f"{name} is {value!r}"
        assert value.kind == "module", f"{name} is a {value.kind}"
        return value

    def tensor(self, name: str) -> Tensor:
        """The tensor (or number made from one) that a variable holds."""
        value = self.variable(name)
        assert isinstance(value, Tensor), f"{name} is {value!r}"
        return value

    def code(self, *kinds: str) -> list[str]:
        """The code of the events of these kinds, in program order."""
        return [ast.unparse(event.site.node) for event in self.sequence(*kinds)]

    def order(self, *kinds: str) -> list[str]:
        """The kinds of these events, in program order."""
        return [event.kind for event in self.sequence(*kinds)]

    def sequence(self, *kinds: str) -> list[Event]:
        return [event for event in self.events if event.kind in kinds]

    def subjects(self, kind: str) -> list[str]:
        """The names of the classes of what the events happen to."""
        return [event.subject.label if isinstance(event.subject, Obj) else "" for event in self.of_kind(kind)]

    @property
    def modes(self) -> list[str]:
        """The mode of the network in each forward pass."""
        return [str(event.data["mode"]) for event in self.of_kind("forward")]

    @property
    def recording(self) -> list[str]:
        """Whether gradients are recorded in each forward pass."""
        return [event.grad for event in self.of_kind("forward")]

    @property
    def losses(self) -> list[tuple[str, str]]:
        """The sort of each loss with the kinds of values that it is fed with."""
        return [(str(e.data["loss"]), kind(e.data["output"])) for e in self.of_kind("loss")]

    @property
    def the_optimizer(self) -> Optimizer:
        """The only optimizer."""
        (only,) = self.optimizers
        return only

    @property
    def codes(self) -> set[str]:
        """The codes of the faults that the rules find; small programs leave out much of what is advised."""
        return {found.code for rule in load_rules() if rule.severity > Severity.INFO for found in rule.findings(self)}

    @property
    def advice(self) -> set[str]:
        """The codes of what the rules advise."""
        return {found.code for rule in load_rules() if rule.severity == Severity.INFO for found in rule.findings(self)}

    @property
    def gaps(self) -> list[str]:
        return [why for why, _ in self.evaluator.gaps]

    @property
    def skipped(self) -> list[str]:
        """The options by whose default some code does not run."""
        return [option for option, _ in self.evaluator.skipped]

    def splits(self, events: list[Event]) -> set[str]:
        """Which parts of the data go into these forward passes."""
        return {origin.split for event in events for origin in inputs(event)}


def plain(value: Value | None) -> Any:
    """``value`` in Python's terms; what is not known is ``...``."""
    if isinstance(value, Const):
        return value.value
    if isinstance(value, Seq) and value.items is not None:
        items = [plain(item) for item in value.items]
        return tuple(items) if value.kind == "tuple" else items
    if isinstance(value, Map) and not value.cell["open"]:
        return {key: plain(item) for key, item in value.data.items()}
    if isinstance(value, Choice):
        return {plain(each) for each in value.values}
    return ...


def kind(value: Value) -> str:
    """What the numbers of a value mean; with alternatives, each of them."""
    return "|".join(sorted({each.kind if isinstance(each, Tensor) else "?" for each in choices(value)}))


def origins(value: Value) -> frozenset[Origin]:
    """Where the data in ``value`` comes from."""
    return flow([value]).origins


def rates(optimizer: Optimizer) -> list[float | None]:
    """The learning rates of the groups."""
    return [number(group.lr) for group in optimizer.groups]


class Evaluate:
    """Writes sources to a folder and evaluates ``train.py`` there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *parts: str, **files: str) -> Evaluated:
        """``train.py`` consists of the imports of torch and then ``parts``; ``files`` are modules beside it."""
        modules = {f"{name}.py": text for name, text in files.items()}
        return self.files({"train.py": IMPORTS + "".join(dedent(part) for part in parts), **modules})

    def taught(self, words: str, *parts: str, **files: str) -> Evaluated:
        """The same with ``words`` as the table `models` of a settings file."""
        (self.folder / "bpcheck.toml").write_text("[models]\n" + dedent(words), encoding="utf-8")
        return self(*parts, **files)

    def files(self, files: Mapping[str, str], entry: str = "train.py") -> Evaluated:
        """Evaluate ``entry`` among ``files``, each as it is given."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), encoding="utf-8")
        project = Project(self.folder, self.folder)
        settings = SettingsFinder()
        project.vocabulary = lambda file: settings.for_file(str(file)).models
        program = entry_program(project, self.folder / entry)
        return Evaluated(program.evaluator, program.events)
