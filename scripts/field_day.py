"""A box's first day in the field, in network namespaces: box, camera, broker and centre on one switch.

From the bundle on a bare machine: installed without an index, enrolled, its camera discovered, first alert;
then certificates rotated, configurations refused, taken back and applied, software updated, the link to the
centre cut for minutes, the box revoked. Prints the figures as JSON: seconds of each step, alerts lost and
doubled. Needs root, and an index to build bundles.

    sudo .venv/bin/python -m scripts.field_day --bundle a.run --next b.run --key release-key.pub CLIPS
"""

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.fieldday.box import Box
from scripts.fieldday.city import city
from scripts.fieldday.day import Day
from scripts.fieldday.network import Network, NotPermittedError

HOSTS = ("centre", "broker", "box", "camera")


def main() -> None:
    """Run, and print one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("clips", type=Path, help="folder of clips with people or vehicles")
    parser.add_argument("--bundle", type=Path, required=True, help="the first version")
    parser.add_argument("--next", type=Path, required=True, help="the version after the update")
    parser.add_argument("--key", type=Path, required=True, help="release key (.pub) that signed both")
    parser.add_argument("--cut-s", type=float, default=300.0, help="how long the link is cut")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="pw-field-")))
        try:
            network = stack.enter_context(Network(HOSTS))
        except NotPermittedError as error:
            sys.exit(f"network namespaces cannot be made here: {error}")
        around = stack.enter_context(city(network, folder, options.clips.resolve()))
        bundles = (options.bundle.resolve(), options.next.resolve())
        day = Day(
            around, Box(around, options.key.resolve()), bundles, options.cut_s,
            lambda step: print(f"{step} ...", file=sys.stderr),
        )  # fmt: skip
        try:
            day.live()
        except BaseException:
            for name in ("city.log", "box.log"):
                sys.stderr.write((folder / name).read_text()[-3000:] if (folder / name).exists() else "")
            raise
        print(json.dumps(day.figures.document(), indent=1))


if __name__ == "__main__":
    main()
