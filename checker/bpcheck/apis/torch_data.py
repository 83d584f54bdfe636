"""``torch.utils.data``: datasets, loaders, samplers, splits."""

from __future__ import annotations

from bpcheck.apis.spec import Api

_D = "torch.utils.data."
_LOADER = "dataset batch_size=1 shuffle=False sampler=None batch_sampler=None num_workers=0 collate_fn=None pin_memory=False drop_last=False"
_PLACES = {
    "DataLoader": "dataloader", "Dataset": "dataset", "TensorDataset": "dataset", "ConcatDataset": "dataset", "Subset": "dataset",
    "random_split": "dataset", "IterableDataset": "dataset",
}  # fmt: skip

TABLE: dict[str, Api] = {
    _D + "DataLoader": Api("loader", _LOADER),
    _D + "Dataset": Api("dataset", ""),
    _D + "IterableDataset": Api("dataset", "", iterable=True),
    _D + "TensorDataset": Api("tensor-dataset", "*tensors", role="dataset"),
    _D + "ConcatDataset": Api("joined", "datasets", role="dataset"),
    _D + "ChainDataset": Api("joined", "datasets", role="dataset"),
    _D + "Subset": Api("subset", "dataset indices", role="dataset"),
    _D + "random_split": Api("split", "dataset lengths generator=None"),
    _D + "SubsetRandomSampler": Api("sampler", "indices", role="sampler"),
    _D + "RandomSampler": Api("sampler", "data_source", role="sampler"),
    _D + "SequentialSampler": Api("sampler", "data_source", role="sampler"),
    _D + "WeightedRandomSampler": Api("sampler", "weights num_samples", role="sampler"),
    _D + "BatchSampler": Api("sampler", "sampler batch_size drop_last", role="sampler"),
    _D + "distributed.DistributedSampler": Api("sampler", "dataset", role="sampler"),
    _D + "DistributedSampler": Api("sampler", "dataset", role="sampler"),
    _D + "default_collate": Api("pure", "batch"),
}
for _name in list(TABLE):
    _short = _name[len(_D) :]
    if _short in _PLACES:
        TABLE[f"{_D}{_PLACES[_short]}.{_short}"] = TABLE[_name]
    elif "Sampler" in _short and "." not in _short:
        TABLE[f"{_D}sampler.{_short}"] = TABLE[_name]
