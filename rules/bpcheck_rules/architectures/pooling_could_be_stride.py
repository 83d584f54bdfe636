"""A convolution on a large map is pooled at once, though a stride would do at a quarter of the cost.

## What it does
Flags convolutions of stride 1 on maps of 64 pixels and more whose output goes into a max-pooling of 2 by 2 and nowhere
else, with no activation or normalisation in between, in a network trained from scratch. The size of the map comes from
the data set and its transforms. Each network is reported once.

## Why is this bad?
The convolution computes four positions of which the pooling keeps one. With stride 2 it computes that one only: the
same size of output for a quarter of the multiplications and of the memory, where maps are largest and both cost most. The two
are not the same function, a maximum selects and a stride does not, but networks of either kind reach similar accuracy.

## Example
```python
import torch
from torch import nn
from torchvision import datasets, transforms

transform = transforms.Compose([transforms.RandomResizedCrop(160), transforms.ToTensor()])
loader = torch.utils.data.DataLoader(datasets.ImageFolder("pets/train", transform), batch_size=64, shuffle=True)
model = nn.Sequential(
    nn.Conv2d(3, 32, kernel_size=3, padding=1),
    nn.MaxPool2d(2),
    nn.ReLU(),
    nn.Conv2d(32, 64, kernel_size=3, stride=2, padding=1),
    nn.AdaptiveMaxPool2d(1),
    nn.Flatten(),
    nn.Linear(64, 37),
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for images, labels in loader:
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(images), labels).backward()
    optimizer.step()
```

## Use instead
```python
import torch
from torch import nn
from torchvision import datasets, transforms

transform = transforms.Compose([transforms.RandomResizedCrop(160), transforms.ToTensor()])
loader = torch.utils.data.DataLoader(datasets.ImageFolder("pets/train", transform), batch_size=64, shuffle=True)
model = nn.Sequential(
    nn.Conv2d(3, 32, kernel_size=3, stride=2, padding=1),
    nn.ReLU(),
    nn.Conv2d(32, 64, kernel_size=3, stride=2, padding=1),
    nn.AdaptiveMaxPool2d(1),
    nn.Flatten(),
    nn.Linear(64, 37),
)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
for images, labels in loader:
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(images), labels).backward()
    optimizer.step()
```

## When not to follow it
Max-pooling behind an activation, small maps, images whose size is not known, and pretrained bodies are not reported. On small data sets
max-pooling may well be the better choice: measure both. Write at the convolution:
`# bpcheck: ignore[BP508] max-pooling is 2 % better here`.

## Fix safety
Unsafe: it is another function, and the network has to be trained anew. No automatic fix is offered yet; the finding shows
what to write.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 7: "stride 2 convolution has the same effect as max
  pool"; the networks of that lesson go without pooling up to their last map
- J. Springenberg, A. Dosovitskiy, T. Brox and M. Riedmiller, Striving for Simplicity: The All Convolutional Net, 2014,
  arXiv 1412.6806

## Evidence
Measured on small digits, and for time on a CPU, one block on maps of several sizes. With a stride the block is faster
at every size, the more the larger the map; a whole network gains less, as its other layers cost the same. Accuracy
could not be told apart with certainty, but the means favour pooling, maximum and average alike: expect time from this
advice, not accuracy. Photographs and GPUs were not measured; Springenberg et al. claim that max-pooling can be
replaced by a convolution with increased stride without loss of accuracy on several benchmarks.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.layers import made_at
from bpcheck.facts.pooling import pooled_convolutions
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP508", severity=Severity.INFO, practice=("R7",), fix=Safety.UNSAFE)
def pooling_could_be_stride(program: Program) -> Iterator[Violation]:
    for layers in program.layers:
        for convolution, pool, size in pooled_convolutions(layers)[:1]:
            yield Violation(
                place(made_at(convolution)),
                f"three quarters of what this convolution computes on {size} by {size} pixels are pooled away at once",
                (
                    step(convolution.site, f"the convolution gives a map of {size} by {size}"),
                    step(pool.site, "of which the pooling keeps every fourth number"),
                ),
                manual="Give the convolution `stride=2` and leave the pooling out; compare the validation losses.",
            )
