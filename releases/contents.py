"""What the wheel has besides its metadata, and for which machines it is: those that MAFIA_WHEEL_PLATFORM names."""

import os
import pathlib

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Contents(BuildHookInterface):
    def initialize(self, version, build_data):
        made = pathlib.Path(self.root).parent / "target" / "parts"
        functions = sorted((made / "functions").iterdir())
        build_data["shared_scripts"] = {str(made / "mafia"): "mafia"}
        build_data["shared_data"] = {str(path): f"share/mafia/functions/{path.name}" for path in functions}
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{os.environ['MAFIA_WHEEL_PLATFORM']}"
