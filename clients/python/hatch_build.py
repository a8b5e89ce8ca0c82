"""Generates the protobuf messages of the contract when the package is built."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ContractHook(BuildHookInterface[Any]):
    """Puts ``gaitway/v1/*_pb2.py`` and ``gaitway/_checkout.py`` beside the sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generates, before a wheel or an editable install is made; an sdist carries the contract itself."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        checkout = root.parent.parent
        in_checkout = checkout / "proto" / "src" / "main" / "proto"
        in_sdist = root / "proto"
        if in_checkout.is_dir():
            generate(in_checkout, root / "src")
            launcher = str(checkout / "gaitway")
        elif in_sdist.is_dir():
            generate(in_sdist, root / "src")
            launcher = None
        else:
            raise FileNotFoundError(
                f"the contract is neither at {in_checkout} nor at {in_sdist}; build inside a checkout of"
                " Gaitway with pip 21.3 or newer (older ones build a copy), or build from an sdist"
            )
        (root / "src" / "gaitway" / "_checkout.py").write_text(
            f'"""Where this package was built."""\n\nLAUNCHER: str | None = {launcher!r}\n'
        )


def generate(protos: Path, target: Path) -> None:
    """Compiles every file of the packages ``gaitway.*`` to modules and type stubs below ``target``."""
    from grpc_tools import protoc

    files = sorted(protos.glob("gaitway/**/*.proto"))
    if not files:
        raise FileNotFoundError(f"{protos} holds no file gaitway/**/*.proto")
    for folder in {file.parent.relative_to(protos) for file in files}:
        shutil.rmtree(target / folder, ignore_errors=True)
        (target / folder).mkdir(parents=True)
        (target / folder / "__init__.py").write_text(f'"""Messages of {".".join(folder.parts)}, generated."""\n')
    well_known = Path(protoc.__file__).parent / "_proto"
    arguments = [f"-I{protos}", f"-I{well_known}", f"--python_out={target}", f"--pyi_out={target}"]
    if protoc.main(["protoc", *arguments, *map(str, files)]) != 0:
        raise RuntimeError(f"protoc refused the contract at {protos}; see above")
