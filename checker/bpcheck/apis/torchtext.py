"""``torchtext``, old and new: data sets come as parts, iterators carry a split."""

from __future__ import annotations

from bpcheck.apis.spec import Api

TABLE: dict[str, Api] = {}
for _name in ("SST", "TREC", "SNLI", "MultiNLI"):
    TABLE[f"torchtext.datasets.{_name}"] = Api("parts")
#: In which parts data sets come where nothing is said; read off torchtext 0.18.
for _splits, _names in (
    ("train test", "IMDB AG_NEWS YelpReviewFull YelpReviewPolarity AmazonReviewFull AmazonReviewPolarity DBpedia SogouNews YahooAnswers "
     "CoNLL2000Chunking MRPC"),
    ("train validation test", "WikiText2 WikiText103 PennTreebank Multi30k UDPOS SST2 CoLA QNLI RTE STSB WNLI CNNDM IWSLT2016 IWSLT2017"),
    ("train validation", "SQuAD1 SQuAD2"),
):  # fmt: skip
    for _name in _names.split():
        TABLE[f"torchtext.datasets.{_name}"] = Api("parts", "root split", splits=tuple(_splits.split()))
TABLE["torchtext.data.BucketIterator.splits"] = Api("loaders-of", "datasets")
TABLE["torchtext.legacy.data.BucketIterator.splits"] = TABLE["torchtext.data.BucketIterator.splits"]
TABLE["torchtext.data.Iterator.splits"] = TABLE["torchtext.data.BucketIterator.splits"]
TABLE["torchtext.legacy.data.Iterator.splits"] = TABLE["torchtext.data.BucketIterator.splits"]
for _name in ("IMDB", "SST", "TREC", "Multi30k", "UDPOS", "WikiText2", "SNLI"):
    for _root in ("torchtext.datasets", "torchtext.legacy.datasets"):
        TABLE[f"{_root}.{_name}.splits"] = Api(
            "parts", "", parts=("train", "test") if _name in ("IMDB", "TREC") else ("train", "validation", "test")
        )
