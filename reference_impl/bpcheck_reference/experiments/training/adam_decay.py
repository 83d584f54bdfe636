"""Adam with an L2 penalty against AdamW with the same number, for several numbers.

Weights, data, order and the decayed parameters are the same; only where the decay is applied differs. Each arm gets its own
best learning rate at each number. The images to train on are few, so that a penalty can do some good.

The same number means different things in the two, which is the point for those who tune it, but not a fair contest between
them: a small number is an effective penalty in Adam and next to none in AdamW. The other experiment lets each choose.
"""

from __future__ import annotations

import torch

from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.training._adam import train


def run(run: Run) -> dict[str, float]:
    return train(run, lr=run.choice, weight_decay=run.condition)


EXPERIMENT = Experiment(
    practice=("T4",),
    rules=("BP304",),
    question="Is AdamW better than Adam with L2 at the same weight decay?",
    subject="handwritten digits",
    data="150 training and 500 test images of handwritten digits, 8 by 8 pixels",
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"Adam with L2": torch.optim.Adam, "AdamW": torch.optim.AdamW},
    run=run,
    condition=Axis("weight decay", (0.0001, 0.001, 0.01, 0.1), at=0.0001, log=True),
    choice=Axis("learning rate", (0.001, 0.003, 0.01, 0.03), at=0.001, log=True),
)
