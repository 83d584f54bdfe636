"""The best of several models, chosen by a validation set of one's own or by the score on a public leaderboard.

The leaderboard has few images, and they differ from those that count in the end: they are shifted by a pixel and noisy,
as public and private parts of a competition may differ. The models are linear classifiers that see random parts of the
image, so that some are better than others. What is compared is the accuracy of the chosen one on other images. A large
leaderboard that is drawn like the final data would be as good as a validation set.
"""

from __future__ import annotations

import torch
from sklearn.linear_model import RidgeClassifier
from torch import Tensor

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run


def run(run: Run) -> dict[str, float]:
    generator = torch.Generator().manual_seed(run.seed)
    train, other = digits(run.seed, training=1297)
    fitted, validation = train[slice(797)], train[slice(797, None)]
    public, private = other[slice(50)], other[slice(50, None)]
    shifted = public.images.roll(1, dims=3) + 0.3 * torch.randn(public.images.shape, generator=generator)
    own: list[float] = []
    board: list[float] = []
    final: list[float] = []
    for _ in range(run.sized(tiny=10, small=run.condition)):
        columns = torch.randperm(64, generator=generator)[: int(torch.randint(8, 56, (1,), generator=generator))]
        model = RidgeClassifier().fit(fitted.rows[:300, columns], fitted.labels[:300])

        def score(rows: Tensor, labels: Tensor, model: RidgeClassifier = model, columns: Tensor = columns) -> float:
            return float(model.score(rows[:, columns], labels))

        own.append(score(validation.rows, validation.labels))
        board.append(score(shifted.flatten(1), public.labels))
        final.append(score(private.rows, private.labels))
    scores = own if run.setting == "own" else board
    chosen = scores.index(max(scores))
    return {
        "accuracy": final[chosen],
        "score that it was chosen by": scores[chosen],
        "best of all candidates": max(final),
    }


EXPERIMENT = Experiment(
    practice=("D2",),
    rules=("BP101",),
    question="Does a validation set of one's own choose a better model than a public leaderboard?",
    subject="handwritten digits",
    data="Handwritten digits: 500 own validation images, or 50 shifted and noisy ones as the leaderboard; 450 others for the final score",
    metric="final accuracy of the chosen model",
    higher_is_better=True,
    smallest=0.01,
    arms={"leaderboard": "board", "own validation set": "own"},
    run=run,
    condition=Axis("number of candidates", (5, 20, 60), at=20, log=True),
)
