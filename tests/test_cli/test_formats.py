from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from converters.formats.options import CommonOptions, option_names
from converters.formats.registry import FORMATS
from gta_head_tools.cli.main import app
from test_cli.running import invoked


def test_json_tells_what_other_programs_rely_on() -> None:
    done = invoked("formats", "--json")
    told = json.loads(done.stdout)
    formats = {entry["name"]: entry for entry in told["formats"]}
    assert told["common_options"] == ["exif=auto"]
    assert list(formats) == list(FORMATS)
    assert all(set(entry) == {"name", "reads", "writes", "holds", "options"} for entry in formats.values())
    assert formats["mot"]["holds"] == ["boxes", "ids", "ignore", "visibility", "split"]
    choices = ["origin=1", "column7=none", "category=", "ignore_class=none", "first_frame=none"]
    assert formats["mot"]["options"] == {"read": choices, "write": ["origin=1"]}
    assert (formats["gcc"]["reads"], formats["gcc"]["writes"]) == (True, False)


def test_the_table_has_a_row_for_each_format() -> None:
    lines = CliRunner().invoke(app, ["formats"]).stdout.splitlines()
    named = [line.split()[0] for line in lines[2:] if line and not line.startswith(" ")]
    assert named == list(FORMATS)


@pytest.mark.parametrize("name", FORMATS)
def test_one_format_is_described_with_what_each_option_does(name: str) -> None:
    shown = CliRunner().invoke(app, ["formats", name.replace("_", "-")]).stdout
    options = [line for line in shown.splitlines() if line.startswith(("-i ", "-o "))]
    writes = FORMATS[name].writes
    kinds = [FORMATS[name].options, CommonOptions, *([writes.options] if writes else [])]
    assert len(options) == sum(len(option_names(kind)) for kind in kinds)
    assert all(len(line.split(": ", 1)[1]) > 10 for line in options), options


def test_an_unknown_format_is_refused_with_the_nearest() -> None:
    done = invoked("formats", "mott")
    assert (done.returncode, done.stdout) == (1, "")
    assert "did you mean 'mot'" in done.stderr


@pytest.mark.parametrize(("verb", "flags"), [("convert", "-i -o"), ("evaluate", "-i"), ("doctor", "")])
def test_the_help_of_a_verb_has_the_options_of_formats_that_it_takes(verb: str, flags: str) -> None:
    shown = CliRunner().invoke(app, [verb, "--help"]).stdout
    sections = [line.split()[1] for line in shown.splitlines() if line.startswith("Options -")]
    assert sections == flags.split()
    assert ("column7=none" in shown) == bool(flags)
