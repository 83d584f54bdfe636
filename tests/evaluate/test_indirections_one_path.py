"""What only one of several paths puts into a container may be there and may not: nothing that depends on it is certain."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.modules import children
from bpcheck.evaluate.values import Const, Obj

from .program import Evaluate, Evaluated, kind, rates
from .training import training

UNDECIDED = "import sys\nundecided = len(sys.argv) > 1\n"
ONE_ENTRY = "d = {}\nif undecided:\n    d['a'] = 1\n"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param("d['a']", 1, id="it is asked for, so it is there"),
        pytest.param("d.get('a', 2)", {1, 2}, id="get with a default"),
        pytest.param("d.get('a')", {1, None}, id="get"),
        pytest.param("d.pop('a', 2)", {1, 2}, id="pop"),
        pytest.param("d.setdefault('a', 2)", {1, 2}, id="setdefault"),
        pytest.param("'a' in d", ..., id="in"),
        pytest.param("'a' not in d", ..., id="not in"),
        pytest.param("1 if 'a' in d else 2", {1, 2}, id="a branch on it"),
        pytest.param("1 if d else 2", {1, 2}, id="truth"),
        pytest.param("len(d)", ..., id="length"),
        pytest.param("dict(d).get('a', 2)", {1, 2}, id="in a copy"),
        pytest.param("d.copy().get('a', 2)", {1, 2}, id="in a copy by a method"),
        pytest.param("{**d}.get('a', 2)", {1, 2}, id="spread"),
        pytest.param("{'a': 3, **d}['a']", {1, 3}, id="spread over another"),
        pytest.param("{**d, 'a': 3}['a']", 3, id="spread under another"),
        pytest.param("f(**d)", {1, 5}, id="as an argument with a default"),
        pytest.param("g(**d).get('a', 7)", {1, 7}, id="passed on"),
        pytest.param("{k: v for k, v in d.items()}.get('a', 2)", {1, 2}, id="in a comprehension"),
        pytest.param("'b' in d", False, id="what no path puts there"),
        pytest.param("sum(1 for k in d)", ..., id="counted"),
    ],
)
def test_an_entry_that_one_path_makes(evaluate: Evaluate, expression: str, value: object) -> None:
    functions = "def f(a=5):\n    return a\ndef g(**given):\n    return given\n"
    assert evaluate(UNDECIDED, ONE_ENTRY, functions, f"x = {expression}\n").plain("x") == value


def test_an_entry_that_one_path_takes_out(evaluate: Evaluate) -> None:
    run = evaluate(
        UNDECIDED, "d = {'a': 1, 'b': 2}\nif undecided:\n    del d['a']\nx, y = d.get('a', 3), d.get('b', 3)\n"
    )
    assert (run.plain("x"), run.plain("y")) == ({1, 3}, 2)


def test_an_entry_that_every_path_makes_is_certain(evaluate: Evaluate) -> None:
    run = evaluate(UNDECIDED, "d = {}\nif undecided:\n    d['a'] = 1\nelse:\n    d['a'] = 1\nx = d.get('a', 2)\n")
    assert run.plain("x") == 1
    later = evaluate(UNDECIDED, ONE_ENTRY, "d['a'] = 3\nx = d.get('a', 2)\n")
    assert later.plain("x") == 3


def test_an_update_that_may_not_have_the_entry(evaluate: Evaluate) -> None:
    run = evaluate(UNDECIDED, ONE_ENTRY, "e = {'a': 4}\ne.update(d)\nx, y = e['a'], 'a' in e\n")
    assert (run.plain("x"), run.plain("y")) == ({1, 4}, True)


LIST = "l = [1]\nif undecided:\n    l.append(2)\nl.append(3)\n"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param("l[0]", 1, id="before it"),
        pytest.param("l[1]", {1, 2, 3}, id="behind it"),
        pytest.param("l[-1]", 3, id="counted from the other end"),
        pytest.param("len(l)", ..., id="length"),
        pytest.param("2 in l", ..., id="in"),
        pytest.param("3 in l", True, id="in, of another"),
        pytest.param("[i for i, v in enumerate(l)][0]", 0, id="numbered before it"),
        pytest.param("[v + 1 for v in l][0]", 2, id="in a comprehension"),
    ],
)
def test_an_element_that_one_path_appends(evaluate: Evaluate, expression: str, value: object) -> None:
    assert evaluate(UNDECIDED, LIST, f"x = {expression}\n").plain("x") == value


@pytest.mark.parametrize("loop", ["for f in l: f()", "[f() for f in l]", "for i, f in enumerate(l): f()"])
def test_what_happens_for_such_an_element(evaluate: Evaluate, loop: str) -> None:
    run = evaluate(
        UNDECIDED,
        "net = nn.Linear(4, 2)\nl = [net.train]\nif undecided:\n    l.append(net.eval)\n",
        f"{loop}\nnet(torch.ones(4))\n",
    )
    assert run.modes not in (["train"], ["eval"])


def test_a_schedule_in_such_a_list_steps_under_a_guard(evaluate: Evaluate) -> None:
    run = evaluate(
        UNDECIDED,
        """
        net = nn.Linear(4, 2)
        optimizer = optim.SGD(net.parameters(), lr=0.1)
        schedules = []
        if undecided:
            schedules.append(optim.lr_scheduler.StepLR(optimizer, 1))
        for schedule in schedules:
            schedule.step()
        """,
    )
    assert [bool(e.guards) for e in run.of_kind("scheduler-step")] == [True]
    assert run.order("step") == []


def layers(run: Evaluated) -> list[str]:
    return [child.label for child in children(run.module("net"))]


NET = "layers = [nn.Linear(4, 8)]\n{}\nlayers.append(nn.Linear(8, 2))\n{}\nnet = nn.Sequential(*layers)\nout = net(1)\n"
IF = "if undecided:\n    "


@pytest.mark.parametrize(
    ("middle", "last", "meaning", "parts"),
    [
        ("", IF + "layers.append(nn.Softmax(1))", "raw|softmax", ["Linear", "Linear", "Softmax"]),
        ("", "layers.append(nn.Softmax(1))", "softmax", ["Linear", "Linear", "Softmax"]),
        (IF + "layers.append(nn.ReLU())", "", "raw", ["Linear", "ReLU", "Linear"]),
        (IF + "layers.insert(0, nn.ReLU())", "", "raw", ["ReLU", "Linear", "Linear"]),
        (
            "",
            IF + "layers += [nn.ReLU(), nn.Softmax(1)]\nelse:\n    layers.append(nn.Softmax(1))",
            "raw|relu|softmax",
            ["Linear", "Linear", "ReLU", "Softmax", "Softmax"],
        ),
    ],
)
def test_a_layer_that_one_path_adds(evaluate: Evaluate, middle: str, last: str, meaning: str, parts: list[str]) -> None:
    run = evaluate(UNDECIDED, NET.format(middle, last))
    assert kind(run.variable("out")) == meaning
    assert layers(run) == parts


@pytest.mark.parametrize(("guard", "codes"), [("True", {"BP403"}), ("undecided", set())])
def test_an_activation_that_may_be_there_is_no_finding(evaluate: Evaluate, guard: str, codes: set[str]) -> None:
    network = f"""
        import sys
        undecided = len(sys.argv) > 1
        layers = [nn.Linear(4, 2)]
        if {guard}:
            layers.append(nn.Softmax(1))
        net = nn.Sequential(*layers)
    """
    assert evaluate(training(network=network)).codes == codes


@pytest.mark.parametrize(("guard", "codes"), [("True", {"BP304"}), ("undecided", set())])
def test_a_weight_decay_that_may_be_there_is_no_finding(evaluate: Evaluate, guard: str, codes: set[str]) -> None:
    options = f"""
        import sys
        undecided = len(sys.argv) > 1
        options = dict(lr=0.1)
        if {guard}:
            options["weight_decay"] = 0.01
    """
    run = evaluate(training(options, optimizer="optim.Adam(net.parameters(), **options)"))
    assert run.codes == codes
    assert rates(run.the_optimizer) == [0.1]


@pytest.mark.parametrize(("guard", "codes"), [("True", {"BP104"}), ("undecided", set())])
def test_a_random_transform_that_may_be_there_is_no_finding(evaluate: Evaluate, guard: str, codes: set[str]) -> None:
    sets = f"""
        import sys
        from torchvision import transforms
        undecided = len(sys.argv) > 1
        steps = [transforms.ToTensor()]
        if {guard}:
            steps.append(transforms.RandomHorizontalFlip())
        transform = transforms.Compose(steps)
        loader = DataLoader(datasets.CIFAR10("d", train=True, transform=transform), shuffle=True)
        held_out = DataLoader(datasets.CIFAR10("d", train=False, transform=transform))
    """
    assert evaluate(training(sets)).codes == codes


def test_a_loader_argument_that_one_path_adds(evaluate: Evaluate) -> None:
    run = evaluate(
        "kwargs = {'batch_size': 4}\nif torch.cuda.is_available():\n    kwargs.update({'shuffle': True})\n"
        "loader = DataLoader(datasets.MNIST('d'), **kwargs)\n"
    )
    loader = run.variable("loader")
    assert isinstance(loader, Obj)
    assert not isinstance(loader.args["shuffle"], Const)
    assert isinstance(loader.args["batch_size"], Const)
