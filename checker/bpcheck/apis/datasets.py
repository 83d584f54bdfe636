"""``datasets`` of Hugging Face and other readers: a hub data set has named parts, which are what they are called."""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {
    "datasets.load_dataset": Api(
        "hub-dataset", "path name=None data_dir=None data_files=None split=None", role="dataset"
    ),
    "datasets.load_from_disk": Api("hub-dataset", "path", role="dataset"),
    "datasets.concatenate_datasets": Api("joined", "datasets", role="dataset"),
    "datasets.interleave_datasets": Api("joined", "datasets", role="dataset"),
    "datasets.DatasetDict": Api("hub-dict", "parts=None", role="dataset"),
    "datasets.IterableDatasetDict": Api("hub-dict", "parts=None", role="dataset"),
    **{
        f"datasets.{kind}.from_{source}": Api("hub-made", "source", role="dataset")
        for kind in ("Dataset", "IterableDataset", "DatasetDict")
        for source in ("dict", "pandas", "list", "generator", "csv", "json", "text", "parquet", "polars")
    },
    "h5py.File": Api("read", "file mode='r'"),
}
