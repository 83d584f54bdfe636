"""Frameworks are files of plain PyTorch that are evaluated where a program uses them."""

from __future__ import annotations

import ast

import pytest
from bpcheck.apis.frameworks import FRAMEWORKS
from bpcheck.evaluate.frameworks import FOLDER, describes
from bpcheck.facts.program import place

from .program import Evaluate

NET = """
    import lightning.pytorch as pl

    class Net(pl.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 2)
        def training_step(self, batch, batch_idx):
            return F.cross_entropy(self.layer(batch[0]), batch[1])
        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)
"""


@pytest.mark.parametrize("file", sorted({file for files in FRAMEWORKS.values() for file in files}))
def test_a_framework_is_a_file_that_parses_and_says_what_it_was_read_off(file: str) -> None:
    tree = ast.parse((FOLDER / f"{file}.py").read_text(encoding="utf-8"))
    assert "Read off " in (ast.get_docstring(tree) or "")


def test_every_file_of_the_folder_is_some_framework() -> None:
    files = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    assert files == {file for known in FRAMEWORKS.values() for file in known}


@pytest.mark.parametrize(
    "name", ["lightning.Trainer", "lightning.pytorch.Trainer", "pytorch_lightning.trainer.trainer.Trainer"]
)
def test_a_class_is_known_by_all_the_names_under_which_it_is_exported(name: str) -> None:
    assert describes(name)


@pytest.mark.parametrize("name", ["lightning.pytorch.NoSuchThing", "torch.nn.Trainer", "ourlib.Trainer", "lightning"])
def test_what_no_file_has_stays_a_plain_name(name: str) -> None:
    assert not describes(name)


def test_what_a_framework_does_is_placed_at_the_call_that_makes_it_do_so(evaluate: Evaluate) -> None:
    program = evaluate(NET + "    pl.Trainer(max_epochs=3).fit(Net(), DataLoader(datasets.MNIST('.')))")
    assert {(place(e.site).path, ast.unparse(e.site.node)) for e in program.of_kind("step", "backward")} == {
        ("train.py", "pl.Trainer(max_epochs=3).fit(Net(), DataLoader(datasets.MNIST('.')))")
    }
    (forward,) = {ast.unparse(e.site.node) for e in program.of_kind("forward")}
    assert forward == "self.layer(batch[0])"


def test_a_framework_that_is_not_used_is_not_read(evaluate: Evaluate) -> None:
    program = evaluate("    net = nn.Linear(4, 2)\n    net.eval()")
    assert not program.evaluator.frameworks
