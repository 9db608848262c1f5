"""No GPL in what a city installs, unless whoever builds the bundle says so by name."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from placewatch.bundle.inside import carried, is_gpl
from placewatch.bundle.sbom import licence_of, wheel_metadata
from placewatch.errors import PlacewatchError


@dataclass(frozen=True, slots=True)
class Part:
    """A package of a bundle, or a library inside it.

    Attributes:
        package: The package's name.
        wheel: Its file.
        library: The library inside; empty for the package itself.
        licence: As it says; empty when it says nothing.
    """

    package: str
    wheel: str
    library: str
    licence: str

    @property
    def gpl(self) -> bool:
        """Whether it leaves no choice but the GPL."""
        return is_gpl(self.licence)


def parts(wheels: Sequence[Path]) -> list[Part]:
    """Every package and every library inside it, with its licence."""
    found = []
    for wheel in wheels:
        metadata = wheel_metadata(wheel)
        name = str(metadata["Name"])
        found.append(Part(name, wheel.name, "", licence_of(metadata)))
        found += [Part(name, wheel.name, each.name, each.licence) for each in carried(wheel)]
    return found


def refuse_gpl(wheels: Sequence[Path], accepted: Collection[str]) -> list[Part]:
    """Look through the wheels of a bundle.

    Args:
        wheels: All of them.
        accepted: Packages that may bring GPL parts.

    Returns:
        What is under the GPL and accepted.

    Raises:
        PlacewatchError: Something else is.
    """
    found = [each for each in parts(wheels) if each.gpl]
    refused = [each for each in found if each.package.lower() not in {name.lower() for name in accepted}]
    if refused:
        package, wheel = refused[0].package, refused[0].wheel
        what = ", ".join(
            f"{each.library or 'itself'} ({each.licence})" for each in refused if each.wheel == wheel
        )
        raise PlacewatchError(
            f"{package} would bring GPL code into the bundle: {what}; who hands the bundle on would have to "
            "follow the GPL for the whole",
            where=wheel,
            remedy="give a wheel without it (--wheel FILE; scripts/build_av.py makes the one of PyAV), or "
            f"accept it by name: --accept-gpl {package}",
        )
    return found
