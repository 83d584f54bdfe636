"""The batch normalisation of a deep pretrained network goes on learning its statistics while it is fine-tuned.

## What it does
Looks at pretrained networks with batch normalisation that are deeper than a ResNet-34, in train mode during training:

- frozen (no weight but the head's is trained): warning
- trained as a whole on photos like those of the pretraining, such as pets, food or cars: advice only (info)

`eval()` on the layers, on the frozen part, or in a `train()` of one's own is seen.

## Why is this bad?
`requires_grad = False` keeps weights, not statistics: the running mean and variance of each layer are no parameters, and
every forward pass in train mode moves them. The "frozen" features are others after each epoch, differ between training
and evaluation, and no longer fit a head or a cache that was made with the old ones. In a network that is trained as a whole,
the good statistics of a million images are replaced by those of the last few hundred small batches.

## Example
```python
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.models import resnet50

crops = transforms.Compose([transforms.RandomResizedCrop(224), transforms.ToTensor()])
loader = DataLoader(datasets.OxfordIIITPet("pets", transform=crops), batch_size=32, shuffle=True)
model = resnet50(weights="DEFAULT")
for p in model.parameters():
    p.requires_grad = False
model.fc = nn.Linear(model.fc.in_features, 37)
optimizer = optim.AdamW(model.fc.parameters(), lr=1e-3)
for epoch in range(10):
    model.train()
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

## Use instead
```python
from torch import nn, optim
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.models import resnet50

crops = transforms.Compose([transforms.RandomResizedCrop(224), transforms.ToTensor()])
loader = DataLoader(datasets.OxfordIIITPet("pets", transform=crops), batch_size=32, shuffle=True)
model = resnet50(weights="DEFAULT")
for p in model.parameters():
    p.requires_grad = False
model.fc = nn.Linear(model.fc.in_features, 37)
optimizer = optim.AdamW(model.fc.parameters(), lr=1e-3)
for epoch in range(10):
    model.train()
    for m in model.modules():
        if isinstance(m, nn.BatchNorm2d):
            m.eval()
    for x, y in loader:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(x), y).backward()
        optimizer.step()
```

The layers have to be put back after each `train()`, which reaches them all; a network that does it in its own `train()`
cannot forget. `momentum = 0` does not do it: the output is still normalised by the batch.

## When not to follow it
Networks without batch normalisation (ViT, ConvNeXt), ResNet-18 and -34, training from scratch and gradual unfreezing are not
reported. Which is better is contested: fast.ai's own library lets the statistics follow the data from version 1 on, and on
images unlike those of the pretraining that is the point. Write at the `train()`:
`# bpcheck: ignore[BP301] statistics shall follow the X-rays`.

## Fix safety
Unsafe: the training computes something else. No automatic fix is offered yet; the finding shows what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lessons 2 and 7: `learn.bn_freeze(True)` after
  `learn.unfreeze()`, for networks deeper than ResNet-34 on data like ImageNet
- S. Ioffe and C. Szegedy, Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift,
  2015, arXiv 1502.03167
- PyTorch documentation, `BatchNorm2d`: https://docs.pytorch.org/docs/stable/generated/torch.nn.BatchNorm2d.html

## Evidence
Measured with a network of four convolutions, fine-tuned on few images of other digits. When the whole network is
trained, freezing the statistics brought nothing, with images like those of the pretraining or unlike them: at its own
best learning rate, statistics that follow the images were as good or better. Below a frozen body the advice is about a
plain mistake: in train mode the body loses some of its old task when the new images are unlike the old ones, and hardly
any when they are like them, while the new task is learned no worse. Deep networks pretrained on photographs, for which
the course recommends it, were not measured.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.batch_norm import following
from bpcheck.facts.edits import receiver
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP301", severity=Severity.INFO, practice=("T1",), fix=Safety.UNSAFE, default=False)
def unfrozen_batchnorm(program: Program) -> Iterator[Violation]:
    for found in following(program):
        name = receiver(found.site) or "the network"
        frozen = f"the frozen `{found.model.label}` does not stay as it was: in train mode its batch statistics follow the new data"
        trained = f"`{found.model.label}` gives up its batch statistics for those of small batches of data like the old"
        yield Violation(
            place(found.site),
            frozen if found.frozen else trained,
            (
                step(found.pretrained_site, "pretrained weights are loaded here"),
                *((step(found.frozen_site, "its weights are not trained"),) if found.frozen_site is not None else ()),
                step(found.site, "train mode is on for its batch normalisation, too"),
                step(found.pass_site, "and each training pass moves the running statistics"),
            ),
            manual=(
                f"After each `train()` put these layers back: `for m in {name}.modules(): if isinstance(m, nn.BatchNorm2d): m.eval()`."
            ),
        )
