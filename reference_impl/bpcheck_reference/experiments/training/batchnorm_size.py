"""Batch normalisation that follows the new images against batch normalisation that keeps its statistics, by batch size.

The whole network is fine-tuned in both arms, and only the mode of the normalising layers differs. The new images are the
other digits, like those of the pretraining, which is where the practice is recommended. Each arm gets its own best rate.

The network has four convolutions and was pretrained on some hundred images. What the practice is meant for, dozens of
layers and the statistics of a million photographs, is not measured here.
"""

from __future__ import annotations

from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.training._batchnorm import fine_tune


def run(run: Run) -> float:
    return fine_tune(run, similar=True, batch=run.condition)


EXPERIMENT = Experiment(
    practice=("T1",),
    rules=("BP301",),
    question="Is a pretrained network fine-tuned better with frozen statistics of batch normalisation, and at which batch size?",
    subject="digits 5 to 9 after 0 to 4",
    data=(
        "64 training and some 220 test images of the handwritten digits 5 to 9, for a network pretrained on 0 to 4; "
        "a network that diverged says one digit always, right for about one in five"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"statistics follow": "follow", "statistics frozen": "frozen"},
    run=run,
    condition=Axis("batch size", (4, 16, 64), at=16, log=True),
    choice=Axis("learning rate", (0.003, 0.01, 0.03, 0.1, 0.3), at=0.03, log=True),
)
