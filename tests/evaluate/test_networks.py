"""C10: a network is known as it is built: what is in it, in which order, with which arguments."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.modules import children, descendants
from bpcheck.evaluate.values import Obj, constant
from bpcheck.facts.models import layers, mode_effect, recurrent

from .program import Evaluate, plain


def parts(module: Obj) -> list[str]:
    """The classes of what a network directly consists of, in order."""
    return [child.label for child in children(module)]


def inner(module: Obj) -> list[str]:
    """The classes of all library layers of a network, in alphabetical order."""
    return sorted(layer.label for layer in layers(module) if not children(layer))


def sizes(module: Obj) -> list[int]:
    """How many features each linear layer in a container gives."""
    return [constant(child.args["out_features"]) for child in children(module) if child.label == "Linear"]


@pytest.mark.parametrize(
    "built",
    [
        pytest.param("net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))", id="positional"),
        pytest.param("net = nn.Sequential(*[nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)])", id="a list spread"),
        pytest.param(
            "first = [nn.Linear(4, 8), nn.ReLU()]\nnet = nn.Sequential(*first, nn.Linear(8, 2))",
            id="a list spread before more",
        ),
        pytest.param(
            "from collections import OrderedDict\n"
            "net = nn.Sequential(OrderedDict([('a', nn.Linear(4, 8)), ('b', nn.ReLU()), ('c', nn.Linear(8, 2))]))",
            id="an OrderedDict of pairs",
        ),
        pytest.param(
            "import collections\nlayers = collections.OrderedDict()\nlayers['a'] = nn.Linear(4, 8)\n"
            "layers['b'] = nn.ReLU()\nlayers['c'] = nn.Linear(8, 2)\nnet = nn.Sequential(layers)",
            id="an OrderedDict filled entry by entry",
        ),
        pytest.param(
            "sizes = [4, 8, 2]\nlayers = []\nfor i in range(2):\n    if layers:\n        layers.append(nn.ReLU())\n"
            "    layers.append(nn.Linear(sizes[i], sizes[i + 1]))\nnet = nn.Sequential(*layers)",
            id="appended in a counted loop",
        ),
        pytest.param(
            "layers = []\nfor a, b in zip([4, 8], [8, 2]):\n    layers += [nn.Linear(a, b), nn.ReLU()]\n"
            "net = nn.Sequential(*layers[:-1])",
            id="added in a loop over pairs and cut",
        ),
        pytest.param(
            "net = nn.Sequential()\nnet.add_module('a', nn.Linear(4, 8))\nnet.add_module('b', nn.ReLU())\n"
            "net.add_module('c', nn.Linear(8, 2))",
            id="added by name",
        ),
        pytest.param(
            "net = nn.Sequential()\nnet.append(nn.Linear(4, 8))\nnet.append(nn.ReLU())\nnet.append(nn.Linear(8, 2))",
            id="appended to the container",
        ),
        pytest.param(
            "def block(a, b, act=True):\n    return [nn.Linear(a, b)] + ([nn.ReLU()] if act else [])\n"
            "net = nn.Sequential(*block(4, 8), *block(8, 2, act=False))",
            id="nested builders that return lists",
        ),
        pytest.param(
            "plan = [8, 'R', 2]\ndef make(plan, width=4):\n    made = []\n    for v in plan:\n        if v == 'R':\n"
            "            made.append(nn.ReLU())\n        else:\n            made.append(nn.Linear(width, v))\n"
            "            width = v\n    return nn.Sequential(*made)\nnet = make(plan)",
            id="from a list of a plan",
        ),
        pytest.param(
            "class Net(nn.Sequential):\n    def __init__(self):\n"
            "        super().__init__(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))\nnet = Net()",
            id="a class that extends Sequential",
        ),
        pytest.param(
            "net = nn.Sequential(*(f() for f in (lambda: nn.Linear(4, 8), nn.ReLU, lambda: nn.Linear(8, 2))))",
            id="a generator expression",
        ),
        pytest.param("net = nn.ModuleList([nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)])", id="a ModuleList"),
        pytest.param(
            "net = nn.ModuleDict({'a': nn.Linear(4, 8), 'b': nn.ReLU(), 'c': nn.Linear(8, 2)})", id="a ModuleDict"
        ),
        pytest.param(
            "net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2), nn.Softmax(1))[:3]", id="a slice of one"
        ),
        pytest.param(
            "old = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2), nn.Softmax(1))\n"
            "net = nn.Sequential(*list(old.children())[:-1])",
            id="the children of another without the last",
        ),
    ],
)
def test_the_same_layers_in_the_same_order(evaluate: Evaluate, built: str) -> None:
    run = evaluate(built + "\n")
    net = run.module("net")
    assert parts(net) == ["Linear", "ReLU", "Linear"]
    assert sizes(net) == [8, 2]
    assert inner(net) == ["Linear", "Linear", "ReLU"]


@pytest.mark.parametrize(
    "last",
    [
        pytest.param("net = nn.Sequential(nn.Linear(4, 2), nn.Softmax(dim=1))", id="Sequential"),
        pytest.param(
            "net = nn.Sequential(nn.Linear(4, 2))\nnet.add_module('softmax', nn.Softmax(dim=1))", id="added by name"
        ),
        pytest.param(
            "net = nn.Sequential(nn.Linear(4, 2), nn.Sequential(nn.Dropout(), nn.Softmax(dim=1)))", id="nested"
        ),
        pytest.param("net = nn.Sequential(nn.Linear(4, 2), nn.ReLU())\nnet[1] = nn.Softmax(dim=1)", id="replaced"),
        pytest.param(
            "net = nn.Sequential(nn.Linear(4, 2), nn.ReLU())\nnet[-1] = nn.Softmax(1)", id="the last replaced"
        ),
        pytest.param(
            "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layers = "
            "nn.ModuleList([nn.Linear(4, 4), nn.Softmax(1)])\n    def forward(self, x):\n        for layer in self.layers:\n"
            "            x = layer(x)\n        return x\nnet = Net()",
            id="a loop over a ModuleList",
        ),
        pytest.param(
            "class Net(nn.Module):\n    def __init__(self, body):\n        super().__init__()\n        self.body = body\n"
            "    def forward(self, x):\n        return self.run(x)\n    def run(self, x):\n        return self.body(x)\n"
            "net = Net(nn.Sequential(nn.Linear(4, 2), nn.Softmax(1)))",
            id="a Sequential given to a constructor and used by another method",
        ),
        pytest.param(
            "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        for i in range(2):\n"
            "            self.add_module(f'fc{i}', nn.Linear(4, 4))\n        self.end = nn.Softmax(1)\n"
            "    def forward(self, x):\n        return self.end(self.fc1(self.fc0(x)))\nnet = Net()",
            id="attributes with computed names",
        ),
        pytest.param(
            "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        for i in range(2):\n"
            "            setattr(self, f'fc{i}', nn.Linear(4, 4))\n    def forward(self, x):\n"
            "        for i in range(2):\n            x = getattr(self, 'fc%d' % i)(x)\n        return torch.softmax(x, 1)\n"
            "net = Net()",
            id="setattr and getattr",
        ),
        pytest.param(
            "class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.heads = nn.ModuleDict({'a': nn.Linear(4, 2), 'b': nn.Sequential(nn.Linear(4, 2), nn.Softmax(1))})\n"
            "    def forward(self, x):\n        return self.heads['b'](x)\nnet = Net()",
            id="a head of a ModuleDict",
        ),
    ],
)
def test_the_last_layer_decides_what_comes_out(evaluate: Evaluate, last: str) -> None:
    run = evaluate(last + "\nout = net(torch.ones(4))\n")
    assert run.tensor("out").kind == "softmax"


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        pytest.param("nn.Conv2d(1, 32, 3, 1)", "stride", 1, id="the fourth argument of a convolution is its stride"),
        pytest.param("nn.Conv2d(1, 32, 3, 1)", "padding", 0, id="and its padding the default"),
        pytest.param("nn.Conv2d(1, 64, (5, 5), (1, 1), (2, 2))", "padding", (2, 2), id="the fifth is the padding"),
        pytest.param("nn.BatchNorm2d(8, 0.9)", "eps", 0.9, id="the second of a batch norm is eps"),
        pytest.param("nn.LSTM(8, 16)", "num_layers", 1, id="a recurrence has one layer by default"),
        pytest.param("nn.Linear(4, bias=False, out_features=2)", "bias", False, id="by name in any order"),
        pytest.param("nn.Linear(*[4, 2])", "out_features", 2, id="spread from a list"),
        pytest.param("nn.Linear(**dict(in_features=4, out_features=2))", "out_features", 2, id="spread from a dict"),
    ],
)
def test_arguments_are_bound_by_signature(evaluate: Evaluate, given: str, name: str, value: object) -> None:
    run = evaluate(f"net = {given}\n")
    assert plain(run.module("net").args[name]) == value


def test_a_replaced_head(evaluate: Evaluate) -> None:
    run = evaluate("""
        from torchvision import models
        net = models.resnet18(weights="DEFAULT")
        net.fc = nn.Linear(512, 10)
    """)
    net = run.module("net")
    assert net.state["pretrained"] is True
    assert parts(net) == ["Linear"]


def test_a_replaced_classifier_with_a_sigmoid_is_what_the_network_gives(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.body = nn.Linear(4, 4)
                self.classifier = nn.Linear(4, 2)
            def forward(self, x):
                return self.classifier(self.body(x))
        net = Net()
        net.classifier = nn.Sequential(nn.Linear(4, 1), nn.Sigmoid())
        out = net(torch.ones(4))
    """)
    assert run.tensor("out").kind == "sigmoid"
    assert inner(run.module("net")) == ["Linear", "Linear", "Sigmoid"]


def test_a_network_by_the_name_of_an_option(evaluate: Evaluate) -> None:
    run = evaluate("""
        import argparse
        import torchvision.models as models
        parser = argparse.ArgumentParser()
        parser.add_argument("-a", "--arch", default="vgg16")
        parser.add_argument("--pretrained", action="store_true")
        args = parser.parse_args()
        net = models.__dict__[args.arch](pretrained=args.pretrained)
    """)
    assert run.module("net").name == "torchvision.models.vgg16"
    assert run.module("net").state["pretrained"] is False


def test_a_recurrence_by_the_name_of_an_option(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Net(nn.Module):
            def __init__(self, rnn_type="LSTM", layers=2, dropout=0.5):
                super().__init__()
                if rnn_type in ["LSTM", "GRU"]:
                    self.rnn = getattr(nn, rnn_type)(8, 8, layers, dropout=dropout)
                else:
                    self.rnn = nn.RNN(8, 8, layers)
        net = Net()
    """)
    layer = recurrent(run.module("net"))
    assert layer is not None
    assert layer.label == "LSTM"
    assert mode_effect(run.module("net"))[0] is True


def test_one_layer_in_two_networks_is_one_layer(evaluate: Evaluate) -> None:
    run = evaluate("shared = nn.Linear(4, 4)\na = nn.Sequential(shared, nn.ReLU())\nb = nn.Sequential(shared)\n")
    shared = run.module("shared")
    assert shared in set(descendants(run.module("a"))) & set(descendants(run.module("b")))


def test_a_list_multiplied_holds_the_same_layer(evaluate: Evaluate) -> None:
    run = evaluate("net = nn.Sequential(*[nn.Linear(4, 4)] * 3)\n")
    first, second, third = net_children = run.module("net").state["children"]
    assert first is second is third
    assert len(net_children) == 3


def test_layers_of_an_unknown_number_are_one_that_stands_for_all(evaluate: Evaluate) -> None:
    run = evaluate("import sys\nnet = nn.Sequential(*[nn.Linear(4, 4) for _ in range(len(sys.argv))])\nout = net(1)\n")
    assert "Linear" in inner(run.module("net"))
    assert run.modes == ["train"]


def test_a_plain_list_of_layers_holds_networks_too(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Net(nn.Module):
            def __init__(self):
                super().__init__()
                self.layers = [nn.Linear(4, 4), nn.Dropout()]
            def forward(self, x):
                for layer in self.layers:
                    x = layer(x)
                return x
        net = Net()
        out = net(torch.ones(4))
    """)
    assert run.tensor("out").kind == "raw"


CELL = """
    class Cell(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc = nn.Linear(8, 4)
        def forward(self, x, h):
            return torch.tanh(self.fc(torch.cat([x, h], 1)))
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.cell = Cell()
        def forward(self, xs, h):
            {loop}
            return h
    net = Net()
    net(torch.ones(3, 4), torch.zeros(4))
"""


@pytest.mark.parametrize(
    ("loop", "recurrence"),
    [
        pytest.param("for x in xs: h = self.cell(x, h)", True, id="over the steps"),
        pytest.param("for t in range(xs.size(0)): h = self.cell(xs[t], h)", True, id="by index"),
        pytest.param(
            "for t in range(xs.size(1)): h = self.cell(xs[:, t, :], h)", True, id="by index on the second axis"
        ),
        pytest.param("for t in range(3): h = self.cell(xs, h)", False, id="with the same input at each turn"),
        pytest.param("for x in xs: self.cell(x, h)", False, id="without its own result"),
        pytest.param("h = self.cell(xs, h)", False, id="once"),
    ],
)
def test_a_cell_that_is_fed_its_own_result_is_a_recurrence(evaluate: Evaluate, loop: str, recurrence: bool) -> None:
    run = evaluate(CELL.format(loop=loop))
    cell = run.module("net").attrs["cell"]
    assert isinstance(cell, Obj)
    assert bool(cell.state.get("recurrent")) is recurrence
