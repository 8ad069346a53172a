"""Rule (d): the artefact that ships answers as the model that was trained."""

from __future__ import annotations

from collections.abc import Sequence

from pioneer.gates.records import Agreement, RuleResult

NAME = "export"
LEAST_PERCENT = 99


def agreement(trained: Sequence[object], exported: Sequence[object]) -> Agreement:
    """Outputs of both on the same rows, in the same order."""
    same = sum(one == other for one, other in zip(trained, exported, strict=True))
    return Agreement(same, len(trained))


def export(found: Agreement) -> RuleResult:
    passed = found.rows > 0 and 100 * found.same >= LEAST_PERCENT * found.rows
    sentence = (
        f"the exported artefact answers {found.same} of {found.rows} rows as the trained model "
        f"does; at least {LEAST_PERCENT} % must agree"
    )
    numbers = {"same": found.same, "rows": found.rows, "least_percent": LEAST_PERCENT}
    return RuleResult(NAME, passed, sentence if passed else f"failed export: {sentence}", numbers)
