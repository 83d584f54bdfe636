"""Where to look for wrong labels: at rows drawn at random, or at those with the largest loss.

A share of the labels is changed at random. Every image gets the loss of a network that was not trained on it, and as many
are looked at as labels are wrong. Found is a wrong label among them. Real wrong labels are often harder to find than
random ones, since they are wrong where images are hard to read.
"""

from __future__ import annotations

import torch
from torch.utils.data import DataLoader, TensorDataset

from bpcheck_reference.data.top_losses import top_losses
from bpcheck_reference.experiments.corpora.digits import Images, digits, with_wrong_labels
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import mlp, train_classifier

FOLDS = 4


def run(run: Run) -> float:
    truth, _ = digits(run.seed, run.device)
    images = with_wrong_labels(truth, run.condition, run.seed)
    wrong = images.labels != truth.labels
    looked_at = int(wrong.sum())
    if run.setting == "random":
        order = torch.randperm(len(images), generator=torch.Generator().manual_seed(run.seed))
        return wrong[order[:looked_at].to(run.device)].float().mean().item()
    losses = torch.zeros(len(images))
    for part in torch.arange(len(images)).chunk(FOLDS):
        losses[part] = _losses_of(images, part, run)
    return wrong[losses.topk(looked_at).indices.to(run.device)].float().mean().item()


def _losses_of(images: Images, part: torch.Tensor, run: Run) -> torch.Tensor:
    """The losses of the images in ``part``, under a network that was trained on all others."""
    others = torch.ones(len(images), dtype=torch.bool)
    others[part] = False
    train, held_out = images[others.to(run.device)], images[part.to(run.device)]
    model = mlp(64, 64, 10).to(run.device)
    train_classifier(model, train.rows, train.labels, lr=0.1, epochs=run.sized(tiny=5, small=10))
    found = top_losses(model, DataLoader(TensorDataset(held_out.rows, held_out.labels), 256), len(part))
    losses = torch.empty(len(part))
    losses[found.index.cpu()] = found.loss.cpu()
    return losses


EXPERIMENT = Experiment(
    practice=("D4",),
    rules=("BP112",),
    question="Do the largest losses lead to wrong labels?",
    subject="handwritten digits with wrong labels",
    data="1,297 handwritten digits of which a share got another label at random",
    metric="share of wrong labels among those looked at",
    higher_is_better=True,
    smallest=0.05,
    arms={"random rows": "random", "largest losses": "losses"},
    run=run,
    condition=Axis("share of wrong labels", (0.01, 0.05, 0.2), at=0.05),
    clear=0.3,
)
