"""All layers of a pretrained network are fine-tuned with one learning rate.

## What it does
Flags an optimizer that trains pretrained weights together with the rest of the network while every parameter group that
holds them has the same rate as the new layers. Rates are compared, not groups: groups that differ in weight decay only
are one. Advice only (info) for pretrained language models, where one small rate is a common recipe.

## Why is this bad?
The new head starts from random weights and needs large steps; the pretrained layers below it are nearly right already.
One rate for both is either too small for the head or large enough to wipe out, within the first batches, what the
pretraining was for. Early layers hold the most general features and need the smallest changes.

## Example
```python
import torch
from torch import nn
from torchvision.models import resnet50


def finetune(loader):
    model = resnet50(weights="DEFAULT")
    model.fc = nn.Linear(model.fc.in_features, 37)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

## Use instead
```python
import torch
from torch import nn
from torchvision.models import resnet50


def finetune(loader):
    model = resnet50(weights="DEFAULT")
    model.fc = nn.Linear(model.fc.in_features, 37)
    body = [p for name, p in model.named_parameters() if not name.startswith("fc.")]
    groups = [{"params": body, "lr": 0.001}, {"params": model.fc.parameters(), "lr": 0.01}]
    optimizer = torch.optim.SGD(groups, momentum=0.9)
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

A ratio of 10 between neighbouring layer groups is the course's rule of thumb for data like those of the pretraining,
3 for data unlike them. Schedulers that multiply keep the ratio; give `OneCycleLR` a list as `max_lr`.

## When not to follow it
A frozen body, LoRA and other adapters, layer-wise decay and going on with one's own checkpoint are not reported. One
small rate for everything is defensible where it does the head no harm: the gain is uncertain when the common rate is
low already. If you compared, or follow a published recipe, write at the optimizer:
`# bpcheck: ignore[BP202] lr=2e-5 for all layers, as in the paper`.

## Fix safety
Unsafe: the weights that come out of the training change. No automatic fix is offered yet; the finding shows what to
write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 1: `lr = np.array([1e-4, 1e-3, 1e-2])` for three
  layer groups; lesson 2 takes `[lr/9, lr/3, lr]` for satellite images
- J. Howard and S. Ruder, Universal Language Model Fine-tuning for Text Classification, 2018, arXiv 1801.06146
  (discriminative fine-tuning, factor 2.6 from layer to layer)
- PyTorch documentation, per-parameter options: https://docs.pytorch.org/docs/stable/optim.html

## Evidence
If each arm gets its own best rate, smaller rates for earlier layers were not better than one rate, neither on data
like those of the pretraining nor on others: one rate for all only had to be smaller. At a rate that suits the head
and is too high for the body, one rate for all lost far more. So the practice protects from a rate that was not tuned;
it is no substitute for tuning. A body of three small convolutions was measured, not a large pretrained one. The
ULMFiT paper claims lower validation errors with discriminative rates than with one rate in most of its comparisons on
text classification. The ratios 10 and 3 are heuristics of the course, with no paper behind them.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.finetuning import uniform_rates
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP202", severity=Severity.WARNING, practice=("L2",), fix=Safety.UNSAFE)
def uniform_finetuning_lr(program: Program) -> Iterator[Violation]:
    for found in uniform_rates(program):
        yield Violation(
            place(found.optimizer_site),
            f"the pretrained `{found.model.label}` is fine-tuned with one learning rate for all its layers",
            (
                *found.chosen_by,
                step(found.pretrained_site, "pretrained weights are loaded here"),
                step(found.optimizer_site, "all layers get the same learning rate"),
            ),
            severity=Severity.INFO if found.language_model else None,
            manual=(
                "Give earlier layers a smaller rate: parameter groups with lr / 10 for the body (lr / 3 where the "
                "data differ much)."
            ),
        )
