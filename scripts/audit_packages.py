"""Known vulnerabilities of every locked package, as `pip-audit` finds them: for a release, or any day.

    make audit      # or: python -m scripts.audit_packages --json

Writes a report, JSON and a summary for people, whatever comes of it: dist/audit.json and dist/audit.txt. They
belong beside the bundle of a release. Needs a network in which pip-audit reaches a service that carries
advisories (its own choice, or what PIP_AUDIT_VULNERABILITY_SERVICE and PIP_INDEX_URL say): without one the
report says `unknown` and why, and the end is 3. Ends with 1 when there is a finding. Nothing is installed and
no package of the lock files is run.
"""

import argparse
import json
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

LOCKS = ("run.lock", "dev.lock", "node.lock", "av.lock")
ROOT = Path(__file__).parent.parent
MOST_S = 900
CLEAN, FOUND, UNKNOWN = 0, 1, 3
STATES = {CLEAN: "clean", FOUND: "found", UNKNOWN: "unknown"}


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


@dataclass(slots=True)
class Report:
    """What became of asking.

    Attributes:
        asked: When, RFC 3339.
        packages: How many were looked at, by lock file.
        findings: Known vulnerabilities.
        unknown: Why nothing is known of a lock file, by its name.
    """

    asked: str
    packages: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unknown: dict[str, str] = field(default_factory=dict)

    @property
    def code(self) -> int:
        """The exit code: a finding counts for more than what could not be asked."""
        return FOUND if self.findings else UNKNOWN if self.unknown else CLEAN

    def document(self) -> str:
        """As JSON."""
        said = {"state": STATES[self.code], **asdict(self)}
        return json.dumps(said, indent=1) + "\n"

    def summary(self) -> str:
        """For people."""
        lines = [f"Known vulnerabilities of locked packages, asked {self.asked}: {STATES[self.code]}"]
        lines += [f"{name}: {count} packages looked at" for name, count in self.packages.items()]
        lines += [f"{name}: NOTHING IS KNOWN: {why}" for name, why in self.unknown.items()]
        for each in self.findings:
            fixed = ", ".join(each.fixed_in) or "no version yet"
            lines.append(f"{each.lock}: {each.package}: {each.id}, fixed in {fixed}")
        if self.unknown:
            lines.append(
                "pip-audit needs a network with a service that carries advisories; run it there again."
            )
        return "\n".join(lines) + "\n"


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
        msg = "pip-audit gave no report"
        raise UnknownError(msg) from error
    if left_out or not packages:
        msg = f"{len(left_out)} of {len(packages)} not looked at: {reasons or 'none listed'}"
        raise UnknownError(msg)
    return found


def audit(lock: str) -> tuple[list[Finding], int]:
    """Ask about one lock file; findings, and how many packages were asked about.

    Raises:
        UnknownError: The service cannot be reached.
    """
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / "requirements" / lock)]
    options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    try:
        done = subprocess.run(
            [*command, *options], capture_output=True, text=True, check=False, timeout=MOST_S
        )
    except subprocess.TimeoutExpired as error:
        msg = f"the vulnerability service did not answer within {MOST_S} s"
        raise UnknownError(msg) from error
    if not done.stdout.strip():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        msg = f"the vulnerability service cannot be asked: {last[:200]}"
        raise UnknownError(msg)
    return read(lock, done.stdout), len(json.loads(done.stdout)["dependencies"])


def ask(locks: tuple[str, ...], now: datetime) -> Report:
    """Ask about every lock file; one that cannot be asked about does not hide the others."""
    report = Report(now.isoformat(timespec="seconds"))
    for lock in locks:
        try:
            found, report.packages[lock] = audit(lock)
        except UnknownError as error:
            report.unknown[lock] = str(error)
        else:
            report.findings += found
    return report


def main(arguments: list[str] | None = None) -> int:
    """Ask about all; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print JSON for a program")
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="where the report goes (%(default)s)")
    options = parser.parse_args(arguments)
    report = ask(LOCKS, datetime.now(UTC))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "audit.json").write_text(report.document(), encoding="utf-8")
    (options.out / "audit.txt").write_text(report.summary(), encoding="utf-8")
    print(report.document() if options.json else report.summary(), end="")
    print(f"the report is in {options.out / 'audit.json'} and audit.txt", file=sys.stderr)
    return report.code


if __name__ == "__main__":
    sys.exit(main())
