"""A recurrent network learns from text with Adam's default betas.

## What it does
Flags Adam or AdamW over a recurrent network (LSTM, GRU, plain or written by hand) that reads text, where the betas are
those of the library: (0.9, 0.999). That it is text is proven by what the network does: it looks its symbols up in an
embedding, or gets them as one-hot vectors, and the loss compares classes.

## Why is this bad?
The first beta says how long Adam remembers the direction of the gradient: with 0.9 some 10 steps, with 0.7 some 3. The
gradient of a recurrent network changes fast from one piece of text to the next, and an old direction is worth little
there. The second says how long it remembers the size: with 0.999 some 1000 steps, with 0.99 some 100, so that the step
size follows sooner when the gradients grow.

## Example
```python
import torch
from torch import nn


class LanguageModel(nn.Module):
    def __init__(self, symbols):
        super().__init__()
        self.embed, self.rnn, self.out = nn.Embedding(symbols, 64), nn.LSTM(64, 128), nn.Linear(128, symbols)

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0])


text = torch.load("corpus.pt")
model = LanguageModel(128)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
for start in range(0, len(text) - 65, 64):
    x, y = text[start : start + 64], text[start + 1 : start + 65]
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten()).backward()
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
        self.embed, self.rnn, self.out = nn.Embedding(symbols, 64), nn.LSTM(64, 128), nn.Linear(128, symbols)

    def forward(self, x):
        return self.out(self.rnn(self.embed(x))[0])


text = torch.load("corpus.pt")
model = LanguageModel(128)
optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, betas=(0.7, 0.99))
for start in range(0, len(text) - 65, 64):
    x, y = text[start : start + 64], text[start + 1 : start + 65]
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(x).flatten(0, 1), y.flatten()).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 0.3)
    optimizer.step()
```

(0.8, 0.99) is as usual for language models. The first beta is what matters most; search for the learning rate again
after changing it.

## When not to follow it
Transformers are not reported: they have betas of their own, such as (0.9, 0.98) or (0.9, 0.95). Nor are betas that were
chosen, a schedule that cycles the first beta along with the learning rate (`OneCycleLR`), SGD, text made up in the program,
reinforcement learning and GANs. Where you compared and found no difference, write at the optimizer:
`# bpcheck: ignore[BP501] (0.7, 0.99) gave the same perplexity`.

## Fix safety
Unsafe: other betas take other steps, and the best learning rate changes with them. No automatic fix is offered yet; the
finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 4: `partial(optim.Adam, betas=(0.7, 0.99))`
- J. Howard and S. Ruder, Universal Language Model Fine-tuning for Text Classification, 2018, arXiv 1801.06146
- PyTorch documentation, `Adam`: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html

## Evidence
In our measurement, short trainings of a small LSTM on characters of source code with clipped gradients, the shorter
memories were better at every learning rate that was tried, and (0.7, 0.99) did about as well as (0.8, 0.99). Longer
trainings were not measured, and neither was which of the two betas does it. Howard and Ruder use (0.7, 0.99)
throughout and say so; they report no comparison with the default.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.moments import default_betas
from bpcheck.facts.optimizers import Optimizer
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP501", severity=Severity.INFO, practice=("R1",), fix=Safety.UNSAFE)
def nlp_adam_betas(program: Program) -> Iterator[Violation]:
    if not program.closed:
        return
    found = [(model, o.made) for model in program.text_models for o in model.optimizers if _by_default(program, o)]
    if not found:
        return
    (model, made), *others = found
    assert made is not None
    cell, (what, where) = model.cells[0], model.evidence
    yield Violation(
        place(made.site),
        f"{model.label} reads symbol after symbol and learns with Adam's default betas, whose memory is long for that",
        (
            step(where, what),
            *((step(cell.site, f"{cell.label} is the recurrence"),) if cell.site is not None else ()),
            step(made.site, "the betas are (0.9, 0.999) here"),
            *[step(again.site, f"and here again, for {other.label}") for other, again in others if again is not None],
        ),
        manual="Set the betas to (0.7, 0.99) and search for the learning rate again.",
    )


def _by_default(program: Program, optimizer: Optimizer) -> bool:
    made = optimizer.made
    return made is not None and not made.guards and default_betas(program, optimizer)
