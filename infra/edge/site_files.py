"""Reads the built site for the edge: the files with their headers, and the template with their paths.

This file makes no AWS calls; `publish.py` and `deploy.py` do.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse

HERE = Path(__file__).resolve().parent
TEMPLATE = HERE.parent / "edge.yaml"
DIST = HERE.parents[1] / "frontend" / "dist"
HEADERS = json.loads((HERE / "headers.json").read_text())

# Lists the pages; it is not a file of the site.
ROUTES = "routes.json"
# The application, and its copy for 404 responses.
APPLICATION, NOT_FOUND = "app.html", "404.html"
# The names of files in this folder contain a hash of their content, and no function lists them.
ASSETS = "assets/"
# The placeholder origin that the site is built with. Search engines and link previews need absolute addresses.
NO_ORIGIN = "https://not-yet.invalid"
# Files that may contain the origin.
TEXTS = (".html", ".txt", ".xml")
# The limits of CloudFront for a function, and of CloudFormation for a template in a request.
FUNCTION_BYTES, TEMPLATE_BYTES = 10_000, 51_200

# A type that is not listed is an error: S3 would call it binary, and nosniff would keep browsers from using it.
TYPES = {
    ".avif": "image/avif",
    ".css": "text/css; charset=utf-8",
    ".gif": "image/gif",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".mjs": "text/javascript; charset=utf-8",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".xml": "application/xml",
}
# Other names could be written in several ways in an address.
NAME = re.compile(r"[A-Za-z0-9._/-]+")


class SiteError(Exception):
    """The site cannot be published as it is; the reason in one line."""


@dataclass(frozen=True)
class File:
    """A file of the site, as it is in the bucket."""

    body: bytes = field(repr=False)
    kind: str
    cache: str
    # The status with which page_response.js returns it; None for 200.
    status: int | None = None

    @property
    def etag(self) -> str:
        """The ETag that S3 gives to an object that was uploaded in one piece without a KMS key."""
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'

    @property
    def metadata(self) -> dict[str, str]:
        return {"status": str(self.status)} if self.status else {}


@dataclass(frozen=True)
class Site:
    """All built files."""

    files: dict[str, File]
    pages: dict[str, str]
    prefixes: dict[str, str]

    def with_origin(self, origin: str) -> Site:
        """The site with an origin in the place of NO_ORIGIN."""
        files = {}
        for name, file in self.files.items():
            if NO_ORIGIN.encode() in file.body and not name.endswith(TEXTS):
                raise SiteError(f"{name} contains the site's origin, which is inserted only into {', '.join(TEXTS)}")
            files[name] = replace(file, body=file.body.replace(NO_ORIGIN.encode(), origin.encode()))
        return replace(self, files=files)

    def paths_of(self, name: str) -> list[str]:
        """The paths that return a file, for CloudFront's invalidations."""
        shown = [path for path, file in self.pages.items() if file == name]
        below = [f"{prefix}*" for prefix, file in self.prefixes.items() if file == name]
        return [f"/{name}", *sorted(shown), *sorted(below)]


def cache_control(name: str) -> str:
    """The cache header of the first rule that matches a file."""
    for rule in HEADERS["cache"]:
        if name.startswith(rule.get("starts", "")) and name.endswith(rule.get("ends", "")):
            return rule["cache"]
    raise SiteError(f"{name}: headers.json has no rule for its caching")


def read(dist: Path = DIST) -> Site:
    """The site that was built into a folder."""
    try:
        routes = json.loads((dist / ROUTES).read_text())
    except FileNotFoundError:
        raise SiteError(f"{dist / ROUTES} is missing; build the site first") from None
    files = {}
    for path in sorted(dist.rglob("*")):
        name = path.relative_to(dist).as_posix()
        if not path.is_file() or name == ROUTES:
            continue
        if path.suffix not in TYPES:
            raise SiteError(f"{name}: its type is not in TYPES of infra/edge/site_files.py")
        if not NAME.fullmatch(name):
            raise SiteError(f"{name}: letters, digits and ._- only")
        files[name] = File(path.read_bytes(), TYPES[path.suffix], cache_control(name))
    if APPLICATION not in files:
        raise SiteError(f"{APPLICATION} is missing")
    if NOT_FOUND in files:
        raise SiteError(f"{NOT_FOUND} must not be built: it is a copy of {APPLICATION}")
    application = files[APPLICATION]
    files[NOT_FOUND] = File(application.body, application.kind, application.cache, 404)
    pages, prefixes = routes["pages"], routes.get("prefixes", {})
    for path, name in [*pages.items(), *prefixes.items()]:
        if name not in files:
            raise SiteError(f"{ROUTES}: {path} is shown by {name}, which was not built")
    return Site(files, pages, prefixes)


def function(name: str, site: Site) -> str:
    """The code of a function of the edge, with the paths of the site filled in."""
    known = sorted(file for file in site.files if not file.startswith(ASSETS) and file != NOT_FOUND)
    facts = {"files": dict.fromkeys(known, 1), "pages": site.pages, "prefixes": site.prefixes}
    text = (HERE / name).read_text()
    code = re.sub(r"^//.*\n", "", text, flags=re.M)
    line = json.dumps(facts, sort_keys=True, separators=(",", ":"))
    code = re.sub(r"^var SITE = .*;$", lambda _: f"var SITE = {line};", code, flags=re.M)
    if len(code.encode()) > FUNCTION_BYTES:
        size = len(code.encode())
        raise SiteError(f"{name} has {size} bytes, CloudFront takes {FUNCTION_BYTES}: too many files or pages")
    return code


def template(site: Site, source: str | None = None) -> dict[str, Any]:
    """edge.yaml with the code of its functions filled in."""
    document = yaml_parse(TEMPLATE.read_text() if source is None else source)
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::CloudFront::Function":
            resource["Properties"]["FunctionCode"] = function(resource["Properties"]["FunctionCode"], site)
    return document


def to_json(document: dict[str, Any]) -> str:
    """A template as text."""
    text = json.dumps(document, separators=(",", ":"))
    if len(text.encode()) > TEMPLATE_BYTES:
        raise SiteError(f"the template has {len(text.encode())} bytes, CloudFormation takes {TEMPLATE_BYTES}")
    return text
