"""apex: mixed precision round the user's own loop; optimizers of its own are in ``apis/optimizers.py``.

Read off apex 0.1 as it was before ``amp`` and ``parallel`` were taken out: ``amp/frontend.py``, ``amp/handle.py``,
``amp/_amp_state.py``, ``parallel/distributed.py``, ``parallel/__init__.py``.
"""

from contextlib import contextmanager


def initialize(models, optimizers=None, enabled=True, opt_level="O1", **options):
    return models if optimizers is None else (models, optimizers)


@contextmanager
def scale_loss(loss, optimizers, loss_id=0, model=None, delay_unscale=False, delay_overflow_check=False):
    yield loss


def master_params(optimizer):
    return [group["params"] for group in optimizer.param_groups]


def DistributedDataParallel(module, **options):
    return module


def convert_syncbn_model(module, process_group=None, channel_last=False):
    return module


def state_dict(destination=None):
    return {}


def load_state_dict(state_dict):
    pass
