"""A recurrent network is trained and its gradients are never clipped.

## What it does
Flags an optimizer that trains a recurrence (`nn.RNN`, `nn.LSTM`, `nn.GRU`, their cells, or a hand-written loop that
feeds a network its own state) in a program that clips the gradients nowhere between `backward()` and `step()`: neither
by norm nor by value, neither in a helper, a hook or a framework's option. Clipping that is off by default counts as
none.

## Why is this bad?
Back-propagation through time multiplies the gradient by the same recurrent weights at every time step, so its size can
grow exponentially with the length of the sequence. One such batch takes one huge step and undoes hours of training, or
ends in NaN. The gates of LSTM and GRU are made against vanishing gradients; they do not stop exploding ones.

## Example
```python
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn, self.out = nn.Embedding(5000, 64), nn.LSTM(64, 128), nn.Linear(128, 12)

    def forward(self, words):
        return self.out(self.rnn(self.embed(words))[0])


model = Tagger()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=100)
for _ in range(100):
    words, tags = torch.randint(5000, (40, 16)), torch.randint(12, (40, 16))
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(words).flatten(0, 1), tags.flatten()).backward()
    optimizer.step()
    scheduler.step()
```

## Use instead
```python
import torch
from torch import nn


class Tagger(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.rnn, self.out = nn.Embedding(5000, 64), nn.LSTM(64, 128), nn.Linear(128, 12)

    def forward(self, words):
        return self.out(self.rnn(self.embed(words))[0])


model = Tagger()
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=100)
for _ in range(100):
    words, tags = torch.randint(5000, (40, 16)), torch.randint(12, (40, 16))
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(words).flatten(0, 1), tags.flatten()).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    scheduler.step()
```

Values from 0.25 to 1 are usual for language models. With a `GradScaler`, call `scaler.unscale_(optimizer)` first.
Log the norm that `clip_grad_norm_` returns: a limit that is hit in every step acts as a smaller learning rate.

## When not to follow it
Clamp helpers, gradient hooks, trainers that clip by default, LBFGS with a closure, reinforcement learning and recurrent
layers that are not trained are not reported. Very short sequences (image rows, a few time steps) rarely explode; if you logged the
norms and they stay small, write at the `step()`: `# bpcheck: ignore[BP503] 8 time steps, norms below 2 throughout`.

## Fix safety
Unsafe: clipped steps change the weights. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 4: `learner.clip = 0.3` for the language model
- R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of training recurrent neural networks, 2013, arXiv 1211.5063
- S. Merity, N. Keskar and R. Socher, Regularizing and Optimizing LSTM Language Models, 2017, arXiv 1708.02182 (their
  code clips at 0.25)
- PyTorch documentation, `clip_grad_norm_`:
  https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html

## Evidence
Clipping decides where gradients can grow without bound: a plain cell trained by SGD learns with it and not without. An
LSTM under Adam, in the short training that was measured, did as well without, each at its own best rate; what clipping
gives there is safety from the one batch that ruins a long run, which was not measured. Pascanu et al. claim that
clipping the norm makes training possible on synthetic tasks with long dependencies.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.optimizers import alike
from bpcheck.facts.program import Program, place, step
from bpcheck.facts.recurrence import unclipped
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP503", severity=Severity.WARNING, practice=("R3",), fix=Safety.UNSAFE)
def rnn_no_clipping(program: Program) -> Iterator[Violation]:
    if not program.closed or program.task.reinforcement:
        return
    cells = {o: cell for o in program.optimizers if (cell := unclipped(program, o)) is not None}
    for optimizer, *others in alike(cells):
        cell, site = cells[optimizer], optimizer.steps[0].site
        yield Violation(
            place(site),
            f"{cell.label} is trained without gradient clipping: one exploding gradient can undo the training",
            (
                *((step(cell.site, f"the recurrent network holds {cell.label}"),) if cell.site else ()),
                step(site, "steps with the gradients as they come"),
                *[step(other.steps[0].site, "and here again") for other in others],
                *program.switched_off("clip", "clip_grad", "clip_"),
            ),
            severity=Severity.INFO if program.task.toy_data else None,
            manual=(
                "Call `torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)` between `backward()` and `step()`."
            ),
        )
