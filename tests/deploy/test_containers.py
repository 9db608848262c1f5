"""Containers: what their own tools say of the files, and what we hold them to."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose

from tests.parts import ROOT

FOLDER = ROOT / "deploy" / "containers"
FILES = sorted(FOLDER.glob("compose.*.yaml"))
_DEFAULT = re.compile(r"\$\{\w+:-([^}]*)\}")


def services(file: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(file.read_text())["services"])


EVERY = [(file.name, name, service) for file in FILES for name, service in services(file).items()]


def test_there_are_box_and_centre() -> None:
    assert [file.name for file in FILES] == ["compose.box.yaml", "compose.central.yaml"]
    assert {name for _, name, _ in EVERY} == {"edge", "central", "setup", "mosquitto", "postgresql"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_compose_files_are_as_the_specification_has_them(file: Path) -> None:
    # Engines put variables in first, and merge keys with them.
    document = yaml.safe_load(_DEFAULT.sub(r"\1", file.read_text()))
    compose = PyCompose.from_yaml(yaml.safe_dump(document))
    compose.validate()


def test_the_check_would_notice() -> None:
    with pytest.raises(ValueError, match="services"):
        PyCompose.from_yaml("services: {a: {image: 7, restart: [sometimes]}}").validate()


def test_containerfile_passes_its_linter() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([linter, FOLDER / "Containerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    bad = subprocess.run(
        [linter, "-"], input="FROM python\nRUN cd /x\n", capture_output=True, text=True, check=False
    )
    assert bad.returncode == 1


@pytest.mark.parametrize(
    ("file", "name", "service"), EVERY, ids=lambda value: value if isinstance(value, str) else ""
)
def test_containers_are_locked_down(file: str, name: str, service: dict[str, Any]) -> None:
    assert service["read_only"] is True
    assert service["user"] not in {"root", "0", "0:0"}
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert "privileged" not in service
    assert service["mem_limit"]
    assert service["pids_limit"]


@pytest.mark.parametrize(
    ("file", "name", "service"), EVERY, ids=lambda value: value if isinstance(value, str) else ""
)
def test_containers_are_watched_and_pinned(file: str, name: str, service: dict[str, Any]) -> None:
    image = _DEFAULT.sub(r"\1", service["image"])
    assert "/" not in image  # no registry's name stands in the files
    tag = image.partition(":")[2]
    assert tag
    assert tag != "latest"
    stages = (FOLDER / "Containerfile").read_text()
    assert "healthcheck" in service or (
        f"AS {name}\n" in stages and "HEALTHCHECK" in stages.split(f"AS {name}\n")[1]
    )


def test_images_run_as_nobody_in_particular_and_without_an_index() -> None:
    text = (FOLDER / "Containerfile").read_text()
    last = [line for line in text.splitlines() if line.startswith("USER ")][-1]
    assert last == "USER 10001:10001"
    assert "pip install" not in text
    assert "--key /bundle/release.pub" in text  # what is not signed is not installed


@pytest.mark.parametrize(
    ("file", "name", "service"), EVERY, ids=lambda value: value if isinstance(value, str) else ""
)
def test_no_password_stands_in_the_files(file: str, name: str, service: dict[str, Any]) -> None:
    for key, value in (service.get("environment") or {}).items():
        if "PASSWORD" in key:
            assert key.endswith("_FILE")
            assert str(value).startswith("/run/secrets/")
