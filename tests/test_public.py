"""The public names of the package are there."""

from __future__ import annotations

import pytest

import pioneer
from pioneer import api


@pytest.mark.parametrize("name", pioneer.__all__)
def test_a_public_name_is_there(name: str) -> None:
    assert getattr(pioneer, name) is not None


def test_all_that_the_api_offers_is_public() -> None:
    assert {*api.__all__} <= {*pioneer.__all__}


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        pioneer.nothing  # noqa: B018
