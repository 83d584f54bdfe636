"""Adam with an L2 penalty against AdamW, each at its own best weight decay, for several learning rates.

This is the fair contest: whoever tunes the decay gets the best that either can give. Whether the best decay depends less
on the learning rate with AdamW, as its authors say, is read off the curves of the choices.

The images are few and the network is small; generalisation on large data, of which the paper speaks, is not measured.
"""

from __future__ import annotations

import torch

from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.training._adam import train


def run(run: Run) -> dict[str, float]:
    return train(run, lr=run.condition, weight_decay=run.choice)


EXPERIMENT = Experiment(
    practice=("T4",),
    rules=("BP304",),
    question="Is AdamW better than Adam with L2 where each has its own best weight decay?",
    subject="handwritten digits",
    data="150 training and 500 test images of handwritten digits, 8 by 8 pixels",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"Adam with L2": torch.optim.Adam, "AdamW": torch.optim.AdamW},
    run=run,
    condition=Axis("learning rate", (0.001, 0.003, 0.01), at=0.003, log=True),
    choice=Axis("weight decay", (0.0001, 0.001, 0.01, 0.1, 1.0, 3.0), at=0.01, log=True),
)
