"""The public sets in the project's form, where they lie beside the checkout."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from pioneer.data.clean import clean
from pioneer.data.columns import kinds_that_fit, map_columns
from pioneer.data.folder import read_folder
from pioneer.data.groups import groups_of
from pioneer.data.parse import Parts, parse_rows
from pioneer.data.splits import DevKind, Splits, split
from pioneer.families import families, family
from pioneer.records import Kind

BESIDE = Path(__file__).parents[3] / "shared" / "data"
SETS = Path(os.environ.get("PIONEER_TEST_DATA", BESIDE))


def prepared(name: str, kind: Kind) -> tuple[Parts, Splits]:
    if not (SETS / name).is_dir():
        pytest.skip(f"{name} is not on this machine")
    raw = read_folder(SETS / name)
    assert kind in kinds_that_fit(raw, families())
    mapped, _ = map_columns(raw, family(kind))
    parts, _ = clean(parse_rows(mapped, family(kind)), family(kind))
    groups = groups_of([row for rows in parts.values() for row in rows])
    return parts, split(parts, family(kind), 0, groups)


def test_clinc150_keeps_its_shipped_parts_and_loses_its_leaks() -> None:
    parts, found = prepared("clinc150", Kind.CLASSIFICATION)
    assert (len(found.dev), len(found.test)) == (3100, 5500)
    assert 15_100 - len(parts["train"]) == 4  # two texts that stand under two labels each
    assert len(found.train) + len(found.repairs) == len(parts["train"])
    assert len(found.leaks.found) > 100
    assert found.leaks.dev_in_test
    assert found.leaks.remaining == 0


def test_sms_spam_is_split_by_group_and_keeps_its_rates() -> None:
    parts, found = prepared("sms_spam", Kind.CLASSIFICATION)
    label = {row.id: row.target for row in parts["all"]}
    for side in (found.train, found.dev, found.test):
        rates = Counter(label[id_] for id_ in side)
        assert 0.10 < rates["spam"] / rates.total() < 0.16
    assert abs(len(found.test) - 0.2 * len(label)) < 5
    assert Counter(r.code for r in found.repairs)["repeat"] > 200


def test_few_rows_of_snips_are_scored_out_of_fold() -> None:
    parts, _ = prepared("snips", Kind.CLASSIFICATION)
    few = parts["train"][::140]
    found = split({"all": few}, family(Kind.CLASSIFICATION), 0)
    assert found.dev_kind is DevKind.OUT_OF_FOLD
    label = {row.id: row.target for row in few}
    assert len({label[id_] for id_ in found.test}) == len(set(label.values())) == 7
    assert Counter(found.folds.values()).keys() == set(range(5))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("clickbait", Kind.CLASSIFICATION),
        ("snips", Kind.EXTRACTION),
        ("wnut17", Kind.EXTRACTION),
        ("gsm8k", Kind.GENERATION),
    ],
)
def test_other_sets_pass_the_leak_check(name: str, kind: Kind) -> None:
    _, found = prepared(name, kind)
    assert found.leaks.remaining == 0
    assert min(len(found.train), len(found.dev), len(found.test)) > 500
