"""Keras: data sets, and what prepares data.

Read off keras 3.12: ``datasets/``, ``utils/image_dataset_utils.py``, ``utils/numerical_utils.py``.
"""

import torch

from bpcheck.frameworks import array, unknown


def _loaded(name):
    train, test = array(name, "train"), array(name, "test")
    return (train, array(f"{name} labels", "train")), (test, array(f"{name} labels", "test"))


class mnist:
    @staticmethod
    def load_data(*args, **kwargs):
        return _loaded("mnist")


class fashion_mnist:
    @staticmethod
    def load_data(*args, **kwargs):
        return _loaded("fashion_mnist")


class cifar10:
    @staticmethod
    def load_data(*args, **kwargs):
        return _loaded("cifar10")


class cifar100:
    @staticmethod
    def load_data(*args, **kwargs):
        return _loaded("cifar100")


class imdb:
    @staticmethod
    def load_data(*args, **kwargs):
        return _loaded("imdb")

    @staticmethod
    def get_word_index(*args, **kwargs):
        return unknown()


class reuters:
    @staticmethod
    def load_data(*args, **kwargs):
        return _loaded("reuters")

    @staticmethod
    def get_word_index(*args, **kwargs):
        return unknown()


class boston_housing:
    @staticmethod
    def load_data(*args, **kwargs):
        return _loaded("boston_housing")


class california_housing:
    @staticmethod
    def load_data(*args, **kwargs):
        return _loaded("california_housing")


def image_dataset_from_directory(directory, *args, subset=None, **kwargs):
    return array(directory, subset)


def text_dataset_from_directory(directory, *args, subset=None, **kwargs):
    return array(directory, subset)


def to_categorical(y, num_classes=None, **options):
    return torch.nn.functional.one_hot(y, num_classes)


def pad_sequences(sequences, **options):
    return sequences


def set_random_seed(seed):
    pass


def plot_model(*args, **kwargs):
    pass


def clear_session():
    pass
