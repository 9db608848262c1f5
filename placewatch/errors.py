"""One exception tree: every error a user meets names the place and the way out."""

from dataclasses import dataclass


class PlacewatchError(Exception):
    """An error meant for people.

    Args:
        message: What is wrong, in one line.
        where: The box, camera, file, key or address it concerns.
        remedy: What the reader can do about it.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        """One line: where, what, and what to do."""
        head = f"{self.where}: {self.message}" if self.where else self.message
        return f"{head} ({self.remedy})" if self.remedy else head


@dataclass(frozen=True, slots=True)
class ConfigProblem:
    """One fault in a configuration file.

    Attributes:
        file: The file as the user named it.
        line: 1-based line of the key, or 0 when the whole file is meant.
        path: Dotted path of the key, such as ``cameras[2].zones.gate``.
        message: What is wrong.
        fix: What to write instead.
    """

    file: str
    line: int
    path: str
    message: str
    fix: str = ""

    def __str__(self) -> str:
        """``file:line: path: message. fix``, as compilers print it."""
        key = f" {self.path}:" if self.path else ""
        fix = f" Fix: {self.fix}" if self.fix else ""
        return f"{self.file}:{self.line}:{key} {self.message}.{fix}"


class ConfigError(PlacewatchError):
    """A configuration that cannot be used; carries every problem found, not only the first."""

    exit_code = 2

    def __init__(self, problems: list[ConfigProblem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class UsageError(PlacewatchError):
    """A command line that names nothing, or more than one thing."""

    exit_code = 2


class ModelError(PlacewatchError):
    """A model file that is missing, altered or not what its card says."""


class StreamError(PlacewatchError):
    """A camera that cannot be opened or read."""


class BrokerError(PlacewatchError):
    """A broker that cannot be reached or that refuses."""


class TrustError(PlacewatchError):
    """A certificate, request, token or signature that is not believed."""


class StoreError(PlacewatchError):
    """A database or evidence store that cannot be used."""


class RedactionError(PlacewatchError):
    """A picture or clip that could not be redacted, and so must not leave."""


class UploadError(PlacewatchError):
    """A picture that somebody sent and that is not taken; says which limit it breaks."""
