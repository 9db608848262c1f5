"""Which packages are installed, whatever build of them it is."""

from importlib import metadata

_BUILDS = {
    "onnxruntime": (
        "onnxruntime",
        "onnxruntime-openvino",
        "onnxruntime-gpu",
        "onnxruntime-cann",
        "onnxruntime-rocm",
    )
}
"""Distributions that bring the same module, each with other providers; only one of them may be installed."""


def version_of(name: str) -> str | None:
    """Version of a package, with the name of its build where that is another; None when it is missing."""
    for build in _BUILDS.get(name, (name,)):
        try:
            version = metadata.version(build)
        except metadata.PackageNotFoundError:
            continue
        return version if build == name else f"{version} ({build})"
    return None
