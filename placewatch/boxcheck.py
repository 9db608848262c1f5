"""A box's configuration as a box would see it, for a centre that is to send it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

from central.fleet.check import Names
from edge.config import box_of
from edge.managed.merge import merge
from edge.rule_config import Rule
from messages.topics import BoxTopics
from placewatch.config import Document, parse
from placewatch.errors import ConfigError, ConfigProblem
from placewatch.paths import shipped

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_box_config(box: BoxTopics, text: str) -> None:
    """Look at a configuration with the box's own types: cross-references, rules against the model's classes.

    What stands in the box's own file is not known here, so cameras at places of that file are left to the
    box, which looks again before it takes anything.

    Args:
        box: Whom it is for.
        text: YAML.

    Raises:
        ConfigError: With every problem, each at its line.
    """
    env: Mapping[str, str] = Names()
    sent = parse(text, "configuration", env=env)
    if "cameras" in sent.data and "places" not in sent.data:
        return
    own = {"site": box.site, "box": box.box, "managed": {}, "broker": {}}
    merged = Document(sent.file, merge(own, sent.data), sent.lines)
    try:
        box_of(merged, shipped("configs"), env=env)
    except ConfigError as error:
        raise ConfigError([_at_line(problem) for problem in error.problems]) from error


def rule_forms() -> dict[str, dict[str, Any]]:
    """What each kind of rule can be told, as JSON Schemas by kind: from them the console makes its forms."""
    models = get_args(get_args(Rule)[0])
    return {
        str(get_args(model.model_fields["kind"].annotation)[0]): model.model_json_schema() for model in models
    }


def _at_line(problem: ConfigProblem) -> ConfigProblem:
    return replace(problem, file="configuration")
