"""Names in two languages and the identifiers that city files use."""

from typing import Annotated

from pydantic import ConfigDict, Field

from placewatch.config import Settings

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
"""An identifier: 1 to 64 of A-Z a-z 0-9 _ . -, beginning with a letter or digit."""

NameText = Annotated[str, Field(min_length=1, max_length=100)]
"""A name for people."""


class Bilingual(Settings):
    """A name in Chinese and in English."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"zh": "湖滨步道", "en": "Lake promenade"}]})

    zh: NameText
    """Chinese, shown first."""
    en: NameText
    """English."""


def same(text: str) -> Bilingual:
    """An identifier that has no name of its own, as its name."""
    return Bilingual(zh=text[:100] or "-", en=text[:100] or "-")
