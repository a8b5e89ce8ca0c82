"""Which pages the manual has, where each is in the site, and what a page's Markdown contains."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[2]

#: Markdown that is not part of the manual: it goes into archives, or came from elsewhere.
LEFT_OUT = ("agents/cli/src/main/dist/", "proto/third_party/")


@dataclass(frozen=True)
class Fault:
    """Something that is wrong on a line of a file."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


@dataclass(frozen=True)
class Block:
    """A block of code: fenced, indented, or (kind "inline") a span within a line."""

    page: Page
    line: int
    kind: str
    language: str
    code: str

    def fault(self, what: str, offset: int = 0) -> Fault:
        """A fault on a line of the block, counted from 0."""
        return Fault(self.page.path, self.line + offset, what)

    @property
    def saved_as(self) -> str | None:
        """The name under which the text before says to save it."""
        before = "\n".join(self.page.text.splitlines()[: self.line - 1][-6:])
        names = re.findall(r"(?i)save this as `([^`]+)`", before)
        return names[-1] if names else None


@dataclass(frozen=True)
class Link:
    """A link or a picture."""

    page: Page
    line: int
    target: str

    def fault(self, what: str) -> Fault:
        return Fault(self.page.path, self.line, f"{what}: {self.target}")

    @property
    def external(self) -> bool:
        return bool(urlsplit(self.target).scheme) or self.target.startswith("//")

    def resolved(self) -> tuple[str, str]:
        """The path in the repository that it means, and the anchor."""
        path, _, anchor = self.target.partition("#")
        if not path:
            return self.page.path, unquote(anchor)
        return os.path.normpath(os.path.join(os.path.dirname(self.page.path), unquote(path))), unquote(anchor)


@dataclass
class Page:
    """A Markdown file of the repository."""

    path: str
    links: list[Link] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    title: str = ""

    @cached_property
    def text(self) -> str:
        return (ROOT / self.path).read_text(encoding="utf-8")

    def parse(self) -> Page:
        """Fills in what the page has."""
        tokens = MarkdownIt("commonmark").enable("table").parse(self.text)
        for i, token in enumerate(tokens):
            line = (token.map or [0])[0] + 1
            if token.type == "fence":
                language = token.info.split()[0] if token.info.strip() else ""
                self.blocks.append(Block(self, line + 1, "fenced", language, token.content))
            elif token.type == "code_block":
                self.blocks.append(Block(self, line, "indented", "", token.content))
            elif token.type == "html_block":
                self._html(token.content, line)
            elif token.type == "inline":
                self._inline(token.children or [], line)
                if tokens[i - 1].type == "heading_open":
                    self._heading("".join(c.content for c in token.children or [] if c.type in ("text", "code_inline")))
        return self

    def _inline(self, children: list, line: int) -> None:
        for child in children:
            if child.type in ("softbreak", "hardbreak"):
                line += 1
            elif child.type == "link_open":
                self.links.append(Link(self, line, child.attrs["href"]))
            elif child.type == "image":
                self.links.append(Link(self, line, child.attrs["src"]))
            elif child.type == "code_inline":
                self.blocks.append(Block(self, line, "inline", "", child.content))
                line += child.content.count("\n")
            elif child.type == "html_inline":
                self._html(child.content, line)

    def _html(self, html: str, line: int) -> None:
        for found in re.finditer(r"""\b(?:href|src)=["']([^"']*)["']""", html):
            self.links.append(Link(self, line + html.count("\n", 0, found.start()), found[1]))
        self.anchors.update(re.findall(r"""\bid=["']([^"']*)["']""", html))

    def _heading(self, text: str) -> None:
        self.title = self.title or text
        slug = anchor(text)
        number = 0
        while slug in self.anchors:
            number += 1
            slug = f"{anchor(text)}-{number}"
        self.anchors.add(slug)


def anchor(heading: str) -> str:
    """A heading's anchor, as forges and the site make it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def tracked() -> list[str]:
    """The repository's files, those included that are not committed yet."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted({path for path in listed.stdout.splitlines() if (ROOT / path).exists()})


def pages(files: list[str]) -> dict[str, Page]:
    """All pages by their path in the repository."""
    paths = [path for path in files if path.endswith(".md") and not path.startswith(LEFT_OUT)]
    return {path: Page(path).parse() for path in paths}


def site_path(path: str, *, folder: bool = False) -> str:
    """Where a file or folder of the repository is among the site's sources."""
    name = PurePosixPath(path)
    if path == "README.md":
        return "index.md"
    if path in ("CONTRIBUTING.md", "CHANGELOG.md"):
        return path.lower()
    if path.startswith("docs/"):
        return path.removeprefix("docs/") if not folder else f"source/{path}/index.md"
    if name.name == "README.md":
        return f"{name.parent}.md"
    if folder:
        return f"source/{path}/index.md"
    return f"source/{path}.md"
