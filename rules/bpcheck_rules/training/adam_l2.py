"""Adam is given a weight decay, which it applies as an L2 penalty on the gradient.

## What it does
Flags `Adam`, `NAdam` and `RAdam` of `torch.optim` where the weight decay in force for some parameter group is above
zero, as the program runs by default: a group's own value wins over the constructor's, and a default of zero or a branch
that is not taken is not reported.

## Why is this bad?
The penalty is added to the gradient and then divided, with it, by the running size of that gradient. Weights with large
gradients are hardly decayed at all and those with small ones strongly, whatever number was set. AdamW takes the decay
out of the gradient: each step multiplies every weight by `1 - lr * weight_decay`. The decay then does the same to all
weights and can be tuned apart from the rest.

## Example
```python
import torch
from torch import nn


def train(model, loader):
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=1e-4)
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn


def train(model, loader):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.01)
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

Tune the number again: it means something else now, and 1e-4 next to `lr=1e-3` is next to nothing in AdamW (0.01 to 0.1
are usual). `Adam(..., decoupled_weight_decay=True)` is the same algorithm in recent versions of PyTorch. Adam without
weight decay is fine as it is.

## When not to follow it
Replications of work that was tuned with Adam and L2, such as graph networks with `weight_decay=5e-4`: another number
would be another experiment. Also where the penalty itself is wanted, as the prior of a Bayesian model. Write at the
optimizer: `# bpcheck: ignore[BP304] GCN as published: Adam with L2 5e-4`.

## Fix safety
Unsafe: the weights change, and the same number acts differently. Where an option of that name chooses the class, the finding
shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018): AdamW as `fit(..., use_wd_sched=True)` of the course's library
- I. Loshchilov and F. Hutter, Decoupled Weight Decay Regularization, 2017, arXiv 1711.05101
- PyTorch documentation, `AdamW`: https://docs.pytorch.org/docs/stable/generated/torch.optim.AdamW.html
- The exception: T. Kipf and M. Welling, Semi-Supervised Classification with Graph Convolutional Networks, 2016,
  arXiv 1609.02907

## Evidence
Measured with a small network on few images of digits. With a small decay the two cannot be told apart, and where each
has its own best decay, AdamW is no better at any of the learning rates tried. What decoupling gives is room: the
penalty of Adam ruins the training at a decay of a tenth, where AdamW still does well. That the best decay depends less
on the learning rate, as the paper claims, was not seen here; large data, on which it claims better generalisation, were
not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.optimizers import Group, Optimizer, alike, number
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP304", severity=Severity.WARNING, practice=("T4",), fix=Safety.UNSAFE)
def adam_l2(program: Program) -> Iterator[Violation]:
    for optimizer, *others in alike(o for o in program.optimizers if _adam_with_l2(o)):
        decayed = max(optimizer.groups, key=_decay)
        assert optimizer.made is not None
        from bpcheck.fixes.arguments import decoupled

        yield Violation(
            place(optimizer.made.site),
            (
                f"{optimizer.name} with weight_decay={_decay(decayed):g} adds L2 to the gradient, where the adaptive step "
                f"undoes most of it"
            ),
            (
                *program.set_at(decayed.weight_decay),
                step(optimizer.made.site, f"weight decay {_decay(decayed):g} is in force here"),
                *[step(other.made.site, "and here again") for other in others if other.made is not None],
            ),
            fix=decoupled([optimizer, *others]),
            manual="Use `torch.optim.AdamW`, whose decay is decoupled from the gradient.",
        )


def _adam_with_l2(optimizer: Optimizer) -> bool:
    api = optimizer.api
    if optimizer.made is None or optimizer.made.guards:
        return False  # one of several optimizers that the user may choose
    if api is None or not api.facts.get("adam") or api.facts.get("weight_decay") != "l2":
        return False
    if optimizer.given("decoupled_weight_decay") and optimizer.option("decoupled_weight_decay") is not False:
        return False
    return any(_decay(group) > 0 for group in optimizer.groups)


def _decay(group: Group) -> float:
    return number(group.weight_decay) or 0.0
