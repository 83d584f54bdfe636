"""Accelerate: the loop stays the user's own; what is prepared is wrapped, and seen here as the one process that it is the same for.

Read off accelerate 1.15: ``accelerator.py``, ``optimizer.py`` (no step while gradients accumulate), ``scheduler.py`` (as many
steps as there are processes, each time it is called).
"""

from contextlib import contextmanager

import torch

from bpcheck.frameworks import does, unknown


class Accelerator:
    is_main_process = True
    is_local_main_process = True
    is_last_process = True
    num_processes = 1
    process_index = 0
    local_process_index = 0
    optimizer_step_was_skipped = False

    def __init__(
        self, device_placement=True, split_batches=False, mixed_precision=None, gradient_accumulation_steps=1, **options
    ):
        does("Accelerate", "devices and processes only: the loop, its modes, gradients and clipping are the user's own")
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self.sync_gradients = True if gradient_accumulation_steps == 1 else unknown()

    def prepare(self, *objects, device_placement=None):
        for each in objects:
            self.prepare_scheduler(each)
        return objects[0] if len(objects) == 1 else objects

    def prepare_model(self, model, device_placement=None, evaluation_mode=False):
        return model

    def prepare_optimizer(self, optimizer, device_placement=None):
        return optimizer

    def prepare_data_loader(self, data_loader, device_placement=None, slice_fn_for_dispatch=None):
        return data_loader

    def prepare_scheduler(self, scheduler):
        if isinstance(scheduler, torch.optim.lr_scheduler.LRScheduler):
            scheduler.accelerated = True
        return scheduler

    def skip_first_batches(self, dataloader, num_batches=0):
        return dataloader

    def unwrap_model(self, model, keep_fp32_wrapper=True, keep_torch_compile=True):
        return model

    def backward(self, loss, **kwargs):
        loss.backward()

    def clip_grad_norm_(self, parameters, max_norm, norm_type=2):
        return torch.nn.utils.clip_grad_norm_(parameters, max_norm)

    def clip_grad_value_(self, parameters, clip_value):
        torch.nn.utils.clip_grad_value_(parameters, clip_value)

    def unscale_gradients(self, optimizer=None):
        pass

    def gather(self, tensor):
        return tensor

    def gather_for_metrics(self, input_data, use_gather_object=False):
        return input_data

    def reduce(self, tensor, reduction="sum", scale=1.0):
        return tensor

    def pad_across_processes(self, tensor, dim=0, pad_index=0, pad_first=False):
        return tensor

    # Contexts

    @contextmanager
    def accumulate(self, *models):
        yield

    @contextmanager
    def no_sync(self, model=None):
        yield

    @contextmanager
    def autocast(self, autocast_handler=None):
        yield

    @contextmanager
    def main_process_first(self):
        yield

    @contextmanager
    def local_main_process_first(self):
        yield

    @contextmanager
    def join_uneven_inputs(self, joinables, even_batches=None):
        yield

    @contextmanager
    def split_between_processes(self, inputs, apply_padding=False):
        yield inputs

    @contextmanager
    def profile(self, profile_handler=None):
        yield unknown()

    def on_main_process(self, function=None):
        return function

    def on_local_main_process(self, function=None):
        return function

    # Checkpoints and reports

    def save(self, obj, f, safe_serialization=False):
        torch.save(obj, f)

    def save_model(self, model, save_directory, max_shard_size="10GB", safe_serialization=True):
        torch.save(model, save_directory)

    def save_state(self, output_dir=None, safe_serialization=True, **kwargs):
        torch.save(unknown(), output_dir)

    def load_state(self, input_dir=None, load_kwargs=None, **kwargs):
        pass

    def get_state_dict(self, model, unwrap=True):
        return model.state_dict()

    def register_for_checkpointing(self, *objects):
        pass

    def register_save_state_pre_hook(self, hook):
        pass

    def register_load_state_pre_hook(self, hook):
        pass

    def free_memory(self, *objects):
        return [None for _ in objects]

    def clear(self, *objects):
        return [None for _ in objects]

    def wait_for_everyone(self):
        pass

    def set_trigger(self):
        pass

    def check_trigger(self):
        return unknown()

    def init_trackers(self, project_name, config=None, init_kwargs=None):
        pass

    def get_tracker(self, name, unwrap=False):
        return unknown()

    def log(self, values, step=None, log_kwargs=None):
        pass

    def end_training(self):
        pass

    def print(self, *args, **kwargs):
        pass
