"""Fine-tuning: a residual network that has learned the digits 0 to 4 learns 5 to 9 from a few images.

Data: scikit-learn's scanned digits, which come with it. Result: accuracy on images of 5 to 9 that no training has
seen, next to that of always naming the most frequent class, and of the same network trained from scratch on the
same few images.

    python reference_impl/examples/image_finetuning.py
"""

from __future__ import annotations

import argparse
import sys

import torch
from bpcheck_reference.activations.classification_loss import cross_entropy
from bpcheck_reference.architectures.residual import SmallResNet
from bpcheck_reference.data.augmentation import Augment
from bpcheck_reference.data.sample import stratified_sample
from bpcheck_reference.data.splits import stratified_split
from bpcheck_reference.data.top_losses import top_losses
from bpcheck_reference.data.tta import shifts, tta
from bpcheck_reference.learning_rate.cosine import cosine_with_warmup
from bpcheck_reference.learning_rate.parameter_groups import discriminative_parameter_groups
from bpcheck_reference.training.decay_groups import adamw
from bpcheck_reference.training.evaluate import accuracy, evaluate
from bpcheck_reference.training.freeze_batchnorm import freeze_batchnorm
from bpcheck_reference.training.train import Training
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

CLASSES = 5
BORDER = 2


class DigitNet(SmallResNet):
    """A small residual network that shifts its images a little while it trains."""

    def __init__(self, classes: int) -> None:
        super().__init__(1, classes, widths=(16, 32, 64), blocks=1)
        self.augment = Augment("glyphs", shift=1)  # a mirrored 2 is no 2

    def forward(self, images: Tensor) -> Tensor:
        """Logits ``(batch, classes)`` from images ``(batch, 1, height, width)``."""
        return super().forward(self.augment(images))


def load() -> tuple[Tensor, Tensor]:
    """All digits as images ``(n, 1, 12, 12)`` from 0 to 1, and their classes."""
    images, labels = load_digits(return_X_y=True)
    # The digits fill their 8 by 8 pixels. With a border, a shift moves them and cuts nothing off.
    square = torch.tensor(images, dtype=torch.float32).view(-1, 1, 8, 8) / 16
    return F.pad(square, [BORDER] * 4), torch.tensor(labels)


def batches(images: Tensor, labels: Tensor, *, train: int = 0) -> DataLoader[tuple[Tensor, ...]]:
    """For training, shuffled batches of this size; for evaluation, large ones in order."""
    return DataLoader(TensorDataset(images, labels), batch_size=train or 256, shuffle=train > 0)


def show(name: str, epochs: int, row: dict[str, float]) -> None:
    """A progress bar on stderr."""
    done = int(row["epoch"])
    bar = "#" * (20 * done // epochs)
    text = f"\r{name:12} [{bar:20}] {done}/{epochs}  loss {row['loss']:.3f}  accuracy {row['metric']:.3f}"
    print(text, end="\n" if done == epochs else "", file=sys.stderr, flush=True)


def fit(
    name: str,
    network: nn.Module,
    optimizer: torch.optim.Optimizer,
    train: DataLoader[tuple[Tensor, ...]],
    valid: DataLoader[tuple[Tensor, ...]],
    epochs: int,
) -> float:
    """Train with a cosine schedule; the accuracy on validation data at the end."""
    steps = epochs * len(train)
    scheduler = cosine_with_warmup(optimizer, steps, warmup=steps // 10)
    history = Training(network, optimizer, cross_entropy, scheduler, higher_is_better=True).fit(
        train,
        lambda model: evaluate(model, valid, {"accuracy": accuracy})["accuracy"],
        epochs,
        report=lambda row: show(name, epochs, row),
    )
    return history[-1]["metric"]


def main() -> None:
    """Pretrain, fine-tune, and look at what is still wrong."""
    parser = argparse.ArgumentParser(description="Fine-tune a small residual network on digits that it has not seen.")
    parser.add_argument(
        "--epochs", type=int, default=8, help="of pretraining; fine-tuning, on few images, gets twice as many"
    )
    parser.add_argument("--limit", type=int, default=0, help="most images to pretrain on; 0: all")
    parser.add_argument("--images", type=int, default=25, help="images to fine-tune on")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)

    images, labels = load()
    old = labels < CLASSES
    old_train, old_valid = stratified_split(labels[old], seed=options.seed)
    if 0 < options.limit < len(old_train):
        old_train = old_train[stratified_sample(labels[old][old_train], options.limit, seed=options.seed)]
    network = DigitNet(CLASSES)
    fit(
        "pretraining",
        network,
        adamw(network, 3e-3),
        batches(images[old][old_train], labels[old][old_train], train=32),
        batches(images[old][old_valid], labels[old][old_valid]),
        options.epochs,
    )

    new_images, new_labels = images[~old], labels[~old] - CLASSES
    new_train, new_valid = stratified_split(new_labels, 0.5, seed=options.seed)
    new_train = new_train[stratified_sample(new_labels[new_train], options.images, seed=options.seed)]
    train = batches(new_images[new_train], new_labels[new_train], train=10)
    valid = batches(new_images[new_valid], new_labels[new_valid])

    network.head = nn.Linear(network.head.in_features, CLASSES)
    freeze_batchnorm(network)  # batches of ten images are too small for new statistics
    # Other digits are data of the same kind, but other shapes: a ratio of 3, not of 10.
    optimizer = torch.optim.AdamW(discriminative_parameter_groups(network, 1e-2, ratio=3.0))
    fit("fine-tuning", network, optimizer, train, valid, 2 * options.epochs)

    fresh = DigitNet(CLASSES)
    scratch = fit("from scratch", fresh, adamw(fresh, 1e-2), train, valid, 2 * options.epochs)

    truth = new_labels[new_valid]
    single = evaluate(network, valid, {"accuracy": accuracy})["accuracy"]
    mean = accuracy(tta(network, new_images[new_valid], shifts(1)), truth).mean().item()
    worst = top_losses(network, valid, k=3)
    for index, prediction, target, p in zip(
        worst.index, worst.prediction, worst.target, worst.probability, strict=True
    ):
        print(f"image {int(index)}: a {int(target) + CLASSES}, taken for a {int(prediction) + CLASSES} (p = {p:.2f})")
    majority = truth.bincount().max().item() / len(truth)
    print(f"baseline: accuracy {majority:.3f} (always the most frequent class)")
    print(f"from scratch: accuracy {scratch:.3f} (the same {len(new_train)} images)")
    print(f"result: accuracy {single:.3f} (fine-tuned, {len(truth)} validation images)")
    print(f"averaged over shifts: accuracy {mean:.3f}")


if __name__ == "__main__":
    main()
