"""A month of the city's calendar as a stretch of time."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from zoneinfo import ZoneInfo

PATTERN = r"^20\d{2}-(0[1-9]|1[0-2])$"
"""Such as ``2026-11``."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month.

    Attributes:
        year: Such as 2026.
        number: 1 to 12.
    """

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """``"2026-11"`` as a month.

        Raises:
            ValueError: It is none.
        """
        if not re.match(PATTERN, text):
            msg = f"{text!r} is no month | write 2026-11"
            raise ValueError(msg)
        return cls(int(text[:4]), int(text[5:]))

    @classmethod
    def of(cls, moment: datetime, zone: ZoneInfo) -> Self:
        """The month in which ``moment`` lies."""
        here = moment.astimezone(zone)
        return cls(here.year, here.month)

    @property
    def before(self) -> "Month":
        """The month before."""
        return Month(self.year - (self.number == 1), (self.number - 2) % 12 + 1)

    @property
    def after(self) -> "Month":
        """The month after."""
        return Month(self.year + (self.number == 12), self.number % 12 + 1)

    def start(self, zone: ZoneInfo) -> datetime:
        """Its first moment."""
        return datetime(self.year, self.number, 1, tzinfo=zone)

    def said(self, language: str) -> str:
        """As people write it."""
        if language == "zh":
            return f"{self.year}年{self.number}月"
        return f"{datetime(self.year, self.number, 1):%B} {self.year}"  # noqa: DTZ001 - a month's name

    def __str__(self) -> str:
        """As the API has it."""
        return f"{self.year}-{self.number:02}"
