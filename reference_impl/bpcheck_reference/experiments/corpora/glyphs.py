"""The capital letters of the fonts that come with matplotlib, drawn somewhat turned, moved and noisy, in grey."""

from __future__ import annotations

import random
import string
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from bpcheck_reference.experiments.corpora.digits import Images

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

FONTS = (
    "DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique", "DejaVuSansMono",
    "DejaVuSansMono-Bold", "DejaVuSansMono-Oblique", "DejaVuSansMono-BoldOblique", "DejaVuSerif", "DejaVuSerif-Bold",
    "DejaVuSerif-Italic", "DejaVuSerif-BoldItalic", "STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic",
    "STIXGeneralBolIta", "cmr10", "cmb10", "cmss10", "cmtt10",
)  # fmt: skip
CLASSES = len(string.ascii_uppercase)


def glyphs(seed: int, device: str = "cpu", *, copies: int = 3, size: int = 32) -> tuple[Images, Images]:
    """Letters of fifteen fonts to train on and of the five others to test on, ``copies`` of each; ``seed`` draws all."""
    draw = random.Random(seed)
    fonts = draw.sample(FONTS, len(FONTS))
    parts = []
    for chosen in (fonts[5:], fonts[:5]):
        letters = [(font, label) for font in chosen for label in range(CLASSES) for _ in range(copies)]
        images = torch.stack([_draw(font, label, size, draw) for font, label in letters])
        noise = torch.randn(images.shape, generator=torch.Generator().manual_seed(draw.randrange(2**32)))
        labels = torch.tensor([label for _, label in letters])
        parts.append(Images((images + 0.2 * noise).to(device), labels.to(device)))
    return parts[0], parts[1]


def _draw(name: str, label: int, size: int, draw: random.Random) -> Tensor:
    """One letter (1, size, size), white on black: drawn at 50 to 75 % of the height, turned by up to 15 degrees."""
    from PIL import Image, ImageDraw

    image = Image.new("L", (size, size))
    font = _font(name, draw.randint(round(size * 0.5), round(size * 0.75)))
    middle = (size / 2 + draw.uniform(-0.1, 0.1) * size, size / 2 + draw.uniform(-0.1, 0.1) * size)
    ImageDraw.Draw(image).text(middle, string.ascii_uppercase[label], fill=255, font=font, anchor="mm")
    image = image.rotate(draw.uniform(-15, 15), resample=Image.Resampling.BILINEAR)
    return torch.tensor(list(image.tobytes()), dtype=torch.float32).div_(255).view(1, size, size)


@cache
def _font(name: str, height: int) -> FreeTypeFont:
    import matplotlib
    from PIL import ImageFont

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf", height)
