from __future__ import annotations

import json

from typer.testing import CliRunner

from converters.formats.registry import FORMATS
from gta_head_tools.cli.main import app
from test_cli.running import ghtools


def test_json_tells_what_other_programs_rely_on() -> None:
    done = ghtools("formats", "--json")
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
