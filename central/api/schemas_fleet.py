"""What the API returns and takes of what boxes are told to run."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from central.events.view import View
from central.store.orders import OrderRow
from messages import MAX_CONFIG, ConfigState, UpdateState


class ConfigVersionView(View):
    """A configuration that a box was told to run, without its text."""

    version: int
    """Grows with each configuration of the box."""
    sha256: str
    """Of its text, hex."""
    actor: str
    """Who ordered it."""
    at: datetime
    """When, by this server's clock."""
    note: str
    """Why, in their words."""
    expires: datetime | None
    """A box that has not taken it until then does not."""

    @classmethod
    def of(cls, row: OrderRow) -> Self:
        """Of an order."""
        return cls.model_validate({name: getattr(row, name) for name in cls.model_fields})


class DesiredView(ConfigVersionView):
    """A configuration with its text."""

    config: str
    """YAML; secrets by name only."""

    @classmethod
    def of(cls, row: OrderRow) -> Self:
        """Of an order."""
        names = [name for name in cls.model_fields if name != "config"]
        return cls.model_validate({name: getattr(row, name) for name in names} | {"config": row.content})


class ReportedView(View):
    """What a box says that it runs."""

    version: int
    """That it runs; 0 for its own file."""
    sha256: str
    """Of that configuration's text, hex; empty for its own file."""
    wanted: int
    """Newest version that it was sent and believed; 0 for none."""
    state: ConfigState
    """What became of that one."""
    reason: str
    """Why it was refused or taken back."""
    since: datetime | None
    """When that happened, by the box's clock."""
    disbelieved: int
    """Orders since its start that were forged, replayed, damaged, or another box's."""
    disbelief: str
    """Why the last of them was."""


class UpdateView(View):
    """What became of the newest update, as the box says."""

    version: int
    """Of the order."""
    software: str
    """Version that it names."""
    state: UpdateState
    """How far it is."""
    reason: str
    """Why it was refused or taken back."""
    since: datetime | None
    """When that happened, by the box's clock."""


class BoxConfigView(View):
    """What a box shall run, and what it runs."""

    site: str
    """Site id."""
    box: str
    """Box id."""
    desired: DesiredView | None
    """What it was told to run; null when it was never told."""
    reported: ReportedView | None
    """What it says that it runs; null when it has said nothing, or does not follow this centre's orders."""
    reported_at: datetime | None
    """When that came, by this server's clock."""
    in_step: bool
    """Whether it runs, for good, what it was told."""
    software: str | None
    """Version of the program that it runs."""
    update: UpdateView | None
    """What became of its newest update."""


class ConfigVersions(View):
    """Configurations of a box."""

    items: list[ConfigVersionView]
    """Newest first, at most 100."""


class ConfigDiff(View):
    """Two configurations compared."""

    old: int
    """The one version; 0 for nothing."""
    new: int
    """The other."""
    lines: list[str]
    """A unified diff; empty when the texts are the same."""


class RuleKindView(View):
    """A kind of rule."""

    kind: str
    """What it raises."""
    fields: dict[str, Any]
    """What it can be told, as a JSON Schema: names, types, bounds, defaults."""


class RuleKindPage(View):
    """The kinds of rules that boxes know."""

    items: list[RuleKindView]
    """In the order of the documentation."""


class NewConfig(BaseModel):
    """A configuration for a box."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    config: Annotated[str, Field(min_length=1, max_length=MAX_CONFIG)]
    """YAML: the keys of box.yaml that a centre may set; secrets as ${NAME}."""
    note: Annotated[str, Field(max_length=500)] = ""
    """Why."""
    expires: AwareDatetime | None = None
    """A box that has not taken it until then does not."""
