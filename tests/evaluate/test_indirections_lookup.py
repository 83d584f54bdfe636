"""Classes and functions that are found by a name: registries, factories, tables, namespaces. Each form is tried with an entry
that is wrong for the loss and one that is right."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.values import Function, Obj, Value, choices, is_none

from .program import Evaluate
from .training import DATA, STEP, training

NETS = """
class Hard(nn.Module):
    def __init__(self, width=4):
        super().__init__()
        self.fc = nn.Linear(width, 2)
    def forward(self, x):
        return self.fc(x)
class Soft(Hard):
    def forward(self, x):
        return super().forward(x).softmax(1)
"""
BOTH = [("Soft", {"BP403"}), ("Hard", set[str]())]

REGISTRY = """
class Registry:
    def __init__(self, name):
        self._name = name
        self._entries = {}
    def __contains__(self, key):
        return key in self._entries
    def __getitem__(self, key):
        return self._entries[key]
    def register(self, name=None):
        def decorate(cls):
            if cls.__name__ in self._entries:
                raise KeyError(cls.__name__)
            self._entries[name or cls.__name__] = cls
            return cls
        return decorate
    def get(self, key):
        if key not in self._entries:
            raise KeyError(key)
        return self._entries[key]
    def build(self, config, **extra):
        args = dict(config)
        return self.get(args.pop("type"))(**args, **extra)
NETWORKS = Registry("networks")
"""
MM_REGISTRY = """
import inspect
class Registry:
    def __init__(self, name):
        self._module_dict = dict()
    @property
    def module_dict(self):
        return self._module_dict
    def get(self, key):
        return self._module_dict.get(key, None)
    def _register_module(self, module_class, module_name=None, force=False):
        if not inspect.isclass(module_class):
            raise TypeError(module_class)
        if module_name is None:
            module_name = module_class.__name__
        if not force and module_name in self._module_dict:
            raise KeyError(module_name)
        self._module_dict[module_name] = module_class
    def register_module(self, name=None, force=False, module=None):
        if module is not None:
            self._register_module(module_class=module, module_name=name, force=force)
            return module
        def _register(cls):
            self._register_module(module_class=cls, module_name=name, force=force)
            return cls
        return _register
def build_from_cfg(cfg, registry, default_args=None):
    args = cfg.copy()
    for name, value in (default_args or {}).items():
        args.setdefault(name, value)
    kind = args.pop("type")
    if isinstance(kind, str):
        cls = registry.get(kind)
        if cls is None:
            raise KeyError(kind)
    elif inspect.isclass(kind):
        cls = kind
    else:
        raise TypeError(type(kind))
    return cls(**args)
"""


def registered(decorator: str) -> str:
    """The two networks under a decorator."""
    return NETS.replace("class ", f"{decorator}\nclass ")


@pytest.mark.parametrize(
    ("registry", "made"),
    [
        pytest.param(REGISTRY + registered("@NETWORKS.register()"), "NETWORKS.get('{}')()", id="get"),
        pytest.param(REGISTRY + registered("@NETWORKS.register()"), "NETWORKS['{}']()", id="an item"),
        pytest.param(REGISTRY + registered("@NETWORKS.register()"), "NETWORKS.build(dict(type='{}'))", id="build"),
        pytest.param(
            REGISTRY + registered("@NETWORKS.register()"), "NETWORKS.build({{'type': '{}'}}, width=4)", id="build with more"
        ),
        pytest.param(
            REGISTRY + NETS + "NETWORKS.register('a')(Soft)\nNETWORKS.register('b')(Hard)\n",
            "NETWORKS.build(dict(type={{'Soft': 'a', 'Hard': 'b'}}['{}']))",
            id="registered by a call",
        ),
        pytest.param(
            MM_REGISTRY + "NETWORKS = Registry('networks')\n" + registered("@NETWORKS.register_module()"),
            "build_from_cfg(dict(type='{}', width=4), NETWORKS)",
            id="the registry of OpenMMLab",
        ),
        pytest.param(
            MM_REGISTRY + "NETWORKS = Registry('networks')\n" + NETS,
            "build_from_cfg(dict(type={}), NETWORKS, dict(width=4))",
            id="a class in place of its name",
        ),
        pytest.param(
            MM_REGISTRY + "NETWORKS = Registry('networks')\n" + NETS
            + "for cls in (Soft, Hard): NETWORKS.register_module(module=cls)\n",
            "NETWORKS.module_dict['{}']()",
            id="registered in a loop",
        ),
        pytest.param(
            "TABLE = {}\ndef register(cls):\n    TABLE[cls.__name__.lower()] = cls\n    return cls\n" + registered("@register"),
            "TABLE['{}'.lower()]()",
            id="a dict",
        ),
        pytest.param(
            "class Base(nn.Module):\n    table = {}\n    def __init_subclass__(cls, **kwargs):\n"
            "        super().__init_subclass__(**kwargs)\n        Base.table[cls.__name__] = cls\n"
            + NETS.replace("nn.Module", "Base"),
            "Base.table['{}']()",
            id="subclasses that register themselves",
        ),
        pytest.param(NETS, "dict(Soft=Soft, Hard=Hard)['{}']()", id="a dict of classes"),
        pytest.param(NETS, "{{c.__name__: c for c in (Soft, Hard)}}['{}']()", id="a dict comprehension of classes"),
        pytest.param(NETS, "globals()['{}']()", id="globals"),
        pytest.param(NETS, "eval('{}')()", id="eval"),
        pytest.param(
            "import inspect\n" + NETS,
            "{{n: c for n, c in globals().items() if inspect.isclass(c) and issubclass(c, nn.Module)}}['{}']()",
            id="the classes among the globals",
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("name", "codes"), BOTH)
def test_a_class_by_its_name(evaluate: Evaluate, registry: str, made: str, name: str, codes: set[str]) -> None:
    run = evaluate(training(network=f"{registry}\nnet = {made.format(name)}\n"))
    assert run.module("net").label == name
    assert run.codes == codes
    assert run.gaps == []


MODULES = {
    "registry": "TABLE = {}\ndef register(name):\n    def decorate(cls):\n        TABLE[name] = cls\n        return cls\n"
    "    return decorate\ndef build(name):\n    if name not in TABLE:\n        raise KeyError(name)\n    return TABLE[name]()\n",
    "hard": "from torch import nn\nfrom registry import register\n@register('hard')\nclass Hard(nn.Linear):\n"
    "    def __init__(self):\n        super().__init__(4, 2)\n",
    "soft": "from torch import nn\nimport registry\n@registry.register('soft')\ndef soft():\n"
    "    return nn.Sequential(nn.Linear(4, 2), nn.Softmax(1))\n",
}


@pytest.mark.parametrize(
    "imports",
    [
        pytest.param("import hard, soft\nimport registry", id="imported for what they register"),
        pytest.param("from everything import registry", id="imported by another module"),
        pytest.param("from hard import Hard\nfrom soft import soft\nimport registry", id="names that nobody uses"),
        pytest.param("from plugins import registry", id="loaded from a folder"),
    ],
)
@pytest.mark.parametrize(("name", "codes"), [("soft", {"BP403"}), ("hard", set())])
def test_a_table_that_other_modules_fill(evaluate: Evaluate, imports: str, name: str, codes: set[str]) -> None:
    more = {
        "everything": "import registry\nimport hard\nfrom soft import soft\n",
        "plugins": "import os, importlib, registry\nfor file in os.listdir(os.path.dirname(__file__)):\n"
        "    importlib.import_module(file[:-3])\n",
    }
    run = evaluate(training(network=f"{imports}\nnet = registry.build('{name}')\n"), **MODULES, **more)
    assert run.codes == codes
    assert run.module("net").kind == "module"


def test_modules_that_register_something_else_are_left_alone(evaluate: Evaluate) -> None:
    run = evaluate("import hard, soft, registry\nnet = registry.build('hard')\n", **MODULES)
    states = {file.stem: scope.state for file, scope in run.evaluator.modules.items()}
    assert (states["hard"], states["soft"]) == ("done", "new")


def test_a_name_that_nobody_registers_ends_the_program(evaluate: Evaluate) -> None:
    run = evaluate("import hard, soft, registry\nnet = registry.build('other')\nnet(torch.ones(4))\n", **MODULES)
    assert run.order("forward") == []


FACTORY = """
import argparse
parser = argparse.ArgumentParser()
parser.add_argument("--net", default="{}")
args = parser.parse_args()
def get_network(args):
    if args.net == "vgg":
        from nets import vgg
        net = vgg()
    elif args.net == "hard":
        from nets import hard
        net = hard()
    elif args.net in ["soft", "softer"]:
        import nets
        net = nets.soft()
    elif args.net == "inline":
        net = nn.Sequential(nn.Linear(4, 2), nn.Softmax(1))
    else:
        print("the network name you have entered is not supported yet")
        import sys
        sys.exit()
    return net
net = get_network(args)
"""
FACTORIES = "from torch import nn\ndef hard():\n    return nn.Linear(4, 2)\ndef soft():\n    return nn.Sequential(hard(), nn.Softmax(1))\n"


@pytest.mark.parametrize(
    ("default", "codes"), [("hard", set()), ("soft", {"BP403"}), ("softer", {"BP403"}), ("inline", {"BP403"})]
)
def test_a_factory_with_many_branches(evaluate: Evaluate, default: str, codes: set[str]) -> None:
    run = evaluate(training(network=FACTORY.format(default)), nets=FACTORIES)
    assert run.codes == codes
    assert "--net" in run.skipped


def test_a_default_that_the_factory_refuses_decides_nothing(evaluate: Evaluate) -> None:
    run = evaluate(training(network=FACTORY.format("none")), nets=FACTORIES)
    assert run.codes == set()
    assert run.skipped == []
    assert len(choices(run.variable("net"))) > 2


def test_what_a_factory_does_not_know_ends_the_program(evaluate: Evaluate) -> None:
    call = FACTORY.format("hard").replace("args = parser.parse_args()", "class args:\n    net = 'none'")
    assert evaluate(training(network=call), nets=FACTORIES).order("forward", "step") == []


LOSSES = """
import torch.nn.functional as F
def soft_loss(a, b):
    return F.cross_entropy(a.softmax(1), b)
def hard_loss(a, b):
    return F.cross_entropy(a, b)
class Soft:
    def __call__(self, a, b):
        return soft_loss(a, b)
class Hard:
    def __call__(self, a, b):
        return hard_loss(a, b)
"""


@pytest.mark.parametrize(
    "lookup",
    [
        pytest.param("loss = getattr(losses, config['loss'] + '_loss')", id="getattr of a module with a computed name"),
        pytest.param("loss = getattr(losses, f\"{config['loss']}_loss\")", id="with a formatted name"),
        pytest.param("loss = losses.__dict__[config['loss'] + '_loss']", id="its dictionary"),
        pytest.param("loss = vars(losses)[config['loss'] + '_loss']", id="vars"),
        pytest.param("loss = getattr(losses, config['loss'].capitalize())()", id="a class of a module"),
        pytest.param(
            "import inspect\nloss = dict(inspect.getmembers(losses, inspect.isfunction))[config['loss'] + '_loss']",
            id="the functions among its members",
        ),
        pytest.param("from importlib import import_module\nloss = import_module('losses').__dict__[config['loss'] + '_loss']",
                     id="of a module imported by name"),
        pytest.param("import sys\nloss = {'hard': losses.hard_loss, 'soft': losses.soft_loss}.get(config['loss'])", id="get"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("name", "codes"), [("soft", {"BP403"}), ("hard", set())])
def test_a_loss_by_its_name(evaluate: Evaluate, lookup: str, name: str, codes: set[str]) -> None:
    step = STEP.replace("F.cross_entropy", "loss")
    run = evaluate(training(f"import losses\nconfig = {{'loss': '{name}'}}\n{lookup}", step=step), losses=LOSSES)
    assert run.codes == codes
    assert {sort for sort, _ in run.losses} == {"cross_entropy"}


CONFIG = """
class ConfigParser:
    def __init__(self, config):
        self._config = config
    def init_obj(self, name, module, *args, **kwargs):
        module_name = self[name]["type"]
        module_args = dict(self[name]["args"])
        assert all([k not in module_args for k in kwargs]), "Overwriting kwargs is not allowed"
        module_args.update(kwargs)
        return getattr(module, module_name)(*args, **module_args)
    def init_ftn(self, name, module, *args, **kwargs):
        from functools import partial
        return partial(getattr(module, self[name]["type"]), *args, **{**self[name]["args"], **kwargs})
    def __getitem__(self, name):
        return self.config[name]
    @property
    def config(self):
        return self._config
config = ConfigParser({"optimizer": {"type": "TYPE", "args": {"lr": 0.1, "weight_decay": 0.01}}})
trainable = filter(lambda p: p.requires_grad, net.parameters())
"""


@pytest.mark.parametrize(
    "made",
    ["config.init_obj('optimizer', torch.optim, trainable)", "config.init_ftn('optimizer', torch.optim)(trainable)"],
)
@pytest.mark.parametrize(("name", "codes"), [("Adam", {"BP304"}), ("AdamW", set())])
def test_an_optimizer_from_a_config_object(evaluate: Evaluate, made: str, name: str, codes: set[str]) -> None:
    run = evaluate(training(CONFIG.replace("TYPE", name), optimizer=made))
    assert run.codes == codes
    assert run.the_optimizer.name == name
    assert run.the_optimizer.trains(run.module("net"))


UNKNOWN = """
import sys
class Builder:
    def make_soft(self):
        return nn.Sequential(nn.Linear(4, 2), nn.Softmax(1))
    def make_{other}(self):
        return nn.Sequential(nn.Linear(4, 2){tail})
    def other(self):
        return nn.Linear(4, 2)
    def make(self, name):
        return getattr(self, 'make_' + name)()
net = Builder().make(sys.argv[1])
"""


@pytest.mark.parametrize(
    ("other", "tail", "codes"),
    [("plain", "", set()), ("softer", ", nn.ReLU(), nn.Linear(2, 2), nn.Softmax(1)", {"BP403"})],
)
def test_of_what_a_prefix_allows_only_what_holds_for_all_is_certain(
    evaluate: Evaluate, other: str, tail: str, codes: set[str]
) -> None:
    run = evaluate(training(network=UNKNOWN.format(other=other, tail=tail)))
    assert run.codes == codes
    assert len(choices(run.variable("net"))) == 2
    assert run.gaps == []


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        pytest.param("getattr(box, 'f_' + sys.argv[1])", {"f_a", "f_b"}, id="a prefix"),
        pytest.param("getattr(box, f'{sys.argv[1]}_b')", {"f_b", "g_b"}, id="a suffix"),
        pytest.param("getattr(box, f'f_{sys.argv[1]}', None)", {"f_a", "f_b", "None"}, id="with a default"),
        pytest.param("globals()[f'f_{sys.argv[1]}']", {"f_a", "f_b"}, id="among globals"),
        pytest.param("{'f_a': f_a, 'g_b': g_b}['f_' + sys.argv[1]]", {"f_a"}, id="in a dict"),
        pytest.param("getattr(box, sys.argv[1])", {"?"}, id="of which nothing is known"),
        pytest.param("getattr(box, 'h_' + sys.argv[1])", {"?"}, id="that nothing matches"),
    ],
)
def test_a_name_of_which_a_part_is_known(evaluate: Evaluate, expression: str, names: set[str]) -> None:
    run = evaluate(f"""
        import sys
        class Box: pass
        box = Box()
        def f_a(): pass
        def f_b(): pass
        def g_b(): pass
        box.f_a, box.f_b, box.g_b = f_a, f_b, g_b
        found = {expression}
    """)
    assert {_name(each) for each in choices(run.variable("found"))} == names


def _name(value: Value) -> str:
    return value.name if isinstance(value, Function) else "None" if is_none(value) else "?"


def test_a_cell_by_the_name_of_its_class(evaluate: Evaluate) -> None:
    source = """
        class Net(nn.Module):
            def __init__(self, cell_type="{}"):
                super().__init__()
                self.rnn, self.fc = getattr(nn, cell_type)(4, 8, batch_first=True), nn.Linear(8, 2)
            def forward(self, x):
                return self.fc(self.rnn(x)[0][:, -1])
        net = Net()
    """
    for name in ("LSTM", "GRU", "RNN"):
        run = evaluate(training(network=source.format(name)))
        rnn = run.module("net").attrs["rnn"]
        assert isinstance(rnn, Obj)
        assert rnn.label == name
        assert run.codes == {"BP503"}
    assert (
        evaluate(training(network=source.replace("RNN", "X").replace("getattr(nn, cell_type)", "nn.Identity"))).codes
        == set()
    )


COMMANDS = f"""
import fire
{DATA}
def evaluate(net):
    {{mode}}
    with torch.no_grad():
        for x, y in held_out:
            print((net(x).argmax(1) == y).sum().item())
def train(epochs=3, rate=0.1):
    net = nn.Sequential(nn.Linear(4, 2), nn.Dropout())
    optimizer = optim.SGD(net.parameters(), lr=rate)
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    for epoch in range(epochs):
        net.train()
        for x, y in loader:
            optimizer.zero_grad()
            F.cross_entropy(net(x), y).backward()
            optimizer.step()
        schedule.step()
        evaluate(net)
"""


@pytest.mark.parametrize("start", ["fire.Fire()", "fire.Fire(train)", "fire.Fire({'train': train})"])
def test_functions_that_the_command_line_names(evaluate: Evaluate, start: str) -> None:
    assert evaluate(COMMANDS.format(mode="net.eval()"), start + "\n").codes == set()
    assert evaluate(COMMANDS.format(mode="pass"), start + "\n").codes == {"BP307"}


def test_each_command_starts_from_the_same_state(evaluate: Evaluate) -> None:
    run = evaluate("""
        import fire
        net = nn.Linear(4, 2)
        def freeze():
            net.eval()
            net(torch.ones(4))
        def train():
            net(torch.ones(4))
        fire.Fire()
    """)
    assert run.modes == ["eval", "train"]


WORK = """
def work(seed, wd=0.01):
    net = nn.Linear(4, 2)
    optimizer = optim.{}(net.parameters(), weight_decay=wd)
    return net(torch.ones(4))
"""


@pytest.mark.parametrize(
    "start",
    [
        pytest.param("from multiprocessing import Pool\nwith Pool(4) as pool:\n    out = pool.map(work, [1])[0]", id="map"),
        pytest.param("import multiprocessing as mp\npool = mp.Pool()\nfor out in pool.imap_unordered(work, range(1)): pass",
                     id="imap_unordered"),
        pytest.param("from multiprocessing.pool import ThreadPool\nout = ThreadPool(2).starmap(work, [(1, 0.1)])[0]",
                     id="starmap"),
        pytest.param("from torch.multiprocessing import Pool\nout = Pool(2).apply_async(work, (1,), {'wd': 0.1}).get()",
                     id="apply_async"),
        pytest.param("from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as ex:\n"
                     "    out = ex.submit(work, 1, wd=0.1).result()", id="submit"),
        pytest.param("from concurrent.futures import ProcessPoolExecutor, as_completed\nex = ProcessPoolExecutor()\n"
                     "for f in as_completed([ex.submit(work, i) for i in range(1)]):\n    out = f.result()",
                     id="as_completed"),
        pytest.param("import concurrent.futures\nex = concurrent.futures.ThreadPoolExecutor(2)\n"
                     "out = list(ex.map(work, [1], [0.1]))[0]", id="map of an executor over two lists"),
        pytest.param("from joblib import Parallel, delayed\nout = Parallel(n_jobs=2)(delayed(work)(i) for i in range(1))[0]",
                     id="joblib"),
    ],
)  # fmt: skip
def test_functions_that_a_pool_runs(evaluate: Evaluate, start: str) -> None:
    flawed = evaluate(WORK.format("Adam"), start + "\n")
    assert flawed.codes == {"BP304"}
    assert flawed.subjects("forward") == ["Linear"]
    assert flawed.tensor("out").kind == "raw"
    assert flawed.gaps == []
    assert evaluate(WORK.format("AdamW"), start + "\n").codes == set()
