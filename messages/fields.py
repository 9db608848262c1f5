"""Constrained field types shared by the messages."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}\Z")]
"""An identifier that is safe as one MQTT topic level and as a file name (site, box, camera, place, zone)."""

Token = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:@+-]{0,127}\Z")]
"""A machine-made identifier (message id, alert id, session, version)."""

Text = Annotated[str, Meta(max_length=500)]
"""A short sentence for people."""

Count = Annotated[int, Meta(ge=0, le=2**53)]
Seq = Annotated[int, Meta(ge=0, le=2**53)]
Fraction = Annotated[float, Meta(ge=0.0, le=1.0)]
Seconds = Annotated[float, Meta(ge=-1e9, le=1e9)]
Instant = Annotated[datetime, Meta(tz=True)]
"""An aware time; written as RFC 3339 in UTC."""
