"""Forty classifiers, and two sets of images to choose one by: a small shifted leaderboard, or own validation rows.

The classifiers differ in the pixels they see and in their weight decay. The leaderboard has 50 images, moved by some
pixels, as the data of a leaderboard come from elsewhere; the validation set has as many images as the training gives
away without harm, and they are like those the network will meet. The chosen classifier is judged on a third set that
resembles the validation rows: whoever deploys on data like the leaderboard's has to read the curve from right to left.

Two things differ, size and shift. The first point of the curve is the effect of the size alone; the third arm, 50
validation rows, is that of the shift alone.
"""

from __future__ import annotations

from functools import cache

import torch
from torch import Tensor, nn

from bpcheck_reference.experiments.corpora.digits import Images, digits
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run, Size
from bpcheck_reference.experiments.fitting import predictions, train_classifier

LEADERBOARD, VALIDATION, SHIFTS = 50, 300, (0, 1, 2)


def moved(images: Images, pixels: int) -> Images:
    """The images moved to the right; zeros come in."""
    padded = nn.functional.pad(images.images, (pixels, 0))
    return Images(padded[..., : images.images.shape[-1]], images.labels)


@cache
def hits(seed: int, size: Size, device: str) -> tuple[Tensor, ...]:
    """Whether each classifier (rows) is right on each image: of validation, of test, and of the leaderboard by shift."""
    torch.manual_seed(seed)
    train, test = digits(seed, device)
    leaderboard, validation, train = (
        train[:LEADERBOARD],
        train[LEADERBOARD : LEADERBOARD + VALIDATION],
        train[LEADERBOARD + VALIDATION :][:400],
    )
    sets = (validation, test, *(moved(leaderboard, pixels) for pixels in SHIFTS))
    right: list[list[Tensor]] = [[] for _ in sets]
    for _ in range({"tiny": 8, "small": 40, "full": 200}[size]):
        seen = (torch.rand(64) < torch.empty(1).uniform_(0.2, 0.9)).float().to(device)
        model = nn.Linear(64, 10).to(device)
        decay = 10 ** torch.empty(1).uniform_(-5, -1).item()
        train_classifier(model, train.rows * seen, train.labels, lr=0.3, epochs=10, weight_decay=decay)
        for found, images in zip(right, sets, strict=True):
            found.append(predictions(model, images.rows * seen).argmax(1) == images.labels)
    return tuple(torch.stack(found).float() for found in right)


def run(run: Run) -> dict[str, float]:
    validation, test, *leaderboards = hits(run.seed, run.size, run.device)
    seen = {
        "leaderboard": leaderboards[SHIFTS.index(run.condition)],
        "validation": validation,
        "50 validation rows": validation[:, :LEADERBOARD],
    }[run.arm].mean(1)
    truth = test.mean(1)
    chosen = seen.argmax()
    return {
        "test accuracy": truth[chosen].item(),
        "accuracy by which it was chosen": seen[chosen].item(),
        "correlation with the test": torch.corrcoef(torch.stack([seen, truth]))[0, 1].item(),
        "test accuracy of the best": truth.max().item(),
    }


EXPERIMENT = Experiment(
    practice=("D2",),
    rules=("BP101",),
    question="Is a classifier that own validation rows choose better than the one that a small leaderboard chooses?",
    subject="handwritten digits",
    data="400 training, 300 validation and 500 test images of handwritten digits, and 50 as a leaderboard",
    metric="test accuracy of the chosen classifier",
    higher_is_better=True,
    smallest=0.01,
    arms={"leaderboard": None, "validation": None, "50 validation rows": None},
    run=run,
    condition=Axis("shift of the leaderboard in pixels", SHIFTS, at=1),
)
