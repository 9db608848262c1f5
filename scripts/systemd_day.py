"""A centre and a box under systemd itself: real bundles on a machine that boots, units as they ship.

The machine is made of namespaces and a copy-on-write view of this one's disk; it has this one's Mosquitto and
PostgreSQL. Seen and counted: start until ready, first alert, a watchdog that acts, lists that the broker
reads anew without a restart, a renewal, an update by signed order with its units, a clean stop. Prints the
figures as JSON. Needs root, systemd, and an index to build bundles.

    sudo .venv/bin/python -m scripts.systemd_day --bundle a.run --next b.run --key release-key.pub CLIP
"""

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.fieldday.machine import Machine
from scripts.fieldday.network import NotPermittedError
from scripts.fieldday.services import Services


def main() -> None:
    """Run, and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("clip", type=Path, help="a clip with people, as its camera sees them")
    parser.add_argument("--bundle", type=Path, required=True, help="the first version")
    parser.add_argument("--next", type=Path, required=True, help="the version after the update")
    parser.add_argument("--key", type=Path, required=True, help="release key (.pub) that signed both")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pw-systemd-")))
        try:
            machine = stack.enter_context(Machine(folder))
        except NotPermittedError as error:
            sys.exit(f"systemd cannot be run here: {error}")
        files = {
            "first.run": options.bundle,
            "next.run": options.next,
            "release.pub": options.key,
            "clips/gate.mp4": options.clip,
        }
        day = Services(machine, files, lambda step: print(f"{step} ...", file=sys.stderr))
        try:
            day.live()
        except BaseException:
            for unit in ("placewatch-edge", "placewatch-central", "placewatch-update"):
                sys.stderr.write(f"--- {unit}\n{machine.said(unit)[-2500:]}\n")
            raise
        print(json.dumps(day.figures, indent=1))


if __name__ == "__main__":
    main()
