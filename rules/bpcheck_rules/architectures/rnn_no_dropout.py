"""A recurrent network learns from text without a dropout that takes effect.

## What it does
Flags two things. First, a recurrent network that is trained on text, and in which nothing drops anything: no layer, no
`dropout=` between the layers of the recurrence, no function, no mask drawn by hand. Second, a `dropout=` that does
nothing in whatever recurrent layer: PyTorch applies it between the layers of `nn.LSTM`, `nn.GRU` and `nn.RNN`, and there is only one.
The number of layers is often set elsewhere, as the default of another class or of an option.

## Why is this bad?
A recurrent network has enough weights to learn a text by heart, and nothing else in it stands against that; its
validation loss soon rises while the training loss goes on falling. A dropout that never acts is worse than none in one
way: whoever reads the program believes that there is one, and tunes a number without effect.

## Example
```python
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.out = nn.Embedding(5000, 64), nn.Linear(128, 12)
        self.rnn = nn.LSTM(64, 128, dropout=0.5)

    def forward(self, words):
        return self.out(self.rnn(self.embed(words))[0])


model = Tagger()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.7, 0.99))
for words, tags in torch.load("sentences.pt"):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(words).flatten(0, 1), tags.flatten()).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.drop, self.out = nn.Embedding(5000, 64), nn.Dropout(0.4), nn.Linear(128, 12)
        self.rnn = nn.LSTM(64, 128, num_layers=2, dropout=0.3)

    def forward(self, words):
        return self.out(self.drop(self.rnn(self.drop(self.embed(words)))[0]))


model = Tagger()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.7, 0.99))
for words, tags in torch.load("sentences.pt"):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(words).flatten(0, 1), tags.flatten()).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
```

The course has five: on the input, whole rows of the embedding, the recurrent weights, between the layers and before the output, in
the ratio 0.25 : 0.02 : 0.2 : 0.15 : 0.1 for language models. One factor for all five is then enough to tune.

## When not to follow it
Where the number of layers decides (`dropout=p if layers > 1 else 0`), nothing is reported, and neither are image rows
and time series without dropout, text made up in the program, and networks of which a part is not known. A model that
sees each symbol of a huge corpus once has nothing to learn by heart: write at the layer
`# bpcheck: ignore[BP502] one pass over 10 GB`.

## Fix safety
Unsafe: with dropout another function is trained. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 2, lesson 10: `drops = np.array([0.25, 0.1, 0.2, 0.02, 0.15])*0.7`
- S. Merity, N. Keskar and R. Socher, Regularizing and Optimizing LSTM Language Models, 2017, arXiv 1708.02182
- PyTorch documentation, `LSTM` (dropout "on the outputs of each LSTM layer except the last layer"):
  https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html

## Evidence
In a small LSTM on a short text, five dropouts in the course's ratio lowered the best validation loss a little in the longer
training, not for certain with five seeds, and not at all in the short one; early stopping takes a part of what dropout would
save. So a network without any is advice here, and a warning is left for `dropout=` that cannot do anything, which is a
plain bug. Merity et al. claim a clear gain on Penn Treebank for networks a hundred times as large.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.dropout import inert
from bpcheck.facts.loops import turns
from bpcheck.facts.program import Program, place, step
from bpcheck.facts.text import surely_undropped
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP502", severity=Severity.WARNING, practice=("R2",), fix=Safety.UNSAFE)
def rnn_no_dropout(program: Program) -> Iterator[Violation]:
    told = set()
    for each in inert(program):
        site = each.layer.site
        assert site is not None
        told.add(program.site_key(site))
        yield Violation(
            place(site),
            f"dropout={each.p:g} of this {each.layer.label} does nothing: it acts between layers, and there is only one",
            (step(site, "num_layers is 1 here"),),
            manual="Apply `nn.Dropout` to the input and the output of the recurrence, or stack two layers.",
        )
    if not program.closed:
        return
    for model in program.text_models:
        cell, (what, where) = model.cells[0], model.evidence
        if cell.site is None or program.site_key(cell.site) in told or not surely_undropped(model):
            continue
        steps = [optimizer.steps[0].site for optimizer in model.optimizers if turns(optimizer.steps) is not None]
        if steps:
            told.add(program.site_key(cell.site))
            yield Violation(
                place(cell.site),
                f"{model.label} reads symbol after symbol and drops nothing: it can learn the training data by heart",
                (
                    step(where, what),
                    step(cell.site, f"{cell.label} has no dropout, and nor has anything round it"),
                    step(steps[0], "is trained here"),
                ),
                severity=Severity.INFO,
                manual="Apply `nn.Dropout` to the embedded input and to the output of the recurrence.",
            )
