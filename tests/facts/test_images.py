"""Images: what they show, what is left to chance on their way into a network, and what fits them."""

from __future__ import annotations

from pathlib import Path

import pytest
from bpcheck.apis.backbones import has_deep_batch_norm
from bpcheck.facts.augmentation import unaugmented, varies
from bpcheck.facts.batch_norm import following
from bpcheck.facts.domain import is_grey, is_photo, shows, unlike_pretraining
from bpcheck.facts.final_views import single_views
from bpcheck.facts.label_changes import unsuitable
from bpcheck.facts.passes import inputs
from bpcheck.facts.resizing import one_size

from tests.evaluate.program import Evaluate, Evaluated

FIT = """
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10))
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    for epoch in range(10):
        for x, y in DataLoader(data, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
"""
OWN = """
    import random
    import numpy as np
    from PIL import Image
    from torchvision import transforms

    class Pictures(torch.utils.data.Dataset):
        def __init__(self, names, transform=None):
            self.names, self.transform = names, transform
        def __getitem__(self, i):
            image = Image.open(self.names[i])
            {change}
            return image, 0

    data = Pictures(open("names.txt").read().split(){transform})
"""


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    return Evaluate(tmp_path)


def own(evaluate: Evaluate, change: str, transform: str = "") -> Evaluated:
    return evaluate(OWN.format(change=change, transform=transform), FIT)


def library(evaluate: Evaluate, dataset: str, *parts: str) -> Evaluated:
    return evaluate(f"\nfrom torchvision import transforms\ndata = datasets.{dataset}\n", FIT, *parts)


def origin(program: Evaluated):  # type: ignore[no-untyped-def]
    return next(iter(inputs(program.passes.training[0])))


@pytest.mark.parametrize(
    "change",
    [
        "image = transforms.ToTensor()(image.convert('RGB').resize((32, 32)))",
        "image = np.asarray(image).transpose(2, 0, 1) / 255",
        "image = transforms.Compose([transforms.Resize(32), transforms.Lambda(lambda v: v), transforms.ToTensor()])(image)",
        "order = torch.randperm(3)",
    ],
)
def test_what_is_fixed_is_known_to_be(evaluate: Evaluate, change: str) -> None:
    program = own(evaluate, change)
    assert [varies(dataset) for dataset in program.evaluator.sampled] == [False]
    assert len(unaugmented(program)) == 1


@pytest.mark.parametrize(
    ("change", "transform"),
    [
        ("image = image if random.random() < 0.5 else image.rotate(5)", ""),
        ("image = np.asarray(image) + np.random.normal(0, 1)", ""),
        ("image = transforms.RandomCrop(32)(image)", ""),
        ("image = transforms.Compose([transforms.RandomApply([transforms.Pad(2)]), transforms.ToTensor()])(image)", ""),
        ("image = torch.empty(3).uniform_(0, 1) + image", ""),
        ("image = np.random.default_rng().uniform() * np.asarray(image)", ""),
        ("image = self.transform(image)", ", something"),
        ("image = self.transform(image)", ", transforms.Lambda(lambda v: v + torch.rand(1))"),
        ("image = strange.change(image)", ""),
    ],
)
def test_what_varies_or_may_is_not_called_fixed(evaluate: Evaluate, change: str, transform: str) -> None:
    program = evaluate(
        "\nimport strange\nfrom strange import something\n", OWN.format(change=change, transform=transform), FIT
    )
    assert [varies(dataset) for dataset in program.evaluator.sampled] == [True]
    assert unaugmented(program) == []


def test_reading_a_sample_leaves_no_events_and_no_gaps(evaluate: Evaluate) -> None:
    program = own(evaluate, "image = random.random() * unknown_thing(image)")
    assert program.of_kind("draw", "image-read", "unseen-method", "transformed") == []
    assert program.evaluator.sampling == 0


def test_a_batch_that_is_mixed_in_the_loop_is_augmented(evaluate: Evaluate) -> None:
    mixed = FIT.replace("F.cross_entropy(model(x)", "F.cross_entropy(model(x + torch.rand(1) * x.flip(0))")
    assert unaugmented(evaluate(OWN.format(change="pass", transform=""), mixed)) == []


def test_a_network_that_draws_augments_for_itself(evaluate: Evaluate) -> None:
    noisy = """
    class Noisy(nn.Module):
        def forward(self, x):
            return x + torch.randn_like(x)
    """
    program = evaluate(
        noisy, OWN.format(change="pass", transform=""), FIT.replace("nn.Sequential(", "nn.Sequential(Noisy(), ")
    )
    assert unaugmented(program) == []


def test_transforms_that_run_as_a_network_augment(evaluate: Evaluate) -> None:
    changes = "\n    changes = nn.Sequential(transforms.RandomHorizontalFlip(), transforms.RandomRotation(10))\n"
    fit = FIT.replace("F.cross_entropy(model(x)", "F.cross_entropy(model(changes(x))")
    assert unaugmented(evaluate(OWN.format(change="pass", transform=""), changes, fit)) == []


def test_features_that_were_computed_beforehand_cannot_be_augmented(evaluate: Evaluate) -> None:
    body = """
    body = nn.Conv2d(3, 3, 3)
    with torch.no_grad():
        rows = [(body(x), y) for x, y in DataLoader(data, 32)]
    """
    fit = FIT.replace("DataLoader(data, 32, shuffle=True)", "rows")
    assert unaugmented(evaluate(OWN.format(change="pass", transform=""), body, fit)) == []


@pytest.mark.parametrize(
    ("dataset", "what", "photo"),
    [
        ("CIFAR10('d')", "photos", True),
        ("OxfordIIITPet('d', 'trainval', 'category', None, transforms.ToTensor())", "photos", True),
        ("SVHN('d', 'train')", "glyphs", False),
        ("FashionMNIST('d')", "things", False),
        ("EuroSAT('d')", "overhead", False),
        ("ImageFolder('d/train')", "folder", True),
        ("ImageFolder('chest_xray/train')", "folder", False),
        ("ImageFolder('d', transforms.Compose([transforms.Grayscale(), transforms.ToTensor()]))", "folder", False),
        ("CIFAR10('d', transform=transforms.Grayscale(3))", "photos", False),
    ],
)
def test_the_constructor_says_what_images_show(evaluate: Evaluate, dataset: str, what: str, photo: bool) -> None:
    program = library(evaluate, dataset)
    assert shows(program, origin(program)) == what
    assert is_photo(program, origin(program)) is photo


@pytest.mark.parametrize(
    ("dataset", "unlike"), [("EuroSAT('d')", True), ("ImageFolder('satellite/train')", True), ("CIFAR10('d')", False)]
)
def test_images_unlike_those_of_the_pretraining(evaluate: Evaluate, dataset: str, unlike: bool) -> None:
    program = library(evaluate, dataset)
    assert unlike_pretraining(program, origin(program)) is unlike


@pytest.mark.parametrize(
    ("change", "grey"), [("image = image.convert('L')", True), ("image = image.convert('RGB')", False)]
)
def test_colour_that_is_taken_away(evaluate: Evaluate, change: str, grey: bool) -> None:
    program = own(evaluate, change)
    assert [is_grey(dataset) for dataset in program.evaluator.sampled] == [grey]


@pytest.mark.parametrize(
    ("transform", "effects"),
    [
        ("transforms.RandomHorizontalFlip()", ["flip"]),
        ("transforms.RandomHorizontalFlip(0)", []),
        ("transforms.RandomRotation(45)", []),
        ("transforms.RandomRotation((-60, 10))", ["rotation"]),
        ("transforms.RandomAffine([-90, 90])", ["rotation"]),
        ("transforms.RandomChoice([transforms.Pad(1), transforms.RandomVerticalFlip()])", ["upside-down"]),
        ("albumentations.Compose([albumentations.RandomRotate90()])", ["turn"]),
        ("albumentations.Rotate()", ["rotation"]),
        ("albumentations.ShiftScaleRotate()", []),
        ("transforms.ColorJitter(hue=0.1)", ["no colour"]),
        ("transforms.ColorJitter(0.2, 0.2)", []),
        ("transforms.ColorJitter(0.2, saturation=0.2)", ["no colour in part"]),
    ],
)
def test_what_does_not_suit_digits(evaluate: Evaluate, transform: str, effects: list[str]) -> None:
    program = evaluate(
        f"\nimport albumentations\nfrom torchvision import transforms\ndata = datasets.MNIST('d', transform={transform})\n",
        FIT,
    )
    assert [found.effect for found in unsuitable(program)] == effects


@pytest.mark.parametrize(
    ("dataset", "effects"),
    [("CIFAR10", ["upright"]), ("EuroSAT", []), ("ImageFolder", []), ("GTSRB", [])],
)
def test_upside_down_is_wrong_for_photos_only(evaluate: Evaluate, dataset: str, effects: list[str]) -> None:
    program = library(evaluate, f"{dataset}('d', transform=transforms.RandomVerticalFlip())")
    assert [found.effect for found in unsuitable(program)] == effects


@pytest.mark.parametrize(
    ("name", "deep"),
    [
        ("torchvision.models.resnet50", True),
        ("torchvision.models.resnet34", False),
        ("torchvision.models.wide_resnet50_2", True),
        ("torchvision.models.densenet121", True),
        ("torchvision.models.efficientnet_b0", True),
        ("torchvision.models.vgg16_bn", False),
        ("torchvision.models.vit_b_16", False),
        ("torchvision.models.segmentation.deeplabv3_resnet101", True),
        ("resnet50d", True),
        ("resnet26t", False),
        ("resnet50_gn", False),
        ("tf_efficientnetv2_s", True),
        ("nf_resnet50", False),
        ("convnext_tiny", False),
        ("network", False),
    ],
)
def test_which_networks_are_deep_and_normalised_by_batches(name: str, deep: bool) -> None:
    assert has_deep_batch_norm(name) is deep


TUNE = """
    import torchvision
    from torchvision import transforms
    crops = transforms.Compose([transforms.RandomResizedCrop({size}), transforms.ToTensor()])
    model = torchvision.models.resnet50(weights="DEFAULT")
    {freeze}
    model.fc = nn.Linear(2048, 10)
    optimizer = optim.SGD({given}, lr=0.1)
    for epoch in range(10):
        model.train()
        {after}
        for x, y in DataLoader(datasets.{data}, 32, shuffle=True):
            optimizer.zero_grad()
            F.cross_entropy(model(x), y).backward()
            optimizer.step()
"""


def tuned(
    evaluate: Evaluate, freeze: str = "", given: str = "model.parameters()", after: str = "", data: str = "Food101('d', 'train', crops)",
    size: int = 224,
) -> Evaluated:  # fmt: skip
    return evaluate(TUNE.format(freeze=freeze, given=given, after=after, data=data, size=size))


@pytest.mark.parametrize(
    ("changes", "frozen"),
    [
        ({"freeze": "model.requires_grad_(False)"}, [True]),
        ({"given": "model.fc.parameters()"}, [True]),
        ({"freeze": "model.requires_grad_(False); model.layer4.requires_grad_(True)"}, []),
        ({"freeze": "model.requires_grad_(False)", "after": "model.eval()"}, []),
        ({"freeze": "model.requires_grad_(False)", "after": "model.layer1.eval()"}, []),
        ({"freeze": "model.requires_grad_(False)", "after": "unknown(model)"}, []),
        ({}, [False]),
        ({"data": "EuroSAT('d', crops)"}, []),
        ({"data": "ImageFolder('d', crops)"}, []),
    ],
)
def test_batch_statistics_that_follow_the_new_data(
    evaluate: Evaluate, changes: dict[str, str], frozen: list[bool]
) -> None:
    assert [found.frozen for found in following(tuned(evaluate, **changes))] == frozen  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "size", "found"),
    [
        ("EuroSAT('d', crops)", 256, [256]),
        ("EuroSAT('d', crops)", 64, []),
        ("ImageFolder('xray', crops)", 224, [224]),
        ("Food101('d', 'train', crops)", 224, []),
        ("EuroSAT('d', transforms.Compose([crops, unknown]))", 256, []),
    ],
)
def test_one_size_for_images_unlike_the_old(evaluate: Evaluate, data: str, size: int, found: list[int]) -> None:
    assert [each.size for each in one_size(tuned(evaluate, data=data, size=size))] == found


FINAL = """
    model.eval()
    test = DataLoader(datasets.CIFAR10("d", train=False), 32)
    with torch.no_grad():
        for x, y in test:
            scores = {scores}
"""
FLIPPED = "CIFAR10('d', transform=transforms.RandomHorizontalFlip())"


@pytest.mark.parametrize(
    ("scores", "count"),
    [
        ("model(x)", 1),
        ("model(x) + model(x.flip(-1))", 0),
        ("torch.stack([model(v) for v in (x, x.flip(-1))])", 0),
        ("unknown(model, x)", 0),
    ],
)
def test_one_view_of_test_images(evaluate: Evaluate, scores: str, count: int) -> None:
    assert len(single_views(library(evaluate, FLIPPED, FINAL.format(scores=scores)))) == count


def test_who_never_saw_mirrored_photos_needs_no_views(evaluate: Evaluate) -> None:
    assert single_views(library(evaluate, "CIFAR10('d')", FINAL.format(scores="model(x)"))) == []
