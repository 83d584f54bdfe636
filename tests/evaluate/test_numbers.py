"""C9: numbers are computed where the program fixes them, and unknown where it does not."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.values import Unknown
from bpcheck.facts.loops import epochs
from bpcheck.facts.optimizers import number

from .program import Evaluate, plain, rates


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("3 * 2 + 1", 7),
        ("7 // 2", 3),
        ("-7 % 3", 2),
        ("2 ** 10", 1024),
        ("1e-3 / 10", 1e-4),
        ("0 * 1e-4", 0.0),
        ("-(1 - 2)", 1),
        ("int(0.8 * 100)", 80),
        ("round(2.6)", 3),
        ("max(1, 2, 3)", 3),
        ("min([4, 2])", 2),
        ("sum([1, 2, 3])", 6),
        ("abs(-2)", 2),
        ("float('1e-4')", 1e-4),
        ("len('abc')", 3),
        ("len([1, 2, 3])", 3),
        ("len(range(2, 10, 2))", 4),
        ("list(range(3))", [0, 1, 2]),
        ("[i * i for i in range(4)]", [0, 1, 4, 9]),
        ("[i for i in range(6) if i % 2]", [1, 3, 5]),
        ("[a + b for a in (1, 2) for b in (10, 20)]", [11, 21, 12, 22]),
        ("[0.9 ** (3 - i) for i in range(4)]", [0.9**3, 0.9**2, 0.9, 1.0]),
        ("[0.9 ** i for i in range(3)]", [1.0, 0.9, 0.9**2]),
        ("{k: v for k, v in zip('ab', [1, 2])}", {"a": 1, "b": 2}),
        ("{'a': 1, **{'b': 2}}", {"a": 1, "b": 2}),
        ("[1, 2][-1]", 2),
        ("[1, 2, 3, 4][1:3]", [2, 3]),
        ("(1, 2) + (3,)", (1, 2, 3)),
        ("[0] * 3", [0, 0, 0]),
        ("[*range(2), 5]", [0, 1, 5]),
        ("list(reversed(range(3)))", [2, 1, 0]),
        ("sorted([3, 1, 2])", [1, 2, 3]),
        ("list(enumerate('ab'))", [(0, "a"), (1, "b")]),
        ("list(zip([1, 2], [3, 4]))", [(1, 3), (2, 4)]),
        ("list(map(lambda v: v * 2, [1, 2]))", [2, 4]),
        ("list(map(int, '30,60'.split(',')))", [30, 60]),
        ("[int(v) for v in '30,60'.split(',')]", [30, 60]),
        ("list(filter(lambda v: v > 1, [1, 2, 3]))", [2, 3]),
        ("math.sqrt(16)", 4.0),
        ("math.ceil(10 / 3)", 4),
        ("f'conv{1 + 1}'", "conv2"),
        ("'%s-%d' % ('a', 3)", "a-3"),
        ("'{}_{}'.format('a', 1)", "a_1"),
        ("'a,b'.split(',')", ["a", "b"]),
        ("', '.join(['a', 'b'])", "a, b"),
        ("dict(a=1)['a']", 1),
        ("{'a': 1}.get('b', 7)", 7),
        ("1 if 2 > 1 else 0", 1),
        ("(lambda n: n + 1)(2)", 3),
        ("divmod(7, 2)", (3, 1)),
        ("any([0, 1])", True),
        ("not (1 > 2 or 3 > 4)", True),
        ("isinstance(3, int)", True),
        ("isinstance([], dict)", False),
    ],
)
def test_computed(evaluate: Evaluate, expression: str, value: object) -> None:
    found = evaluate(f"import math\nresult = {expression}\n").plain("result")
    assert found == pytest.approx(value) if isinstance(value, float) else found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    "expression",
    [
        pytest.param("len(sys.argv)", id="the length of what is not known"),
        pytest.param("int(sys.argv[1])", id="an argument of the command line"),
        pytest.param("time.time()", id="the time"),
        pytest.param("random.random()", id="a random number"),
        pytest.param("1 / 0", id="arithmetic that fails"),
        pytest.param("int('x')", id="a conversion that fails"),
        pytest.param("[1][5]", id="an index out of range"),
        pytest.param("2 ** 10 ** 10", id="a number too large to compute"),
        pytest.param("'x' * 10 ** 9", id="a string too long to compute"),
        pytest.param("len(loader)", id="the length of a loader"),
        pytest.param("missing + 1", id="a name that is not defined"),
    ],
)
def test_not_known(evaluate: Evaluate, expression: str) -> None:
    run = evaluate(f"import random, sys, time\nloader = DataLoader(datasets.MNIST('d'))\nresult = {expression}\n")
    assert run.plain("result") is ...


def test_a_huge_range_is_not_built(evaluate: Evaluate) -> None:
    run = evaluate("values = [i for i in range(10 ** 12)]\ncount = len(range(10 ** 6))\n")
    assert run.plain("values") is ...
    assert run.plain("count") == 10**6


def test_a_counter_of_a_loop_is_no_constant(evaluate: Evaluate) -> None:
    run = evaluate("""
        seen, step = 0, 0
        for x, y in DataLoader(datasets.MNIST("d")):
            seen += 1
            step = step + 1
    """)
    assert run.plain("seen") is ...
    assert run.plain("step") is ...


def test_a_counter_of_a_counted_loop_is_exact(evaluate: Evaluate) -> None:
    run = evaluate("total, width = 0, 1\nfor i in range(5):\n    total += i\n    width = width * 2\n")
    assert (run.plain("total"), run.plain("width")) == (10, 32)


def test_numbers_through_calls_and_attributes(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Config:
            depth = 4
            def __init__(self, base=8):
                self.base = base
            @property
            def width(self):
                return self.base * 2
            def at(self, i, decay=0.5):
                return self.width * decay ** (self.depth - i)
        config = Config(16)
        result = [config.at(i) for i in (3, 4)]
    """)
    assert run.plain("result") == [16.0, 32.0]


LOOP = """
    net = nn.Linear(4, 2)
    optimizer = optim.SGD(net.parameters(), lr=0.1)
    def run_epoch():
        for x, y in DataLoader(datasets.MNIST("d")):
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
"""


@pytest.mark.parametrize(
    ("header", "turns"),
    [
        pytest.param("for epoch in range(30):", 30, id="a range"),
        pytest.param("for epoch in range(1, 30 + 1):", 30, id="a range from one"),
        pytest.param("for epoch in range(5, 8):", 3, id="a range of the rest"),
        pytest.param("n = 200\nfor epoch in range(n):", 200, id="a name"),
        pytest.param("for epoch in tqdm(range(30)):", 30, id="behind a progress bar"),
        pytest.param("for i, epoch in enumerate(range(30)):", 30, id="enumerated"),
        pytest.param("for epoch in range(args.epochs):", 12, id="an option"),
        pytest.param("for epoch in range(args.start, args.epochs):", 12, id="two options"),
        pytest.param("for epoch in range(int(sys.argv[1])):", None, id="not known"),
        pytest.param("while True:", None, id="for ever"),
    ],
)
def test_how_many_epochs_there_are(evaluate: Evaluate, header: str, turns: int | None) -> None:
    run = evaluate(
        "import argparse, sys\nfrom tqdm import tqdm\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('--epochs', type=int, default=12)\nparser.add_argument('--start', type=int, default=0)\n"
        "args = parser.parse_args()\n",
        LOOP,
        f"{header}\n    run_epoch()\n",
    )
    assert epochs(run, run.the_optimizer) == turns


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        pytest.param("net.parameters()", [0.1], id="one group"),
        pytest.param("[{'params': net.parameters()}]", [0.1], id="a group without a rate of its own"),
        pytest.param("[{'params': net.parameters(), 'lr': 1e-3}]", [1e-3], id="a group with one"),
        pytest.param(
            "[{'params': a.parameters(), 'lr': 0.1 * 0.5}, {'params': b.parameters()}]", [0.05, 0.1], id="two groups"
        ),
        pytest.param(
            "[{'params': p.parameters(), 'lr': 0.1 * 0.5 ** (1 - i)} for i, p in enumerate([a, b])]",
            [0.05, 0.1],
            id="rates that grow with depth",
        ),
        pytest.param("[dict(params=a.parameters(), lr=0.2), dict(params=b.parameters())]", [0.2, 0.1], id="dict()"),
        pytest.param("make(0.3)", [0.3, 0.1], id="groups that a function makes"),
        pytest.param("grown", [0.1, 0.7], id="groups in a list that grows"),
        pytest.param("list(a.parameters()) + list(b.parameters())", [0.1], id="the parameters of two networks"),
        pytest.param("[p for m in (a, b) for p in m.parameters()]", [0.1], id="a comprehension over parameters"),
        pytest.param("filter(lambda p: p.requires_grad, net.parameters())", [0.1], id="filtered"),
        pytest.param("[p for n, p in net.named_parameters() if 'bias' not in n]", [0.1], id="chosen by name"),
    ],
)
def test_learning_rates_of_the_groups(evaluate: Evaluate, groups: str, expected: list[float]) -> None:
    run = evaluate(
        """
        net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 2))
        a, b = net[0], net[1]
        def make(rate):
            return [{"params": a.parameters(), "lr": rate}, {"params": b.parameters()}]
        grown = []
        grown.append({"params": a.parameters()})
        grown.append({"params": b.parameters(), "lr": 0.7})
        """,
        f"optimizer = optim.Adam({groups}, lr=0.1)\n",
    )
    assert rates(run.the_optimizer) == pytest.approx(expected)
    assert run.the_optimizer.known


def test_the_weight_decay_of_a_group_wins_over_that_of_the_call(evaluate: Evaluate) -> None:
    run = evaluate("""
        net = nn.Linear(4, 2)
        groups = [{"params": net.weight, "weight_decay": 1e-4}, {"params": net.bias, "weight_decay": 0.}]
        optimizer = optim.Adam(groups, weight_decay=0.5)
        optimizer.add_param_group({"params": nn.Linear(2, 2).parameters()})
    """)
    assert [number(group.weight_decay) for group in run.the_optimizer.groups] == [1e-4, 0.0, 0.5]


@pytest.mark.parametrize(
    ("call", "rate"),
    [
        ("optim.Adam(p)", 1e-3),
        ("optim.SGD(p, 0.5)", 0.5),
        ("optim.AdamW(p, lr=rate)", 0.25),
        ("optim.Adam(p, **options)", 0.75),
    ],
)
def test_the_rate_of_an_optimizer_is_filled_in(evaluate: Evaluate, call: str, rate: float) -> None:
    run = evaluate(f"p = nn.Linear(4, 2).parameters()\nrate = 0.5 ** 2\noptions = {{'lr': 0.75}}\noptimizer = {call}\n")
    assert rates(run.the_optimizer) == [rate]


def test_the_numbers_of_a_schedule(evaluate: Evaluate) -> None:
    run = evaluate("""
        optimizer = optim.SGD(nn.Linear(4, 2).parameters(), lr=0.1)
        epochs = 90
        a = optim.lr_scheduler.MultiStepLR(optimizer, [int(epochs * f) for f in (0.5, 0.75)], gamma=0.1)
        b = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs - 5)
    """)
    first, second = run.schedules
    assert plain(first.obj.args["milestones"]) == [45, 67]
    assert second.argument("T_max") == 85


def test_the_length_of_a_loader_stays_with_the_loader(evaluate: Evaluate) -> None:
    run = evaluate("""
        loader = DataLoader(datasets.MNIST("d"))
        optimizer = optim.SGD(nn.Linear(4, 2).parameters(), lr=0.1)
        s = optim.lr_scheduler.OneCycleLR(optimizer, 0.1, steps_per_epoch=len(loader), epochs=5)
    """)
    size = run.schedules[0].obj.args["steps_per_epoch"]
    assert getattr(size, "state", {}).get("of") is run.variable("loader")


def test_an_argument_that_nobody_gives_is_not_known(evaluate: Evaluate) -> None:
    run = evaluate("def f(n):\n    return n\nresult = f()\n")
    assert isinstance(run.variable("result"), Unknown)
