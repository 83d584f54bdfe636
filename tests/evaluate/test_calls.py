"""C4: a call is evaluated with its actual arguments; what it does, leaves behind and returns is the caller's."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.values import Seq, Tensor

from .program import Evaluate, plain

NET = """
net = nn.Sequential(nn.Linear(4, 2), nn.Dropout(0.5))
optimizer = optim.SGD(net.parameters(), lr=0.1)
loader = DataLoader(datasets.MNIST("d", train=True))
held_out = DataLoader(datasets.MNIST("d", train=False))
"""
TRAIN = """
def train_epoch(net, loader):
    for x, y in loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
"""


def test_one_function_for_both_parts_of_the_data(evaluate: Evaluate) -> None:
    run = evaluate(
        NET, "def score(batches):\n    for x, y in batches:\n        net(x)\nscore(loader)\nscore(held_out)\n"
    )
    assert [run.splits([e]) for e in run.of_kind("forward")] == [{"train"}, {"train"}, {"test"}, {"test"}]


def test_the_name_of_a_parameter_says_nothing_about_its_data(evaluate: Evaluate) -> None:
    run = evaluate(NET, "def check(test_loader):\n    for x, y in test_loader:\n        net(x)\ncheck(loader)\n")
    assert run.splits(run.passes.evaluation) == {"train"}


@pytest.mark.parametrize(("restores", "modes"), [("net.train()", {"train"}), ("pass", {"train", "eval"})])
def test_the_mode_that_a_callee_leaves_behind(evaluate: Evaluate, restores: str, modes: set[str]) -> None:
    run = evaluate(
        NET,
        TRAIN,
        f"""
        def validate(net, loader):
            net.eval()
            with torch.no_grad():
                for x, y in loader:
                    net(x)
            {restores}
        for epoch in range(10):
            train_epoch(net, loader)
            validate(net, held_out)
        """,
    )
    assert {str(e.data["mode"]) for e in run.passes.training} == modes
    assert {str(e.data["mode"]) for e in run.passes.evaluation} == {"eval"}


def test_a_parameter_that_is_ignored_changes_nothing(evaluate: Evaluate) -> None:
    run = evaluate(NET, "def get(x, evaluation=False):\n    return x\nnet(get(torch.ones(4), evaluation=True))\n")
    assert run.recording == ["on"]


def test_a_helper_that_returns_a_float(evaluate: Evaluate) -> None:
    run = evaluate(
        NET,
        """
        def step(x, y):
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            return loss.item() / len(x)
        total = 0
        for x, y in loader:
            value = step(x, y)
            total += value
        """,
    )
    assert run.tensor("value").kind == "number"
    assert run.tensor("value").grad is False
    assert [e.data["value"].grad for e in run.of_kind("accumulate")] == [False, False]


def test_a_helper_that_returns_the_loss_with_its_graph(evaluate: Evaluate) -> None:
    run = evaluate(
        NET,
        """
        def step(x, y):
            loss = F.cross_entropy(net(x), y)
            loss.backward()
            optimizer.step()
            return loss
        total = 0
        for x, y in loader:
            total += step(x, y)
        """,
    )
    assert [e.data["value"].grad for e in run.of_kind("accumulate")] == [True, True]


def test_an_early_return_joins_with_what_comes_after(evaluate: Evaluate) -> None:
    run = evaluate("""
        import sys
        def size():
            if len(sys.argv) > 1:
                return 1
            return 2
        result = size()
    """)
    assert run.plain("result") == {1, 2}


def test_a_return_that_is_decided(evaluate: Evaluate) -> None:
    run = evaluate(
        "def size(large=False):\n    if large:\n        return 1\n    return 2\nresult = size()\nother = size(True)\n"
    )
    assert (run.plain("result"), run.plain("other")) == (2, 1)


def test_what_stands_behind_a_decided_return_does_not_happen(evaluate: Evaluate) -> None:
    run = evaluate(NET, "def f(dry=True):\n    if dry:\n        return\n    net(torch.ones(4))\nf()\n")
    assert run.order("forward") == []


def test_keywords_defaults_and_stars(evaluate: Evaluate) -> None:
    run = evaluate("""
        def f(a, b=2, *rest, c=3, **more):
            return a, b, rest, c, more
        plain = f(1)
        spread = f(*[1, 5, 6, 7], **{"c": 8, "d": 9})
    """)
    assert run.plain("plain") == (1, 2, (), 3, {})
    assert run.plain("spread") == (1, 5, (6, 7), 8, {"d": 9})


def test_super_runs_the_base_class(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Base:
            def __init__(self, size=4):
                self.size = size
            def width(self):
                return self.size
        class Derived(Base):
            def __init__(self):
                super().__init__(size=6)
            def width(self):
                return super().width() + 1
        width = Derived().width()
    """)
    assert run.plain("width") == 7


def test_recursion_ends(evaluate: Evaluate) -> None:
    run = evaluate(NET, "def f(n, x):\n    return x if n == 0 else f(n - 1, net(x))\nf(1000, torch.ones(4))\n")
    assert "Sequential" in run.subjects("forward")
    assert len(run.events) < 50


def test_functions_that_call_each_other_end(evaluate: Evaluate) -> None:
    run = evaluate(
        "import sys\ndef f(n):\n    return g(n - 1) if n else 0\ndef g(n):\n    return f(n)\nf(len(sys.argv))\nreached = 1\n"
    )
    assert run.plain("reached") == 1


def test_a_program_over_the_budget_ends_in_a_gap(evaluate: Evaluate) -> None:
    calls = "".join(f"def f{i}():\n" + f"    f{i + 1}(); f{i + 1}(); f{i + 1}(); f{i + 1}()\n" for i in range(12))
    run = evaluate(calls, "def f12():\n    global n\n    n = 1\nf0()\n")
    assert "the program is larger than what is evaluated" in run.gaps
    assert not run.closed


def test_a_call_that_cannot_be_followed_is_a_gap(evaluate: Evaluate) -> None:
    run = evaluate(NET, "import mystery\nmystery.run(optimizer)\n")
    assert run.gaps == ["mystery.run is not known"]
    assert run.the_optimizer.escaped()


def test_a_generator_yields_what_its_loader_gives(evaluate: Evaluate) -> None:
    run = evaluate(
        NET,
        """
        def forever():
            while True:
                for x, y in loader:
                    yield x, y
        for i, (x, y) in enumerate(forever()):
            net(x)
            if i > 100:
                break
        """,
    )
    assert run.splits(run.of_kind("forward")) == {"train"}


def test_positions_of_what_a_call_returns(evaluate: Evaluate) -> None:
    run = evaluate(
        NET,
        "def f(x):\n    out = net(x)\n    return out, out.softmax(1), out.argmax(1)\nresult = f(torch.ones(1, 4))\n",
    )
    result = run.variable("result")
    assert isinstance(result, Seq)
    assert result.items is not None
    assert [item.kind for item in result.items if isinstance(item, Tensor)] == ["raw", "softmax", "index"]


def test_behind_a_spread_of_unknown_length_no_position_is_known(evaluate: Evaluate) -> None:
    run = evaluate("""
        import sys
        def f(a, b=2, *, c=3):
            return a, b, c
        a, b, c = f(*sys.argv[1:], 5)
        layer = nn.LSTM(*sys.argv[1:], dropout=0.5)
    """)
    assert run.plain("a") != 5
    assert run.plain("b") != 2
    assert run.plain("c") == 3
    assert plain(run.module("layer").args["num_layers"]) is ...
    assert plain(run.module("layer").args["dropout"]) == 0.5


def test_a_function_that_calls_itself_is_seen(evaluate: Evaluate) -> None:
    program = evaluate("""
        def detached(h):
            return h.detach() if isinstance(h, torch.Tensor) else tuple(detached(v) for v in h)
        net, state = nn.LSTM(4, 4), None
        optimizer = optim.SGD(net.parameters(), 0.1)
        for x, y in DataLoader(datasets.MNIST('.')):
            out, state = net(x, state)
            F.mse_loss(out, y).backward()
            optimizer.step()
        for x, y in DataLoader(datasets.MNIST('.', train=False)):
            out, state = net(x, state)
            state = detached(state)
    """)
    assert not program.passes.untold
    assert program.passes.evaluation
