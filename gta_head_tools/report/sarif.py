"""Findings in SARIF 2.1.0, the format in which programs exchange results of checks."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gta_head_tools import __version__
from gta_head_tools.checks.finding import Finding, Severity
from gta_head_tools.report.finding_lists import AnyCheck, FindingList, told

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_HERE = "%SRCROOT%"
_LEVELS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}

Object = dict[str, Any]


def write_sarif(listed: FindingList) -> str:
    """A log with one run, as JSON.

    A region of SARIF is a range of lines or bytes. So a place in a picture is told as a rectangle of an attachment,
    which is what SARIF has for areas of images, and the location of such a finding is the whole picture.
    """
    rules = {name: place for place, name in enumerate(listed.checks)}
    notes = [{"level": "note", "message": _message(sentence)} for sentence in listed.shortened()]
    run = {
        "tool": {
            "driver": {
                "name": "ghtools",
                "version": __version__,
                "rules": [_rule(name, check) for name, check in listed.checks.items()],
            }
        },
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "originalUriBaseIds": {_HERE: {"description": _message("The folder in which ghtools was run.")}},
        "results": [_result(name, rules[name], finding, listed) for name, finding in listed.ranked()],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, allow_nan=False) + "\n"


def _rule(name: str, check: AnyCheck) -> Object:
    return {
        "id": name,
        "shortDescription": _message(f"{name.replace('-', ' ').capitalize()}."),
        "fullDescription": _message(check.means),
        "help": _message(check.fix),
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
    }


def _result(name: str, place: int, finding: Finding, listed: FindingList) -> Object:
    file, has_file = _artifact(listed.path(finding)), listed.has_file(finding)
    location: Object = {"artifactLocation": file}
    if finding.line is not None:
        location["region"] = {"startLine": finding.line}
    result = {
        "ruleId": name,
        "ruleIndex": place,
        "level": _LEVELS[listed.checks[name].severity],
        "message": _message(told(finding, file=not has_file)),
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"primaryLocationLineHash": _fingerprint(name, finding)},
        "properties": {"record": finding.record, "value": finding.value},
    }
    if has_file and finding.place is not None and all(map(math.isfinite, finding.place)):
        sides = dict(zip(("left", "top", "right", "bottom"), finding.place, strict=True))
        result["attachments"] = [{"artifactLocation": file, "rectangles": [sides]}]
    return result


def _message(text: str) -> Object:
    """A message; braces are doubled, because single ones are places to fill in."""
    return {"text": text.replace("{", "{{").replace("}", "}}")}


def _artifact(path: Path) -> Object:
    quoted = quote(_as_bytes(path.as_posix()))
    return {"uri": f"file://{quoted}"} if path.is_absolute() else {"uri": quoted, "uriBaseId": _HERE}


def _as_bytes(name: str) -> bytes:
    """A name as the disk has it; signs that no name on a disk can have become question marks."""
    try:
        return os.fsencode(name)
    except UnicodeEncodeError:
        return name.encode(errors="replace")


def _fingerprint(name: str, finding: Finding) -> str:
    """The same for the same finding of a later run, and another for others.

    GitHub knows findings again by a key that is called after the hash of a line. Left out, GitHub hashes the file, and
    takes all findings of a check in one picture for one.
    """
    words = "\0".join((name, finding.file, finding.record, finding.value))
    return hashlib.sha256(words.encode(errors="surrogatepass")).hexdigest()[:16]
