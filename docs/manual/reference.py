"""Writes the pages that are generated: commands, settings, environments, the contract, the Python API, decisions."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import grpc_tools
from google.protobuf import descriptor_pb2

from pages import ROOT, Fault, anchor
from program import Program

Field = descriptor_pb2.FieldDescriptorProto

PROTOS = "proto/src/main/proto"
TITLES = {
    "tensor": "Tensors",
    "catalog": "Catalog",
    "dynamics": "Dynamics",
    "environment": "Sessions",
    "evaluation": "Evaluations",
    "agent": "Agents",
    "usage": "Usage",
    "admin": "Administration",
    "errors": "Errors",
}


def cell(text: str) -> str:
    """Text within a cell of a table."""
    return re.sub(r"\s+", " ", escape(text)).replace("|", "\\|").strip()


def escape(text: str) -> str:
    """Text that is to be read as it is. Underscores within words need nothing."""
    return re.sub(r"([\\*<\[\]])", r"\\\1", text)


def linked(text: str) -> str:
    """A help text whose mentions of pages lead to them; it stands in the folder of references."""
    return re.sub(r"docs/([a-z-]+)\.md", r"[\1](../\1.md)", text)


def generated(command: str) -> str:
    return f"*Generated from {command} when the manual is built.*\n\n"


# ---- commands


def commands(program: Program) -> str:
    """All commands with their options."""
    page = ["# Commands\n", generated("the program's own command line")]
    page.append(
        "In a checkout the program is `./gaitway`, from a [wheel or an archive](../installing.md) `gaitway`."
        " The exit code is 0 for success, 1 for a failure, and 2 for a command line that cannot be carried out."
        " Results go to standard output, everything else to standard error.\n"
    )
    first, *others = program.described["commands"]
    page.append("| command | |\n|---|---|")
    for command in others:
        summary = linked(cell(command["description"].split("\n\n")[0]))
        page.append(f"| [`{command['name']}`](#{anchor(command['name'])}) | {summary} |")
    common = {tuple(option["names"]) for option in first["options"]}
    page.append("\nEvery command has these:\n")
    page += _options(first["options"])
    for command in others:
        page.append(f"\n## {command['name']}\n")
        page.append(linked(escape(command["description"])) + "\n")
        page.append(f"```text\n{command['synopsis']}\n```\n")
        page += _options(command["parameters"] + [o for o in command["options"] if tuple(o["names"]) not in common])
        if command["footer"]:
            page.append(f"\n```text\n{command['footer']}\n```")
    return "\n".join(page) + "\n"


def _options(options: list[dict]) -> list[str]:
    if not options:
        return []
    rows = ["| | |", "|---|---|"]
    for option in options:
        value = option["value"]
        positional = not option["names"][0].startswith("-")
        shown = f"[={value}]" if option["optional_value"] else f"={value}" if value else ""
        names = ", ".join(f"`{name}{'' if positional else shown}`" for name in option["names"])
        required = " **Required.**" if option["required"] else ""
        rows.append(f"| {names.replace('|', chr(92) + '|')} | {linked(cell(option['description']))}{required} |")
    return rows


# ---- settings


def settings(program: Program) -> str:
    """All agents' settings with their presets."""
    page = ["# Settings of the agents\n", generated("the agents' own records of settings")]
    page.append(
        "`--set NAME=VALUE` changes one, `--preset NAME` all of them."
        " `gaitway agents NAME --environment walker` prints the same in a terminal, for agents of your own as well.\n"
    )
    for agent in program.described["agents"]:
        page.append(f"\n## {agent['name']}\n")
        page.append(f"{escape(agent['summary'])}.\n")
        columns = _presets(agent["presets"])
        page.append(f"| setting | {' | '.join(name for name, _ in columns)} | allowed | meaning |")
        page.append("|---|" + "---|" * (len(columns) + 2))
        for setting in agent["settings"]:
            name = setting["name"]
            values = " | ".join(_number(values[name]) for _, values in columns)
            allowed = cell(f"{setting['range']} {setting['unit']}")
            page.append(f"| `{name}` | {values} | {allowed} | {cell(setting['description'])} |")
    return "\n".join(page) + "\n"


def _presets(environments: dict[str, dict[str, dict]]) -> list[tuple[str, dict]]:
    """The presets, one column where an environment makes no difference."""
    columns = []
    names = list(dict.fromkeys(name for presets in environments.values() for name in presets))
    for name in names:
        having = {environment: presets[name] for environment, presets in environments.items() if name in presets}
        if len(having) == len(environments) and all(
            values == next(iter(having.values())) for values in having.values()
        ):
            columns.append((name, next(iter(having.values()))))
        else:
            columns += [(f"{name}, {environment}", values) for environment, values in having.items()]
    return columns


def _number(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else cell(str(value))


# ---- environments


def environments(program: Program) -> str:
    """All environments of the program, as the command prints them."""
    page = ["# Environments\n", generated("the program's catalog")]
    page.append(
        "What `gaitway environments NAME` prints. How they are made, and why, is in [the swimmer](../swimmer.md) and"
        " [the walker](../walker.md).\n"
    )
    for environment in program.environments:
        page.append(
            f"\n## {environment['id']}\n\n```text\n{program.gaitway('environments', environment['id']).rstrip()}\n```"
        )
    return "\n".join(page) + "\n"


# ---- the contract


class Contract:
    """The pages of the contract, one for every file of it, out of descriptors with their comments."""

    def __init__(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder, "contract.binpb")
            protos = sorted((ROOT / PROTOS / "gaitway/v1").glob("*.proto"))
            include = Path(grpc_tools.__file__).parent / "_proto"
            command = [
                sys.executable,
                "-m",
                "grpc_tools.protoc",
                f"-I{ROOT / PROTOS}",
                f"-I{ROOT / 'proto/third_party'}",
            ]
            command += [f"-I{include}", "--include_source_info", f"--descriptor_set_out={out}"]
            ran = subprocess.run([*command, *map(str, protos)], capture_output=True, text=True)
            if ran.returncode:
                raise SystemExit(f"docs/build: protoc failed:\n{ran.stderr}")
            found = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
        self.files = {Path(file.name).stem: file for file in found.file}
        self.homes: dict[str, str] = {}
        for stem, file in self.files.items():
            for kind in (*file.message_type, *file.enum_type):
                self._home(f".{file.package}.{kind.name}", kind, stem)

    def _home(self, name: str, kind, stem: str) -> None:
        self.homes[name] = stem
        for below in (*getattr(kind, "nested_type", ()), *getattr(kind, "enum_type", ())):
            self._home(f"{name}.{below.name}", below, stem)

    def pages(self) -> dict[str, str]:
        """The pages by their file names, an overview among them."""
        unknown = set(self.files) ^ set(TITLES)
        if unknown:
            raise SystemExit(
                f"docs/build: docs/manual/reference.py has no title for {', '.join(sorted(unknown))}.proto"
            )
        overview = ["# The contract\n", generated("the sources of `gaitway.v1`, comments included")]
        overview.append(
            "What every client and every server go by. [Write a client](../../write-a-client.md) says how to begin;"
            f" the sources lie in `{PROTOS}/gaitway/v1`.\n"
        )
        overview.append("| file | services |\n|---|---|")
        for stem, title in TITLES.items():
            services = ", ".join(
                f"[`{service.name}`]({stem}.md#{anchor(service.name)})" for service in self.files[stem].service
            )
            overview.append(f"| [{title}]({stem}.md) | {services} |")
        pages = {"index.md": "\n".join(overview) + "\n"}
        for stem in TITLES:
            pages[f"{stem}.md"] = self._page(stem)
        return pages

    def _page(self, stem: str) -> str:
        file = self.files[stem]
        comments = {
            tuple(place.path): place.leading_comments or place.trailing_comments
            for place in file.source_code_info.location
        }
        page = [f"# {TITLES[stem]}\n", generated(f"`{file.name}`")]
        for i, service in enumerate(file.service):
            page.append(f"## {service.name}\n\n{_prose(comments.get((6, i), ''))}\n")
            page.append("| method | request → answer | |\n|---|---|---|")
            for j, method in enumerate(service.method):
                asks = "stream of " * method.client_streaming + self._type(method.input_type, stem)
                answers = "stream of " * method.server_streaming + self._type(method.output_type, stem)
                page.append(f"| `{method.name}` | {asks} → {answers} | {cell(comments.get((6, i, 2, j), ''))} |")
            page.append("")
        for i, message in enumerate(file.message_type):
            page += self._message(message, message.name, (4, i), comments, stem)
        for i, enum in enumerate(file.enum_type):
            page += self._enum(enum, enum.name, (5, i), comments)
        return "\n".join(page) + "\n"

    def _message(self, message, name: str, path: tuple[int, ...], comments: dict, stem: str) -> list[str]:
        if message.options.map_entry:
            return []
        page = [f"## {name}\n\n{_prose(comments.get(path, ''))}\n"]
        if message.field:
            page.append("| field | type | no. | |\n|---|---|---|---|")
        for i, field in enumerate(message.field):
            note = cell(comments.get((*path, 2, i), ""))
            if field.HasField("oneof_index") and not field.proto3_optional:
                note = f"*One of `{message.oneof_decl[field.oneof_index].name}`.* {note}"
            page.append(f"| `{field.name}` | {self._field(field, message, stem)} | {field.number} | {note} |")
        page.append("")
        for i, below in enumerate(message.nested_type):
            page += self._message(below, f"{name}.{below.name}", (*path, 3, i), comments, stem)
        for i, below in enumerate(message.enum_type):
            page += self._enum(below, f"{name}.{below.name}", (*path, 4, i), comments)
        return page

    def _enum(self, enum, name: str, path: tuple[int, ...], comments: dict) -> list[str]:
        page = [f"## {name}\n\n{_prose(comments.get(path, ''))}\n", "| value | no. | |\n|---|---|---|"]
        for i, value in enumerate(enum.value):
            page.append(f"| `{value.name}` | {value.number} | {cell(comments.get((*path, 2, i), ''))} |")
        return [*page, ""]

    def _field(self, field, message, stem: str) -> str:
        for below in message.nested_type:
            if below.options.map_entry and field.type_name.endswith(f".{message.name}.{below.name}"):
                key, value = below.field
                return f"map from {self._scalar(key, stem)} to {self._scalar(value, stem)}"
        scalar = self._scalar(field, stem)
        if field.label == Field.LABEL_REPEATED:
            return f"list of {scalar}"
        return f"{scalar}, optional" if field.proto3_optional else scalar

    def _scalar(self, field, stem: str) -> str:
        if field.type in (Field.TYPE_MESSAGE, Field.TYPE_ENUM):
            return self._type(field.type_name, stem)
        return Field.Type.Name(field.type).removeprefix("TYPE_").lower()

    def _type(self, name: str, stem: str) -> str:
        home = self.homes.get(name)
        short = re.sub(r"^\.gaitway\.v1\.", "", name).lstrip(".")
        if home is None:
            return f"`{short}`"
        page = "" if home == stem else f"{home}.md"
        return f"[{short}]({page}#{anchor(short)})"


def _prose(comment: str) -> str:
    """A comment as Markdown: its paragraphs, and what is indented as code."""
    lines = [line.removeprefix(" ") for line in comment.rstrip().splitlines()]
    return "\n".join(line if line.startswith("  ") else escape(line) for line in _indented(lines))


def _indented(lines: list[str]) -> list[str]:
    """Sets what is indented apart, as Markdown has its blocks of code."""
    out: list[str] = []
    for line in lines:
        if line.startswith("  ") and line.strip():
            if out and out[-1].strip() and not out[-1].startswith("    "):
                out.append("")
            out.append("    " + line.strip() if len(line) - len(line.lstrip()) < 4 else line)
        else:
            if out and out[-1].startswith("    ") and line.strip():
                out.append("")
            out.append(line)
    return out


# ---- the Python API

MODULES = {
    "gaitway": "Simulators, sessions, evaluations, controllers, environments.",
    "gaitway.agent": "Agents that the program trains with.",
    "gaitway.evaluation": "Controllers under evaluation.",
    "gaitway.policy": "Policy files, read and acted by.",
    "gaitway.gym_env": "One environment, for Gymnasium.",
    "gaitway.vector_env": "Many environments, for Gymnasium.",
    "gaitway.rewards": "The reward for learners from samples.",
    "gaitway.sb3": "The adapter for Stable-Baselines3.",
    "gaitway.sb3_policies": "Policies of Stable-Baselines3 as policy files.",
    "gaitway.runs": "Run directories and experiments, in numpy and pandas.",
    "gaitway.plots": "Figures for print.",
}


def python_pages() -> dict[str, str]:
    """A page for every module, whose text mkdocstrings fills in."""
    source = ROOT / "clients/python/src"
    overview = ["# Python API\n", generated("the docstrings of `clients/python/src`")]
    overview.append(
        "How to use it is in [the Python client](../../clients/python.md) and [Gymnasium](../../gymnasium.md).\n"
    )
    overview.append("| module | |\n|---|---|")
    pages = {}
    for module, summary in MODULES.items():
        path = source / module.replace(".", "/")
        file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        overview.append(f"| [`{module}`]({module}.md) | {summary} |")
        members = _exported(file)
        listed = "".join(f"\n        - {name}" for name in members)
        options = f"    options:\n      members:{listed}\n" if members else ""
        pages[f"{module}.md"] = f"# {module}\n\n::: {module}\n{options}"
    return {"index.md": "\n".join(overview) + "\n", **pages}


def _exported(file: Path) -> list[str]:
    """What a module names as its own."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__all__" for t in node.targets):
            return ast.literal_eval(node.value)
    return []


# ---- decisions

NUMBERS = Path(__file__).with_name("decisions.txt")
DECISION = re.compile(r"^\*\*(.+?)\*\*", re.MULTILINE)


class Decisions:
    """The page of decisions as numbered records. A number stays with its decision for good."""

    def __init__(self, text: str) -> None:
        self.paragraphs = text.split("\n\n")
        self.titles = [found[1].rstrip(".") for p in self.paragraphs if (found := DECISION.match(p))]
        lines = NUMBERS.read_text(encoding="utf-8").splitlines()
        self.numbered = [line.partition(" ")[2] for line in lines if line and not line.startswith("#")]
        self.given = [line.partition(" ")[0] for line in lines if line and not line.startswith("#")]

    def faults(self) -> list[Fault]:
        kept = NUMBERS.relative_to(ROOT).as_posix()
        faults = []
        if self.given != [f"{n:03}" for n in range(1, len(self.given) + 1)]:
            faults.append(Fault(kept, 1, "the numbers do not go up by one"))
        for title in dict.fromkeys(self.titles):
            if title not in self.numbered:
                faults.append(
                    Fault("docs/decisions.md", 1, f"no number for the decision “{title}”; run docs/build number")
                )
        for title in self.numbered:
            if title not in self.titles:
                faults.append(Fault(kept, 1, f"docs/decisions.md has no decision “{title}”; mend its title here"))
        return faults

    def number(self) -> int:
        """Gives the decisions that have none the next numbers; how many."""
        new = [title for title in self.titles if title not in self.numbered]
        with NUMBERS.open("a", encoding="utf-8") as file:
            for n, title in enumerate(new, len(self.numbered) + 1):
                file.write(f"{n:03} {title}\n")
        return len(new)

    def page(self) -> str:
        records = []
        for paragraph in self.paragraphs:
            found = DECISION.match(paragraph)
            if found:
                title = found[1].rstrip(".")
                number = self.given[self.numbered.index(title)] if title in self.numbered else "?"
                # A title may be the beginning of a sentence, which then stays whole.
                whole = not found[1].endswith(".")
                records.append(f"## {number} {title}")
                paragraph = paragraph if whole else paragraph[found.end() :].strip()
            records.append(paragraph)
        return "\n\n".join(records)
