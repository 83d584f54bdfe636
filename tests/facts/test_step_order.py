"""The order within a training step, in both directions: the smallest change that makes it wrong, or right again."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.facts.step_order import misplaced_clips, wrong_orders
from bpcheck.programs import fragments, lone_evaluator
from bpcheck.project import Project

from tests.evaluate.program import Evaluate, Evaluated

SETUP = """
    net, other = nn.Linear(4, 2), nn.Linear(4, 2)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cuda")
    def loss_of(network, x, y):
        return F.cross_entropy(network(x), y)
    for x, y in DataLoader(datasets.MNIST("d")):
"""
CLEAR, STEP, CLIP = "optimizer.zero_grad()", "optimizer.step()", "nn.utils.clip_grad_norm_(net.parameters(), 1.0)"
LOSS, BACKWARD = "loss = loss_of(net, x, y)", "loss.backward()"


@pytest.fixture
def run(tmp_path: Path) -> Evaluate:
    return Evaluate(tmp_path)


def program(run: Evaluate, *lines: str) -> Evaluated:
    return run(SETUP.rstrip() + "".join(f"\n        {line}" for line in lines) + "\n")


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        ((CLEAR, LOSS, BACKWARD, STEP), []),
        ((LOSS, BACKWARD, STEP, CLEAR), []),
        ((LOSS, BACKWARD, CLEAR, STEP), ["cleared"]),
        ((LOSS, BACKWARD, "net.zero_grad()", STEP), ["cleared"]),
        ((LOSS, BACKWARD, "for p in net.parameters(): p.grad = None", STEP), ["cleared"]),
        ((LOSS, BACKWARD, "other.zero_grad()", STEP), []),
        ((CLEAR, LOSS, STEP, BACKWARD), ["early"]),
        ((LOSS, STEP, CLEAR, BACKWARD), ["early"]),
        ((STEP, CLEAR, LOSS, BACKWARD), []),
        ((LOSS, BACKWARD, "if x.sum() > 0: optimizer.zero_grad()", STEP), []),
        ((LOSS, BACKWARD, CLEAR, "loss_of(net, x, y).backward()", STEP), []),
        ((LOSS, BACKWARD, CLEAR, "for p in net.parameters(): p.grad = p.data", STEP), []),
        ((LOSS, BACKWARD, CLEAR, "import engine", "engine.differentiate(loss)", STEP), []),
        ((CLEAR, LOSS, "if x.sum() > 0:", "    loss.backward()", STEP), []),
    ],
)
def test_steps_without_gradients(run: Evaluate, lines: tuple[str, ...], kinds: list[str]) -> None:
    assert [found.kind for found in wrong_orders(program(run, *lines))] == kinds


SCALED, SCALER = "scaler.scale(loss).backward()", "scaler.step(optimizer)"
UNSCALE = "scaler.unscale_(optimizer)"


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        ((CLEAR, LOSS, BACKWARD, CLIP, STEP), []),
        ((CLEAR, LOSS, CLIP, BACKWARD, STEP), ["early"]),
        ((LOSS, CLIP, BACKWARD, STEP, CLEAR), ["early"]),
        ((LOSS, CLIP, BACKWARD, STEP), ["early"]),
        ((CLEAR, LOSS, CLIP, BACKWARD, CLIP, STEP), []),
        ((CLEAR, LOSS, BACKWARD, STEP, CLIP), ["late"]),
        ((LOSS, BACKWARD, STEP, CLIP, CLEAR), ["late"]),
        ((CLEAR, LOSS, BACKWARD, STEP, CLIP.replace("1.0", "float('inf')")), []),
        ((CLEAR, LOSS, BACKWARD, STEP, CLIP.replace("net", "other")), []),
        ((CLEAR, LOSS, SCALED, CLIP, SCALER), ["scaled"]),
        ((CLEAR, LOSS, SCALED, UNSCALE, CLIP, SCALER), []),
        ((CLEAR, LOSS, SCALED, CLIP, UNSCALE, SCALER), ["scaled"]),
        ((CLEAR, LOSS, SCALED, CLIP.replace("1.0", "scaler.get_scale()"), SCALER), []),
        ((CLEAR, LOSS, SCALED, "for p in net.parameters(): p.grad /= 1024", CLIP, SCALER), []),
        ((CLEAR, LOSS, SCALED, "if x.sum() > 0: scaler.unscale_(optimizer)", CLIP, SCALER), []),
        ((CLEAR, LOSS, BACKWARD, "if x.sum() > 0:", f"    {STEP}", "else:", f"    {CLIP}"), []),
        (("for p in net.parameters(): p.register_hook(lambda g: g.clamp(-1, 1))", CLEAR, LOSS, BACKWARD, STEP), []),
    ],
)
def test_clipping_at_the_wrong_place(run: Evaluate, lines: tuple[str, ...], kinds: list[str]) -> None:
    assert [found.kind for found in misplaced_clips(program(run, *lines))] == kinds


def test_a_scaler_that_is_only_an_argument_is_known_by_what_it_does(tmp_path: Path) -> None:
    body = "\n".join(f"    {line}" for line in (CLEAR, LOSS, SCALED, CLIP, SCALER))
    path = tmp_path / "step.py"
    path.write_text(f"from torch import nn\ndef update(net, x, y, optimizer, scaler, loss_of):\n{body}\n")
    found = fragments(lone_evaluator(Project(tmp_path, tmp_path)), path, set())
    assert [each.kind for fragment in found for each in misplaced_clips(fragment)] == ["scaled"]
