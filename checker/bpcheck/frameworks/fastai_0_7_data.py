"""fastai 0.7: the data of images, and what is done to the training images at random.

Read off fastai 0.7.0: ``dataset.py``, ``dataloader.py``, ``transforms.py``.
"""

import pandas as pd
import sklearn
import torch
import torchvision
from fastai.conv_learner import is_listy
from torch.utils.data import Dataset
from torchvision.transforms import Compose

from bpcheck.frameworks import unknown

# transforms.py: what is done to the training images at random, and to the others not


class TfmType:
    NO = 1
    PIXEL = 2
    COORD = 3
    CLASS = 4


class CropType:
    RANDOM = 1
    CENTER = 2
    NO = 3
    GOOGLENET = 4
    NOOP = 5


class Transform:
    def __init__(self, tfm_y=TfmType.NO):
        self.tfm_y = tfm_y


class CoordTransform(Transform):
    pass


def RandomFlip(tfm_y=TfmType.NO, p=0.5):
    return torchvision.transforms.RandomHorizontalFlip(p)


def RandomDihedral(tfm_y=TfmType.NO):
    return Compose([torchvision.transforms.RandomHorizontalFlip(), torchvision.transforms.RandomVerticalFlip()])


def RandomRotate(deg, p=0.75, mode=None, tfm_y=TfmType.NO):
    return torchvision.transforms.RandomRotation(deg)


def RandomRotateZoom(deg, zoom, stretch, ps=None, mode=None, tfm_y=TfmType.NO):
    return torchvision.transforms.RandomAffine(deg)


def RandomLighting(b, c, tfm_y=TfmType.NO):
    return torchvision.transforms.ColorJitter(b, c)


def RandomCrop(targ_sz, tfm_y=TfmType.NO, sz_y=None):
    return torchvision.transforms.RandomCrop(targ_sz)


def RandomScale(sz, max_zoom, p=0.75, tfm_y=TfmType.NO, sz_y=None):
    return torchvision.transforms.RandomAffine(0)


def RandomStretch(max_stretch, tfm_y=TfmType.NO):
    return torchvision.transforms.RandomAffine(0)


def RandomBlur(blur_strengths=5, probability=0.5, tfm_y=TfmType.NO):
    return torchvision.transforms.GaussianBlur(blur_strengths)


def Cutout(n_holes, length, p=0.5, tfm_y=TfmType.NO):
    return torchvision.transforms.RandomErasing(p)


transforms_basic = [RandomRotate(10), RandomLighting(0.05, 0.05)]
transforms_side_on = [*transforms_basic, RandomFlip()]
transforms_top_down = [*transforms_basic, RandomDihedral()]
imagenet_stats = unknown()
inception_stats = unknown()


def tfms_from_stats(
    stats, sz, aug_tfms=None, max_zoom=None, pad=0, crop_type=CropType.RANDOM, tfm_y=None, sz_y=None, pad_mode=None,
    norm_y=True, scale=None,
):  # fmt: skip
    """The transforms of the training images and those of all others, which change nothing at random."""
    at_random = [] if aug_tfms is None else aug_tfms if is_listy(aug_tfms) else [aug_tfms]
    if max_zoom is not None:
        at_random = [*at_random, RandomScale(sz, max_zoom)]
    if crop_type in (CropType.RANDOM, CropType.GOOGLENET):
        at_random = [*at_random, RandomCrop(sz)]
    return Compose(at_random), Compose([torchvision.transforms.CenterCrop(sz)])


def tfms_from_model(f_model, sz, *args, **kwargs):
    return tfms_from_stats(imagenet_stats, sz, *args, **kwargs)


# dataset.py, dataloader.py


def get_cv_idxs(n, cv_idx=0, val_pct=0.2, seed=42):
    return unknown()


def split_by_idx(idxs, *a):
    """Of each array the part that is held out, and the other."""
    parts = []
    for o in a:
        train, held_out = sklearn.model_selection.train_test_split(o)
        parts.append((held_out, train))
    return parts


def DataLoader(
    dataset, batch_size=1, shuffle=False, sampler=None, batch_sampler=None, pad_idx=0, num_workers=None, pin_memory=False,
    drop_last=False, pre_pad=True, half=False, transpose=False, transpose_y=False,
):  # fmt: skip
    return torch.utils.data.DataLoader(dataset, batch_size, shuffle, sampler, batch_sampler)


class BaseDataset(Dataset):
    def __init__(self, transform=None):
        self.transform = transform

    def __getitem__(self, idx):
        return self.get_x(idx), self.get_y(idx)

    def get_x(self, i):
        return unknown()

    def get_y(self, i):
        return unknown()

    def denorm(self, arr):
        return arr

    @property
    def is_multi(self):
        return False

    @property
    def is_reg(self):
        return False

    @property
    def c(self):
        return unknown()

    @property
    def sz(self):
        return unknown()


class FilesDataset(BaseDataset):
    def __init__(self, fnames, transform, path):
        self.path = path
        self.fnames = fnames
        super().__init__(transform)

    def get_x(self, i):
        return self.fnames[i]


class FilesArrayDataset(FilesDataset):
    def __init__(self, fnames, y, transform, path):
        self.y = y
        super().__init__(fnames, transform, path)

    def get_y(self, i):
        return self.y[i]


class FilesIndexArrayDataset(FilesArrayDataset):
    pass


class FilesNhotArrayDataset(FilesArrayDataset):
    @property
    def is_multi(self):
        return True


class FilesIndexArrayRegressionDataset(FilesArrayDataset):
    @property
    def is_reg(self):
        return True


class _LabelledFiles(FilesArrayDataset):
    """Files with labels of a table, of which each may have one or several."""

    @property
    def is_multi(self):
        return None


class ArraysDataset(BaseDataset):
    def __init__(self, x, y, transform):
        self.x = x
        self.y = y
        super().__init__(transform)

    def get_x(self, i):
        return self.x[i]

    def get_y(self, i):
        return self.y[i]


class ArraysIndexDataset(ArraysDataset):
    pass


class ArraysIndexRegressionDataset(ArraysDataset):
    @property
    def is_reg(self):
        return True


class ArraysNhotDataset(ArraysDataset):
    @property
    def is_multi(self):
        return True


class ModelData:
    def __init__(self, path, trn_dl, val_dl, test_dl=None):
        self.path = path
        self.trn_dl = trn_dl
        self.val_dl = val_dl
        self.test_dl = test_dl

    @classmethod
    def from_dls(cls, path, trn_dl, val_dl, test_dl=None):
        return cls(path, trn_dl, val_dl, test_dl)

    @property
    def is_reg(self):
        return self.trn_ds.is_reg

    @property
    def is_multi(self):
        return self.trn_ds.is_multi

    @property
    def trn_ds(self):
        return self.trn_dl.dataset

    @property
    def val_ds(self):
        return self.val_dl.dataset

    @property
    def test_ds(self):
        return self.test_dl.dataset

    @property
    def trn_y(self):
        return self.trn_ds.y

    @property
    def val_y(self):
        return self.val_ds.y


class ImageData(ModelData):
    def __init__(self, path, datasets, bs, num_workers, classes):
        self.path = path
        self.bs = bs
        self.classes = classes
        self.trn_dl = DataLoader(datasets[0], bs, shuffle=True)
        self.val_dl = DataLoader(datasets[1], bs)
        self.fix_dl = DataLoader(datasets[2], bs)
        self.aug_dl = DataLoader(datasets[3], bs)
        self.test_dl = None if datasets[4] is None else DataLoader(datasets[4], bs)
        self.test_aug_dl = None if datasets[5] is None else DataLoader(datasets[5], bs)

    @property
    def sz(self):
        return self.trn_ds.sz

    @property
    def c(self):
        return self.trn_ds.c

    def resize(self, targ_sz, new_path="tmp", resume=True, fn=None):
        return self

    @staticmethod
    def get_ds(fn, trn, val, tfms, test=None, **kwargs):
        made = [
            fn(trn[0], trn[1], tfms[0], **kwargs),
            fn(val[0], val[1], tfms[1], **kwargs),
            fn(trn[0], trn[1], tfms[1], **kwargs),
            fn(val[0], val[1], tfms[0], **kwargs),
        ]
        if test is None:
            return [*made, None, None]
        return [*made, fn(test, test, tfms[1], **kwargs), fn(test, test, tfms[0], **kwargs)]


class ImageClassifierData(ImageData):
    @classmethod
    def from_arrays(
        cls, path, trn, val, bs=64, tfms=(None, None), classes=None, num_workers=4, test=None, continuous=False
    ):
        kind = ArraysIndexRegressionDataset if continuous else ArraysIndexDataset
        return cls(path, cls.get_ds(kind, trn, val, tfms, test=test), bs, num_workers, classes)

    @classmethod
    def from_paths(
        cls, path, bs=64, tfms=(None, None), trn_name="train", val_name="valid", test_name=None, test_with_labels=False,
        num_workers=8,
    ):  # fmt: skip
        trn = open(trn_name)
        val = open(val_name)
        test = open(test_name) if test_name else None
        datasets = cls.get_ds(FilesIndexArrayDataset, (trn, trn), (val, val), tfms, path=None, test=test)
        return cls(path, datasets, bs, num_workers, unknown())

    @classmethod
    def from_csv(
        cls, path, folder, csv_fname, bs=64, tfms=(None, None), val_idxs=None, suffix="", test_name=None,
        continuous=False, skip_header=True, num_workers=8, cat_separator=" ",
    ):  # fmt: skip
        table = pd.read_csv(csv_fname)
        return cls.from_names_and_array(
            path, table, table, None, val_idxs, test_name, tfms=tfms, bs=bs, continuous=continuous
        )

    @classmethod
    def from_path_and_array(
        cls, path, folder, y, classes=None, val_idxs=None, test_name=None, num_workers=8, tfms=(None, None), bs=64
    ):
        return cls.from_names_and_array(path, y, y, classes, val_idxs, test_name, tfms=tfms, bs=bs)

    @classmethod
    def from_names_and_array(
        cls, path, fnames, y, classes, val_idxs=None, test_name=None, num_workers=8, suffix="", tfms=(None, None), bs=64,
        continuous=False,
    ):  # fmt: skip
        (val_fnames, trn_fnames), (val_y, trn_y) = split_by_idx(val_idxs, fnames, y)
        test = open(test_name) if test_name else None
        kind = FilesIndexArrayRegressionDataset if continuous else _LabelledFiles
        datasets = cls.get_ds(kind, (trn_fnames, trn_y), (val_fnames, val_y), tfms, path=None, test=test)
        return cls(path, datasets, bs, num_workers, classes)
