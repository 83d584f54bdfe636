"""What feeds what in a network, as its forward pass runs it: not as its class reads, nor as its layers were made."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.evaluate.tracing import Node
from bpcheck.evaluate.values import Const, Obj, Seq, Value
from bpcheck.facts.depth import is_convolution, plain_depth
from bpcheck.facts.image_size import transformed
from bpcheck.facts.layer_order import biased_before_batchnorm, normalised_before_activation
from bpcheck.facts.layers import Layers, joins, source
from bpcheck.facts.padding import oversized_stem, unpadded
from bpcheck.facts.pooling import averaging_heads

from tests.evaluate.program import Evaluate

HEAD = """
import torchvision
from torch import nn
from torchvision import models
"""
TRAINING = """
optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
for x, y in torch.utils.data.DataLoader({data}):
    optimizer.zero_grad()
    F.cross_entropy(net(x), y).backward()
    optimizer.step()
"""
FILES = "torchvision.datasets.ImageFolder('train')"


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    return Evaluate(tmp_path)


def layers(evaluate: Evaluate, net: str, data: str = FILES) -> Layers:
    program = evaluate(HEAD + net + TRAINING.format(data=data))
    (found,) = program.layers
    return found


def short(node: Node) -> str:
    return node.name.rpartition(".")[2] or "input"


def names(found: Layers) -> list[str]:
    return [short(node) for node in found.nodes]


ORDERED = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.out = nn.Linear(8, 10)
        self.norm = nn.BatchNorm2d(8)
        self.unused = nn.Conv2d(8, 8, 3)
        self.conv = nn.Conv2d(3, 8, 3)
    def forward(self, x):
        x = self.norm(F.relu(self.conv(x)))
        return self.out(x.mean((2, 3)))
net = Net()
"""


def test_layers_stand_in_the_order_in_which_they_run(evaluate: Evaluate) -> None:
    found = layers(evaluate, ORDERED)
    assert names(found) == ["input", "Conv2d", "relu", "BatchNorm2d", "mean", "Linear"]
    assert [short(given) for node in found.nodes[1:] if (given := source(node))] == names(found)[:-1]
    assert found.whole
    assert biased_before_batchnorm(found) == []


@pytest.mark.parametrize(
    ("forward", "kind"),
    [
        ("x + self.conv(x)", "+"),
        ("torch.cat([x, self.conv(x)], dim=1)", "cat"),
        ("x.add(self.conv(x))", "add"),
        ("x * torch.sigmoid(self.conv(x))", "*"),
        ("sum([x, self.conv(x)])", "sum"),
    ],
)
def test_what_comes_on_two_ways_joins(evaluate: Evaluate, forward: str, kind: str) -> None:
    net = f"""
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
    def forward(self, x):
        return {forward}
net = Net()
"""
    joined = [node for node in layers(evaluate, net).nodes if joins(node)]
    assert [short(node) for node in joined] == [kind]


BLOCKS = """
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(8, 8, 3, padding=1)
    def forward(self, x):
        return {forward}
net = nn.Sequential(nn.Conv2d(3, 8, 3), *[Block() for _ in range({count})], nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))
"""


def test_equal_blocks_are_counted_one_by_one(evaluate: Evaluate) -> None:
    found = layers(evaluate, BLOCKS.format(forward="F.relu(self.conv(x))", count=20))
    assert found.depth(is_convolution) == plain_depth(found) == 21
    assert len({id(node.layer) for node in found.convolutions}) == 21


def test_a_sum_is_a_way_round(evaluate: Evaluate) -> None:
    assert plain_depth(layers(evaluate, BLOCKS.format(forward="x + self.conv(x)", count=20))) is None


def test_layers_in_a_loop_of_unknown_length_are_not_counted(evaluate: Evaluate) -> None:
    net = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 3, padding=1)
    def forward(self, x):
        while x.norm() > 1:
            x = self.conv(x)
        return x
net = Net()
"""
    found = layers(evaluate, net)
    assert any(node.repeated for node in found.nodes)
    assert not found.whole
    assert plain_depth(found) is None


def test_a_call_that_is_not_seen_leaves_the_network_unknown(evaluate: Evaluate) -> None:
    net = ORDERED.replace("F.relu(", "elsewhere.act(").replace("class Net", "import elsewhere\nclass Net")
    assert not layers(evaluate, net).whole


@pytest.mark.parametrize(
    ("forward", "count"),
    [
        ("self.norm(self.conv(x))", 1),
        ("self.norm(self.conv(x)) + x", 1),
        ("self.norm(F.relu(self.conv(x)))", 0),
        ("self.norm(self.conv(x) * 2)", 0),
        ("self.norm(y := self.conv(x)) + y", 0),
        ("self.norm(self.conv(self.conv(x)))", 0),
        ("self.norm(self.conv(x)) if x.mean() > 0 else self.conv(x)", 0),
    ],
)
def test_a_bias_counts_unless_all_of_it_is_subtracted(evaluate: Evaluate, forward: str, count: int) -> None:
    net = f"""
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 3, 3, padding=1), nn.BatchNorm2d(3)
    def forward(self, x):
        return {forward}
net = Net()
"""
    assert len(biased_before_batchnorm(layers(evaluate, net))) == count


@pytest.mark.parametrize(
    ("change", "fresh"),
    [
        ("", True),
        ("net.load_state_dict(torch.load('weights.pt'))", False),
        ("net[1].eval()", False),
        ("net[0].load_state_dict(torch.load('weights.pt'))", False),
    ],
)
def test_given_weights_and_frozen_norms_keep_their_biases(evaluate: Evaluate, change: str, fresh: bool) -> None:
    net = f"net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU())\n{change}\n"
    assert bool(biased_before_batchnorm(layers(evaluate, net))) is fresh


def test_the_order_of_preactivation_is_meant(evaluate: Evaluate) -> None:
    block = "nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1)"
    plain = f"net = nn.Sequential(nn.Conv2d(3, 8, 3), {block}, {block})\n"
    assert len(list(normalised_before_activation(layers(evaluate, plain)))) == 2
    residual = f"""
class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential({block}, {block})
    def forward(self, x):
        return x + self.body(x)
net = nn.Sequential(nn.Conv2d(3, 8, 3), Block(), Block())
"""
    assert list(normalised_before_activation(layers(evaluate, residual))) == []


@pytest.mark.parametrize(
    ("net", "data", "size"),
    [
        ("nn.Conv2d(1, 8, 3)", "torchvision.datasets.MNIST('.')", 28),
        ("nn.Conv2d(1, 8, 3)", "torchvision.datasets.ImageFolder('.')", None),
        ("nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 26 * 26, 10)", FILES, 28),
        ("nn.Conv2d(1, 8, 3, 2), nn.Flatten(), nn.Linear(8 * 13 * 13, 10)", "torchvision.datasets.MNIST('.')", 28),
        ("nn.Conv2d(1, 8, 3, 2), nn.Flatten(), nn.Linear(8 * 7 * 7, 10)", "torchvision.datasets.MNIST('.')", 16),
        ("nn.Conv2d(1, 8, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10)", FILES, None),
    ],
)
def test_the_size_of_images(evaluate: Evaluate, net: str, data: str, size: int | None) -> None:
    assert layers(evaluate, f"net = nn.Sequential({net})\n", data).input_size == size


def transform(name: str, *sizes: int) -> Obj:
    made = Obj("transform", f"torchvision.transforms.{name}")
    if sizes:
        made.args["size"] = Const(sizes[0]) if len(sizes) == 1 else Seq("tuple", map(Const, sizes))
    return made


def composed(*transforms: Obj) -> Value:
    made = Obj("transform", "torchvision.transforms.Compose")
    made.args["transforms"] = Seq("list", transforms)
    return made


@pytest.mark.parametrize(
    ("steps", "before", "after"),
    [
        ((transform("ToTensor"),), 28, 28),
        ((transform("Resize", 64),), 28, 64),
        ((transform("Resize", 64),), None, None),  # the shorter side: the images may be of any shape
        ((transform("Resize", 64, 64),), None, 64),
        ((transform("Resize", 256), transform("CenterCrop", 224)), None, 224),
        ((transform("RandomCrop", 32),), None, 32),
        ((transform("Pad", 2),), 28, None),
        ((transform("RandomResizedCrop", 96, 64),), 96, None),
    ],
)
def test_transforms_set_the_size(steps: tuple[Obj, ...], before: int | None, after: int | None) -> None:
    assert transformed(composed(*steps), before) == after


@pytest.mark.parametrize(
    ("net", "losses"),
    [
        ("nn.Conv2d(1, 8, 5), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 24 * 24, 10)", [(28, 24)]),
        ("nn.Conv2d(1, 8, 5, padding=2), nn.Conv2d(8, 8, 3), nn.Flatten(), nn.Linear(8 * 26 * 26, 10)", None),
        ("nn.Conv2d(1, 8, 1), nn.Conv2d(8, 8, 3), nn.Conv2d(8, 8, 3), nn.Flatten(), nn.Linear(8 * 24 * 24, 10)",
         [(28, 26), (26, 24)]),
        ("nn.ZeroPad2d(1), nn.Conv2d(1, 8, 3), nn.ReLU()", None),
        ("nn.Conv2d(1, 8, 28), nn.Flatten(), nn.Linear(8, 10)", None),
    ],
)  # fmt: skip
def test_what_unpadded_convolutions_take_away(
    evaluate: Evaluate, net: str, losses: list[tuple[int, int]] | None
) -> None:
    found = unpadded(layers(evaluate, f"net = nn.Sequential({net})\n", "torchvision.datasets.MNIST('.')"))
    assert losses == ([(before, after) for _, before, after in found.losses] if found is not None else None)


@pytest.mark.parametrize(
    ("net", "large"),
    [
        ("models.resnet18(num_classes=10)", True),
        ("nn.Sequential(*list(models.resnet18().children())[:-1], nn.Flatten())", True),
        ("models.vgg11(num_classes=10)", False),
        ("models.resnet18()\nnet.conv1 = nn.Conv2d(3, 64, 3, 1, 1)", False),
        ("models.resnet18()\nnet.conv1 = nn.Conv2d(1, 64, 7, 2, 3)", True),
    ],
)
def test_stems_of_libraries(evaluate: Evaluate, net: str, large: bool) -> None:
    found = layers(evaluate, f"net = {net}\n", "torchvision.datasets.CIFAR10('.')")
    assert (oversized_stem(found) is not None) is large
    assert oversized_stem(layers(evaluate, f"net = {net}\n")) is None


@pytest.mark.parametrize(
    ("weights", "forward", "count"),
    [
        ("'DEFAULT'", "self.out(self.pool(self.body(x)).flatten(1))", 1),
        ("None", "self.out(self.pool(self.body(x)).flatten(1))", 0),
        ("'DEFAULT'", "self.out(self.pool(m := self.body(x)).flatten(1) + m.amax((2, 3)))", 0),
        ("'DEFAULT'", "self.pool(self.body(x)).flatten(1)", 0),
    ],
)
def test_heads_that_average(evaluate: Evaluate, weights: str, forward: str, count: int) -> None:
    net = f"""
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(*list(models.resnet18(weights={weights}).children())[:-2])
        self.pool, self.out = nn.AdaptiveAvgPool2d(1), nn.Linear(512, 10)
    def forward(self, x):
        return {forward}
net = Net()
"""
    assert len(list(averaging_heads(layers(evaluate, net)))) == count


def test_a_trace_leaves_no_trace(evaluate: Evaluate) -> None:
    net = ORDERED.replace("x = self.norm", "self.calls = self.calls + [x]\n        x = self.norm").replace(
        "super().__init__()", "super().__init__(); self.calls = []"
    )
    program = evaluate(HEAD + net + TRAINING.format(data=FILES))
    evaluator = program.evaluator
    before = (len(program.events), len(evaluator.gaps), evaluator.steps, len(evaluator.store.journal))
    (found,) = program.layers
    assert found.nodes
    assert before == (len(program.events), len(evaluator.gaps), evaluator.steps, len(evaluator.store.journal))
    assert evaluator.tracer is None
