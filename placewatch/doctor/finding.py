"""One line of the doctor, and how a check becomes one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from placewatch.errors import PlacewatchError


class Status(StrEnum):
    """How a finding stands."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found.

    Attributes:
        check: What was looked at.
        status: ok, warn (works, with a limit) or fail.
        text: What was found.
        remedy: What to do about it; empty when ok.
    """

    check: str
    status: Status
    text: str
    remedy: str = ""


Check = Callable[[], Iterator[Finding]]


def ok(check: str, text: str) -> Finding:
    """All is well."""
    return Finding(check, Status.OK, text)


def warn(check: str, text: str, remedy: str) -> Finding:
    """It works, with a limit."""
    return Finding(check, Status.WARN, text, remedy)


def fail(check: str, text: str, remedy: str) -> Finding:
    """It does not work."""
    return Finding(check, Status.FAIL, text, remedy)


def failed(check: str, error: PlacewatchError) -> Finding:
    """An error as a finding."""
    text = f"{error.where}: {error.message}" if error.where else error.message
    return fail(check, text, error.remedy)


def guarded(name: str, check: Check) -> Iterator[Finding]:
    """A check whose own breakdown is a finding too: one broken package must not hide the others."""
    try:
        yield from check()
    except PlacewatchError as error:
        yield failed(name, error)
    except ImportError as error:
        yield fail(
            name, f"a package cannot be imported: {error}", "make setup, or pip install placewatch anew"
        )
    except Exception as error:  # noqa: BLE001 - whatever a broken machine throws is what the doctor is for
        yield fail(name, f"{type(error).__name__}: {error}", "report this with the line above")
