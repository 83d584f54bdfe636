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


for _name in ("MNIST", "FashionMNIST", "KMNIST", "QMNIST", "CIFAR10", "CIFAR100", "USPS"):
    _add(
        Api("dataset", "root train=True transform=None target_transform=None download=False", split="train",
            glyphs=_name in ("MNIST", "KMNIST", "QMNIST", "USPS")),
        f"torchvision.datasets.{_name}",
    )  # fmt: skip
_add(
    Api("dataset", "root split train=True transform=None target_transform=None", split="train", glyphs=True),
    "torchvision.datasets.EMNIST",
)
for _name in ("SVHN", "STL10", "ImageNet", "CelebA", "Flowers102", "Food101", "OxfordIIITPet", "StanfordCars", "GTSRB", "DTD", "PCAM", "Country211",
              "FGVCAircraft", "Places365", "RenderedSST2", "Imagenette", "FER2013", "Cityscapes"):  # fmt: skip
    _add(
        Api("dataset", "root split='train' transform=None target_transform=None download=False", split="split"),
        f"torchvision.datasets.{_name}",
    )
_add(Api("dataset", "root year='2012' image_set='train' download=False transform=None target_transform=None", split="image_set"),
     "torchvision.datasets.VOCSegmentation", "torchvision.datasets.VOCDetection", "torchvision.datasets.SBDataset")  # fmt: skip
_add(Api("dataset", "root transform=None target_transform=None loader=None", path="root"), "torchvision.datasets.ImageFolder",
     "torchvision.datasets.DatasetFolder", "torchvision.datasets.folder.ImageFolder")  # fmt: skip
_add(Api("dataset", "root annFile transform=None target_transform=None", path="root"), "torchvision.datasets.CocoDetection",
     "torchvision.datasets.CocoCaptions")  # fmt: skip
_add(
    Api("dataset", "size=1000 image_size=None num_classes=10 transform=None", synthetic=True),
    "torchvision.datasets.FakeData",
)
_add(Api("dataset", "root transform=None", path="root"), "torchvision.datasets.Omniglot", "torchvision.datasets.LSUN", "torchvision.datasets.SEMEION",
     "torchvision.datasets.Caltech101", "torchvision.datasets.Caltech256", "torchvision.datasets.EuroSAT", "torchvision.datasets.SUN397",
     "torchvision.datasets.Kinetics", "torchvision.datasets.UCF101", "torchvision.datasets.HMDB51")  # fmt: skip

for _name in (
    "RandomCrop", "RandomHorizontalFlip", "RandomVerticalFlip", "RandomResizedCrop", "RandomSizedCrop", "RandomRotation", "RandomAffine",
    "RandomPerspective", "RandomErasing", "RandomGrayscale", "RandomInvert", "RandomPosterize", "RandomSolarize", "RandomAdjustSharpness",
    "RandomAutocontrast", "RandomEqualize", "ColorJitter", "GaussianBlur", "ElasticTransform", "AutoAugment", "RandAugment",
    "TrivialAugmentWide", "AugMix", "RandomPhotometricDistort", "RandomZoomOut", "RandomIoUCrop", "RandomShortestSize", "RandomResize",
    "ScaleJitter", "MixUp", "CutMix",
):  # fmt: skip
    _add(
        Api(
            "transform",
            "p=0.5" if "Flip" in _name or _name in ("RandomInvert", "RandomAutocontrast", "RandomEqualize") else "",
            random=True,
        ),
        _T + _name,
    )
TABLE[_T + "RandomRotation"] = Api("transform", "degrees", random=True)
for _name in (
    "ToTensor", "PILToTensor", "Normalize", "Resize", "Scale", "CenterCrop", "Pad", "Grayscale", "ToPILImage", "ConvertImageDtype", "FiveCrop",
    "TenCrop", "LinearTransformation", "InterpolationMode", "ToImage", "ToDtype", "ToPureTensor", "ClampBoundingBoxes", "SanitizeBoundingBoxes",
    "ToImageTensor", "Identity",
):  # fmt: skip
    _add(Api("transform", "", random=False), _T + _name)
_add(Api("transform-list", "transforms"), _T + "Compose", _T + "RandomOrder", _T + "transforms.Compose")
_add(Api("transform-list", "transforms", random=True), _T + "RandomChoice", _T + "RandomApply")
_add(Api("transform-function", "lambd"), _T + "Lambda")

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
_add(Api("network", "name weights=None", batchnorm=None, vision=True), "torchvision.models.get_model")
_add(Api("reported", ""), "torchvision.utils.save_image", "torchvision.utils.make_grid")
_add(
    Api("loss-call", "inputs targets alpha=0.25 gamma=2 reduction='none'", loss="bce_logits"),
    "torchvision.ops.sigmoid_focal_loss",
)
