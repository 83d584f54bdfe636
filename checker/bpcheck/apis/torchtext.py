"""``torchtext``, old and new: data sets come as parts, iterators carry a split."""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {}
for _name in (
    "IMDB",
    "SST",
    "TREC",
    "AG_NEWS",
    "WikiText2",
    "WikiText103",
    "PennTreebank",
    "Multi30k",
    "SNLI",
    "MultiNLI",
    "UDPOS",
    "SST2",
    "YelpReviewFull",
):
    TABLE[f"torchtext.datasets.{_name}"] = Api("parts", "", count=3)
TABLE["torchtext.data.BucketIterator.splits"] = Api("loaders-of", "datasets")
TABLE["torchtext.legacy.data.BucketIterator.splits"] = TABLE["torchtext.data.BucketIterator.splits"]
TABLE["torchtext.data.Iterator.splits"] = TABLE["torchtext.data.BucketIterator.splits"]
TABLE["torchtext.legacy.data.Iterator.splits"] = TABLE["torchtext.data.BucketIterator.splits"]
for _name in ("IMDB", "SST", "TREC", "Multi30k", "UDPOS", "WikiText2", "SNLI"):
    for _root in ("torchtext.datasets", "torchtext.legacy.datasets"):
        TABLE[f"{_root}.{_name}.splits"] = Api(
            "parts", "", parts=("train", "test") if _name in ("IMDB", "TREC") else ("train", "validation", "test")
        )
