"""``LightningCLI(Model, Data)`` is the call of ``fit``, with the defaults of the classes."""

from __future__ import annotations

import pytest

from .program import Evaluate

CLASSES = """
    from lightning.pytorch.cli import LightningCLI
    import lightning.pytorch as pl

    class Net(pl.LightningModule):
        def __init__(self, lr=0.5):
            super().__init__()
            self.lr = lr
            self.layer = nn.Linear(4, 2)
        def training_step(self, batch, batch_idx):
            return F.cross_entropy(self.layer(batch[0]), batch[1])
        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=self.lr)

    class Data(pl.LightningDataModule):
        def train_dataloader(self):
            return DataLoader(datasets.MNIST('.'))
"""


@pytest.mark.parametrize(
    ("call", "clips"),
    [
        ("LightningCLI(Net, Data)", 0),
        ("LightningCLI(Net, Data, trainer_defaults={'gradient_clip_val': 1.0})", 1),
    ],
)
def test_it_trains_with_the_defaults(evaluate: Evaluate, call: str, clips: int) -> None:
    program = evaluate(CLASSES + f"    {call}")
    optimizer = program.the_optimizer
    assert optimizer.option("lr") == 0.5
    assert optimizer.steps
    assert bool(program.of_kind("clip")) == bool(clips)


@pytest.mark.parametrize("call", ["LightningCLI()", "LightningCLI(Net, Data, run=False)"])
def test_without_classes_or_without_running_nothing_is_known_to_train(evaluate: Evaluate, call: str) -> None:
    assert not evaluate(CLASSES + f"    {call}").of_kind("step")
