"""``placewatch central retention``: delete what is past its time."""

import json
from dataclasses import asdict
from pathlib import Path

import typer


def retention(
    config: Path = typer.Option(
        ..., "--config", "-c", metavar="FILE", help="Central's configuration.", show_default=False
    ),
    dry_run: bool = typer.Option(False, "--dry-run", help="Say what would be deleted, and delete nothing."),
    as_json: bool = typer.Option(False, "--json", help="Print the result as JSON."),
) -> None:
    """Delete old evidence, keys of alerts and timelines of what is over; 'serve' does so daily.

    How long is said by keep.evidence_days, keep.evidence_days_by_class, keep.key_days and keep.timeline_days.
    Every deleted file is looked for afterwards; exit code 1 if one is still there. Events stay.
    """
    from central.config import CentralConfig
    from central.store.engine import Store
    from central.store.evidence_remote import open_evidence
    from central.store.retention import clear, survey
    from placewatch.clock import SystemClock, utc
    from placewatch.config import load

    settings = load(config, CentralConfig)
    now = utc(SystemClock().now())
    store = Store(settings.database)
    try:
        store.check()
        if dry_run:
            found = survey(store, settings.keep, now)
        else:
            evidence = open_evidence(settings.evidence, settings.evidence_s3)
            found = clear(store, evidence, settings.keep, now)
    finally:
        store.close()
    if as_json:
        typer.echo(json.dumps({"dry_run": dry_run, **asdict(found)}))
    else:
        deleted = "would be deleted" if dry_run else "deleted"
        typer.echo(
            f"{deleted}: {found.files} files ({found.bytes / 1e6:.1f} MB) of {found.events} closed events,"
            f" {found.keys} keys of alerts, timelines of {found.days} days ({found.entries} entries)"
        )
        for failure in found.failed:
            typer.echo(f"not deleted: {failure}", err=True)
    if found.failed:
        raise typer.Exit(1)
