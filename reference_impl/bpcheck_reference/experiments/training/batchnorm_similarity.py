"""Following against frozen statistics of batch normalisation, on new images like those of the pretraining and unlike them.

The unlike ones are turned by a right angle and black for white, so that mean and variance of every channel are others
from the first layer on. The whole network is fine-tuned in both arms, and only the mode of the normalising layers
differs; scale and shift are trained in both, by which a frozen layer can make up for old statistics.

Digits that are turned and inverted are an extreme case: most data of one's own lie in between. The network is small.
"""

from __future__ import annotations

from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.training._batchnorm import fine_tune


def run(run: Run) -> float:
    return fine_tune(run, similar=run.condition == "like", batch=16)


EXPERIMENT = Experiment(
    practice=("T1",),
    rules=("BP301",),
    question="Do frozen statistics of batch normalisation help only where the new images are like the old ones?",
    subject="digits 5 to 9 after 0 to 4",
    data=(
        "64 training and some 220 test images of the handwritten digits 5 to 9, upright or turned and inverted, for a "
        "network pretrained on 0 to 4; a network that diverged says one digit always, right for about one in five"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.01,
    arms={"statistics follow": "follow", "statistics frozen": "frozen"},
    run=run,
    condition=Axis("new images", ("like", "unlike"), at="like"),
    choice=Axis("learning rate", (0.003, 0.01, 0.03, 0.1, 0.3), at=0.03, log=True),
)
