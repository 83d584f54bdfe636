"""``torchvision``: data sets, transforms, networks.

``split`` of a data set names the parameter that chooses the part, and what its values mean.
"""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {}
_T = "torchvision.transforms."


def _add(api: Api, *names: str) -> None:
    for name in names:
        TABLE[name] = api


#: What the images of a data set show: ``photos`` of things as they stand, the right way up; ``glyphs``; ``signs`` whose
#: left and right differ; ``things`` without colour or setting; what has no top (``overhead``, ``tissue``, ``textures``).
#: ``near`` are photos like those of ImageNet, on which networks are pretrained; ``dense`` means labels of pixels or boxes.
_PHOTOS = {"shows": "photos", "near": True}
_BY_FLAG: dict[str, dict[str, object]] = {
    **{_name: {"shows": "glyphs", "channels": 1} for _name in ("MNIST", "KMNIST", "QMNIST", "USPS")},
    "FashionMNIST": {"shows": "things", "channels": 1},
    **{_name: {"shows": "photos"} for _name in ("CIFAR10", "CIFAR100")},
}
for _name, _facts in _BY_FLAG.items():
    _add(
        Api("dataset", "root train=True transform=None target_transform=None download=False", split="train", **_facts),
        f"torchvision.datasets.{_name}",
    )
_add(
    Api("dataset", "root split train=True transform=None target_transform=None", split="train", shows="glyphs", channels=1),
    "torchvision.datasets.EMNIST",
)  # fmt: skip
#: Data sets whose parts are called by names, with what comes between ``split`` and ``transform``.
_BY_NAME: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("SVHN", "", {"shows": "glyphs"}), ("STL10", "folds=None", _PHOTOS), ("ImageNet", "", _PHOTOS), ("Flowers102", "", _PHOTOS),
    ("CelebA", "target_type='attr'", {"shows": "photos"}), ("Food101", "", _PHOTOS), ("StanfordCars", "", _PHOTOS),
    ("OxfordIIITPet", "target_types='category' transforms=None", _PHOTOS), ("Country211", "", _PHOTOS),
    ("FGVCAircraft", "annotation_level='variant'", _PHOTOS), ("Places365", "small=False download=False", _PHOTOS),
    ("Imagenette", "size='full' download=False", _PHOTOS), ("GTSRB", "", {"shows": "signs"}),
    ("DTD", "partition=1", {"shows": "textures"}), ("PCAM", "", {"shows": "tissue"}), ("RenderedSST2", "", {"shows": "glyphs"}),
    ("FER2013", "", {"shows": "faces", "channels": 1}), ("LFWPeople", "image_set='funneled'", {"shows": "photos"}),
    ("Cityscapes", "mode='fine' target_type='instance'", {"shows": "photos", "dense": True}),
)  # fmt: skip
for _name, _between, _facts in _BY_NAME:
    _add(
        Api("dataset", f"root split='train' {_between} transform=None target_transform=None download=False", split="split", **_facts),
        f"torchvision.datasets.{_name}",
    )  # fmt: skip
_add(Api("dataset", "root year='2012' image_set='train' download=False transform=None target_transform=None transforms=None",
         split="image_set", dense=True, **_PHOTOS), "torchvision.datasets.VOCSegmentation", "torchvision.datasets.VOCDetection")  # fmt: skip
_add(Api("dataset", "root image_set='train' mode='boundaries' download=False transforms=None", split="image_set", dense=True, **_PHOTOS),
     "torchvision.datasets.SBDataset")  # fmt: skip
_add(Api("dataset", "root transform=None target_transform=None loader=None", path="root", shows="folder"), "torchvision.datasets.ImageFolder",
     "torchvision.datasets.folder.ImageFolder")  # fmt: skip
_add(Api("dataset", "root loader extensions=None transform=None target_transform=None", path="root"), "torchvision.datasets.DatasetFolder",
     "torchvision.datasets.folder.DatasetFolder")  # fmt: skip
_add(Api("dataset", "root annFile transform=None target_transform=None transforms=None", path="root", dense=True, **_PHOTOS),
     "torchvision.datasets.CocoDetection", "torchvision.datasets.CocoCaptions")  # fmt: skip
_add(
    Api("dataset", "size=1000 image_size=None num_classes=10 transform=None", synthetic=True),
    "torchvision.datasets.FakeData",
)
_WHOLE: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("Omniglot", "background=True", {"shows": "glyphs", "channels": 1}), ("SEMEION", "", {"shows": "glyphs", "channels": 1}),
    ("LSUN", "classes='train'", {}), ("Caltech101", "target_type='category'", _PHOTOS), ("Caltech256", "", _PHOTOS),
    ("EuroSAT", "", {"shows": "overhead"}), ("SUN397", "", _PHOTOS), ("INaturalist", "version='2021_train' target_type='full'", _PHOTOS),
    ("Kinetics", "", {}), ("UCF101", "", {}), ("HMDB51", "", {}),
)  # fmt: skip
for _name, _between, _facts in _WHOLE:
    _add(Api("dataset", f"root {_between} transform=None", path="root", **_facts), f"torchvision.datasets.{_name}")

#: Transforms that do something else each time, with their parameters; ``label`` names what may turn one thing into another.
_RANDOM: dict[str, tuple[str, dict[str, object]]] = {
    "RandomHorizontalFlip": ("p=0.5", {"label": "flip"}),
    "RandomVerticalFlip": ("p=0.5", {"label": "upside-down"}),
    "RandomRotation": ("degrees", {"label": "rotation", "angle": "degrees"}),
    "RandomAffine": ("degrees translate=None scale=None shear=None", {"label": "rotation", "angle": "degrees"}),
    "ColorJitter": ("brightness=0 contrast=0 saturation=0 hue=0", {"colour": ("saturation", "hue")}),
    "RandomGrayscale": ("p=0.1", {}),
    "RandomErasing": ("p=0.5 scale=None ratio=None value=0", {}),
    "RandomPerspective": ("distortion_scale=0.5 p=0.5", {}),
    "RandomCrop": ("size padding=None", {"size": "size"}),
    "RandomResizedCrop": ("size scale=None ratio=None", {"size": "size"}),
    "RandomSizedCrop": ("size", {"size": "size"}),
    **dict.fromkeys(("RandomInvert", "RandomAutocontrast", "RandomEqualize"), ("p=0.5", {})),
    **dict.fromkeys(("RandomPosterize", "RandomSolarize", "RandomAdjustSharpness"), ("amount p=0.5", {})),
    **dict.fromkeys(
        ("GaussianBlur", "ElasticTransform", "AutoAugment", "RandAugment", "TrivialAugmentWide", "AugMix", "RandomPhotometricDistort",
         "RandomZoomOut", "RandomIoUCrop", "RandomShortestSize", "RandomResize", "ScaleJitter", "MixUp", "CutMix", "GaussianNoise",
         "RandomChannelPermutation", "JPEG"), ("", {}),
    ),
}  # fmt: skip
for _name, (_parameters, _facts) in _RANDOM.items():
    _add(Api("transform", _parameters, random=True, **_facts), _T + _name)
for _name in (
    "ToTensor", "PILToTensor", "Normalize", "Pad", "ToPILImage", "ConvertImageDtype", "LinearTransformation", "InterpolationMode",
    "ToImage", "ToDtype", "ToPureTensor", "ClampBoundingBoxes", "SanitizeBoundingBoxes", "ToImageTensor", "Identity", "RGB",
):  # fmt: skip
    _add(Api("transform", "", random=False), _T + _name)
_add(Api("transform", "size", random=False, size="size"), _T + "Resize", _T + "Scale", _T + "CenterCrop")
_add(Api("transform", "size", random=False, views=True), _T + "FiveCrop", _T + "TenCrop")
_add(Api("transform", "num_output_channels=1", random=False, grey="num_output_channels"), _T + "Grayscale")
_add(Api("transform-list", "transforms"), _T + "Compose", _T + "transforms.Compose")
_add(Api("transform-list", "transforms", random=True), _T + "RandomChoice", _T + "RandomOrder")
_add(Api("transform-list", "transforms p=0.5", random=True), _T + "RandomApply")
_add(Api("transform-function", "lambd"), _T + "Lambda")

#: Height and width of the images of these data sets, which are square and all of one size.
for _size, _names in (
    (16, ("USPS",)), (28, ("MNIST", "FashionMNIST", "KMNIST", "QMNIST", "EMNIST", "SEMEION")), (32, ("CIFAR10", "CIFAR100", "SVHN")),
    (64, ("EuroSAT",)), (96, ("STL10", "PCAM")), (105, ("Omniglot",)), (224, ("FakeData", "RenderedSST2")),
):  # fmt: skip
    for _name in _names:
        _known = TABLE[f"torchvision.datasets.{_name}"]
        TABLE[f"torchvision.datasets.{_name}"] = Api(_known.what, _known.params, **_known.facts, size=_size)
#: What becomes of an image's size: exactly this, its shorter side this (the longer one in proportion), or something else.
for _name, _resizes in (
    ("Resize", "shorter"), ("Scale", "shorter"), ("CenterCrop", "exact"), ("RandomCrop", "exact"), ("RandomResizedCrop", "exact"),
    ("RandomSizedCrop", "exact"), ("Pad", "other"), ("RandomZoomOut", "other"), ("RandomIoUCrop", "other"), ("ScaleJitter", "other"),
    ("RandomShortestSize", "other"), ("RandomResize", "other"), ("FiveCrop", "exact"), ("TenCrop", "exact"),
):  # fmt: skip
    _known = TABLE[_T + _name]
    TABLE[_T + _name] = Api(_known.what, _known.params or "size", **_known.facts, resizes=_resizes)

_NET = "weights=None progress=True pretrained=False num_classes=1000"
_WITH_BN = (
    "resnet",
    "resnext",
    "wide_resnet",
    "densenet",
    "efficientnet",
    "mobilenet",
    "regnet",
    "inception",
    "googlenet",
    "mnasnet",
    "shufflenet",
)
for _name in (
    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "wide_resnet50_2", "wide_resnet101_2",
    "alexnet", "vgg11", "vgg13", "vgg16", "vgg19", "vgg11_bn", "vgg13_bn", "vgg16_bn", "vgg19_bn", "densenet121", "densenet161", "densenet169",
    "densenet201", "efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3", "efficientnet_b4", "efficientnet_b5",
    "efficientnet_b6", "efficientnet_b7", "efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l", "mobilenet_v2", "mobilenet_v3_small",
    "mobilenet_v3_large", "squeezenet1_0", "squeezenet1_1", "inception_v3", "googlenet", "convnext_tiny", "convnext_small", "convnext_base",
    "convnext_large", "vit_b_16", "vit_b_32", "vit_l_16", "vit_l_32", "swin_t", "swin_s", "swin_b", "swin_v2_t", "regnet_y_400mf",
    "regnet_y_8gf", "mnasnet1_0", "shufflenet_v2_x1_0", "maxvit_t",
):  # fmt: skip
    _add(
        Api("network", _NET, batchnorm=_name.startswith(_WITH_BN) or _name.endswith("_bn"),
            dropout=not _name.startswith(("resn", "wide", "densenet", "regnet")), vision=True),
        f"torchvision.models.{_name}",
    )  # fmt: skip
#: The part that gets the image, where that is a 7 by 7 convolution of stride 2.
for _name in ("resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "resnext50_32x4d", "resnext101_32x8d", "wide_resnet50_2",
              "wide_resnet101_2"):  # fmt: skip
    TABLE[f"torchvision.models.{_name}"].facts["stem"] = "conv1"
for _name in ("segmentation.fcn_resnet50", "segmentation.deeplabv3_resnet50", "segmentation.deeplabv3_resnet101", "detection.fasterrcnn_resnet50_fpn",
              "detection.maskrcnn_resnet50_fpn", "detection.retinanet_resnet50_fpn", "video.r3d_18"):  # fmt: skip
    _add(
        Api(
            "network",
            "weights=None progress=True num_classes=None weights_backbone=None pretrained=False",
            batchnorm=True,
            vision=True,
        ),
        f"torchvision.models.{_name}",
    )
_add(Api("network-by-name", "name weights=None", batchnorm=None, vision=True), "torchvision.models.get_model")
_add(Api("reported", ""), "torchvision.utils.save_image", "torchvision.utils.make_grid")
_add(
    Api("loss-call", "inputs targets alpha=0.25 gamma=2 reduction='none'", loss="bce_logits"),
    "torchvision.ops.sigmoid_focal_loss",
)
