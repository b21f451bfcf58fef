"""`ghtools doctor`: what works here and what does not."""

from __future__ import annotations

import typer

from gta_head_tools.cli import options, output


def doctor(as_json: options.AsJson = False) -> None:
    """Examine the installation and this machine.

    One screen to paste into a bug report. Exits with 1 when something is broken.

    Example: ghtools doctor
    """
    from dataclasses import asdict

    from gta_head_tools.cli.installation import examine

    checks = examine()
    broken = sum(check.state == "broken" for check in checks)
    if as_json:
        output.show_json({"checks": [asdict(check) for check in checks], "broken": broken})
    else:
        output.table(["", "state", "found"], [(check.name, check.state, check.detail) for check in checks])
    if broken:
        raise typer.Exit(1)
