"""``albumentations``: transforms of images, most of which happen with a probability ``p``; facts as in ``torchvision``."""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {}


def _add(api: Api, *names: str) -> None:
    for name in names:
        TABLE[f"albumentations.{name}"] = api


_add(Api("transform-list", "transforms"), "Compose", "core.composition.Compose", "ReplayCompose", "Sequential")
_add(Api("transform-list", "transforms p=0.5", random=True), "OneOf", "SomeOf", "RandomOrder")
_add(Api("transform", "", random=False), "Normalize", "PadIfNeeded", "LongestMaxSize", "SmallestMaxSize", "ToFloat", "FromFloat", "Crop", "NoOp",
     "ToRGB", "pytorch.ToTensorV2", "pytorch.ToTensor", "pytorch.transforms.ToTensorV2", "pytorch.transforms.ToTensor", "ToTensorV2")  # fmt: skip
_add(Api("transform", "height width", random=False), "Resize", "CenterCrop")
_add(Api("transform", "p=0.5", random=True, label="flip"), "HorizontalFlip", "Flip", "SquareSymmetry")
_add(Api("transform", "p=0.5", random=True, label="upside-down"), "VerticalFlip")
_add(Api("transform", "p=0.5", random=True, label="turn"), "RandomRotate90", "Transpose", "D4")
_add(Api("transform", "limit=90", random=True, label="rotation", angle="limit"), "Rotate", "SafeRotate")
_add(Api("transform", "shift_limit=0.0625 scale_limit=0.1 rotate_limit=45", random=True, label="rotation", angle="rotate_limit"),
     "ShiftScaleRotate")  # fmt: skip
for _name in (
    "Affine", "RandomCrop", "RandomResizedCrop", "RandomSizedCrop", "RandomScale", "RandomBrightnessContrast", "RandomBrightness",
    "RandomContrast", "RandomGamma", "ColorJitter", "HueSaturationValue", "RGBShift", "ChannelShuffle", "ChannelDropout", "CLAHE",
    "ToGray", "ToSepia", "InvertImg", "Solarize", "Posterize", "Equalize", "Sharpen", "Emboss", "FancyPCA", "PlanckianJitter", "Blur",
    "GaussianBlur", "MotionBlur", "MedianBlur", "GlassBlur", "Defocus", "GaussNoise", "ISONoise", "MultiplicativeNoise", "ImageCompression",
    "JpegCompression", "Downscale", "CoarseDropout", "Cutout", "GridDropout", "RandomFog", "RandomRain", "RandomShadow", "RandomSnow",
    "RandomSunFlare", "Perspective", "ElasticTransform", "GridDistortion", "OpticalDistortion", "PiecewiseAffine", "RandomGridShuffle",
    "CropNonEmptyMaskIfExists", "RandomCropFromBorders", "BBoxSafeRandomCrop", "RandomSizedBBoxSafeCrop", "PixelDropout", "MaskDropout",
    "IAAPerspective", "IAASharpen", "IAAAdditiveGaussianNoise", "XYMasking", "TimeMasking", "FrequencyMasking", "Superpixels",
    "UnsharpMask", "RingingOvershoot", "AdvancedBlur", "ZoomBlur", "Spatter",
):  # fmt: skip
    _add(Api("transform", "", random=True), _name)
