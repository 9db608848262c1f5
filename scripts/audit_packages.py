"""Known vulnerabilities of every locked package, as `pip-audit` finds them: for a release, or any day.

    make audit      # or: python -m scripts.audit_packages --json

Needs a network: without one it says so and ends with 3, for nothing is then known. Ends with 1 when there is
a finding. Nothing is installed and no package of the lock files is run.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

LOCKS = ("run.lock", "dev.lock")
ROOT = Path(__file__).parent.parent
CLEAN, FOUND, UNKNOWN = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Finding:
    """A known vulnerability.

    Attributes:
        lock: The lock file.
        package: Its package, with the version.
        id: As the advisory is called.
        fixed_in: Versions that have it no more.
    """

    lock: str
    package: str
    id: str
    fixed_in: tuple[str, ...]


class UnknownError(Exception):
    """Nothing could be learnt; the text says why."""


def read(lock: str, document: str) -> list[Finding]:
    """Findings in pip-audit's JSON.

    Raises:
        UnknownError: It is none, or it left packages out.
    """
    try:
        packages = json.loads(document)["dependencies"]
        left_out = [each["name"] for each in packages if "skip_reason" in each]
        reasons = "; ".join(
            sorted({each["skip_reason"].partition(":")[0] for each in packages if "skip_reason" in each})
        )
        found = [
            Finding(lock, f"{each['name']} {each['version']}", flaw["id"], tuple(flaw["fix_versions"]))
            for each in packages
            for flaw in each.get("vulns", ())
        ]
    except (ValueError, KeyError, TypeError) as error:
        msg = f"{lock}: pip-audit gave no report"
        raise UnknownError(msg) from error
    if left_out or not packages:
        msg = f"{lock}: {len(left_out)} of {len(packages)} not looked at: {reasons or 'none listed'}"
        raise UnknownError(msg)
    return found


def audit(lock: str) -> tuple[list[Finding], int]:
    """Ask about one lock file; findings, and how many packages were asked about.

    Raises:
        UnknownError: The service cannot be reached.
    """
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / "requirements" / lock)]
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        msg = f"{lock}: the vulnerability service cannot be asked: {last[:200]}"
        raise UnknownError(msg)
    return read(lock, done.stdout), len(json.loads(done.stdout)["dependencies"])


def main() -> int:
    """Ask about all; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON for a program")
    options = parser.parse_args()
    findings: list[Finding] = []
    counts: dict[str, int] = {}
    try:
        for lock in LOCKS:
            found, counts[lock] = audit(lock)
            findings += found
    except UnknownError as error:
        print(f"error: {error} (connect to a network and try again)", file=sys.stderr)
        return UNKNOWN
    if options.json:
        print(json.dumps({"packages": counts, "findings": [asdict(each) for each in findings]}))
    else:
        for each in findings:
            fixed = ", ".join(each.fixed_in) or "no version yet"
            print(f"{each.lock}: {each.package}: {each.id}, fixed in {fixed}")
        told = ", ".join(f"{name} {count}" for name, count in counts.items())
        print(f"{len(findings)} known vulnerabilities; packages asked about: {told}")
    return FOUND if findings else CLEAN


if __name__ == "__main__":
    sys.exit(main())
