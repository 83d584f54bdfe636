"""Of some tensors it is known how many axes they have and which is the batch; of all others nothing is claimed."""

from __future__ import annotations

import pytest
from bpcheck.evaluate.values import Tensor

from .program import Evaluate

VALUES = """
    words = nn.GRU(8, 8, batch_first=True)(torch.load("words.pt"))[0]
    images = nn.Conv2d(3, 8, 3)(torch.load("images.pt"))
    features = nn.Linear(8, 4)(torch.load("features.pt"))
    steps = nn.GRU(8, 8)(features.view(1, 1, -1))
"""


@pytest.mark.parametrize(
    ("expression", "axes"),
    [
        ("words", "b.."),
        ("nn.GRU(8, 8, batch_first=True)(words)[1]", ".b."),
        ("nn.Linear(8, 4)(words)", "b.."),
        ("F.dropout(torch.relu(words), 0.1)", "b.."),
        ("nn.Sequential(nn.Dropout(0.1), nn.Linear(8, 4))(words) / 2 + 1", "b.."),
        ("words + words", "b.."),
        ("steps[0]", ".b."),
        ("steps[0].transpose(0, 1)", "b.."),
        ("images", "b..."),
        ("nn.MaxPool2d(2)(images)", "b..."),
        ("nn.Flatten()(images)", "b."),
        ("torch.flatten(images, 1)", "b."),
        ("images.mean((2, 3))", "b."),
        ("images.mean((2, 3), keepdim=True)", "b..."),
        ("nn.Conv1d(8, 8, 3)(words.transpose(1, 2)).permute(2, 0, 1)", ".b."),
        ("words[:, -1]", "b."),
        ("words[0]", ".."),
        ("words[0:1]", "b.."),
        ("words.max(1)[0]", "b."),
        ("words.sum(dim=-1)", "b."),
        ("words.unsqueeze(1)", "b..."),
        ("words[:, -1].unsqueeze(0)", ".b."),
        ("words.unsqueeze(1).squeeze(1)", "b.."),
        ("torch.bmm(words, words)", "b.."),
        ("torch.cat([words, words], 2)", "b.."),
        ("features.view(2, 3, 4)", "..."),
        ("features.reshape((2, -1))", ".."),
        ("features", ""),
        ("words + features", ""),
        ("words.view(torch.load('shape.pt'))", ""),
        ("words.squeeze()", ""),
        ("words[features > 0]", ""),
        ("words.sum(torch.load('axis.pt'))", ""),
        ("words if features.sum() > 0 else words[0]", ""),
    ],
)
def test_axes(evaluate: Evaluate, expression: str, axes: str) -> None:
    assert evaluate(VALUES, f"result = {expression}\n").tensor("result").axes == axes


def test_an_element_of_a_batch_has_no_batch(evaluate: Evaluate) -> None:
    program = evaluate(VALUES, "for line in words:\n    pass\n")
    line = program.variable("line")
    assert isinstance(line, Tensor)
    assert line.axes == ".."


@pytest.mark.parametrize(
    ("use", "expected"),
    [
        ("F.softmax(words)", [(3, True)]),
        ("F.softmax(steps[0])", [(3, False)]),
        ("F.log_softmax(images)", [(4, False)]),
        ("nn.Softmax()(words[:, -1])", [(2, False)]),
        ("F.softmin(features)", [(0, False)]),
        ("F.softmax(features, dim=None)", [(0, False)]),
        ("[F.softmax(t) for t in (words, features)]", [(3, True)]),
        ("[F.softmax(t) for t in (features, steps[0])]", [(0, False)]),
        ("F.softmax(words, -1)", []),
        ("F.softmax(words, **torch.load('options.pt'))", []),
        ("nn.Softmax()", []),
        ("nn.Softmax2d()(images)", []),
        ("F.gumbel_softmax(words)", []),
    ],
)
def test_implicit_axes(evaluate: Evaluate, use: str, expected: list[tuple[int, bool]]) -> None:
    from bpcheck.facts.normalisation import implicit_axes

    program = evaluate(VALUES, f"result = {use}\n")
    assert [(found.count, found.over_batch) for found in implicit_axes(program)] == expected
