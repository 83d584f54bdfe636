"""C3: a callable is what it is, whatever name, container or wrapper it is called through."""

from __future__ import annotations

import pytest

from .program import Evaluate

NET = """
    net, x, y = nn.Linear(4, 2), torch.ones(4), torch.ones(2)
"""


@pytest.mark.parametrize(
    ("made", "called"),
    [
        pytest.param("loss_fn = F.cross_entropy", "loss_fn(net(x), y)", id="a function under another name"),
        pytest.param("loss_fn = nn.CrossEntropyLoss()", "loss_fn(net(x), y)", id="an object that is called"),
        pytest.param("loss_fn = nn.CrossEntropyLoss", "loss_fn()(net(x), y)", id="a class under another name"),
        pytest.param("", "nn.CrossEntropyLoss()(net(x), y)", id="built and called at once"),
        pytest.param("", "nn.CrossEntropyLoss().forward(net(x), y)", id="the forward of a criterion"),
        pytest.param(
            "from functools import partial\nloss_fn = partial(F.cross_entropy, label_smoothing=0.1)",
            "loss_fn(net(x), y)",
            id="a partial",
        ),
        pytest.param(
            "import functools\nloss_fn = functools.partial(functools.partial(F.cross_entropy), reduction='sum')",
            "loss_fn(net(x), target=y)",
            id="a partial of a partial",
        ),
        pytest.param("loss_fn = lambda a, b: F.cross_entropy(a, b)", "loss_fn(net(x), y)", id="a lambda"),
        pytest.param("losses = {'ce': nn.CrossEntropyLoss()}", "losses['ce'](net(x), y)", id="an entry of a dict"),
        pytest.param("losses = [F.mse_loss, F.cross_entropy]", "losses[-1](net(x), y)", id="an element of a list"),
        pytest.param("losses = dict(ce=F.cross_entropy)", "losses.get('ce')(net(x), y)", id="looked up with get"),
        pytest.param("loss_fn = getattr(nn, 'CrossEntropyLoss')()", "loss_fn(net(x), y)", id="a class by its name"),
        pytest.param("loss_fn = getattr(F, 'cross' + '_entropy')", "loss_fn(net(x), y)", id="a computed name"),
        pytest.param("name = 'CrossEntropyLoss'", "nn.__dict__[name]()(net(x), y)", id="the namespace as a dict"),
        pytest.param(
            "class Box:\n    loss = nn.CrossEntropyLoss()",
            "Box.loss(net(x), y)",
            id="an attribute of a class",
        ),
        pytest.param(
            "class Box:\n    def __init__(self, f=F.cross_entropy):\n        self.f = f\nbox = Box()",
            "box.f(net(x), y)",
            id="a default argument kept in an attribute",
        ),
        pytest.param(
            "class Loss:\n    def __call__(self, a, b):\n        return F.cross_entropy(a, b)\nloss_fn = Loss()",
            "loss_fn(net(x), y)",
            id="an instance with __call__",
        ),
        pytest.param(
            "class Loss(nn.CrossEntropyLoss):\n    pass\nloss_fn = Loss()",
            "loss_fn(net(x), y)",
            id="a subclass of the criterion",
        ),
        pytest.param(
            "class Loss(nn.Module):\n    def forward(self, a, b):\n        return F.cross_entropy(a, b)",
            "Loss()(net(x), y)",
            id="a criterion that is a module of its own",
        ),
        pytest.param(
            "def make(name):\n    if name == 'ce':\n        return F.cross_entropy\n    return F.mse_loss\nloss_fn = make('ce')",
            "loss_fn(net(x), y)",
            id="what a factory gives",
        ),
        pytest.param(
            "def outer():\n    def inner(a, b):\n        return F.cross_entropy(a, b)\n    return inner\nloss_fn = outer()",
            "loss_fn(net(x), y)",
            id="a function made by a function",
        ),
        pytest.param("import torch as t", "t.nn.functional.cross_entropy(net(x), y)", id="a module under another name"),
        pytest.param("from torch.nn.functional import *", "cross_entropy(net(x), y)", id="a star import of a library"),
    ],
)
def test_the_same_loss(evaluate: Evaluate, made: str, called: str) -> None:
    run = evaluate(NET, made + "\n", f"loss = {called}\n")
    assert run.losses == [("cross_entropy", "raw")]
    assert run.gaps == []


def test_a_registry_that_decorators_fill(evaluate: Evaluate) -> None:
    run = evaluate("""
        REGISTRY = {}
        def register(name):
            def decorate(cls):
                REGISTRY[name] = cls
                return cls
            return decorate
        @register("small")
        class Small(nn.Module):
            def forward(self, x):
                return x
        @register("large")
        class Large(nn.Module):
            def forward(self, x):
                return x
        net = REGISTRY["large"]()
        net(torch.ones(4))
    """)
    assert run.subjects("forward") == ["Large"]
    assert run.gaps == []


def test_the_functions_of_a_project_module_by_their_names(evaluate: Evaluate) -> None:
    run = evaluate(
        NET,
        "import objectives\nloss = getattr(objectives, 'hinge')(net(x), y)\n",
        objectives="import torch.nn.functional as F\ndef hinge(a, b):\n    return F.multi_margin_loss(a, b)\n",
    )
    assert len(run.losses) == 1
    assert run.losses[0][0] == "margin"


def test_a_module_imported_by_a_constant_name(evaluate: Evaluate) -> None:
    run = evaluate(
        "from importlib import import_module\nkind = 'small'\nnet = import_module('nets_' + kind).Net()\nnet(1)\n",
        nets_small="from torch import nn\nclass Net(nn.Module):\n    def forward(self, x):\n        return x\n",
    )
    assert run.subjects("forward") == ["Net"]
    assert run.closed


def test_an_activation_as_default_argument_and_as_given(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Net(nn.Module):
            def __init__(self, squash=torch.log_softmax):
                super().__init__()
                self.out = nn.Linear(4, 2)
                self.squash = squash
            def forward(self, h):
                return self.squash(self.out(h), dim=1)
        default, given = Net()(torch.ones(4)), Net(torch.sigmoid)(torch.ones(4))
    """)
    assert run.tensor("default").kind == "log_softmax"
    assert run.tensor("given").kind == "sigmoid"


def test_a_project_class_hides_the_library_class_of_the_same_name(evaluate: Evaluate) -> None:
    run = evaluate(
        NET,
        """
    class CrossEntropyLoss(nn.Module):
        def __init__(self, use_sigmoid=False):
            super().__init__()
            self.loss = F.binary_cross_entropy_with_logits if use_sigmoid else F.cross_entropy
        def forward(self, a, b):
            return self.loss(a, b)
    CrossEntropyLoss(use_sigmoid=True)(net(x), y)
    """,
    )
    assert run.losses == [("bce_logits", "raw")]


def test_of_a_choice_only_what_holds_for_all_is_certain(evaluate: Evaluate) -> None:
    run = evaluate(
        NET,
        """
    import sys
    loss_fn = {"ce": F.cross_entropy, "mse": F.mse_loss}[sys.argv[1]]
    loss = loss_fn(net(x), y)
    """,
    )
    assert sorted(sort for sort, _ in run.losses) == ["cross_entropy", "regression"]
    assert all(event.guards for event in run.of_kind("loss"))
    assert run.tensor("loss").kind == "loss"


def test_the_default_key_of_a_table_is_the_one_taken(evaluate: Evaluate) -> None:
    run = evaluate("""
        import argparse
        parser = argparse.ArgumentParser()
        parser.add_argument("--opt", default="adam")
        args = parser.parse_args()
        net = nn.Linear(4, 2)
        optimizer = {"sgd": optim.SGD, "adam": optim.Adam}[args.opt](net.parameters(), lr=0.1)
    """)
    assert run.the_optimizer.name == "Adam"


def test_a_name_that_is_not_known_makes_an_unknown_network(evaluate: Evaluate) -> None:
    run = evaluate("import sys\nnet = getattr(nn, sys.argv[1])(4, 2)\nout = net(torch.ones(4))\n")
    assert run.tensor("out").kind == "unknown"
    assert run.gaps


def test_bound_methods_are_values(evaluate: Evaluate) -> None:
    run = evaluate("net = nn.Linear(4, 2)\nswitch = net.eval\nswitch()\nrun = net.forward\nrun(torch.ones(4))\n")
    assert run.modes == ["eval"]


def test_a_method_that_a_constructor_binds_to_another_name(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Trainer:
            def __init__(self):
                self.net = nn.Linear(4, 2)
                self.training_step = self._fast
            def _fast(self, x):
                return self.net(x)
            def run(self, x):
                return self.training_step(x)
        Trainer().run(torch.ones(4))
    """)
    assert run.subjects("forward") == ["Linear"]
    assert run.gaps == []


def test_a_method_of_the_base_class_calls_the_override(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Base(nn.Module):
            def forward(self, x):
                return self.head(x)
            def head(self, x):
                raise NotImplementedError
        class Net(Base):
            def head(self, x):
                return torch.softmax(x, 1)
        out = Net()(torch.ones(4))
    """)
    assert run.tensor("out").kind == "softmax"


def test_super_reaches_the_method_of_the_base_class(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Base(nn.Module):
            def __init__(self, width):
                super().__init__()
                self.fc = nn.Linear(4, width)
            def forward(self, x):
                return self.fc(x)
        class Net(Base):
            def __init__(self):
                super(Net, self).__init__(7)
            def forward(self, x):
                return torch.sigmoid(super().forward(x))
        net = Net()
        out = net(torch.ones(4))
        width = net.fc.out_features
    """)
    assert run.tensor("out").kind == "sigmoid"
    assert run.plain("width") == 7


def test_a_method_without_self_called_on_its_class(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Runner:
            def epoch(model, x):
                return model(x)
        Runner.epoch(nn.Linear(4, 2), torch.ones(4))
    """)
    assert run.subjects("forward") == ["Linear"]


@pytest.mark.parametrize("decorator", ["@staticmethod", "@classmethod"])
def test_static_and_class_methods(evaluate: Evaluate, decorator: str) -> None:
    first = "" if decorator == "@staticmethod" else "cls, "
    run = evaluate(f"""
        class Net(nn.Linear):
            {decorator}
            def build({first}width):
                return nn.Linear(4, width)
        width = Net.build(3).out_features
        same = Net(1, 1).build(3).out_features
    """)
    assert (run.plain("width"), run.plain("same")) == (3, 3)


def test_a_property_is_called_when_it_is_read(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Trainer:
            def __init__(self):
                self._net = nn.Linear(4, 2)
            @property
            def net(self):
                return self._net
        Trainer().net(torch.ones(4))
    """)
    assert run.subjects("forward") == ["Linear"]


def test_a_wrapping_decorator_of_the_project(evaluate: Evaluate) -> None:
    run = evaluate("""
        import functools
        def timed(f):
            @functools.wraps(f)
            def inner(*args, **kwargs):
                return f(*args, **kwargs)
            return inner
        @timed
        def predict(net, x):
            return net(x)
        predict(nn.Linear(4, 2), x=torch.ones(4))
    """)
    assert run.subjects("forward") == ["Linear"]
    assert run.gaps == []


def test_names_that_only_look_like_methods_of_a_network(evaluate: Evaluate) -> None:
    run = evaluate("""
        def train(net):
            return net(torch.ones(4))
        def detach(states):
            return states
        net = nn.Linear(4, 2)
        net.eval()
        out = detach(train(net))
    """)
    assert run.modes == ["eval"]
    assert run.tensor("out").grad is True
