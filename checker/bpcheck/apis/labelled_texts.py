"""Data sets of texts that each have a label: opinions, topics, kinds of questions. (Pairs of texts and single words have
labels too, and are none of these.)

By the names under which torchtext, Hugging Face's hub, Keras and scikit-learn have them.
"""

from __future__ import annotations

_TORCHTEXT = "IMDB SST SST2 TREC AG_NEWS YelpReviewFull YelpReviewPolarity AmazonReviewFull AmazonReviewPolarity DBpedia SogouNews YahooAnswers CoLA"
_HUB = (
    "imdb stanfordnlp/imdb sst sst2 stanfordnlp/sst stanfordnlp/sst2 SetFit/sst2 SetFit/sst5 rotten_tomatoes "
    "cornell-movie-review-data/rotten_tomatoes yelp_polarity fancyzhx/yelp_polarity yelp_review_full Yelp/yelp_review_full "
    "amazon_polarity fancyzhx/amazon_polarity mteb/amazon_polarity ag_news fancyzhx/ag_news SetFit/ag_news dbpedia_14 fancyzhx/dbpedia_14 "
    "yahoo_answers_topics trec CogComp/trec emotion dair-ai/emotion tweet_eval cardiffnlp/tweet_eval sentiment140 stanfordnlp/sentiment140 "
    "financial_phrasebank takala/financial_phrasebank hate_speech18 sms_spam ucirvine/sms_spam seamew/ChnSentiCorp clinc_oos banking77 PolyAI/banking77"
)
#: First words of the keys that origins of data have.
NAMES = frozenset(
    {f"torchtext.{module}{name}{suffix}" for module in ("datasets.", "legacy.datasets.") for name in _TORCHTEXT.split()
     for suffix in ("", ".splits")}
    | {"imdb", "reuters", "sklearn.datasets.fetch_20newsgroups", "sklearn.datasets.fetch_20newsgroups_vectorized"}
)  # fmt: skip
#: What follows the first word where that is the hub's loader.
HUB = frozenset(_HUB.split())
#: Tasks of collections (``glue``) that label single texts.
TASKS = frozenset({"glue sst2", "glue cola", "nyu-mll/glue sst2", "nyu-mll/glue cola", "SetFit/glue sst2"})


def is_labelled_text(key: str) -> bool:
    """Whether data whose origin has this key are labelled texts."""
    first, _, rest = key.partition(" ")
    if first == "datasets.load_dataset":
        name, _, task = rest.partition(" ")
        return name in HUB or f"{name} {task}" in TASKS
    return first in NAMES
