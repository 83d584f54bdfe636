"""Transfer in text: a language model of Python's standard library, then a classifier of which package a piece is from.

Data: the sources of the standard library that runs this. Files are split, not pieces: no file stands on both sides,
and the language model never reads a validation file. Result: perplexity on validation files, next to that of the
words' frequencies; and the accuracy of the classifier, next to that of always naming the most frequent package.

    python reference_impl/examples/language_model.py
"""

from __future__ import annotations

import argparse
import copy
import math
import re
import sys
import sysconfig
from collections import Counter
from pathlib import Path

import torch
from bpcheck_reference.activations.classification_loss import cross_entropy
from bpcheck_reference.architectures.activation_regularization import activation_regularization
from bpcheck_reference.architectures.awd_lstm import AWDLSTM, Dropouts, State
from bpcheck_reference.architectures.clipping import step_clipped
from bpcheck_reference.architectures.nlp_adam import nlp_adam
from bpcheck_reference.architectures.text_transfer import PooledHead, unfreeze_last
from bpcheck_reference.data.sample import stratified_sample
from bpcheck_reference.data.splits import stratified_split
from bpcheck_reference.learning_rate.cosine import cosine_with_warmup
from bpcheck_reference.learning_rate.parameter_groups import discriminative_parameter_groups
from bpcheck_reference.training.evaluate import accuracy, evaluate, evaluating
from bpcheck_reference.training.train import Training
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader, TensorDataset

PACKAGES = ("asyncio", "email", "importlib", "multiprocessing", "unittest", "xml")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d|\n(?: {4})*|[^\sA-Za-z\d]")
"""A part of a name, a digit, a new line with its indentation, or a sign."""

BATCH = 16
TIME = 48
"""Words of a step of the language model, and of a piece that is classified."""


def read_files() -> tuple[list[list[str]], Tensor]:
    """The words of each file, and the package that it is from."""
    library = Path(sysconfig.get_path("stdlib"))
    files = [(path, k) for k, package in enumerate(PACKAGES) for path in sorted((library / package).rglob("*.py"))]
    texts = [(WORD.findall(path.read_text(encoding="utf-8", errors="replace")), k) for path, k in files]
    long_enough = [(words, k) for words, k in texts if len(words) >= TIME]
    return [words for words, _ in long_enough], torch.tensor([k for _, k in long_enough])


def pieces(texts: list[Tensor], packages: Tensor) -> tuple[Tensor, Tensor]:
    """Pieces of ``TIME`` words, shape ``(n, TIME)``, and the package of each."""
    cut = [text[: len(text) // TIME * TIME].view(-1, TIME) for text in texts]
    return torch.cat(cut), packages.repeat_interleave(torch.tensor([len(each) for each in cut]))


def streams(texts: list[Tensor], limit: int) -> Tensor:
    """Up to ``limit`` words of all texts as ``BATCH`` streams side by side, shape ``(BATCH, time)``."""
    text = torch.cat(texts)[:limit]
    return text[: len(text) // BATCH * BATCH].view(BATCH, -1)


def show(name: str, done: int, total: int, note: str) -> None:
    """A progress bar on stderr."""
    bar = "#" * (20 * done // total)
    print(
        f"\r{name:14} [{bar:20}] {done}/{total}  {note}", end="\n" if done == total else "", file=sys.stderr, flush=True
    )


def train_language_model(model: AWDLSTM, text: Tensor, epochs: int) -> None:
    """Each step goes on with the state of the step before it, without its graph."""
    starts = range(0, text.shape[1] - 1, TIME)
    total = epochs * len(starts)
    optimizer = nlp_adam(model.parameters(), 5e-3)
    scheduler = cosine_with_warmup(optimizer, total, warmup=total // 10)
    model.train()
    done = 0
    for _ in range(epochs):
        state: State | None = None
        for start in starts:
            following = text[:, start + 1 : start + 1 + TIME]
            words = text[:, start : start + following.shape[1]]
            logits, state, raw, dropped = model(words, state)
            loss = F.cross_entropy(logits.flatten(0, 1), following.flatten())
            step_clipped(loss + activation_regularization(raw, dropped), optimizer, max_norm=0.3)
            scheduler.step()
            done += 1
            if done % 10 == 0 or done == total:
                show("language model", done, total, f"perplexity {math.exp(loss.item()):.1f}")


def perplexity(model: AWDLSTM, text: Tensor) -> float:
    """exp of the mean cross-entropy of each next word."""
    total, words = 0.0, 0
    state: State | None = None
    with evaluating(model):
        for start in range(0, text.shape[1] - 1, TIME):
            following = text[:, start + 1 : start + 1 + TIME]
            logits, state, _, _ = model(text[:, start : start + following.shape[1]], state)
            total += F.cross_entropy(logits.flatten(0, 1), following.flatten(), reduction="sum").item()
            words += following.numel()
    return math.exp(total / words)


def unigram_perplexity(train: Tensor, valid: Tensor, words: int) -> float:
    """That of the frequencies of the words in training, each word counted once more than it occurs."""
    frequency = (train.flatten().bincount(minlength=words) + 1).double()
    return math.exp(-(frequency / frequency.sum()).log()[valid[:, 1:].flatten()].mean().item())


class TextClassifier(nn.Module):
    """The encoder of a language model, which is copied, with a pooled head."""

    def __init__(self, language_model: AWDLSTM, features: int, classes: int) -> None:
        super().__init__()
        self.encoder = copy.deepcopy(language_model)
        self.encoder.decoder = nn.Identity()  # type: ignore[assignment]  # no words are predicted any more
        self.head = PooledHead(features, classes)

    def forward(self, words: Tensor) -> Tensor:
        """Logits ``(batch, classes)`` from words ``(batch, time)``."""
        states, _, _, _ = self.encoder(words)
        logits: Tensor = self.head(states, torch.full((len(words),), words.shape[1]))
        return logits

    def groups(self) -> list[nn.Module]:
        """The layers from the first to the head."""
        return [self.encoder.embed, *self.encoder.layers, self.head]


def train_classifier(
    model: TextClassifier,
    train: DataLoader[tuple[Tensor, ...]],
    valid: DataLoader[tuple[Tensor, ...]],
    epochs: int,
) -> float:
    """One epoch for each group of layers that is unfrozen, from the head back, the rest with all of them."""
    groups = model.groups()
    counts = [min(epoch + 1, len(groups)) for epoch in range(epochs)]
    result = 0.0
    for count in sorted(set(counts)):
        unfreeze_last(groups, count)
        optimizer = nlp_adam(discriminative_parameter_groups(model, 1e-2, ratio=2.6), 1e-2, task="classifier")
        stage = counts.count(count)
        scheduler = cosine_with_warmup(optimizer, stage * len(train), warmup=stage * len(train) // 10)
        history = Training(model, optimizer, cross_entropy, scheduler, higher_is_better=True).fit(
            train,
            lambda network: evaluate(network, valid, {"accuracy": accuracy})["accuracy"],
            stage,
            report=lambda row: show(f"classifier, {count}", int(row["epoch"]), stage, f"accuracy {row['metric']:.3f}"),  # noqa: B023
        )
        result = history[-1]["metric"]
    return result


def main() -> None:
    """Train the language model, then the classifier on top of it."""
    parser = argparse.ArgumentParser(description="From a language model of Python code to a classifier of it.")
    parser.add_argument(
        "--epochs", type=int, default=4, help="of the language model; the classifier gets twice as many"
    )
    parser.add_argument("--limit", type=int, default=100_000, help="most words that the language model learns from")
    parser.add_argument("--pieces", type=int, default=2000, help="most pieces that the classifier learns from")
    parser.add_argument("--words", type=int, default=1500, help="size of the vocabulary")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    torch.manual_seed(options.seed)

    texts, packages = read_files()
    train_files, valid_files = stratified_split(packages, seed=options.seed)
    train_files = train_files[torch.randperm(len(train_files))]  # so that a limit takes of all packages
    common = Counter(word for k in train_files.tolist() for word in texts[k]).most_common(options.words - 1)
    index = {word: number for number, (word, _) in enumerate(common, 1)}  # 0: any other word
    coded = [torch.tensor([index.get(word, 0) for word in text]) for text in texts]
    train_texts = [coded[k] for k in train_files.tolist()]
    valid_texts = [coded[k] for k in valid_files.tolist()]

    train_text, valid_text = streams(train_texts, options.limit), streams(valid_texts, 20_000)
    width = 64
    model = AWDLSTM(options.words, embedding=width, hidden=128, layers=2, dropouts=Dropouts().scaled(0.3))
    train_language_model(model, train_text, options.epochs)

    train_pieces, train_labels = pieces(train_texts, packages[train_files])
    valid_pieces, valid_labels = pieces(valid_texts, packages[valid_files])
    chosen = stratified_sample(train_labels, min(options.pieces, len(train_labels)), seed=options.seed)
    held = stratified_sample(valid_labels, min(1000, len(valid_labels)), seed=options.seed)
    train = DataLoader(TensorDataset(train_pieces[chosen], train_labels[chosen]), batch_size=32, shuffle=True)
    valid = DataLoader(TensorDataset(valid_pieces[held], valid_labels[held]), batch_size=256)
    classifier = TextClassifier(model, width, len(PACKAGES))
    result = train_classifier(classifier, train, valid, 2 * options.epochs)

    frequencies = unigram_perplexity(train_text, valid_text, options.words)
    print(f"baseline: perplexity {frequencies:.1f} (frequencies of the words)")
    print(f"result: perplexity {perplexity(model, valid_text):.1f} (language model, {valid_text.numel()} words)")
    majority = valid_labels[held].bincount().max().item() / len(held)
    print(f"baseline: accuracy {majority:.3f} (always the most frequent package)")
    print(f"result: accuracy {result:.3f} (classifier, {len(held)} pieces of files that no training has seen)")


if __name__ == "__main__":
    main()
