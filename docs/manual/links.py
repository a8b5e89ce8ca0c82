"""Checks links: those of the repository's pages, and those of the built site."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pages import ROOT, Fault, Page

HOST = re.compile(r"(?=.{1,253}$)([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z]{2,}")


def check_sources(pages: dict[str, Page], files: list[str]) -> list[Fault]:
    """What is wrong with the links of the pages as they are read in the repository."""
    known = {*files, *pages}
    folders = {str(parent) for path in files for parent in Path(path).parents}
    faults = []
    for page in pages.values():
        for link in page.links:
            if link.external:
                fault = external_fault(link.target)
                if fault:
                    faults.append(link.fault(fault))
                continue
            path, anchor = link.resolved()
            if path.startswith(".."):
                faults.append(link.fault("the link leaves the repository"))
            elif path not in known and path not in folders:
                there = (ROOT / path).exists()
                faults.append(link.fault("the link leads to what is not committed" if there else "no such file"))
            elif anchor and path in pages and anchor not in pages[path].anchors:
                faults.append(link.fault(f"{path} has no such heading"))
            elif anchor and path not in pages:
                faults.append(link.fault("an anchor into what is not a page"))
    return faults


def external_fault(target: str) -> str | None:
    """What is wrong with the writing of an address; nobody asks whether something is there."""
    parts = urlsplit(target)
    if parts.scheme == "mailto":
        return None if re.fullmatch(r"[^@\s]+@[^@\s]+", parts.path) else "not an address of mail"
    if parts.scheme not in ("http", "https"):
        return "neither http, https nor mailto"
    if any(c.isspace() for c in target) or not parts.hostname or not HOST.fullmatch(parts.hostname):
        return "not an address of the web"
    return None


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" or (name == "name" and tag == "a"):
                self.ids.add(value or "")
            elif name in ("href", "src") and value and tag != "base":
                self.links.append((self.getpos()[0], value))


def check_site(site: Path) -> tuple[list[Fault], int]:
    """What is wrong with the links of the built pages, and how many they are."""
    parsed = {}
    for path in sorted(site.rglob("*.html")):
        html = _Html()
        html.feed(path.read_text(encoding="utf-8"))
        parsed[path] = html
    faults, count = [], 0
    for path, html in parsed.items():
        for line, target in html.links:
            parts = urlsplit(target)
            if parts.scheme or target.startswith("//") or path.name == "404.html":
                continue
            count += 1
            found = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if found.is_dir():
                found /= "index.html"
            where = f"{path.relative_to(site)}"
            if not found.exists():
                faults.append(Fault(where, line, f"the built page links to nothing: {target}"))
            elif parts.fragment and found in parsed:
                anchor = unquote(parts.fragment)
                if anchor not in parsed[found].ids and anchor not in ("__tabbed", "top"):
                    faults.append(Fault(where, line, f"the built page links to no heading: {target}"))
    return faults, count
