"""Values on their way from where they are said to where they count: through constructors, defaults, partials, configuration
objects, records and properties."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.modules import mode_of
from bpcheck.evaluate.values import Obj

from .program import Evaluate, kind, plain
from .training import DATA, NETWORK, STEP, VALIDATION, training

ADAM = "optim.Adam(net.parameters(), lr=0.1, weight_decay={})"
DECAYS = [("0.01", {"BP304"}), ("0.0", set[str]())]

TRAINER = """
class Trainer:
    def __init__(self, net, schedule=None, clip=None):
        self.net = net
        self.optimizer = optim.SGD(net.parameters(), lr=0.1)
        self.schedule = None
        {sets}
        self.clip = clip
    def set_schedule(self):
        self.schedule = optim.lr_scheduler.CosineAnnealingLR(self.optimizer, 10)
    def fit(self, loader, epochs=10):
        for epoch in range(epochs):
            self.net.train()
            for x, y in loader:
                self.optimizer.zero_grad()
                F.cross_entropy(self.net(x), y).backward()
                if self.clip is not None:
                    nn.utils.clip_grad_norm_(self.net.parameters(), self.clip)
                self.optimizer.step()
            if self.schedule is not None:
                self.schedule.step()
            self.evaluate(held_out)
    def evaluate(self, batches):
        self.net.eval()
        with torch.no_grad():
            for x, y in batches:
                print((self.net(x).argmax(1) == y).sum().item())
def make_schedule(optimizer, name=None):
    if not name:
        return None
    return {{"cosine": lambda: optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)}}[name]()
def make(cls, *args, **kwargs):
    return cls(*args, **kwargs)
"""
CHOSEN = "if schedule == 'cosine':\n            self.set_schedule()"


@pytest.mark.parametrize(
    ("sets", "made", "codes"),
    [
        pytest.param(CHOSEN, "Trainer(net)", {"BP204"}, id="the default is none"),
        pytest.param(CHOSEN, "Trainer(net, 'cosine')", set(), id="given"),
        pytest.param(CHOSEN, "Trainer(net, 'plateau')", {"BP204"}, id="a word that nobody knows"),
        pytest.param(CHOSEN, "make(Trainer, net, schedule='cosine')", set(), id="passed on"),
        pytest.param(CHOSEN, "make(Trainer, net)", {"BP204"}, id="passed on without it"),
        pytest.param(CHOSEN, "Trainer(net, {'schedule': 'cosine'}.get('schedule'))", set(), id="from a dict"),
        pytest.param(CHOSEN, "Trainer(net, {}.get('schedule'))", {"BP204"}, id="from a dict without it"),
        pytest.param(CHOSEN, "Trainer(net, **dict(schedule='cosine'))", set(), id="spread from a dict"),
        pytest.param("", "Trainer(net)", {"BP204"}, id="a setter that nobody calls"),
        pytest.param("self.set_schedule()", "Trainer(net)", set(), id="a setter that the constructor calls"),
        pytest.param(
            "self.schedule = make_schedule(self.optimizer, schedule)", "Trainer(net)", {"BP204"}, id="a factory of none"
        ),
        pytest.param(
            "self.schedule = make_schedule(self.optimizer, schedule)", "Trainer(net, 'cosine')", set(), id="a factory"
        ),
        pytest.param("self.schedule = schedule and make_schedule(self.optimizer, schedule)", "Trainer(net)", {"BP204"}, id="and"),
    ],
)  # fmt: skip
def test_a_schedule_that_may_be_none(evaluate: Evaluate, sets: str, made: str, codes: set[str]) -> None:
    run = evaluate(DATA, NETWORK, TRAINER.format(sets=sets), f"trainer = {made}\ntrainer.fit(loader)\n")
    assert run.codes == codes
    assert (run.order("scheduler-step") == []) is bool(codes)
    assert not any(event.guards for event in run.of_kind("scheduler-step"))


def test_what_the_caller_sets_afterwards(evaluate: Evaluate) -> None:
    code = TRAINER.format(sets="")
    later = "trainer = Trainer(net)\ntrainer.set_schedule()\ntrainer.clip = 1.0\ntrainer.fit(loader)\n"
    run = evaluate(DATA, NETWORK, code, later)
    assert run.codes == set()
    assert run.order("clip")
    removed = later.replace("trainer.fit", "trainer.schedule = None\ntrainer.fit")
    assert evaluate(DATA, NETWORK, code, removed).codes == {"BP207"}


@pytest.mark.parametrize(
    "config",
    [
        pytest.param("config = {{'wd': {}}}\nwd = config['wd']", id="a dict"),
        pytest.param("config = {{'train': {{'wd': {}}}}}\nwd = config['train']['wd']", id="a nested dict"),
        pytest.param("class config:\n    wd = {}\nwd = config.wd", id="a class"),
        pytest.param("class Config:\n    wd = {}\nwd = Config().wd", id="an attribute of a class through an object"),
        pytest.param("class Default:\n    wd = 0.5\nclass Config(Default):\n    wd = {}\nwd = Config.wd", id="an inherited class"),
        pytest.param("class Config: pass\nconfig = Config()\nsetattr(config, 'wd', {})\nwd = config.wd", id="setattr"),
        pytest.param(
            "class Config: pass\nconfig = Config()\nfor k, v in {{'wd': {}, 'n': 3}}.items():\n    setattr(config, k, v)\n"
            "wd = config.wd",
            id="setattr in a loop",
        ),
        pytest.param(
            "class Config:\n    wd = 0.5\n    def parse(self, given):\n        for k, v in given.items():\n"
            "            if not hasattr(self, k):\n                print('no such option')\n            setattr(self, k, v)\n"
            "        for k, v in self.__class__.__dict__.items():\n            if not k.startswith('_'):\n"
            "                print(k, getattr(self, k))\n"
            "config = Config()\ndef main(**given):\n    config.parse(given)\n    return config.wd\nwd = main(wd={})",
            id="class attributes and keyword arguments",
        ),
        pytest.param("from types import SimpleNamespace\nconfig = SimpleNamespace(wd={})\nwd = config.wd", id="a namespace"),
        pytest.param("from argparse import Namespace\nconfig = Namespace(**{{'wd': {}}})\nwd = config.wd", id="Namespace of a dict"),
        pytest.param(
            "class Config:\n    def __init__(self, **given):\n        self.__dict__.update(given)\nwd = Config(wd={}).wd", id="__dict__"
        ),
        pytest.param(
            "class AttrDict(dict):\n    def __init__(self, *args, **kwargs):\n        super().__init__(*args, **kwargs)\n"
            "        self.__dict__ = self\nconfig = AttrDict(wd={})\nconfig.n = 3\nassert config['n'] == 3\nwd = config.wd",
            id="a dict whose entries are its attributes",
        ),
        pytest.param(
            "class AttrDict(dict):\n    def __getattr__(self, name):\n        return self[name]\n"
            "    def __setattr__(self, name, value):\n        self[name] = value\n"
            "config = AttrDict({{'wd': 0.5}})\nconfig.wd = {}\nwd = config.wd",
            id="a dict with __getattr__ and __setattr__",
        ),
        pytest.param(
            "class dotdict(dict):\n    __getattr__ = dict.get\n    __setattr__ = dict.__setitem__\n"
            "    __delattr__ = dict.__delitem__\nconfig = dotdict(wd=0.5)\nconfig.wd = {}\nwd = config.wd",
            id="a dict with the methods of dict",
        ),
        pytest.param(
            "class Config(dict):\n    pass\nconfig = Config(wd=0.5)\nconfig.update(wd={})\nwd = {{**config}}['wd']", id="a dict subclass"
        ),
        pytest.param(
            "from dataclasses import dataclass, replace\n@dataclass\nclass Config:\n    wd: float = {}\n    n: int = 3\n"
            "wd = Config(n=4).wd",
            id="a dataclass",
        ),
        pytest.param(
            "from collections import namedtuple\nConfig = namedtuple('Config', 'n wd')\nwd = Config(3, {})[1]", id="an index of a record"
        ),
        pytest.param(
            "from typing import NamedTuple\nclass Config(NamedTuple):\n    n: int = 3\n    wd: float = {}\nn, wd = Config()",
            id="an unpacked record",
        ),
        pytest.param(
            "class Config:\n    @property\n    def wd(self):\n        return {}\nwd = Config().wd", id="a property"
        ),
        pytest.param(
            "class Config:\n    def __init__(self, wd):\n        self.wd = wd\n    @property\n    def wd(self):\n"
            "        return self._wd\n    @wd.setter\n    def wd(self, value):\n        self._wd = value * 1\nwd = Config({}).wd",
            id="a property with a setter",
        ),
        pytest.param(
            "class Config:\n    def get_wd(self):\n        return {}\n    wd = property(get_wd)\nwd = Config().wd",
            id="property() of a method",
        ),
        pytest.param(
            "from functools import cached_property\nclass Config:\n    @cached_property\n    def wd(self):\n        return {}\n"
            "wd = Config().wd",
            id="a cached property",
        ),
        pytest.param(
            "class Config:\n    def __init__(self, wd):\n        self.wd = wd\n    @classmethod\n    def load(cls, given):\n"
            "        return cls(**given)\nclass Mine(Config): pass\nwd = Mine.load({{'wd': {}}}).wd",
            id="a class method that makes the object",
        ),
        pytest.param("import enum\nclass Option(enum.Enum):\n    WD = {}\nwd = Option.WD.value", id="an enumeration"),
        pytest.param("import enum\nclass Option(enum.Enum):\n    WD = {}\nwd = Option['WD'].value", id="a member by its name"),
        pytest.param("wd = 0.5\nexec('x = 1')\nwd = {}", id="assigned after exec"),
        pytest.param("def f(a, *, wd=0.5):\n    return wd\ng = lambda **k: f(1, **k)\nwd = g(wd={})", id="keywords passed on"),
        pytest.param("def f(*a):\n    return g(*a)\ndef g(n, wd):\n    return wd\nwd = f(1, {})", id="positions passed on"),
        pytest.param("from functools import partial\nf = partial(dict, wd={})\nwd = f(n=1)['wd']", id="a partial"),
        pytest.param("n, (m, wd) = 1, (2, {})", id="nested unpacking"),
        pytest.param("import copy\nconfig = {{'wd': {}}}\nsame = copy.deepcopy(config)\nconfig['wd'] = 0.5\nwd = same['wd']", id="a copy"),
        pytest.param("globals()['wd'] = {}", id="written to globals"),
        pytest.param("import sys\nclass Config: pass\nConfig.wd = {}\nwd = Config.wd", id="put on a class"),
        pytest.param(
            "from dataclasses import dataclass, asdict\n@dataclass\nclass Config:\n    wd: float = {}\ndef f(wd=0.5): return wd\n"
            "wd = f(**asdict(Config()))",
            id="the dictionary of a dataclass",
        ),
        pytest.param(
            "from dataclasses import dataclass, replace\n@dataclass\nclass Config:\n    n: int = 3\n    wd: float = 0.5\n"
            "wd = replace(Config(4), wd={}).wd",
            id="replaced in a dataclass",
        ),
        pytest.param("import operator\nclass Config: wd = {}\nwd = operator.attrgetter('wd')(Config)", id="attrgetter"),
        pytest.param("from operator import itemgetter\nn, wd = itemgetter('n', 'wd')(dict(n=3, wd={}))", id="itemgetter"),
        pytest.param(
            "import operator\nclass Config:\n    def get(self, n):\n        return {}\nwd = operator.methodcaller('get', 3)(Config())",
            id="methodcaller",
        ),
        pytest.param("Config = type('Config', (), dict(wd={}))\nwd = Config().wd", id="a class made by type()"),
        pytest.param(
            "class Config:\n    _only = None\n    def __new__(cls):\n        if cls._only is None:\n"
            "            cls._only = super().__new__(cls)\n            cls._only.wd = {}\n        return cls._only\n"
            "assert Config() is Config()\nwd = Config().wd",
            id="the only object of its class",
        ),
        pytest.param("from collections import ChainMap\nwd = ChainMap(dict(wd={}), dict(wd=0.5, n=3))['wd']", id="ChainMap"),
        pytest.param("import os\nwd = float(os.environ.get('WD', '{}'))", id="the environment"),
        pytest.param("import ast\nwd = ast.literal_eval('{}')", id="literal_eval"),
        pytest.param("wd = next(v for v in [{}, 0.5])", id="the next of a generator"),
        pytest.param("def g():\n    yield 0.5\n    yield {}\ni = g()\nnext(i)\nwd = next(i)", id="the second of a generator"),
        pytest.param("wd = sorted([(2, {}), (1, 0.5)])[-1][1]", id="the last of a sorted list"),
        pytest.param("wd = sorted([(2, {}), (1, 0.5)], key=lambda p: p[0], reverse=True)[0][1]", id="sorted by a key"),
        pytest.param("l = [(2, {}), (1, 0.5)]\nl.sort()\nwd = l[1][1]", id="sorted in place"),
        pytest.param("import sys\nvalue = {}\nwd = getattr(sys.modules[__name__], 'value')", id="the module itself"),
        pytest.param(
            "from pydantic import BaseModel\nclass Config(BaseModel):\n    wd: float = 0.5\nwd = Config(wd={}).wd", id="a pydantic model"
        ),
        pytest.param("from typing import TypedDict\nclass C(TypedDict):\n    wd: float\nwd = C(wd={})['wd']", id="a TypedDict"),
        pytest.param(
            "class A:\n    def __init__(self, wd, **more):\n        super().__init__(**more)\n        self.wd = wd\n"
            "class B:\n    def __init__(self, n):\n        self.n = n\nclass C(A, B): pass\nwd = C(n=3, wd={}).wd",
            id="cooperating constructors",
        ),
        pytest.param(
            "class Config:\n    def __init__(self, n, wd={}):\n        self.__dict__.update(locals())\nwd = Config(3).wd", id="locals"
        ),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("value", "codes"), DECAYS)
def test_a_number_on_its_way(evaluate: Evaluate, config: str, value: str, codes: set[str]) -> None:
    run = evaluate(training(config.format(value), optimizer=ADAM.format("wd")))
    assert plain(run.the_optimizer.groups[0].weight_decay) == float(value)
    assert run.codes == codes


def test_a_setter_that_changes_what_it_is_given(evaluate: Evaluate) -> None:
    run = evaluate("""
        class Config:
            @property
            def rate(self):
                return self._rate
            @rate.setter
            def rate(self, value):
                self._rate = value * 2
        config = Config()
        config.rate = 3
        rate = config.rate
    """)
    assert run.plain("rate") == 6


CONFIGURATOR = """
decay = {}
config_keys = [k for k, v in globals().items() if not k.startswith("_") and isinstance(v, (int, float, bool, str))]
exec(open("configurator.py").read())
config = {{k: globals()[k] for k in config_keys}}
"""


@pytest.mark.parametrize(("decay", "codes"), [("True", set()), ("False", {"BP204"})])
def test_an_executed_configurator_leaves_settings(evaluate: Evaluate, decay: str, codes: set[str]) -> None:
    step = f"""
        if decay:
            for group in optimizer.param_groups:
                group["lr"] = 0.1 / (i + 1)
        {STEP.strip().replace(chr(10), chr(10) + "        ")}
    """
    run = evaluate(training(CONFIGURATOR.format(decay), schedule="", after="", step=step))
    assert run.codes == codes
    assert run.skipped == (["decay"] * 4 if codes else [])


CELL = """
class Cell(nn.Module):
    def __init__(self, width, hidden, layers=1, drop=0.0):
        super().__init__()
        self.rnn = nn.LSTM(width, hidden, layers, dropout=drop, batch_first=True)
    def forward(self, x):
        return self.rnn(x)[0][:, -1]
class Net(nn.Module):
    def __init__(self, cell=Cell, **options):
        super().__init__()
        self.cell, self.out = cell(4, 8, **options), nn.Linear(8, 2)
    def forward(self, x):
        return self.out(self.cell(x))
net = Net({})
"""


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        pytest.param("drop=0.3", {"BP502"}, id="a dropout between the layers of one layer is none"),
        pytest.param("drop=0.3, layers=2", {"BP307"}, id="two layers"),
        pytest.param("layers=2", set(), id="no dropout"),
        pytest.param("lambda w, h, **k: Cell(w, h, 2, 0.3)", {"BP307"}, id="another maker"),
    ],
)
def test_a_default_two_classes_away(evaluate: Evaluate, options: str, codes: set[str]) -> None:
    step = STEP.replace("optimizer.step()", "nn.utils.clip_grad_norm_(net.parameters(), 1.0)\noptimizer.step()")
    ask = VALIDATION.replace("net.eval()\n", "")
    assert evaluate(training(network=CELL.format(options), step=step, validation=ask)).codes == codes


OUTPUT = """
from collections import namedtuple
from dataclasses import dataclass
from typing import NamedTuple
{definition}
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(4, 2)
    def forward(self, x):
        z = self.fc(x)
        return {returned}
net = Net()
"""


@pytest.mark.parametrize(
    ("definition", "returned", "logits", "probs"),
    [
        pytest.param("", "z, z.softmax(1)", "[0]", "[1]", id="a tuple"),
        pytest.param("", "[z, z.softmax(1)]", "[-2]", "[-1]", id="a list"),
        pytest.param("", "{'logits': z, 'probs': z.softmax(1)}", "['logits']", "['probs']", id="a dict"),
        pytest.param("", "dict(logits=z, probs=z.softmax(1))", ".get('logits')", ".get('probs')", id="get of a dict"),
        pytest.param("Out = namedtuple('Out', 'logits probs')", "Out(z, z.softmax(1))", ".logits", ".probs", id="a namedtuple"),
        pytest.param("Out = namedtuple('Out', ['a', 'b'])", "Out(a=z, b=z.softmax(1))", "[0]", "[1]", id="its positions"),
        pytest.param(
            "class Out(NamedTuple):\n    logits: torch.Tensor\n    probs: torch.Tensor", "Out(z, z.softmax(1))", ".logits", ".probs",
            id="a NamedTuple",
        ),
        pytest.param(
            "@dataclass\nclass Out:\n    logits: torch.Tensor\n    probs: torch.Tensor = None", "Out(z, probs=z.softmax(1))", ".logits",
            ".probs", id="a dataclass",
        ),
        pytest.param(
            "from transformers.utils import ModelOutput\n@dataclass\nclass Out(ModelOutput):\n    logits: torch.Tensor = None\n"
            "    probs: torch.Tensor = None",
            "Out(z, probs=z.softmax(1))", ".logits", ".probs", id="an output of transformers",
        ),
        pytest.param(
            "class Out:\n    def __init__(self, z):\n        self.logits = z\n    @property\n    def probs(self):\n"
            "        return self.logits.softmax(1)",
            "Out(z)", ".logits", ".probs", id="an object with a property",
        ),
    ],
)  # fmt: skip
def test_two_results_of_a_network(evaluate: Evaluate, definition: str, returned: str, logits: str, probs: str) -> None:
    network = OUTPUT.format(definition=definition, returned=returned)
    ask = VALIDATION.replace("net(x)", f"net(x){logits}")
    for part, codes in ((logits, set[str]()), (probs, {"BP403"})):
        run = evaluate(training(network=network, step=STEP.replace("net(x)", f"net(x){part}"), validation=ask))
        assert run.codes == codes
        assert {kind(event.data["output"]) for event in run.of_kind("loss")} == {"softmax" if codes else "raw"}
    unpacked = f"out = net(x)\na, b = out{logits}, out{probs}\n" + STEP.replace("net(x)", "b")
    assert evaluate(training(network=network, step=unpacked, validation=ask)).codes == {"BP403"}


@pytest.mark.parametrize(("fast", "codes"), [("True", set()), ("False", {"BP403"})])
def test_a_method_that_the_constructor_binds(evaluate: Evaluate, fast: str, codes: set[str]) -> None:
    code = f"""
        class Trainer:
            def __init__(self, fast, reduce=torch.mean):
                self.loss = self.plain if fast else self.soft
                self.reduce = reduce
            def plain(self, x, y):
                return self.reduce(F.cross_entropy(net(x), y, reduction="none"))
            def soft(self, x, y):
                return F.cross_entropy(net(x).softmax(1), y)
        trainer = Trainer({fast})
    """
    step = STEP.replace("F.cross_entropy(net(x), y)", "trainer.loss(x, y)")
    run = evaluate(training(code, step=step))
    assert run.codes == codes
    trainer = run.variable("trainer")
    assert isinstance(trainer, Obj)


ENUMERATION = """
    from enum import Enum, IntEnum
    class Kind(Enum):
        SGD = "sgd"
        ADAM = "adam"
        @property
        def title(self):
            return self.value.upper()
    class Phase(str, Enum):
        TRAIN = "train"
        TEST = "test"
"""


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("Kind.SGD is Kind.SGD", True),
        ("Kind.SGD == Kind.ADAM", False),
        ("Kind.SGD != Kind.ADAM", True),
        ("Kind('adam') is Kind.ADAM", True),
        ("Kind['SGD'] is Kind.ADAM", False),
        ("Kind.SGD == 'sgd'", False),
        ("Phase.TRAIN == 'train'", True),
        ("[k.value for k in Kind]", ["sgd", "adam"]),
        ("Kind.SGD.name", "SGD"),
        ("Kind.SGD.title", "SGD"),
        ("{Kind.SGD.value: 1, Kind.ADAM.value: 2}[Kind('adam').value]", 2),
        ("isinstance(Kind.SGD, Kind)", True),
        ("len(Kind)", 2),
    ],
)
def test_members_of_an_enumeration(evaluate: Evaluate, expression: str, value: object) -> None:
    assert evaluate(ENUMERATION, f"x = {expression}\n").plain("x") == value


LAYERS = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.head = nn.Linear(4, 2)
        self.layers = {layers}
        {register}
    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.head(x)
net = Net()
layer = net.layers[0]
"""


@pytest.mark.parametrize(
    ("layers", "register", "part"),
    [
        pytest.param("nn.ModuleList([nn.Linear(4, 4), nn.Dropout()])", "pass", True, id="a ModuleList"),
        pytest.param("nn.Sequential(nn.Linear(4, 4), nn.Dropout())", "pass", True, id="a Sequential"),
        pytest.param("[nn.Linear(4, 4), nn.Dropout()]", "pass", False, id="a list"),
        pytest.param("{0: nn.Linear(4, 4)}.values() and [nn.Linear(4, 4)]", "pass", False, id="another list"),
        pytest.param(
            "[nn.Linear(4, 4)]", "self.body = nn.Sequential(*self.layers)", True, id="a list put into a Sequential"
        ),
        pytest.param(
            "[nn.Linear(4, 4)]",
            "for i, l in enumerate(self.layers): self.add_module(str(i), l)",
            True,
            id="added one by one",
        ),
        pytest.param(
            "[nn.Linear(4, 4)]",
            "for i, l in enumerate(self.layers): setattr(self, f'layer{i}', l)",
            True,
            id="set one by one",
        ),
        pytest.param("[nn.Linear(4, 4)]", "self._modules['first'] = self.layers[0]", True, id="written into the table"),
    ],
)
def test_layers_in_a_list_are_no_part_of_the_network(
    evaluate: Evaluate, layers: str, register: str, part: bool
) -> None:
    run = evaluate(training(network=LAYERS.replace("{layers}", layers).replace("{register}", register)))
    layer = run.module("layer")
    assert run.the_optimizer.trains(layer) is part
    assert (mode_of(layer) == "eval") is part
