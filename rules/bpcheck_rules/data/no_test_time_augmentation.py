"""x"""

from __future__ import annotations

from collections.abc import Iterator

from bpcheck.facts.program import Program, place, step
from bpcheck.facts.final_views import single_views
from bpcheck.findings import Safety, Severity, Violation
from bpcheck.rule import rule


@rule(code="BP107", severity=Severity.INFO, practice=("D6",), fix=Safety.MANUAL)
def no_test_time_augmentation(program: Program) -> Iterator[Violation]:
    for found in single_views(program):
        yield Violation(
            place(found.site),
            f"`{found.model.label}` was trained on mirrored photos and sees each test image from one side only",
            (
                step(found.flip_site, "the training images are mirrored at random"),
                step(found.site, "the final predictions come from one plain pass"),
            ),
            manual=(
                "Average two views in eval mode: `(model(x).softmax(1) + model(x.flip(-1)).softmax(1)) / 2`; compare on the "
                "validation set first."
            ),
        )
