"""The score of the best of many candidates on the rows that chose it, against its score on rows that did not.

The candidates are small classifiers that differ in width, learning rate, weight decay and length of training, as in any
search by hand. The departure chooses by 100 test images and reports the accuracy on them; the practice chooses by 100
validation images and reports the accuracy on 100 others. The figure is what the report promises above the accuracy of
the chosen network on the 1,197 images that remain: its optimism. It is the mean over many drawings of the 100
images, so that what is left is bias and not luck.

Unfair reading: that the departure chooses a worse network. Both choose equally well; only the report differs.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn

from bpcheck_reference.experiments.corpora.digits import digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run, Size
from bpcheck_reference.experiments.fitting import predictions, train_classifier

TRAINING, ROWS, DRAWS = 400, 100, 400


@cache
def hits(seed: int, size: Size, device: str) -> Tensor:
    """Whether each candidate (rows) is right on each image that it was not trained on."""
    torch.manual_seed(seed)
    train, test = digits(seed, device)
    x, y = torch.cat([train.rows[TRAINING:], test.rows]), torch.cat([train.labels[TRAINING:], test.labels])
    right = []
    for _ in range({"tiny": 10, "small": 50, "full": 200}[size]):
        width = int(2 ** torch.empty(1).uniform_(4, 7).item())
        rate, decay = 10 ** torch.empty(1).uniform_(-1.5, -0.5).item(), 10 ** torch.empty(1).uniform_(-5, -2).item()
        model = nn.Sequential(nn.Linear(64, width), nn.ReLU(), nn.Linear(width, 10)).to(device)
        epochs = int(torch.randint(5, 16, ()))
        train_classifier(
            model, train.rows[:TRAINING], train.labels[:TRAINING], lr=rate, epochs=epochs, weight_decay=decay
        )
        right.append(predictions(model, x).argmax(1) == y)
    return torch.stack(right).float().cpu()


def run(run: Run) -> dict[str, float]:
    right = hits(run.seed, run.size, run.device)
    generator = torch.Generator().manual_seed(run.seed)
    promised, true = [], []
    for _ in range(DRAWS):
        candidates = right[torch.randperm(len(right), generator=generator)[: run.condition]]
        order = torch.randperm(right.shape[1], generator=generator)
        choosing, other, further = order[:ROWS], order[ROWS : 2 * ROWS], order[2 * ROWS :]
        chosen = candidates[candidates[:, choosing].mean(1).argmax()]
        promised.append(chosen[choosing if run.setting == "chosen by" else other].mean().item())
        true.append(chosen[further].mean().item())
    return {
        "optimism": (sum(promised) - sum(true)) / DRAWS,
        "accuracy of the chosen one": sum(true) / DRAWS,
    }


EXPERIMENT = Experiment(
    practice=("D2",),
    rules=("BP102",),
    question="How much better than the truth is the test score of the best of many candidates that the test set chose?",
    subject="handwritten digits, 100 test images",
    data="400 training images of handwritten digits; of the 1,397 others, 100 to choose by, 100 to report, and the rest for the truth",
    metric="reported accuracy minus accuracy on further images",
    higher_is_better=False,
    smallest=0.005,
    arms={"chosen and reported on test": "chosen by", "chosen on validation, reported on test": "others"},
    run=run,
    condition=Axis("candidates", (1, 2, 5, 10, 20, 50), at=10, log=True),
)
