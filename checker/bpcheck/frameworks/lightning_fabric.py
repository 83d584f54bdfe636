"""Lightning Fabric places and wraps; modes, gradients, steps, clipping and schedules are the user's own code.

Read off lightning 2.6: ``fabric/fabric.py``; and ``LightningLite``, its name in lightning 1.
"""

import torch

from bpcheck.frameworks import does, unknown


def _nothing(self, *args, **kwargs):
    pass


class Fabric:
    device = unknown()
    global_rank = unknown()
    local_rank = unknown()
    node_rank = unknown()
    world_size = unknown()
    is_global_zero = unknown()

    def __init__(
        self, *, accelerator="auto", strategy="auto", devices="auto", num_nodes=1, precision=None, plugins=None, callbacks=None,
        loggers=None, **others,
    ):  # fmt: skip
        does("Lightning Fabric", "devices and precision only: the loop is the user's own")

    def launch(self, function=None, *args, **kwargs):
        return None if function is None else function(self, *args, **kwargs)

    def setup(self, module, *optimizers, scheduler=None, move_to_device=True):
        return (module, *optimizers) if optimizers else module

    def setup_module(self, module, move_to_device=True):
        return module

    def setup_optimizers(self, *optimizers):
        return optimizers[0] if len(optimizers) == 1 else optimizers

    def setup_dataloaders(self, *dataloaders, use_distributed_sampler=True, move_to_device=True, **others):
        return dataloaders[0] if len(dataloaders) == 1 else dataloaders

    def backward(self, tensor, *args, model=None, **kwargs):
        tensor.backward()

    def clip_gradients(
        self, module, optimizer, clip_val=None, max_norm=None, norm_type=2.0, error_if_nonfinite=True, **others
    ):
        torch.nn.utils.clip_grad_norm_(module.parameters(), max_norm if clip_val is None else clip_val)

    def to_device(self, obj):
        return obj

    def save(self, path, state, filter=None):
        torch.save(state, path)

    def load(self, path, state=None, strict=True, weights_only=None):
        return unknown()

    def load_raw(self, path, obj, strict=True, weights_only=None):
        obj.load_state_dict(torch.load(path))

    def all_gather(self, data, group=None, sync_grads=False):
        return data

    def all_reduce(self, data, group=None, reduce_op="mean"):
        return data

    def broadcast(self, obj, src=0):
        return obj

    def autocast(self):
        return torch.autocast("cuda")

    def no_backward_sync(self, module, enabled=True):
        return torch.autocast("cuda")

    def init_module(self, empty_init=None):
        return torch.autocast("cuda")

    def init_tensor(self):
        return torch.autocast("cuda")

    def sharded_model(self):
        return torch.autocast("cuda")

    def rank_zero_first(self, local=False):
        return torch.autocast("cuda")

    print = log = log_dict = barrier = call = seed_everything = _nothing


LightningLite = Fabric
