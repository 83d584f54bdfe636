"""A classifier of texts starts from random weights instead of a pretrained encoder.

## What it does
Flags a network that learns to label texts (the opinions of IMDB, SST or Yelp, the topics of AG News, and other data sets
that are known by their names) and has nothing in it that was learned from text before: neither an encoder nor vectors of
words.

## Why is this bad?
Labels are few and words are many. From some thousand labelled texts a network has to learn what the words mean, how
they work together and what the label asks, and of the first two a pretrained network has seen a thousand times as
much. Fine-tuning one has been the better way since 2018, and needs fewer labels.

## Example
```python
import torch
from datasets import load_dataset
from torch import nn


class Classifier(nn.Module):
    def __init__(self, words):
        super().__init__()
        self.embed, self.drop = nn.Embedding(words, 100), nn.Dropout(0.4)
        self.rnn, self.out = nn.LSTM(100, 256, batch_first=True), nn.Linear(256, 2)

    def forward(self, ids):
        return self.out(self.drop(self.rnn(self.drop(self.embed(ids)))[1][0][-1]))


reviews = load_dataset("imdb", split="train").with_format("torch")
model = Classifier(25_000)
optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.7, 0.99))
for batch in torch.utils.data.DataLoader(reviews, batch_size=64, shuffle=True):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(batch["ids"]), batch["label"]).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
```

## Use instead
```python
import torch
from datasets import load_dataset
from torch import nn
from transformers import AutoModelForSequenceClassification

reviews = load_dataset("imdb", split="train").with_format("torch")
model = AutoModelForSequenceClassification.from_pretrained("distilbert-base-uncased", num_labels=2)
model.train()
optimizer = torch.optim.AdamW(model.parameters(), lr=2e-5)
for batch in torch.utils.data.DataLoader(reviews, batch_size=32, shuffle=True):
    optimizer.zero_grad()
    nn.functional.cross_entropy(model(batch["input_ids"]).logits, batch["label"]).backward()
    nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
```

A smaller step in the same direction: `nn.Embedding.from_pretrained(vectors, freeze=False)` with GloVe or fastText.

## When not to follow it
Pretrained vectors or encoders, weights that are loaded, language models, pairs of languages, data that are not known as texts
(the letters of genes, events of a log) and text made up in the program are not reported, and neither is a baseline in
a program that also fine-tunes. Where the model has to be tiny, or is there to show how one is built, write at the embedding:
`# bpcheck: ignore[BP507] baseline of the tutorial`.

## Fix safety
Manual: another model is another program, with a tokenizer of its own.

## Source
- fast.ai, Practical Deep Learning for Coders (2018), part 1, lesson 4: a language model, and its encoder in the
  classifier of IMDB
- J. Howard and S. Ruder, Universal Language Model Fine-tuning for Text Classification, 2018, arXiv 1801.06146
- Transformers documentation, text classification: https://huggingface.co/docs/transformers/tasks/sequence_classification

## Evidence
No effect in our measurement: an LSTM that had learned to predict characters classified pieces of source code no better than
one from scratch, with few labels and with more. That language model is tiny, and had read next to nothing; it does not
tell what a published encoder gains, and the rule is off by default because nothing we measured speaks for it. Howard
and Ruder claim that with 100 labelled texts transfer does as well as training from scratch on 100 times as many.
"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.labelled_texts import from_scratch
from bpcheck.facts.program import Program, place, step
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP507", severity=Severity.INFO, practice=("R6",), fix=Safety.MANUAL, default=False)
def text_from_scratch(program: Program) -> Iterator[Violation]:
    if not program.closed:
        return
    for found in from_scratch(program)[:1]:
        site = found.table.site
        assert site is not None
        yield Violation(
            place(site),
            f"{found.network.label} learns to label texts from random weights, its word vectors included",
            (
                *((step(found.data, "the labelled texts come from here"),) if found.data is not None else ()),
                step(site, f"{found.table.label} starts with random vectors, and nothing else is pretrained either"),
                step(found.loss.site, "is compared with the labels here"),
            ),
            manual="Fine-tune a pretrained encoder (`AutoModelForSequenceClassification.from_pretrained(...)`).",
        )
