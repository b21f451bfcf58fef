"""Which checks run."""

from __future__ import annotations

import pytest

from gta_head_tools.checks.known_checks import all_checks, chosen_checks
from gta_head_tools.errors import UnknownNameError


def test_checks_are_chosen_by_name() -> None:
    assert chosen_checks(only=["box_outside", "name-alike"], skip=["name_alike"]) == {"box-outside"}
    assert chosen_checks(skip=["box-outside"]) == all_checks().keys() - {"box-outside"}


def test_all_that_look_at_pictures_are_chosen_together() -> None:
    looking = chosen_checks(only=["pictures"])
    assert {"picture-missing", "picture-copy", "split-same-image"} <= looking
    assert not looking & {"box-outside", "name-alike", "split-same-scene"}
    assert chosen_checks(skip=["pictures"]) == all_checks().keys() - looking


def test_a_name_that_no_check_has() -> None:
    with pytest.raises(UnknownNameError, match="picture-copy"):
        chosen_checks(skip=["picture-copies"])
