"""``placewatch doctor``: what is wrong with this machine, and how to mend it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from placewatch.doctor.finding import Finding

_STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


def doctor(
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="box.yaml or central.yaml: try the servers that it names, too."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Try python, codecs, models, broker, database, clock, disk and port; exit 1 when one of them fails.

    Example: placewatch doctor --config configs/demo/box.yaml
    """
    from io import StringIO

    from rich.console import Console

    from placewatch import logs
    from placewatch.doctor.examine import examine, plan
    from placewatch.doctor.finding import Status

    logs.configure(stream=StringIO())  # what a part would log is told as a finding
    console = Console(highlight=False, soft_wrap=True)
    findings: list[Finding] = []
    with Console(stderr=True).status("looking ...") as status:
        for finding in examine(plan(config), lambda name: status.update(f"looking at {name} ...")):
            findings.append(finding)
            if not as_json:
                _show(console, finding)
    bad = sum(finding.status is Status.FAIL for finding in findings)
    if as_json:
        rows = {"ok": not bad, "findings": [asdict(finding) for finding in findings]}
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        doubts = sum(finding.status is Status.WARN for finding in findings)
        hint = "" if config else "; broker, database and cameras: --config FILE"
        console.print(f"{len(findings)} findings: {bad} fail, {doubts} warn{hint}")
    if bad:
        raise typer.Exit(1)


def _show(console: "Console", finding: "Finding") -> None:
    from rich.text import Text

    console.print(
        Text.assemble(
            (f"{finding.status:<5}", _STYLES[finding.status]), (f"{finding.check:<10}", "bold"), finding.text
        )
    )
    if finding.remedy:
        console.print(Text(f"{'':15}mend: {finding.remedy}"))
