"""``placewatch models``: which networks ship, and whether they are what they should be."""

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from placewatch.errors import PlacewatchError

if TYPE_CHECKING:
    from edge.detect.manifest import Model

app = typer.Typer(help="List and check the models that ship.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]


class Checked(msgspec.Struct, frozen=True):
    """One model and what is wrong with its file, if anything."""

    name: str
    file: str
    ok: bool
    error: str = ""


@app.command("list")
def list_models(as_json: AsJson = False) -> None:
    """Print each model's task, licence, measured accuracy, source and sha256.

    Example: placewatch models list --json
    """
    from edge.detect.manifest import load_manifest

    models = load_manifest()
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(models)))
        return
    for number, model in enumerate(models):
        if number:
            typer.echo()
        _print(model)


def _print(model: "Model") -> None:
    rows: list[tuple[str, Any]] = [
        ("finds", f"{model.task} ({model.family}, {len(model.class_names)} classes)"),
        ("licence", model.licence),
        ("source", model.source),
        ("sha256", model.sha256),
    ]
    for figure in model.accuracy:
        conditions = f", {figure.conditions}" if figure.conditions else ""
        rows.append((figure.metric, f"{figure.value:g} on {figure.data}{conditions}"))
    typer.secho(model.name, bold=True)
    for key, value in rows:
        typer.echo(f"  {key:<12} {value}")


@app.command("check")
def check_models(as_json: AsJson = False) -> None:
    """Compare each file with its sha256 and load it; exit 1 when one is missing, altered or unreadable.

    Example: placewatch models check
    """
    from edge.detect.manifest import load_manifest

    results = [_check(model) for model in load_manifest()]
    if as_json:
        typer.echo(msgspec.json.format(msgspec.json.encode(results)))
    else:
        for result in results:
            typer.echo(f"{result.name}: {'good' if result.ok else result.error}")
    if not all(result.ok for result in results):
        raise typer.Exit(1)


def _check(model: "Model") -> Checked:
    from edge.detect.manifest import verify
    from edge.detect.sessions import open_session

    try:
        open_session(verify(model.name))
    except PlacewatchError as error:
        return Checked(model.name, model.file, ok=False, error=str(error))
    return Checked(model.name, model.file, ok=True)
