"""``placewatch config``: look at configuration files before they are used."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Check configuration files.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    pass


@app.command("check")
def check_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Configuration files.")],
    form: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="FORM",
            help="box, rules, central, city, grids, responsibility, key_areas, grading, lifecycle, calendar, "
            "units, advisory; else told.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program.")] = False,
) -> None:
    """Print every error with its file, line, key and fix; exit 2 when there is one.

    Example: placewatch config check configs/demo/box.yaml
    """
    from placewatch.config_forms import check

    findings = [check(path, form=form) for path in files]
    if as_json:
        rows = [asdict(finding) | {"ok": not finding.problems} for finding in findings]
        typer.echo(json.dumps(rows if len(rows) > 1 else rows[0], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            for problem in finding.problems:
                typer.echo(str(problem))
            if not finding.problems:
                typer.echo(f"{finding.file}: good: {finding.summary}")
    if any(finding.problems for finding in findings):
        raise typer.Exit(2)
