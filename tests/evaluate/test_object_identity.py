"""C2: the same object is recognised through names, modules, attributes, containers, arguments and wrappers."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.values import Const, Map, Obj

from .program import Evaluate


def test_an_alias_is_the_same_network(evaluate: Evaluate) -> None:
    run = evaluate("net = nn.Linear(4, 2)\nmodel = net\nmodel.eval()\nnet(torch.ones(4))\n")
    assert run.variable("model") is run.variable("net")
    assert run.modes == ["eval"]


def test_a_rebound_name_is_another_network(evaluate: Evaluate) -> None:
    run = evaluate("net = nn.Linear(4, 2)\nnet.eval()\nnet = nn.Conv2d(1, 2, 3)\nnet(torch.ones(4))\n")
    assert run.subjects("forward") == ["Conv2d"]
    assert run.modes == ["train"]


def test_star_imports_bring_in_what_a_module_imports_itself(evaluate: Evaluate) -> None:
    run = evaluate.files(
        {
            "train.py": "from helpers import *\nnet = nn.Linear(4, 2)\nnet(torch.ones(4))\n",
            "helpers.py": "from deeper import *\n",
            "deeper.py": "import torch\nfrom torch import nn\n",
        }
    )
    assert run.closed
    assert run.subjects("forward") == ["Linear"]


def test_a_module_name_that_is_rebound_to_a_network(evaluate: Evaluate) -> None:
    source = "import model\nmodel = model.Net()\nmodel(torch.ones(4))\n"
    run = evaluate(
        source, model="from torch import nn\nclass Net(nn.Module):\n    def forward(self, x):\n        return x\n"
    )
    assert run.subjects("forward") == ["Net"]


def test_the_later_of_two_imports_under_one_name_counts(evaluate: Evaluate) -> None:
    run = evaluate.files(
        {
            "train.py": "import torchvision.models as models\nimport nets.models as models\nnet = models.resnet18()\n",
            "nets/__init__.py": "",
            "nets/models.py": "from torch import nn\ndef resnet18():\n    return nn.Linear(4, 2)\n",
        }
    )
    assert run.module("net").name == "torch.nn.Linear"


def test_attributes_that_other_code_sets(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Trainer:
            def run(self, x):
                return self.model(x)
        trainer = Trainer()
        trainer.model = nn.Linear(4, 2)
        trainer.model.eval()
        trainer.run(torch.ones(4))
    """)
    assert run.modes == ["eval"]
    assert run.gaps == []


def test_attributes_that_a_base_class_fills(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Base:
            def __init__(self, model):
                self.model = model
                self.setup()
            def run(self, x):
                return self.step(x)
        class Trainer(Base):
            def setup(self):
                self.optimizers = [optim.SGD(self.model.parameters(), lr=0.1)]
            def step(self, x):
                for optimizer in self.optimizers:
                    optimizer.zero_grad()
                self.model(x).mean().backward()
                for optimizer in self.optimizers:
                    optimizer.step()
        net = nn.Linear(4, 2)
        Trainer(net).run(torch.ones(4))
    """)
    assert run.order("zero-grad", "forward", "backward", "step") == ["zero-grad", "forward", "backward", "step"]
    assert run.the_optimizer.modules == [run.variable("net")]
    assert run.the_optimizer.trains(run.module("net"))


def test_loaders_in_a_dict_by_phase(evaluate: Evaluate) -> None:
    run = evaluate("""
        loaders = {
            "train": DataLoader(datasets.MNIST("d", train=True)),
            "val": DataLoader(datasets.MNIST("d", train=False)),
        }
        net = nn.Linear(4, 2)
        for phase in ["train", "val"]:
            net.train(phase == "train")
            for x, y in loaders[phase]:
                net(x)
    """)
    seen = {(str(e.data["mode"]), *run.splits([e])) for e in run.of_kind("forward")}
    assert seen == {("train", "train"), ("eval", "test")}


def test_positions_of_a_tuple(evaluate: Evaluate) -> None:
    run = evaluate("""
        def make():
            net = nn.Linear(4, 2)
            return net, optim.Adam(net.parameters(), lr=0.3), None
        net, optimizer, scheduler = make()
    """)
    assert run.the_optimizer.modules == [run.variable("net")]
    assert run.plain("scheduler") is None


def test_names_of_a_closure(evaluate: Evaluate) -> None:
    run = evaluate("""
        def main():
            net = nn.Linear(4, 2)
            def validate(x):
                return net(x)
            net.eval()
            validate(torch.ones(4))
        main()
    """)
    assert run.modes == ["eval"]


def test_a_default_argument_is_one_object_for_all_calls(evaluate: Evaluate) -> None:
    run = evaluate("""
        def predict(x, net=nn.Linear(4, 2), log=[]):
            log.append(1)
            return net(x)
        predict(1)
        predict(2)
    """)
    first, second = run.of_kind("forward")
    assert first.subject is second.subject


def test_a_global_that_a_function_rebinds(evaluate: Evaluate) -> None:
    run = evaluate("""
        net = None
        def build():
            global net
            net = nn.Linear(4, 2)
        build()
        net(torch.ones(4))
    """)
    assert run.subjects("forward") == ["Linear"]


@pytest.mark.parametrize(
    "wrapper",
    [
        "nn.DataParallel(net)",
        "torch.compile(net)",
        "net.to('cuda')",
        "net.cuda().float()",
        "nn.DataParallel(net).module",
    ],
)
def test_wrappers_that_keep_the_identity(evaluate: Evaluate, wrapper: str) -> None:
    run = evaluate(f"net = nn.Linear(4, 2)\nwrapped = {wrapper}\nwrapped.eval()\nnet(torch.ones(4))\n")
    assert run.modes == ["eval"]


def test_a_deep_copy_is_another_network(evaluate: Evaluate) -> None:
    run = evaluate("""
        import copy
        net = nn.Linear(4, 2)
        ema = copy.deepcopy(net).eval()
        net(torch.ones(4))
        ema(torch.ones(4))
    """)
    assert run.modes == ["train", "eval"]


def test_an_object_handed_to_unknown_code_escapes(evaluate: Evaluate) -> None:
    run = evaluate("""
        import mystery
        net, other = nn.Linear(4, 2), nn.Linear(4, 2)
        mystery.fit(net)
    """)
    assert run.escaped(run.module("net"))
    assert not run.escaped(run.module("other"))
    assert run.gaps == ["mystery.fit is not known"]


def test_an_object_handed_to_known_code_does_not_escape(evaluate: Evaluate) -> None:
    run = evaluate(
        "net = nn.Linear(4, 2)\nprint(net)\nprint(len(list(net.parameters())))\ndef f(m): m.eval()\nf(net)\n"
    )
    assert not run.escaped(run.module("net"))
    assert run.gaps == []


def test_a_dataclass_holds_what_it_is_given_and_its_defaults(evaluate: Evaluate) -> None:
    run = evaluate("""
        from dataclasses import dataclass, field
        @dataclass
        class Config:
            hidden: int = 8
            rate: float = 0.1
            sizes: list = field(default_factory=lambda: [1, 2])
        config = Config(hidden=16)
        hidden, rate, sizes = config.hidden, config.rate, config.sizes
    """)
    assert (run.plain("hidden"), run.plain("rate"), run.plain("sizes")) == (16, 0.1, [1, 2])


def test_a_dict_that_is_written_through_an_alias(evaluate: Evaluate) -> None:
    run = evaluate("settings = {'lr': 0.1}\nsame = settings\nsame['lr'] = 0.5\nlr = settings['lr']\n")
    settings = run.variable("settings")
    assert isinstance(settings, Map)
    assert run.plain("lr") == 0.5


def test_a_misspelt_attribute_is_a_new_one(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Config:
            def __init__(self):
                self.rate = 0.1
        config = Config()
        config.raet = 0.5
        rate = config.rate
    """)
    config = run.variable("config")
    assert isinstance(config, Obj)
    assert isinstance(config.attrs["raet"], Const)
    assert run.plain("rate") == 0.1


def test_what_runs_after_the_fields_of_a_dataclass_are_set(evaluate: Evaluate) -> None:
    run = evaluate("""
        from dataclasses import dataclass
        @dataclass
        class Base:
            rate: float = 0.1
        @dataclass
        class Config(Base):
            size: int = 3
            def __post_init__(self):
                self.width = self.size * 2
        config = Config(0.5)
        rate, size, width = config.rate, config.size, config.width
    """)
    assert (run.plain("rate"), run.plain("size"), run.plain("width")) == (0.5, 3, 6)


def test_attributes_written_through_the_dictionary_of_an_object(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Config:
            def __init__(self, **given):
                self.rate = 0.1
                self.__dict__.update(given)
        config = Config(rate=0.5, size=3)
        rate, size = config.rate, config.size
        vars(config)["size"] = 4
        later = config.size
    """)
    assert (run.plain("rate"), run.plain("size"), run.plain("later")) == (0.5, 3, 4)


def test_a_variable_of_the_function_outside_that_is_rebound(evaluate: Evaluate) -> None:
    run = evaluate("""
        def main():
            net = nn.Linear(4, 2)
            def replace():
                nonlocal net
                net = nn.Conv2d(1, 2, 3)
            replace()
            net(torch.ones(4))
        main()
    """)
    assert run.subjects("forward") == ["Conv2d"]


def test_a_method_that_is_put_on_a_class_later(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Trainer:
            def __init__(self, net):
                self.net = net
        def run(self, x):
            return self.net(x)
        Trainer.run = run
        Trainer(nn.Linear(4, 2)).run(torch.ones(4))
    """)
    assert run.subjects("forward") == ["Linear"]
    assert run.gaps == []


def test_star_imports_in_a_circle(evaluate: Evaluate) -> None:
    run = evaluate(
        "from one import *\nresult = f()\n",
        one="from two import *\ndef f():\n    return g()\n",
        two="from one import *\ndef g():\n    return 3\n",
    )
    assert run.plain("result") == 3
