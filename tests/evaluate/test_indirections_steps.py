"""Who clears, back-propagates, clips, steps and schedules, where none of it is written in the loop: callable objects, wrappers,
hooks, methods that a base class calls, generators, closures."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.values import Obj

from .program import Evaluate, Evaluated
from .training import DATA, NETWORK, STEP, VALIDATION, training

RNN = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.out = nn.LSTM(4, 8, batch_first=True), nn.Linear(8, 2)
    def forward(self, x):
        return self.out(self.rnn(x)[0][:, -1])
net = Net()
"""
ASK = VALIDATION.replace("net.eval()\n", "")
SCALER = """
class NativeScalerWithGradNormCount:
    state_dict_key = "amp_scaler"
    def __init__(self):
        self._scaler = torch.cuda.amp.GradScaler()
    def __call__(self, loss, optimizer, clip_grad=None, parameters=None, create_graph=False, update_grad=True):
        self._scaler.scale(loss).backward(create_graph=create_graph)
        if update_grad:
            if clip_grad is not None:
                assert parameters is not None
                self._scaler.unscale_(optimizer)
                norm = torch.nn.utils.clip_grad_norm_(parameters, clip_grad)
            else:
                self._scaler.unscale_(optimizer)
                norm = get_grad_norm_(parameters)
            self._scaler.step(optimizer)
            self._scaler.update()
        else:
            norm = None
        return norm
def get_grad_norm_(parameters):
    return max(p.grad.detach().abs().max() for p in parameters)
loss_scaler = NativeScalerWithGradNormCount()
accumulated = 4
"""
KINDS = ("zero-grad", "forward", "backward", "unscale", "clip", "step", "scheduler-step", "lr-write")


def first_turn(run: Evaluated) -> list[str]:
    """What happens to the first batch that trains."""
    inside = [e for e in run.sequence(*KINDS) if len(e.loops) > 1 and all(turn == 0 for _, turn in e.loops)]
    return [e.kind for e in inside if e.loops[1][0] is inside[0].loops[1][0]]


@pytest.mark.parametrize(("clears", "codes"), [("optimizer.zero_grad()", set()), ("pass", {"BP305"})])
def test_a_scaler_that_owns_backward_and_step(evaluate: Evaluate, clears: str, codes: set[str]) -> None:
    step = f"""
        loss = F.cross_entropy(net(x), y) / accumulated
        loss_scaler(loss, optimizer, parameters=net.parameters(), update_grad=(i + 1) % accumulated == 0)
        if (i + 1) % accumulated == 0:
            {clears}
    """
    run = evaluate(training(SCALER, step=step))
    assert run.codes == codes
    assert [k for k in first_turn(run) if k != "zero-grad"][:4] == ["forward", "backward", "unscale", "step"]
    assert all(e.guards for e in run.of_kind("step"))
    assert not any(e.guards for e in run.of_kind("backward"))


@pytest.mark.parametrize(("clip", "codes"), [("1.0", set()), ("None", {"BP503"})])
def test_a_scaler_that_clips_if_it_is_told_to(evaluate: Evaluate, clip: str, codes: set[str]) -> None:
    step = f"""
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x), y)
        loss_scaler(loss, optimizer, clip_grad={clip}, parameters=net.parameters())
    """
    run = evaluate(training(SCALER, network=RNN, step=step, validation=ASK))
    assert run.codes == codes
    assert run.the_optimizer.trains(run.module("net"))


SCHEDULED = """
class ScheduledOptim:
    def __init__(self, optimizer, width, warmup):
        self._optimizer = optimizer
        self.width, self.warmup, self.n = width, warmup, 0
    def step_and_update_lr(self):
        self._update_learning_rate()
        self._optimizer.step()
    def zero_grad(self):
        self._optimizer.zero_grad()
    def _get_lr_scale(self):
        return self.width ** -0.5 * min(self.n ** -0.5, self.n * self.warmup ** -1.5)
    def _update_learning_rate(self):
        self.n += 1
        lr = 2.0 * self._get_lr_scale()
        for group in self._optimizer.param_groups:
            group["lr"] = lr
"""
UPDATE = "        self._update_learning_rate()\n"


@pytest.mark.parametrize(
    ("code", "clears", "codes"),
    [
        pytest.param(SCHEDULED, "optimizer.zero_grad()", set(), id="as it is meant"),
        pytest.param(SCHEDULED, "pass", {"BP305"}, id="never cleared"),
        pytest.param(SCHEDULED.replace(UPDATE, "", 1), "optimizer.zero_grad()", {"BP204"}, id="never scheduled"),
    ],
)
def test_a_wrapper_that_sets_the_rate_and_steps(evaluate: Evaluate, code: str, clears: str, codes: set[str]) -> None:
    step = f"""
        {clears}
        F.cross_entropy(net(x), y).backward()
        optimizer.step_and_update_lr()
    """
    made = "ScheduledOptim(optim.Adam(net.parameters(), lr=0.1), 512, 4000)"
    run = evaluate(training(code, optimizer=made, schedule="", after="", step=step))
    assert run.codes == codes
    assert run.the_optimizer.name == "Adam"
    assert ("lr-write" in first_turn(run)) is ("BP204" not in codes)


LOOKAHEAD = """
class Lookahead(optim.Optimizer):
    def __init__(self, base, k=5):
        self.base, self.k = base, k
        self.param_groups = base.param_groups
    def zero_grad(self):
        self.base.zero_grad()
    def step(self, closure=None):
        return self.base.step(closure)
"""


@pytest.mark.parametrize(
    ("clears", "schedule", "codes"),
    [
        ("optimizer.zero_grad()", "optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)", set()),
        ("pass", "optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)", {"BP305"}),
        ("optimizer.zero_grad()", "optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1.0)", {"BP204"}),
    ],
)
def test_an_optimizer_round_another(evaluate: Evaluate, clears: str, schedule: str, codes: set[str]) -> None:
    step = f"{clears}\nF.cross_entropy(net(x), y).backward()\noptimizer.step()\n"
    made = "Lookahead(optim.SGD(net.parameters(), lr=0.1))"
    assert evaluate(training(LOOKAHEAD, optimizer=made, schedule=schedule, step=step)).codes == codes


MODEL = """
class Model:
    def __init__(self):
        self.net = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 2))
        self.optimizers = []
        self.setup()
    def setup(self):
        self.optimizer = optim.SGD(self.net.parameters(), lr=0.1)
        self.optimizers.append(self.optimizer)
        self.schedules = [optim.lr_scheduler.CosineAnnealingLR(o, 10) for o in self.optimizers]
    def set_input(self, batch):
        self.x, self.y = batch
    def forward(self):
        self.out = self.net(self.x)
    def backward(self):
        self.loss = F.cross_entropy(self.out, self.y)
        self.loss.backward()
    def optimize_parameters(self):
        self.forward()
        self.optimizer.zero_grad()
        self.backward()
        self.optimizer.step()
    def update_learning_rate(self):
        for schedule in self.schedules:
            schedule.step()
    def eval(self):
        self.net.eval()
    def test(self):
        with torch.no_grad():
            self.forward()
model = Model()
for epoch in range(10):
    model.net.train()
    for batch in loader:
        model.set_input(batch)
        model.optimize_parameters()
    model.update_learning_rate()
    model.eval()
    for batch in held_out:
        model.set_input(batch)
        model.test()
        print((model.out.argmax(1) == model.y).sum())
"""


@pytest.mark.parametrize(
    ("line", "instead", "codes"),
    [
        ("", "", set()),
        ("        self.optimizer.zero_grad()\n", "", {"BP305"}),
        ("            schedule.step()", "            pass", {"BP207"}),
        ("self.schedules = [", "self.schedules = [] and [", {"BP204"}),
        ("    model.eval()\n", "", {"BP307"}),
        ("    model.net.train()\n", "", {"BP306"}),
        ("with torch.no_grad():", "if True:", {"BP308"}),
        ("F.cross_entropy(self.out,", "F.cross_entropy(self.out.softmax(1),", {"BP403"}),
        ("batch in held_out", "batch in loader", {"BP101"}),
    ],
)
def test_an_object_with_methods_for_everything(evaluate: Evaluate, line: str, instead: str, codes: set[str]) -> None:
    run = evaluate(DATA, MODEL.replace(line, instead) if line else MODEL)
    assert run.codes == codes
    model = run.variable("model")
    assert isinstance(model, Obj)
    assert run.the_optimizer.modules == [model.attrs["net"]]


TEMPLATE = """
class Base:
    def __init__(self, net, batches, held_out):
        self.net, self.batches, self.held_out = net, batches, held_out
        self.optimizer = self.configure()
        self.schedule = optim.lr_scheduler.CosineAnnealingLR(self.optimizer, 10)
    def configure(self):
        return optim.SGD(self.net.parameters(), lr=0.1)
    def before_step(self):
        pass
    def after_epoch(self):
        raise NotImplementedError
    def loss(self, out, y):
        return F.cross_entropy(out, y)
    def run(self):
        for epoch in range(10):
            self.net.train()
            for x, y in self.batches:
                self.before_step()
                self.loss(self.net(x), y).backward()
                self.optimizer.step()
            self.schedule.step()
            self.after_epoch()
{mixin}
class Mine({bases}):
    def before_step(self):
        {clears}
    def after_epoch(self):
        self.net.eval()
        with torch.no_grad():
            for x, y in self.held_out:
                print((self.net(x).argmax(1) == y).sum().item())
    {more}
Mine(net, loader, held_out).run()
"""
SOFT = "def loss(self, out, y):\n        return super().loss(out.softmax(1), y)"


@pytest.mark.parametrize(
    ("parts", "codes"),
    [
        pytest.param({}, set(), id="hooks that do what is needed"),
        pytest.param({"clears": "super().before_step()"}, {"BP305"}, id="a hook that does nothing"),
        pytest.param({"more": SOFT}, {"BP403"}, id="an overridden loss"),
        pytest.param(
            {
                "more": "def configure(self):\n        return optim.Adam(self.net.parameters(), lr=0.1, weight_decay=0.1)"
            },
            {"BP304"},
            id="an overridden factory",
        ),
        pytest.param(
            {"mixin": f"class Soft:\n    {SOFT}", "bases": "Soft, Base"}, {"BP403"}, id="a mixin before the base"
        ),
        pytest.param({"mixin": f"class Soft:\n    {SOFT}", "bases": "Base, Soft"}, set(), id="a mixin behind the base"),
    ],
)
def test_methods_that_a_base_class_calls(evaluate: Evaluate, parts: dict[str, str], codes: set[str]) -> None:
    defaults = {"mixin": "", "bases": "Base", "clears": "self.optimizer.zero_grad()", "more": ""}
    run = evaluate(DATA, NETWORK, TEMPLATE.format(**{**defaults, **parts}))
    assert run.codes == codes
    assert run.the_optimizer.modules == [run.variable("net")]


HOOKS = """
class Hook:
    def before_step(self, runner):
        pass
class Clear(Hook):
    def before_step(self, runner):
        runner.optimizer.zero_grad()
class Runner:
    def __init__(self):
        self.hooks = []
        self.optimizer = optim.SGD(net.parameters(), lr=0.1)
        self.schedule = optim.lr_scheduler.CosineAnnealingLR(self.optimizer, 10)
    def register(self, hook):
        self.hooks.append(hook)
        return self
    def call(self, name):
        for hook in self.hooks:
            getattr(hook, name)(self)
    def run(self):
        for epoch in range(10):
            net.train()
            for x, y in loader:
                self.call("before_step")
                F.cross_entropy(net(x), y).backward()
                self.optimizer.step()
            self.schedule.step()
            net.eval()
            with torch.no_grad():
                for x, y in held_out:
                    print((net(x).argmax(1) == y).sum().item())
Runner(){}.run()
"""


@pytest.mark.parametrize(
    ("registered", "codes"),
    [
        (".register(Clear())", set()),
        (".register(Hook()).register(Clear())", set()),
        (".register(Hook())", {"BP305"}),
        ("", {"BP305"}),
    ],
)
def test_hooks_that_are_registered(evaluate: Evaluate, registered: str, codes: set[str]) -> None:
    assert evaluate(DATA, NETWORK, HOOKS.format(registered)).codes == codes


CALLBACKS = """
class Callback:
    _order = 0
    def set_runner(self, run):
        self.run = run
    def __getattr__(self, name):
        return getattr(self.run, name)
class Modes(Callback):
    _order = 1
    def begin_epoch(self):
        self.run.model.train()
    def begin_validate(self):
        {mode}
class Clear(Callback):
    def begin_batch(self):
        {clears}
class Runner:
    def __init__(self, model, opt, callbacks):
        self.model, self.opt, self.callbacks = model, opt, callbacks
        for callback in callbacks:
            callback.set_runner(self)
    def __call__(self, name):
        stopped = False
        for callback in sorted(self.callbacks, key=lambda c: c._order):
            function = getattr(callback, name, None)
            if function and function():
                stopped = True
        return stopped
    def fit(self, epochs):
        schedule = optim.lr_scheduler.CosineAnnealingLR(self.opt, epochs)
        for epoch in range(epochs):
            self("begin_epoch")
            for self.x, self.y in loader:
                self("begin_batch")
                self.loss = F.cross_entropy(self.model(self.x), self.y)
                self.loss.backward()
                self.opt.step()
            schedule.step()
            with torch.no_grad():
                self("begin_validate")
                for self.x, self.y in held_out:
                    print((self.model(self.x).argmax(1) == self.y).sum().item())
Runner(net, optim.SGD(net.parameters(), lr=0.1), [Modes(), Clear()]).fit(10)
"""


@pytest.mark.parametrize(
    ("mode", "clears", "codes"),
    [
        ("self.run.model.eval()", "self.run.opt.zero_grad()", set()),
        ("self.model.eval()", "self.opt.zero_grad()", set()),
        ("pass", "self.run.opt.zero_grad()", {"BP307"}),
        ("self.run.model.eval()", "pass", {"BP305"}),
    ],
)
def test_callbacks_by_their_names(evaluate: Evaluate, mode: str, clears: str, codes: set[str]) -> None:
    run = evaluate(DATA, NETWORK, CALLBACKS.format(mode=mode, clears=clears))
    assert run.codes == codes
    assert run.gaps == []


STREAM = """
def forever(batches):
    while True:
        for batch in batches:
            yield batch
stream = forever(loader)
optimizer = optim.SGD(net.parameters(), lr=0.1)
net.train()
{head}
    {clears}
    F.cross_entropy(net(x), y).backward()
    optimizer.step()
    for group in optimizer.param_groups:
        group["lr"] = 0.1 / (it + 1)
{validation}
"""


@pytest.mark.parametrize(
    "head",
    [
        pytest.param("for it, (x, y) in enumerate(stream):\n    if it > 100:\n        break", id="enumerated"),
        pytest.param("for it in range(100):\n    x, y = next(stream)", id="next"),
        pytest.param("it = 0\nwhile it < 100:\n    x, y = next(stream)\n    it += 1", id="a counter"),
        pytest.param("from itertools import islice\nfor it, (x, y) in enumerate(islice(stream, 100)):", id="islice"),
        pytest.param("for it, (x, y) in zip(range(100), stream):", id="zip"),
        pytest.param("from itertools import cycle\nfor it, (x, y) in zip(range(100), cycle(loader)):", id="cycle"),
        pytest.param(
            "for it, (x, y) in enumerate(b for b in stream):\n    if it > 100:\n        break", id="an expression"
        ),
    ],
)
@pytest.mark.parametrize(("clears", "codes"), [("optimizer.zero_grad()", set()), ("pass", {"BP305"})])
def test_batches_from_a_generator(evaluate: Evaluate, head: str, clears: str, codes: set[str]) -> None:
    run = evaluate(DATA, NETWORK, STREAM.format(head=head, clears=clears, validation=VALIDATION))
    assert run.codes == codes
    assert run.splits(run.passes.training) == {"train"}
    assert run.splits(run.passes.evaluation) == {"test"}


@pytest.mark.parametrize(("part", "codes"), [("train=False", set()), ("train=True", {"BP101"})])
def test_a_generator_for_the_validation(evaluate: Evaluate, part: str, codes: set[str]) -> None:
    batches = "batches = lambda: (batch for batch in loader)"
    if not codes:
        batches = f"def batches():\n    for x, y in DataLoader(datasets.MNIST('d', {part})):\n        yield x, y\n"
    run = evaluate(training(batches, validation=VALIDATION.replace("held_out", "batches()")))
    assert run.codes == codes


CLOSURE = """
def closure():
    {}
    loss = F.cross_entropy(net(x), y)
    loss.backward()
    return loss
optimizer.step(closure)
"""
WORK = """
def work(a, b):
    {}
    F.cross_entropy(net(a), b).backward()
"""


@pytest.mark.parametrize(
    ("definitions", "step"),
    [
        pytest.param("", CLOSURE, id="a function in the loop"),
        pytest.param(WORK, "optimizer.step(lambda: work(x, y))", id="a lambda"),
        pytest.param("from functools import partial\n" + WORK, "optimizer.step(partial(work, x, y))", id="a partial"),
        pytest.param(
            WORK + "class Closure:\n    def __init__(self, a, b):\n        self.a, self.b = a, b\n"
            "    def __call__(self):\n        return work(self.a, self.b)\n",
            "optimizer.step(Closure(x, y))",
            id="a callable object",
        ),
        pytest.param(
            WORK + "class Trainer:\n    def batch(self, a, b):\n        self.a, self.b = a, b\n"
            "        optimizer.step(self.closure)\n    def closure(self):\n        return work(self.a, self.b)\n"
            "trainer = Trainer()\n",
            "trainer.batch(x, y)",
            id="a bound method",
        ),
        pytest.param(
            WORK + "def make(a, b):\n    def closure():\n        return work(a, b)\n    return closure\n",
            "optimizer.step(closure=make(x, y))",
            id="made by a function",
        ),
    ],
)
@pytest.mark.parametrize("made", ["optim.SGD(net.parameters(), lr=0.1)", "optim.LBFGS(net.parameters(), lr=0.1)"])
@pytest.mark.parametrize(("clears", "codes"), [("optimizer.zero_grad()", set()), ("pass", {"BP305"})])
def test_a_closure_that_the_optimizer_runs(
    evaluate: Evaluate, definitions: str, step: str, made: str, clears: str, codes: set[str]
) -> None:
    code = definitions.replace("{}", clears)
    run = evaluate(training(code, optimizer=made, step=step.replace("{}", clears)))
    assert run.codes == codes
    assert [kind for kind in first_turn(run) if kind != "zero-grad"] == ["forward", "backward", "step"]


PHASES = """
loaders = {{"train": loader, "val": held_out}}
optimizer = optim.SGD(net.parameters(), lr=0.1)
schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
for epoch in range(10):
    {head}
        {mode}
        for x, y in {batches}:
            optimizer.zero_grad()
            with torch.set_grad_enabled({grad}):
                loss = F.cross_entropy(net(x), y)
                if phase == "train":
                    loss.backward()
                    optimizer.step()
            print(loss.item())
        if phase == "train":
            schedule.step()
"""
RIGHT = {
    "head": "for phase in ['train', 'val']:", "mode": "net.train(phase == 'train')", "batches": "loaders[phase]",
    "grad": "phase == 'train'",
}  # fmt: skip


@pytest.mark.parametrize(
    ("parts", "codes"),
    [
        pytest.param({}, set(), id="a list of phases"),
        pytest.param({"head": "for phase, batches in loaders.items():", "batches": "batches"}, set(), id="items"),
        pytest.param({"head": "for phase in loaders:"}, set(), id="keys"),
        pytest.param({"mode": "net.train() if phase == 'train' else net.eval()"}, set(), id="a conditional expression"),
        pytest.param({"mode": "getattr(net, {'train': 'train', 'val': 'eval'}[phase])()"}, set(), id="a table"),
        pytest.param({"mode": "net.train()"}, {"BP307"}, id="in train mode"),
        pytest.param({"mode": "net.train() if phase == 'train' else None"}, {"BP307"}, id="not switched"),
        pytest.param({"grad": "True"}, {"BP308"}, id="with gradients"),
        pytest.param({"batches": "loaders['train']"}, {"BP101"}, id="always the training samples"),
    ],
)
def test_loaders_by_phase(evaluate: Evaluate, parts: dict[str, str], codes: set[str]) -> None:
    assert evaluate(DATA, NETWORK, PHASES.format(**{**RIGHT, **parts})).codes == codes


WARMUP = """
from torch.optim.lr_scheduler import _LRScheduler
class WarmUp(_LRScheduler):
    def __init__(self, optimizer, total, last_epoch=-1):
        self.total = total
        super().__init__(optimizer, last_epoch)
    def get_lr(self):
        return [rate * self.last_epoch / (self.total + 1e-8) for rate in self.base_lrs]
"""
BY_HAND = """
class Warm:
    def __init__(self, optimizer):
        self.optimizer, self.n = optimizer, 0
    def step(self):
        self.n += 1
        for group in self.optimizer.param_groups:
            group["lr"] = 0.1 / self.n
"""


@pytest.mark.parametrize(
    ("code", "made", "after", "codes"),
    [
        pytest.param(WARMUP, "WarmUp(optimizer, 10)", "schedule.step()", set(), id="a subclass of the scheduler"),
        pytest.param(WARMUP, "WarmUp(optimizer, 10)", "", {"BP207"}, id="never stepped"),
        pytest.param(
            WARMUP + "    def step(self, epoch=None):\n        print(epoch)\n        super().step(epoch)\n",
            "WarmUp(optimizer, 10)", "schedule.step()", set(), id="with a step of its own",
        ),
        pytest.param(BY_HAND, "Warm(optimizer)", "schedule.step()", set(), id="a class of the project"),
        pytest.param(BY_HAND, "Warm(optimizer)", "", {"BP204"}, id="a class of the project, never stepped"),
        pytest.param(
            BY_HAND.replace("class Warm:", "class Warm(optim.lr_scheduler.LRScheduler):"), "Warm(optimizer)", "schedule.step()", set(),
            id="a subclass that does all itself",
        ),
        pytest.param(
            BY_HAND.replace("class Warm:", "class Warm(optim.lr_scheduler.LRScheduler):").replace("def step", "def update"),
            "Warm(optimizer)", "schedule.update()", set(), id="by another method",
        ),
    ],
)  # fmt: skip
def test_schedules_of_the_project(evaluate: Evaluate, code: str, made: str, after: str, codes: set[str]) -> None:
    assert evaluate(training(code, schedule=made, after=after)).codes == codes


SIGN = """
class Sign(optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, dict(lr=lr))
    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                p.add_(torch.sign(p.grad), alpha=-group["lr"])
"""
DECAYING = """
class Decaying(optim.SGD):
    def step(self, closure=None):
        for group in self.param_groups:
            group["lr"] *= 0.99
        return super().step(closure)
"""


@pytest.mark.parametrize(
    ("code", "made", "clears", "codes"),
    [
        pytest.param(SIGN, "Sign(net.parameters())", "optimizer.zero_grad()", set(), id="one of the project"),
        pytest.param(SIGN, "Sign(net.parameters())", "pass", {"BP305"}, id="never cleared"),
        pytest.param(DECAYING, "Decaying(net.parameters(), lr=0.1)", "optimizer.zero_grad()", set(), id="one that decays"),
        pytest.param(
            "class Mine(optim.SGD):\n    pass\n", "Mine(net.parameters(), lr=0.1)", "optimizer.zero_grad()", {"BP204"},
            id="another name for one of the library",
        ),
    ],
)  # fmt: skip
def test_optimizers_of_the_project(evaluate: Evaluate, code: str, made: str, clears: str, codes: set[str]) -> None:
    step = STEP.replace("optimizer.zero_grad()", clears)
    run = evaluate(training(code, optimizer=made, schedule="", after="", step=step))
    assert run.codes == codes
    assert run.the_optimizer.trains(run.module("net"))
    assert len(run.of_kind("step")) == 4
