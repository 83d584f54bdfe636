"""A recurrent language model is trained without weight decay and without a penalty on its activations.

## What it does
Flags the optimizer of a recurrent language model (it reads symbols of one alphabet, scores the whole alphabet, and its targets
are from the same text) where the weight decay of every parameter group is 0 and nothing is added to the loss: neither
activation regularisation (AR, the mean square of the last layer's output) nor temporal activation regularisation (TAR, the mean
square of the differences between consecutive outputs), nor any other penalty.

## Why is this bad?
A language model is trained for long on one text. Dropout makes it harder to learn the text by heart, and says nothing
about the size of weights and activations, which grow until the softmax is too sure of itself. AR keeps the outputs
small; TAR keeps the state from jumping between two symbols. Together they are one line.

## Example
```python
import torch
from torch import nn


class LanguageModel(nn.Module):
    def __init__(self, symbols):
        super().__init__()
        self.embed, self.drop = nn.Embedding(symbols, 64), nn.Dropout(0.3)
        self.rnn, self.out = nn.LSTM(64, 128), nn.Linear(128, symbols)

    def forward(self, x):
        hidden = self.drop(self.rnn(self.drop(self.embed(x)))[0])
        return self.out(hidden), hidden


text = torch.load("corpus.pt")
model = LanguageModel(128)
optimizer = torch.optim.Adam(model.parameters(), lr=3e-3, betas=(0.7, 0.99))
for start in range(0, len(text) - 65, 64):
    x, y = text[start : start + 64], text[start + 1 : start + 65]
    optimizer.zero_grad()
    scores, hidden = model(x)
    loss = nn.functional.cross_entropy(scores.flatten(0, 1), y.flatten())
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 0.3)
    optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


class LanguageModel(nn.Module):
    def __init__(self, symbols):
        super().__init__()
        self.embed, self.drop = nn.Embedding(symbols, 64), nn.Dropout(0.3)
        self.rnn, self.out = nn.LSTM(64, 128), nn.Linear(128, symbols)

    def forward(self, x):
        hidden = self.drop(self.rnn(self.drop(self.embed(x)))[0])
        return self.out(hidden), hidden


text = torch.load("corpus.pt")
model = LanguageModel(128)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.7, 0.99), weight_decay=1e-6)
for start in range(0, len(text) - 65, 64):
    x, y = text[start : start + 64], text[start + 1 : start + 65]
    optimizer.zero_grad()
    scores, hidden = model(x)
    loss = nn.functional.cross_entropy(scores.flatten(0, 1), y.flatten())
    loss = loss + 2.0 * hidden.pow(2).mean() + (hidden[1:] - hidden[:-1]).pow(2).mean()
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), 0.3)
    optimizer.step()
```

Factors of 2 (AR) and 1 (TAR) are those of the course and of the paper's authors. Report the loss without the penalties: its exponential
is the perplexity.

## When not to follow it
AdamW decays by 0.01 if nothing else is said, and is not reported; nor are classifiers, translators, captions and text
made up in the program. The authors of AR and TAR leave both out for characters: write at the optimizer
`# bpcheck: ignore[BP505] characters, dropout is enough`.

## Fix safety
Unsafe: penalties and decay change what is minimised. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 4: `reg_fn = partial(seq2seq_reg, alpha=2, beta=1)`
- S. Merity, B. McCann and R. Socher, Revisiting Activation Regularization for Language RNNs, 2017, arXiv 1708.01009
- S. Merity, N. Keskar and R. Socher, Regularizing and Optimizing LSTM Language Models, 2017, arXiv 1708.02182

## Evidence
The penalties on the states and on their changes lower the loss of a small LSTM on a short text, with dropout and more so
without. The rate was the same for all arms, so a part of the gain may be that of another rate. A weight decay as small
as the course's changes nothing by itself. Merity et al. claim that AR and TAR improve the perplexity of LSTM language
models on Penn Treebank and WikiText-2.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.text import predicts_next, surely_unregularised
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP505", severity=Severity.INFO, practice=("R4",), fix=Safety.UNSAFE)
def rnn_no_regularisation(program: Program) -> Iterator[Violation]:
    if not program.closed:
        return
    found = [
        (model, made)
        for model in program.text_models
        if surely_unregularised(model) and predicts_next(model)
        for made in [optimizer.made for optimizer in model.optimizers if optimizer.made is not None]
        if not made.guards
    ]
    if not found:
        return
    (model, made), *others = found
    what, where = model.evidence
    yield Violation(
        place(made.site),
        f"{model.label} is a language model trained with no weight decay and no penalty on its activations",
        (
            step(where, what),
            step(made.site, "the weight decay is 0 here"),
            step(model.losses[0].site, "nothing is added to the loss"),
            *[step(again.site, f"and so it is here, for {other.label}") for other, again in others],
        ),
        manual=(
            "Use AdamW with a small weight decay (1e-6), and add `2 * h.pow(2).mean() + (h[1:] - h[:-1]).pow(2).mean()` to the loss, "
            "where `h` is what the last recurrent layer gives, time first."
        ),
    )
