"""C6: what happens is listed in the order in which it happens, turn by turn, each time with whom it happens to."""

from __future__ import annotations

import pytest
from bpcheck.facts.loops import all_cleared, epochs, repeated, retentions, turns

from .program import Evaluate, Evaluated

SETUP = """
    net = nn.Linear(4, 2)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    loader = DataLoader(datasets.MNIST("d"))
"""
LOOP = """
    for epoch in range(3):
        for i, (x, y) in enumerate(loader):
"""


def body(*lines: str) -> str:
    """Statements inside the two loops."""
    return LOOP.rstrip() + "".join(f"\n            {line}" for line in lines) + "\n"


STEP = ("optimizer.zero_grad()", "loss = F.cross_entropy(net(x), y)", "loss.backward()", "optimizer.step()")
KINDS = ("zero-grad", "forward", "backward", "clip", "unscale", "step", "scheduler-step", "closure")


def order(run: Evaluated) -> list[str]:
    return run.order(*KINDS)


def first_turn(run: Evaluated) -> list[str]:
    """What happens in the first turn of all loops."""
    return [e.kind for e in run.sequence(*KINDS) if all(turn == 0 for _, turn in e.loops)]


def test_a_loop_is_walked_twice(evaluate: Evaluate) -> None:
    run = evaluate(SETUP, body(*STEP))
    assert order(run) == ["zero-grad", "forward", "backward", "step"] * 4
    assert [tuple(turn for _, turn in e.loops) for e in run.of_kind("step")] == [(0, 0), (0, 1), (1, 0), (1, 1)]


def test_consecutive_steps_are_those_of_the_inner_loop(evaluate: Evaluate) -> None:
    run = evaluate(SETUP, body(*STEP))
    pair = turns(run.the_optimizer.steps)
    assert pair is not None
    loop = repeated(*pair)
    assert loop is not None
    assert loop.iterable is not None
    assert loop is run.the_optimizer.loops()[-1]
    assert epochs(run, run.the_optimizer) == 3


def test_a_step_outside_any_loop_is_not_repeated(evaluate: Evaluate) -> None:
    run = evaluate(SETUP, "F.cross_entropy(net(torch.ones(4)), torch.ones(1)).backward()\noptimizer.step()\n")
    assert turns(run.the_optimizer.steps) is None


@pytest.mark.parametrize(
    ("lines", "cleared"),
    [
        pytest.param(STEP, True, id="before the forward pass"),
        pytest.param((STEP[1], STEP[0], *STEP[2:]), True, id="before the backward pass"),
        pytest.param((*STEP[1:], STEP[0]), True, id="after the step"),
        pytest.param(STEP[1:], False, id="never"),
        pytest.param(("net.zero_grad()", *STEP[1:]), True, id="of the network"),
        pytest.param(("for p in net.parameters(): p.grad = None", *STEP[1:]), True, id="gradients set to None"),
        pytest.param(("for p in net.parameters(): p.grad.zero_()", *STEP[1:]), True, id="gradients zeroed in place"),
        pytest.param(("for p in net.parameters(): p.grad.data.zero_()", *STEP[1:]), True, id="their data zeroed"),
        pytest.param(("clear(net, optimizer)", *STEP[1:]), True, id="in a helper"),
        pytest.param(("for o in [optimizer]: o.zero_grad()", *STEP[1:]), True, id="of a list of optimizers"),
        pytest.param(("other.zero_grad()", *STEP[1:]), False, id="of another network"),
        pytest.param(("optim.SGD(other.parameters(), 1).zero_grad()", *STEP[1:]), False, id="of another optimizer"),
        pytest.param(("if i % 4 == 0: optimizer.zero_grad()", *STEP[1:]), True, id="every fourth time"),
    ],
)
def test_whether_the_gradients_are_cleared(evaluate: Evaluate, lines: tuple[str, ...], cleared: bool) -> None:
    run = evaluate(
        SETUP, "def clear(n, o):\n    n.zero_grad()\n    o.zero_grad()\nother = nn.Linear(4, 2)\n", body(*lines)
    )
    optimizer = next(o for o in run.optimizers if o.steps)
    pair = turns(optimizer.steps)
    assert pair is not None
    assert all_cleared(run, optimizer, *pair) is cleared


def test_accumulation_steps_under_a_condition(evaluate: Evaluate) -> None:
    run = evaluate(
        SETUP,
        body(
            "loss = F.cross_entropy(net(x), y) / 4",
            "loss.backward()",
            "if (i + 1) % 4 == 0:",
            "    optimizer.step()",
            "    optimizer.zero_grad()",
        ),
    )
    assert first_turn(run) == ["forward", "backward", "step", "zero-grad"]
    assert all(len(e.guards) == 1 for e in run.of_kind("step"))
    assert not any(e.guards for e in run.of_kind("backward"))


def test_a_closure_runs_inside_the_step(evaluate: Evaluate) -> None:
    run = evaluate(
        SETUP,
        "optimizer = optim.LBFGS(net.parameters(), lr=0.8)\n",
        body(
            "def closure():",
            "    optimizer.zero_grad()",
            "    loss = F.cross_entropy(net(x), y)",
            "    loss.backward()",
            "    return loss",
            "optimizer.step(closure)",
        ),
    )
    assert first_turn(run) == ["closure", "zero-grad", "forward", "backward", "step"]


def test_a_partial_as_a_closure(evaluate: Evaluate) -> None:
    run = evaluate(
        SETUP,
        "from functools import partial\ndef work(a, b):\n    optimizer.zero_grad()\n    F.cross_entropy(net(a), b).backward()\n",
        body("optimizer.step(partial(work, x, y))"),
    )
    assert first_turn(run) == ["closure", "zero-grad", "forward", "backward", "step"]


@pytest.mark.parametrize(
    "update",
    [
        pytest.param("p.data.add_(-0.1, p.grad.data)", id="the old add_"),
        pytest.param("p.data.add_(p.grad, alpha=-0.1)", id="add_ with alpha"),
        pytest.param("p.data -= 0.1 * p.grad", id="an augmented assignment"),
        pytest.param("p.data = p.data - 0.1 * p.grad.data", id="an assignment"),
        pytest.param("p.data.sub_(0.1 * p.grad)", id="sub_"),
        pytest.param("p.data.copy_(p.data - 0.1 * p.grad)", id="copy_"),
        pytest.param("p -= 0.1 * p.grad", id="of the parameter itself"),
        pytest.param("p.add_(p.grad * -0.1)", id="add_ of the parameter itself"),
    ],
)
def test_hand_written_steps(evaluate: Evaluate, update: str) -> None:
    run = evaluate(
        "net = nn.Linear(4, 2)\nloader = DataLoader(datasets.MNIST('d'))\n",
        body(
            "net.zero_grad()",
            *STEP[1:3],
            "with torch.no_grad():",
            "    for p in net.parameters():",
            f"        {update}",
        ),
    )
    assert first_turn(run) == ["zero-grad", "forward", "backward", "step"]
    assert run.the_optimizer.by_hand
    assert run.the_optimizer.trains(run.module("net"))


@pytest.mark.parametrize(
    "clip",
    [
        pytest.param("nn.utils.clip_grad_norm_(net.parameters(), 1.0)", id="by norm"),
        pytest.param("torch.nn.utils.clip_grad_value_(net.parameters(), clip_value=1.0)", id="by value"),
        pytest.param("nn.utils.clip_grad_norm(net.parameters(), 1.0)", id="the old name"),
        pytest.param("clip(net.parameters(), 1.0)", id="an alias"),
        pytest.param("for p in net.parameters(): p.grad.data.clamp_(-1, 1)", id="by hand"),
        pytest.param("for p in net.parameters(): p.grad.clamp_(-1, 1)", id="by hand, the gradient itself"),
        pytest.param(
            "for g in optimizer.param_groups: [p.grad.clamp_(-1, 1) for p in g['params']]", id="over the groups"
        ),
        pytest.param(
            "for g in optimizer.param_groups: nn.utils.clip_grad_norm_(g['params'], 1)", id="by norm over the groups"
        ),
    ],
)
def test_clipping(evaluate: Evaluate, clip: str) -> None:
    run = evaluate(SETUP, "from torch.nn.utils import clip_grad_norm_ as clip\n", body(*STEP[:3], clip, STEP[3]))
    assert first_turn(run) == ["zero-grad", "forward", "backward", "clip", "step"]
    assert run.the_optimizer.touches(run.of_kind("clip")[0].subject) is True


def test_a_gradient_scaler(evaluate: Evaluate) -> None:
    run = evaluate(
        SETUP,
        "scaler = torch.cuda.amp.GradScaler()\n",
        body(
            "optimizer.zero_grad()",
            "with torch.cuda.amp.autocast():",
            "    loss = F.cross_entropy(net(x), y)",
            "scaler.scale(loss).backward()",
            "scaler.unscale_(optimizer)",
            "nn.utils.clip_grad_norm_(net.parameters(), 1.0)",
            "scaler.step(optimizer)",
            "scaler.update()",
        ),
    )
    assert first_turn(run) == ["zero-grad", "forward", "backward", "unscale", "clip", "step"]
    assert run.of_kind("step")[0].subject is run.variable("optimizer")
    assert run.passes.training == run.of_kind("forward")


def test_a_callable_object_that_owns_the_step(evaluate: Evaluate) -> None:
    run = evaluate(
        SETUP,
        """
        class Scaler:
            def __init__(self):
                self.inner = torch.cuda.amp.GradScaler()
            def __call__(self, loss, optimizer, clip=None, update=True):
                self.inner.scale(loss).backward()
                if update:
                    if clip is not None:
                        self.inner.unscale_(optimizer)
                        nn.utils.clip_grad_norm_(net.parameters(), clip)
                    self.inner.step(optimizer)
        scale = Scaler()
        """,
        body("scale(F.cross_entropy(net(x), y), optimizer, clip=1.0)", "optimizer.zero_grad()"),
    )
    assert first_turn(run) == ["forward", "backward", "unscale", "clip", "step", "zero-grad"]


def test_an_accelerator(evaluate: Evaluate) -> None:
    run = evaluate(
        SETUP,
        "from accelerate import Accelerator\na = Accelerator()\nnet, optimizer, loader = a.prepare(net, optimizer, loader)\n",
        body(
            "with a.accumulate(net):",
            "    loss = F.cross_entropy(net(x), y)",
            "    a.backward(loss)",
            "    a.clip_grad_norm_(net.parameters(), 1.0)",
            "    optimizer.step()",
            "    optimizer.zero_grad()",
        ),
    )
    assert first_turn(run) == ["forward", "backward", "clip", "step", "zero-grad"]
    assert run.gaps == []


def test_two_optimizers_in_turn(evaluate: Evaluate) -> None:
    run = evaluate(
        SETUP,
        "other = nn.Linear(4, 2)\nsecond = optim.Adam(other.parameters())\n",
        body(*STEP, "second.zero_grad()", "other(x).mean().backward()", "second.step()"),
    )
    assert [o.name for o in run.optimizers] == ["SGD", "Adam"]
    first, second = run.optimizers
    assert first.trains(run.module("net"))
    assert not first.trains(run.module("other"))
    assert second.touches(run.of_kind("zero-grad")[1].subject) is True
    assert first.touches(run.of_kind("zero-grad")[1].subject) is False


def test_the_schedule_is_stepped_in_the_outer_loop(evaluate: Evaluate) -> None:
    run = evaluate(
        SETUP, "schedule = optim.lr_scheduler.StepLR(optimizer, 1)\n", body(*STEP) + "        schedule.step()\n"
    )
    assert [len(e.loops) for e in run.of_kind("scheduler-step")] == [1, 1]
    (schedule,) = run.schedules
    assert schedule.drives(run.the_optimizer.obj) is True  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "schedules", ["schedules = [StepLR(optimizer, 1)]", "schedules = {'a': StepLR(optimizer, 1)}.values()"]
)
def test_schedules_in_a_container(evaluate: Evaluate, schedules: str) -> None:
    run = evaluate(
        SETUP,
        f"from torch.optim.lr_scheduler import StepLR\n{schedules}\n",
        body(*STEP, "for s in schedules: s.step()"),
    )
    assert len(run.schedules[0].steps) == 4


@pytest.mark.parametrize(
    "write",
    [
        "for g in optimizer.param_groups: g['lr'] = 0.1 / (epoch + 1)",
        "for g in optimizer.param_groups: g['lr'] *= 0.5",
        "optimizer.param_groups[0]['lr'] = 0.01",
        "adjust(optimizer, epoch)",
        "for g in optimizer.param_groups: g.update(lr=0.1)",
    ],
)
def test_the_rate_is_written_by_hand(evaluate: Evaluate, write: str) -> None:
    run = evaluate(
        SETUP,
        "def adjust(o, epoch):\n    rate = 0.1 * 0.1 ** (epoch // 30)\n    for group in o.param_groups:\n        group['lr'] = rate\n",
        body(*STEP, write),
    )
    assert {turn for e in run.of_kind("lr-write") for _, turn in e.loops} == {0, 1}
    assert run.the_optimizer.touches(run.of_kind("lr-write")[0].subject) is True


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        pytest.param("total += loss", True, id="the loss"),
        pytest.param("total = total + loss", True, id="the loss, written out"),
        pytest.param("history.append(loss)", True, id="the loss in a list"),
        pytest.param("total += loss.item()", False, id="its number"),
        pytest.param("total += loss.data", False, id="its data"),
        pytest.param("total += loss.detach()", False, id="detached"),
        pytest.param("history.append(float(loss))", False, id="its number in a list"),
        pytest.param("total += (net(x).argmax(1) == y).sum()", False, id="a count"),
    ],
)
def test_what_keeps_the_graphs_of_several_turns(evaluate: Evaluate, line: str, kept: bool) -> None:
    run = evaluate(SETUP, "total, history = 0, []\n", body(*STEP, line))
    assert bool(retentions(run)) is kept


def test_a_sum_over_steps_in_time_that_is_back_propagated_is_a_loss(evaluate: Evaluate) -> None:
    run = evaluate(
        SETUP,
        body("loss = 0", "optimizer.zero_grad()", "for t in range(x.size(0)):", "    loss += F.cross_entropy(net(x[t]), y[t])",
             "loss.backward()", "optimizer.step()"),
    )  # fmt: skip
    assert retentions(run) == []


def test_break_ends_the_turn_that_it_stands_in(evaluate: Evaluate) -> None:
    run = evaluate(SETUP, body("if i > 10: break", *STEP, "if i > 5: continue", "optimizer.zero_grad()"))
    assert first_turn(run) == ["zero-grad", "forward", "backward", "step", "zero-grad"]
    assert len(run.of_kind("step")) == 4


def test_a_loop_that_returns_in_its_first_turn_is_walked_once(evaluate: Evaluate) -> None:
    run = evaluate(SETUP, "def first():\n    for x, y in loader:\n        return net(x)\nfirst()\n")
    assert len(run.of_kind("forward")) == 1


def test_an_endless_loop_over_a_counter(evaluate: Evaluate) -> None:
    run = evaluate(
        SETUP,
        "step = 0\nbatches = iter(loader)\nwhile True:\n    x, y = next(batches)\n    optimizer.zero_grad()\n"
        "    F.cross_entropy(net(x), y).backward()\n    optimizer.step()\n    step += 1\n    if step > 100:\n        break\n"
        "net.eval()\n",
    )
    assert run.order("zero-grad", "backward", "step", "mode") == ["zero-grad", "backward", "step"] * 2 + ["mode"]
