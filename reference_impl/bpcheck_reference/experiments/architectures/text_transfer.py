"""From which module does a piece of source code come: an encoder from a language model against one from scratch.

The language model reads the first half of each module, without labels; the pieces that are labelled come from there as
well, those to test on from the second half. Both arms have the same network, head, labels and steps, and each its own
best rate. The encoder is frozen for the first third of the steps, then trained on; from scratch there is
nothing to keep, so it learns from the start. Characters tell less than words, and the language model has read next to nothing
compared with a published one: this is the smallest case of transfer, not what a pretrained transformer gains.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from bpcheck_reference.architectures.nlp_adam import nlp_adam
from bpcheck_reference.architectures.text_transfer import PooledHead, unfreeze_last
from bpcheck_reference.experiments.corpora.source_text import encode, module_text
from bpcheck_reference.experiments.experiment import Axis, Experiment, Run
from bpcheck_reference.experiments.fitting import minibatches
from bpcheck_reference.experiments.language_model import (
    LanguageModel,
    clipped,
    sized_model,
    train,
    validation_loss,
)

CLASSES = ("argparse", "datetime", "inspect", "ipaddress", "pickletools", "pydoc", "tarfile", "typing")
LENGTH = 64


class Encoder(nn.Module):
    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self.embed, self.rnn = model.embed, model.rnn

    def forward(self, characters: Tensor) -> Tensor:
        states: Tensor = self.rnn(self.embed(characters))[0]
        return states


def halves(device: str) -> tuple[list[Tensor], list[Tensor]]:
    """The first and the second half of each module."""
    texts = [encode(module_text(name)).to(device) for name in CLASSES]
    return [text[: len(text) // 2] for text in texts], [text[len(text) // 2 :] for text in texts]


def pieces(texts: list[Tensor], each: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """``each`` pieces of every text, and which one they are from."""
    starts = [torch.randint(len(text) - LENGTH, (each,), generator=generator).tolist() for text in texts]
    found = [text[start : start + LENGTH] for text, several in zip(texts, starts, strict=True) for start in several]
    return torch.stack(found), torch.arange(len(texts), device=texts[0].device).repeat_interleave(each)


_learned: dict[tuple[int, str, str], tuple[dict[str, Tensor], float]] = {}


def language_model(run: Run) -> tuple[LanguageModel, float]:
    """Trained on the first halves, with its loss on the second ones; once for each seed, whatever ran before."""
    key = (run.seed, run.size, run.device)
    model = sized_model(run, nn.LSTM)
    if key not in _learned:
        first, second = halves(run.device)
        order = torch.randperm(len(first), generator=torch.Generator().manual_seed(run.seed)).tolist()
        optimizer = nlp_adam(model.parameters(), 0.01)
        steps = run.sized(tiny=20, small=300, full=4_000)
        train(model, torch.cat([first[k] for k in order]), update=clipped(optimizer, 1.0), steps=steps)
        loss = validation_loss(model, torch.cat(second)[: run.sized(tiny=5_000, small=50_000)])
        _learned[key] = ({name: value.detach().clone() for name, value in model.state_dict().items()}, loss)
    state, loss = _learned[key]
    model.load_state_dict(state)
    return model, loss


def run(run: Run) -> dict[str, float]:
    model, loss = language_model(run) if run.setting else (sized_model(run, nn.LSTM), 0.0)
    generator = torch.Generator().manual_seed(run.seed)
    first, second = halves(run.device)
    test, truth = pieces(second, run.sized(tiny=25, small=60, full=250), generator)
    x, y = pieces(first, run.condition, generator)
    torch.manual_seed(run.seed)
    encoder, head = Encoder(model), PooledHead(model.rnn.hidden_size, len(CLASSES)).to(run.device)
    optimizer = nlp_adam([*encoder.parameters(), *head.parameters()], run.choice, task="classifier")
    update = clipped(optimizer, 1.0)
    steps = run.sized(tiny=10, small=120, full=600)

    def scores(characters: Tensor) -> Tensor:
        logits: Tensor = head(encoder(characters), torch.full((len(characters),), LENGTH, device=run.device))
        return logits

    step = 0
    while step < steps:
        for part, wanted in minibatches(x, y, size=16):
            if len(part) < 2 or step == steps:
                continue
            unfreeze_last([encoder, head], 1 if run.setting and step < steps // 3 else 2)
            update(nn.functional.cross_entropy(scores(part), wanted))
            step += 1
    head.eval()
    with torch.no_grad():
        accuracy = (scores(test).argmax(1) == truth).float().mean().item()
    return {"accuracy": accuracy, "loss of the language model": loss}


EXPERIMENT = Experiment(
    practice=("R6",),
    rules=("BP507",),
    question="Does a language model help to classify texts of which few are labelled?",
    subject="pieces of source code",
    data=(
        "64 characters from one of eight modules of Python's standard library, 480 pieces to test on from halves "
        "that no arm has read; LSTM of 64 units; guessing has an accuracy of 0.125"
    ),
    metric="test accuracy",
    higher_is_better=True,
    smallest=0.02,
    arms={"from scratch": False, "from a language model": True},
    run=run,
    condition=Axis("labelled pieces of each class", (16, 64), at=16, log=True),
    choice=Axis("learning rate", (0.003, 0.01, 0.03), at=0.01, log=True),
)
