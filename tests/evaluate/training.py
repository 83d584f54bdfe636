"""A program that trains and validates as it should, in pieces that a test can exchange."""

from __future__ import annotations

from textwrap import dedent, indent

NETWORK = """
net = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 2))
"""
DATA = """
loader = DataLoader(datasets.MNIST("d", train=True), shuffle=True)
held_out = DataLoader(datasets.MNIST("d", train=False))
"""
STEP = """
optimizer.zero_grad()
F.cross_entropy(net(x), y).backward()
optimizer.step()
"""
VALIDATION = """
net.eval()
with torch.no_grad():
    for x, y in held_out:
        print((net(x).argmax(1) == y).sum().item())
"""


def training(
    *definitions: str, network: str = NETWORK, optimizer: str = "optim.SGD(net.parameters(), lr=0.1)",
    schedule: str = "optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)", start: str = "net.train()",
    step: str = STEP, after: str = "schedule.step()", validation: str = VALIDATION,
) -> str:  # fmt: skip
    """The whole program: ``definitions`` come before the loop, which runs ``start``, a ``step`` for each batch, ``after`` and
    ``validation`` in every epoch. A part that is empty is left out."""
    lines = [dedent(part).strip("\n") for part in (DATA, network, *definitions)]
    lines.append(f"optimizer = {optimizer}")
    if schedule:
        lines.append(f"schedule = {schedule}")
    lines.append("for epoch in range(10):")
    for part, depth in ((start, 1), ("for i, (x, y) in enumerate(loader):", 1), (step, 2), (after, 1), (validation, 1)):
        lines.append(indent(dedent(part).strip("\n"), "    " * depth))
    return "\n".join(lines) + "\n"
