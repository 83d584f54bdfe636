"""The learning rate never changes over a training of several epochs.

## What it does
Flags an optimizer whose rate provably stays where it was set, in a training of two or more epochs: no scheduler and no
write to `param_groups`, or a schedule that does nothing (`LambdaLR` with a factor of 1, `StepLR(gamma=1)`,
`get_constant_schedule`, milestones that all lie after the last epoch), or a rate that is scaled for one batch and put
back. Info rather than a warning where there are fewer than three epochs, or where the data are made up in the program.
One epoch counts only where pretrained weights are fine-tuned, which often takes no more. A scheduler that is created
and never stepped is BP207.

## Why is this bad?
Minibatch gradients are noisy, and the noise that they put on the weights grows with the rate. A rate that is large
enough to make progress at first leaves the network bouncing at the end, and one that is small enough for the end makes
the beginning slow; a falling rate serves both. Adam does not do it by itself: it scales each weight's step, and leaves
their common size at `lr`.

## Example
```python
import torch
from data import train_loader
from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for epoch in range(30):
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from data import train_loader
from torch import nn

model = nn.Sequential(nn.Flatten(), nn.Linear(784, 256), nn.ReLU(), nn.Linear(256, 10))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=30)
for epoch in range(30):
    for x, y in train_loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
    scheduler.step()
```

Cosine, linear to zero and one-cycle are all in wide use; that the rate falls matters more than how.

## When not to follow it
Optimizers that set their own step (schedule-free ones, Adafactor with relative steps, LBFGS), rates written by hand,
`ReduceLROnPlateau`, reinforcement learning and GANs are not reported. A constant rate is also right with averaged
weights (SWA, EMA) and for a short fine-tuning at a tiny rate. Write at the optimizer or scheduler:
`# bpcheck: ignore[BP204] constant by design, the averaged weights are used`.

## Fix safety
Unsafe: another schedule gives other weights. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 1: learning-rate annealing with `cycle_len`
- I. Loshchilov and F. Hutter, SGDR: Stochastic Gradient Descent with Warm Restarts, 2016, arXiv 1608.03983
- PyTorch documentation, how to adjust the learning rate: https://docs.pytorch.org/docs/stable/optim.html
- The exception: A. Defazio et al., The Road Less Scheduled, 2024, arXiv 2405.15682

## Evidence
With wrong labels among the training data, which make the gradients noisy, a falling rate came out slightly ahead of a
constant one, even if the constant one is chosen as low as is best for it; with clean labels, which the network
learned nearly without error, there was no difference. With most of the labels right the gain is certain but small;
with fewer of them right it looked no smaller, and varied too much from run to run to be told from none. A straight
line to zero did as well as a cosine. A falling rate also bears a higher peak: the loss from a rate chosen too high is
smaller. Measured with SGD and momentum on one small network; Adam was not. The SGDR paper claims better results for
cosine annealing than for a step schedule on CIFAR, which is not the comparison made here.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.loops import epochs, turns
from bpcheck.facts.program import Program, place, step
from bpcheck.facts.schedules import Driver, driver
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP204", severity=Severity.WARNING, practice=("L3",), fix=Safety.UNSAFE)
def constant_lr(program: Program) -> Iterator[Violation]:
    if not program.closed or program.task.reinforcement or program.task.adversarial or program.task.images_optimized:
        return
    for optimizer in program.optimizers:
        pair = turns(optimizer.steps)
        if pair is None or optimizer.escaped() or not optimizer.trained_by_gradients() or optimizer.by_hand:
            continue
        if optimizer.api is None or optimizer.api.facts.get("adaptive") or optimizer.api.facts.get("unknown"):
            continue
        count = epochs(program, optimizer)
        if count is not None and count < (1 if optimizer.fine_tunes() else 2):
            continue
        cause: Driver | None = driver(program, optimizer)
        if cause is None or optimizer.made is None:
            continue
        short = count is not None and count < 3
        yield Violation(
            place(cause.site),
            f"the learning rate of {optimizer.name} {cause.message}",
            (
                step(optimizer.made.site, "the learning rate is set here"),
                *cause.trace,
                step(pair[0].site, "and is the same at every step"),
            ),
            severity=Severity.INFO if short or program.task.toy_data else None,
            manual="Anneal it, for example with `CosineAnnealingLR(optimizer, T_max=epochs)` stepped once an epoch.",
        )
