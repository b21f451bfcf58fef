"""Findings as GitHub's workflow commands and as SARIF."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gta_head_tools.checks.finding import Check, Finding, Severity
from gta_head_tools.report.finding_lists import FindingList
from gta_head_tools.report.github_lines import github_lines
from gta_head_tools.report.sarif import write_sarif

FOUND = Finding("a.jpg", "head 2", "7, 9", "the box has no area", (1.0, 2.0, 3.5, 4.0), 2.0)
REQUIRED = {
    "log": "version runs",
    "runs": "tool",
    "tool": "driver",
    "driver": "name",
    "rules": "id",
    "results": "message",
    "invocations": "executionSuccessful",
    "toolExecutionNotifications": "message",
    "attachments": "artifactLocation",
}
"""Keys that the published schema asks for, by the key under which an object lies."""
ALLOWED = {
    "log": "$schema version runs",
    "runs": "tool invocations originalUriBaseIds results",
    "tool": "driver",
    "driver": "name version rules",
    "rules": "id shortDescription fullDescription help defaultConfiguration",
    "defaultConfiguration": "level",
    "invocations": "executionSuccessful toolExecutionNotifications",
    "toolExecutionNotifications": "level message",
    "originalUriBaseIds": "%SRCROOT%",
    "%SRCROOT%": "description",
    "results": "ruleId ruleIndex level message locations partialFingerprints properties attachments",
    "locations": "physicalLocation",
    "physicalLocation": "artifactLocation region",
    "artifactLocation": "uri uriBaseId",
    "region": "startLine",
    "partialFingerprints": "primaryLocationLineHash",
    "properties": "record value",
    "attachments": "artifactLocation rectangles",
    "rectangles": "left top right bottom",
    **dict.fromkeys(("message", "shortDescription", "fullDescription", "help", "description"), "text"),
}
"""Of the keys that the schema knows, those that are written."""
URI = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@/%-]*")


def check_schema(value: Any, name: str = "log") -> None:
    """Fail where a part of a log is not as the schema says."""
    if isinstance(value, list):
        for entry in value:
            check_schema(entry, name)
    elif isinstance(value, dict):
        assert set(REQUIRED.get(name, "").split()) <= value.keys() <= set(ALLOWED[name].split()), name
        for key, entry in value.items():
            check_schema(entry, key)
    elif name == "level":
        assert value in {"error", "warning", "note"}
    elif name == "uri":
        assert URI.fullmatch(value)
    elif name == "startLine":
        assert value >= 1
    else:
        kinds: dict[str, Any] = {"ruleIndex": int, "executionSuccessful": bool}
        kinds |= dict.fromkeys(("left", "top", "right", "bottom"), (int, float))
        assert isinstance(value, kinds.get(name, str)), name


def check(severity: Severity) -> Check[Any]:
    return Check(find=lambda _: (), severity=severity, means="It breaks.", fix="Mend it, 100 %.")


def listed(findings: Mapping[str, list[Finding]], root: Path, **more: Any) -> FindingList:
    checks: dict[str, Check[Any]] = {"no-area": check("error"), "twin": check("warning"), "far": check("info")}
    counts = {name: len(found) for name, found in findings.items()}
    return FindingList(checks, counts, findings, **{"root": root, "source": root, "here": root.parent, **more})


def test_a_command_for_each_finding() -> None:
    odd = Finding("s,1/b:%.jpg", "", "", "two\r\nlines", line=7)
    assert [*github_lines(listed({"far": [odd], "no-area": [FOUND]}, Path("/repo/set")))] == [
        "::error file=set/a.jpg,title=no-area::a.jpg: head 2: the box has no area: 7, 9%0AMend it, 100 %25.",
        "::notice file=set/s%2C1/b%3A%25.jpg,line=7,title=far::s,1/b:%25.jpg: two%0D%0Alines%0AMend it, 100 %25.",
    ]


def test_the_worst_of_each_check_comes_first() -> None:
    two = [replace(FOUND, weight=1.0, record="mild"), FOUND]
    order = listed({"far": [FOUND], "twin": two, "no-area": two}, Path("/set")).ranked()
    assert [(name, found.record) for name, found in order] == [
        ("no-area", "head 2"),
        ("no-area", "mild"),
        ("twin", "head 2"),
        ("twin", "mild"),
        ("far", "head 2"),
    ]


@pytest.mark.parametrize(
    ("root", "source", "here", "path"),
    [
        ("/repo/set", "/repo/set", "/repo", "set/a.jpg"),
        ("/repo/set", "/repo/set", "/repo/set", "a.jpg"),
        ("/repo/set", "/repo/set", "/elsewhere", "/repo/set/a.jpg"),
        ("/repo/set", "/repo/set/heads.csv", "/repo", "set/a.jpg"),
        ("/repo/set/a.jpg", "/repo/set/a.jpg", "/repo", "set/a.jpg"),
    ],
)
def test_paths_are_relative_to_where_the_user_stands(root: str, source: str, here: str, path: str) -> None:
    found = FindingList({}, {}, {}, Path(root), Path(source), Path(here)).path(FOUND)
    assert found.as_posix() == path


def test_a_label_file_without_pictures_is_the_place_itself(tmp_path: Path) -> None:
    source = tmp_path / "heads.csv"
    source.touch()
    lacking = listed({"twin": [FOUND]}, tmp_path, source=source, here=tmp_path)
    assert lacking.path(FOUND) == Path("heads.csv")
    result = json.loads(write_sarif(lacking))["runs"][0]["results"][0]
    assert result["message"]["text"] == "a.jpg: head 2: the box has no area: 7, 9"
    assert "attachments" not in result
    (tmp_path / "a.jpg").touch()
    assert lacking.path(FOUND) == Path("a.jpg")


def test_a_log_holds_rules_results_and_places() -> None:
    far = Finding("", "", "{0}", "nothing", (float("nan"), 0, 1, 1), line=3)
    log = json.loads(write_sarif(listed({"far": [far], "no-area": [FOUND]}, Path("/repo/s é"))))
    check_schema(log)
    (run,) = log["runs"]
    first, second = run["results"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["no-area", "twin", "far"]
    assert run["tool"]["driver"]["rules"][0]["help"] == {"text": "Mend it, 100 %."}
    assert (first["ruleId"], first["ruleIndex"], first["level"]) == ("no-area", 0, "error")
    file = {"uri": "s%20%C3%A9/a.jpg", "uriBaseId": "%SRCROOT%"}
    assert first["locations"] == [{"physicalLocation": {"artifactLocation": file}}]
    assert first["attachments"][0]["rectangles"] == [{"left": 1.0, "top": 2.0, "right": 3.5, "bottom": 4.0}]
    assert first["properties"] == {"record": "head 2", "value": "7, 9"}
    assert (second["ruleIndex"], second["level"], second["message"]["text"]) == (2, "note", "nothing: {{0}}")
    assert second["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert run["invocations"][0]["toolExecutionNotifications"] == []


def test_findings_that_are_not_listed_are_told_of() -> None:
    short = replace(listed({"twin": [FOUND]}, Path("/set")), counts={"twin": 2500})
    sentence = "twin: 1 of 2,500 findings are listed, the worst ones"
    assert [*github_lines(short)][1] == f"::notice title=not all findings are listed::{sentence}"
    log = json.loads(write_sarif(short))
    check_schema(log)
    (note,) = log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert note == {"level": "note", "message": {"text": sentence}}


def test_names_that_are_no_text_are_told_as_far_as_possible() -> None:
    log = json.loads(
        write_sarif(listed({"twin": [replace(FOUND, file=name) for name in ("\udcff", "\ud800")]}, Path("/set")))
    )
    uris = [result["attachments"][0]["artifactLocation"]["uri"] for result in log["runs"][0]["results"]]
    assert uris == ["set/%FF", "set/%3F"]


NAMES = st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1).filter(
    lambda name: name.strip(".")
)


@given(st.lists(st.builds(Finding, NAMES, st.text(), st.text(), st.text()), max_size=4))
def test_any_text_gives_one_line_each_and_a_valid_log(findings: list[Finding]) -> None:
    of = listed({"twin": findings}, Path("/repo/set"))
    lines = [*github_lines(of)]
    assert len(lines) == len(findings)
    for (_, finding), line in zip(of.ranked(), lines, strict=True):
        given = re.fullmatch(r"::warning file=([^:,\r\n]*),title=twin::([^\r\n]*)", line)
        assert given is not None
        told = [part.replace("%0D", "\r").replace("%0A", "\n") for part in given.groups()]
        assert told[0].replace("%3A", ":").replace("%2C", ",").replace("%25", "%") == f"set/{finding.file}"
        assert finding.message in told[1].replace("%25", "%")
    log = json.loads(write_sarif(of))
    check_schema(log)
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in log["runs"][0]["results"]
    ]
    assert [unquote(uri) for uri in uris] == [f"set/{finding.file}" for _, finding in of.ranked()]
