"""One sample of every message, as small and as full as it may be."""

from datetime import UTC, datetime

import msgspec

from messages import (
    MAX_CLIP_PART,
    MAX_INLINE_PICTURE,
    Alert,
    AlertData,
    AlertType,
    BoxState,
    CameraHealth,
    CameraState,
    ClipHealth,
    ClipPart,
    Command,
    ConfigHealth,
    ConfigOrder,
    ConfigState,
    Evidence,
    Health,
    Kind,
    PlaceClass,
    Receipt,
    Rejection,
    Signed,
    Snapshot,
    SpoolHealth,
    UpdateHealth,
    UpdateOrder,
    UpdateState,
)

WHEN = datetime(2025, 6, 10, 12, 0, 0, 250000, tzinfo=UTC)

SMALL_DATA = AlertData(
    alert_id="e-1",
    kind=Kind.NO_STOPPING,
    place="school-1",
    place_class=PlaceClass.SCHOOL,
    camera="cam-1",
    zone="gate",
    count=1,
    confidence=0.5,
    started=WHEN,
    rule_version="abc",
    model="nanodet-1",
)

SMALL = Alert(
    id="box-1-s-1",
    source="//north/box-1/cam-1",
    type=AlertType.OPENED,
    subject="school-1",
    time=WHEN,
    session="s",
    seq=1,
    data=SMALL_DATA,
)

FULL = msgspec.structs.replace(
    SMALL,
    type=AlertType.CLOSED,
    data=msgspec.structs.replace(
        SMALL_DATA,
        limit=4,
        ended=WHEN,
        evidence=Evidence(
            width=1280, height=720, jpeg=b"\xff" * MAX_INLINE_PICTURE, captured=WHEN, blurred=3
        ),
        evidence_missing="",
        clock_offset_s=-0.25,
    ),
)

SPOOL = SpoolHealth(waiting=0, bytes=0, spooled=1, published=1, receipted=1)

HEALTH = Health(
    site="north",
    box="box-1",
    session="s",
    time=WHEN,
    uptime_s=12.5,
    version="0.1.0",
    model="nanodet-1",
    cameras=[
        CameraHealth(camera="cam-1", place="school-1", state=CameraState.STREAMING, last_frame=WHEN),
        CameraHealth(camera="cam-2", place="school-1", state=CameraState.FAILED, reason="no route to host"),
    ],
    spool=SPOOL,
)

CLIP = ClipPart(
    id="c1-0",
    clip="c1",
    alert_id="e-1",
    place="school-1",
    camera="cam-1",
    part=0,
    parts=2,
    size=100_000,
    sha256="0" * 64,
    width=1280,
    height=720,
    started=WHEN,
    seconds=10.0,
    blurred=120,
    content=b"\x00" * MAX_CLIP_PART,
)

SAMPLES: list[tuple[str, msgspec.Struct]] = [
    ("alert", SMALL),
    ("alert", FULL),
    ("health", HEALTH),
    ("receipt", Receipt(ids=[])),
    ("receipt", Receipt(ids=["a-1", "a-2"], rejected=[Rejection(id="a-3", reason="no such place")])),
    ("health", msgspec.structs.replace(HEALTH, clips=ClipHealth(made=2, skipped=1))),
    (
        "health",
        msgspec.structs.replace(
            HEALTH,
            config=ConfigHealth(
                version=6, wanted=7, state=ConfigState.ROLLED_BACK, reason="dark", since=WHEN
            ),
            update=UpdateHealth(version=1, software="0.2.0", state=UpdateState.DONE),
        ),
    ),
    (
        "config",
        ConfigOrder(type="config", site="north", box="box-1", version=7, issued=WHEN, config="cameras: []\n"),
    ),
    (
        "update",
        UpdateOrder(
            type="update",
            site="north",
            box="box-1",
            version=1,
            issued=WHEN,
            expires=WHEN,
            software="0.2.0",
            sha256="0" * 64,
            size=1,
        ),
    ),
    ("signed", Signed(body="{}", signature=b"\x01" * 64)),
    ("clip", CLIP),
    ("command", Command(id="c-1", verb="snapshot", camera="cam-1", issued=WHEN, expires=WHEN)),
    ("snapshot", Snapshot(id="c-1", camera="cam-1", place="school-1", missing="too many")),
    (
        "snapshot",
        Snapshot(
            id="c-1",
            camera="cam-1",
            place="school-1",
            picture=Evidence(width=640, height=360, jpeg=b"\xff\xd8", captured=WHEN, blurred=1),
        ),
    ),
    ("state", BoxState(online=True, session="s", version="0.1.0")),
    ("state", BoxState(online=False, session="s", version="0.1.0")),
]
