"""Every Python snippet of the documentation is a program that runs to its end."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import programs
import pytest

from gaitway import Evaluations, local_server

ROOT = Path(__file__).parents[3]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted(ROOT.glob("clients/*/README.md")),
    *sorted(ROOT.glob("docs/*.md")),
]

#: What needs packages that are not installed here. clients/dm_env/check and clients/python/check sb3 run it.
ELSEWHERE = ("dm_env_rpc", "stable_baselines3")

POLICY = Path(__file__).parents[1] / "examples" / "swimmer-v5-policy.json"
POLICY_WITH_PARAMETERS = ROOT / "clients" / "conformance" / "policies" / "good" / "parameter.json"

SHIPPED = ROOT / "env-server" / "sim" / "src" / "main" / "resources" / "io" / "gaitway" / "sim" / "robots"


def snippets() -> dict[str, str]:
    """The programs by page and number."""
    found = {}
    for page in PAGES:
        blocks = re.findall(r"^```(?:python|py)\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        for number, block in enumerate(blocks, 1):
            if not any(package in block for package in ELSEWHERE):
                found[f"{page.relative_to(ROOT)} {number}"] = block
    return found


SNIPPETS = snippets()


def test_the_pages_have_snippets() -> None:
    pages = {name.split()[0] for name in SNIPPETS}
    assert {"README.md", "clients/python/README.md", "docs/plug-in-agents.md", "docs/policies.md"} <= pages


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the programs run, with the files that they read."""
    made = tmp_path_factory.mktemp("docs")
    shutil.copy(POLICY, made / "policy.json")
    shutil.copy(POLICY_WITH_PARAMETERS, made / "walker-speeds.json")
    shutil.copy(SHIPPED / "hopper.xml", made)
    shutil.copy(SHIPPED / "hopper.yaml", made / "hop.yaml")
    export = [*local_server.command(), "export", "policy.json", "--onnx", "swimmer.onnx"]
    subprocess.run(export, cwd=made, check=True, capture_output=True)
    return made


@pytest.mark.parametrize("program", SNIPPETS.values(), ids=SNIPPETS)
def test_a_snippet_runs_to_its_end(
    program: str, folder: Path, evaluations: Evaluations, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    environment = {}
    if "evaluation.control(" in program:  # As gaitway evaluate starts it.
        opened = evaluations.create("walker-gait", "docs", action_deadline=60)
        environment = {"GAITWAY_EVALUATION_SERVER": evaluations.address, "GAITWAY_EVALUATION": opened.id}
    ran = programs.run(program, **environment)  # An agent ends with its standard input, which is empty.
    assert (ran.returncode, ran.stderr) == (0, "")
