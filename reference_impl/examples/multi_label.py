"""Several labels at once: which digits stand in an image of up to three?

Data: scikit-learn's scanned digits, pasted side by side; a place may stay empty. The single digits are split before
images are made of them, so no scan stands on both sides. The thresholds are chosen on validation images, the result
is measured on test images, next to that of always naming every label.

    python reference_impl/examples/multi_label.py
"""

from __future__ import annotations

import argparse
import sys

import torch
from bpcheck_reference.activations.multi_label import MultiLabelHead, f_beta, multi_label_loss
from bpcheck_reference.architectures.concat_pool import AdaptiveConcatPool2d
from bpcheck_reference.architectures.residual import layer_group
from bpcheck_reference.architectures.small_image_stem import small_image_stem
from bpcheck_reference.data.augmentation import Augment
from bpcheck_reference.data.splits import stratified_split
from bpcheck_reference.learning_rate.cosine import cosine_with_warmup
from bpcheck_reference.training.decay_groups import adamw
from bpcheck_reference.training.evaluate import evaluate, evaluating
from bpcheck_reference.training.train import Training
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

LABELS = 10
PLACES = 3
EMPTY = 0.3
"""How often a place holds no digit."""


class TagNet(nn.Module):
    """A residual network with one logit for each digit."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            Augment("glyphs", shift=1),
            small_image_stem(1, 16, kernel=3), layer_group(16, 32, 1), layer_group(32, 64, 1),
            AdaptiveConcatPool2d(), nn.Flatten(),
        )  # fmt: skip
        self.head = MultiLabelHead(2 * 64, LABELS)

    def forward(self, images: Tensor) -> Tensor:
        """Logits ``(batch, 10)`` from images ``(batch, 1, height, width)``."""
        logits: Tensor = self.head(self.body(images))
        return logits

    def predict(self, images: Tensor) -> Tensor:
        """Which digits stand in the images, by the thresholds of the head."""
        with evaluating(self):
            return self.head.predict(self.body(images))


def compose(digits: Tensor, labels: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """``count`` images of up to three of these digits side by side, and which stand there, ``(count, 10)``."""
    chosen = torch.randint(0, len(digits), (count, PLACES), generator=generator)
    filled = torch.rand((count, PLACES), generator=generator) >= EMPTY
    pasted = (digits[chosen] * filled[:, :, None, None]).permute(0, 2, 1, 3).flatten(2)
    present = (F.one_hot(labels[chosen], LABELS) * filled[:, :, None]).amax(dim=1)
    return F.pad(pasted[:, None], [1] * 4), present.float()


def loss_of_each(logits: Tensor, targets: Tensor) -> Tensor:
    """The binary cross-entropy of each image, shape ``(batch,)``."""
    return F.binary_cross_entropy_with_logits(logits, targets, reduction="none").mean(dim=1)


def show(epochs: int, row: dict[str, float]) -> None:
    """A progress bar on stderr."""
    done = int(row["epoch"])
    bar = "#" * (20 * done // epochs)
    text = f"\rtraining [{bar:20}] {done}/{epochs}  loss {row['loss']:.3f}  validation {row['metric']:.3f}"
    print(text, end="\n" if done == epochs else "", file=sys.stderr, flush=True)


def main() -> None:
    """Train, choose thresholds on validation images, measure on test images."""
    parser = argparse.ArgumentParser(description="Find all digits in images of up to three.")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--limit", type=int, default=4000, help="training images")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)

    scans, classes = load_digits(return_X_y=True)
    digits = torch.tensor(scans, dtype=torch.float32).view(-1, 8, 8) / 16
    labels = torch.tensor(classes)
    rest, test = stratified_split(labels, 0.2, seed=options.seed)
    inner, outer = stratified_split(labels[rest], 0.25, seed=options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    train_set = TensorDataset(*compose(digits[rest[inner]], labels[rest[inner]], options.limit, generator))
    valid_images, valid_targets = compose(digits[rest[outer]], labels[rest[outer]], 1000, generator)
    test_images, test_targets = compose(digits[test], labels[test], 1000, generator)

    train = DataLoader(train_set, batch_size=64, shuffle=True)
    valid = DataLoader(TensorDataset(valid_images, valid_targets), batch_size=256)
    network = TagNet()
    optimizer = adamw(network, 3e-3)
    steps = options.epochs * len(train)
    Training(network, optimizer, multi_label_loss, cosine_with_warmup(optimizer, steps, warmup=steps // 10)).fit(
        train,
        lambda model: evaluate(model, valid, {"loss": loss_of_each})["loss"],
        options.epochs,
        report=lambda row: show(options.epochs, row),
    )

    plain = f_beta(network.predict(test_images), test_targets).mean().item()
    with evaluating(network):
        network.head.set_thresholds(network(valid_images).sigmoid(), valid_targets)
    chosen = f_beta(network.predict(test_images), test_targets).mean().item()
    every = f_beta(torch.ones_like(test_targets), test_targets).mean().item()
    print("thresholds:", " ".join(f"{digit}: {t:.2f}" for digit, t in enumerate(network.head.thresholds.tolist())))
    print(f"baseline: F1 {every:.3f} (always every label)")
    print(f"with thresholds of 0.5: F1 {plain:.3f}")
    print(f"result: F1 {chosen:.3f} (mean over the labels, {len(test_targets)} test images)")


if __name__ == "__main__":
    main()
