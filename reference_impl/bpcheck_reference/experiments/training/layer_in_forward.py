"""A layer that is made in every forward pass against the same layer made in the constructor.

Either the hidden layer in the middle or the last one is concerned. The other layers train in both arms, and each arm gets its
own best learning rate. The layer in the forward pass is drawn anew for every batch, in the test as well.
"""

from __future__ import annotations

from torch import Tensor, nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import accuracy, train_classifier

WIDTH = 64


class MadeEachTime(nn.Module):
    """A linear layer that no optimizer ever gets."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.inputs, self.outputs = inputs, outputs

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = nn.Linear(self.inputs, self.outputs, device=x.device)(x)
        return y


def run(run: Run) -> dict[str, float]:
    train, test = digits(run.seed, run.device)
    layer: type[nn.Module] = run.setting
    hidden, out = (layer, nn.Linear) if run.condition == "hidden" else (nn.Linear, layer)
    model = nn.Sequential(nn.Linear(64, WIDTH), nn.ReLU(), hidden(WIDTH, WIDTH), nn.ReLU(), out(WIDTH, 10)).to(
        run.device
    )
    losses = train_classifier(model, train.rows, train.labels, lr=run.choice, epochs=run.sized(tiny=3, small=10))
    return {
        "test accuracy": accuracy(model, test.rows, test.labels),
        "training loss of the last epoch": losses[-1] if losses[-1] < 1e6 else 1e6,
    }


EXPERIMENT = Experiment(
    practice=(),
    rules=("BP312",),
    question="What does a network lose if one of its layers is made anew in every forward pass?",
    subject="handwritten digits",
    data=(
        "1,297 training and 500 test images of handwritten digits, ten epochs; a network that diverged says one digit "
        "always, right for about one in ten"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"made in forward": MadeEachTime, "made in the constructor": nn.Linear},
    run=run,
    condition=Axis("layer", ("hidden", "last"), at="hidden"),
    choice=Axis("learning rate", (0.03, 0.1, 0.3, 1.0), at=0.1, log=True),
    clear=0.2,
)
