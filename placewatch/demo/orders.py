"""The demo's box as one that its centre configures: its key pinned, its first configuration signed.

A real box pins the key when it enrols; here both sides lie in one folder, so it is handed over directly.
"""

from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from central.fleet.desired import Wish
from central.setup import load_central
from central.store.engine import Store
from central.trust.setup import Listener, make_trust, open_fleet
from edge.managed.anchor import pin
from messages import Enrolled
from messages.orders import CONFIG_KEYS
from messages.topics import BoxTopics
from placewatch.boxcheck import check_box_config
from placewatch.demo.chain import ChainFiles, Ports

HOST = "127.0.0.1"
PROBATION_S = 60.0
"""A demo shows a configuration prove itself; a real box takes ten minutes."""
PATIENCE_S = 15.0

NOTE = "演示的第一份配置 The demo's first configuration"

_OWN = {"broker"}
"""What the box has of its own, and the centre leaves alone."""


def govern(files: ChainFiles, ports: Ports, now: datetime) -> None:
    """Make the box of ``files`` one that its centre configures, and sign what it runs as version 1.

    Args:
        files: This run's files, the centre's database among them; box.yaml and central.yaml are written anew.
        ports: Where the parts listen.
        now: Aware time.
    """
    trust, identity = files.central.parent / "trust", files.box.parent / "identity"
    make_trust(trust, "Placewatch demo", [HOST], Listener(ports.mqtt), now)
    box = _add(
        files.box,
        managed={
            "identity": identity.name,
            "folder": "managed",
            "probation_s": PROBATION_S,
            "patience_s": PATIENCE_S,
        },
    )
    url = f"https://{HOST}:{ports.http}"
    _add(files.central, trust={"folder": trust.name, "url": url, "broker_host": HOST})
    config, _ = load_central(files.central)
    topics = BoxTopics(box["site"], box["box"])
    store = Store(config.database)
    try:
        fleet = open_fleet(config.trust, store, check_box_config)
        identity.mkdir()
        pin(
            identity,
            Enrolled(
                site=topics.site,
                box=topics.box,
                certificate="",
                ca="",
                broker_host=HOST,
                broker_port=ports.mqtt,
                orders_key=fleet.signer.public if fleet.signer else None,
            ),
            again=False,
        )
        fleet.configure(Wish(topics, "placewatch", note=NOTE), first_configuration(box), now)
    finally:
        store.close()


def first_configuration(box: dict[str, Any]) -> str:
    """What a centre may set of a box's file, as text."""
    sent = {key: box[key] for key in CONFIG_KEYS if key in box and key not in _OWN}
    return yaml.safe_dump(sent, allow_unicode=True, sort_keys=False, default_flow_style=None, width=110)


def _add(path: Path, **keys: object) -> dict[str, Any]:
    """More keys at the end of a file of this run."""
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8")) | keys
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return data
