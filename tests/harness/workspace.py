"""The Rust workspace as its manifests and sources say it: packages, and what the modules of one import."""

import re
import subprocess
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .places import ROOT

SECTIONS = ("dependencies", "dev-dependencies", "build-dependencies")
COMMENT = re.compile(r"^\s*//.*$|(?<=\s)//\s.*$", re.M)
UNIT_TESTS = re.compile(r"^#\[cfg\(test\)\]\s*\nmod \w+ \{.*", re.M | re.S)
USE = re.compile(r"^\s*(?:pub(?:\([^)]*\))?\s+)?use\s+([\w:{},*\s]+);", re.M)
PATH = re.compile(r"\b((?:crate|super(?:::super)*)(?:::\w+)+)")


@dataclass(frozen=True)
class Package:
    """One package of the workspace; `needs` is what it depends on, and with `tests` what its tests do, too."""

    name: str
    folder: Path
    manifest: dict

    @property
    def place(self):
        """The folder of the root that it lies in."""
        return self.folder.parent.relative_to(ROOT).as_posix()

    def needs(self, *sections):
        tables = [self.manifest, *self.manifest.get("target", {}).values()]
        return {
            (details.get("package") if isinstance(details, dict) else None) or name
            for table in tables
            for section in sections or SECTIONS
            for name, details in table.get(section, {}).items()
        }

    def sources(self):
        return sorted((self.folder / "src").rglob("*.rs"))


@cache
def packages():
    """Every package of the workspace by name."""
    members = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["members"]
    manifests = sorted(path for member in members for path in ROOT.glob(f"{member}/Cargo.toml"))
    read = [(path.parent, tomllib.loads(path.read_text())) for path in manifests]
    return {manifest["package"]["name"]: Package(manifest["package"]["name"], at, manifest) for at, manifest in read}


@cache
def locked():
    """The names of all packages that are linked into anything."""
    return {package["name"] for package in tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]}


def tracked(*suffixes):
    """The files of git that end so, as they are now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name.endswith(suffixes) and (ROOT / name).is_file()]


def code(path):
    """A source without comments and without the unit tests at its end."""
    return UNIT_TESTS.sub("", COMMENT.sub("", path.read_text()))


def imports(package):
    """What each module at the top of a package imports of the others: (from, to) with the places where.

    What stands in the root, `lib.rs` and `main.rs`, imports everything and is left out; what it re-exports is followed
    to the module that has it.
    """
    source = package.folder / "src"
    tops = {path.stem if path.is_file() else path.name for path in source.iterdir()} - {"lib", "main", "bin"}
    exported = re_exports(source, tops)
    found = {}
    for path in package.sources():
        inside = module_of(path.relative_to(source))
        if not inside or inside[-1] == "tests" or inside[0] == "bin":
            continue
        for named in paths(code(path)):
            target = absolute(named, inside)
            top = target and exported.get(target[0], target[0])
            if top in tops and top != inside[0]:
                found.setdefault((inside[0], top), set()).add(path.relative_to(ROOT).as_posix())
    return found


def module_of(relative):
    """`serving/version.rs` as its path of modules."""
    parts = [*relative.parts[:-1], relative.stem]
    return tuple(parts[:-1] if parts[-1] == "mod" else parts) if parts != ["lib"] and parts != ["main"] else ()


def re_exports(source, tops):
    """Names that the root re-exports, with the modules that have them."""
    found = {}
    for root in (source / "lib.rs", source / "main.rs"):
        for named in paths(code(root)) if root.exists() else []:
            parts = [part for part in named if part not in ("crate", "self")]
            if len(parts) > 1 and parts[0] in tops:
                found[parts[-1]] = parts[0]
    return found


def paths(text):
    """Every path of a `use`, its braces taken apart, and every path from `crate` or `super` in the code."""
    for statement in USE.findall(text):
        yield from branches(re.sub(r"\s+as\s+\w+|\s", "", statement))
    for written in PATH.findall(USE.sub("", text)):
        yield tuple(written.split("::"))


def branches(tree, before=()):
    """`a::{b, c::d}` as the paths `a::b` and `a::c::d`."""
    head, brace, rest = tree.partition("{")
    if not brace:
        yield before + tuple(part for part in tree.split("::") if part)
        return
    prefix = before + tuple(part for part in head.split("::") if part)
    depth, start = 0, 0
    inner = rest[: rest.rindex("}")]
    for place, sign in enumerate(inner + ","):
        depth += (sign == "{") - (sign == "}")
        if sign == "," and depth == 0:
            if inner[start:place]:
                yield from branches(inner[start:place], prefix)
            start = place + 1


def absolute(named, inside):
    """A path from the root of its crate, without it; None for one of another crate."""
    if named[0] == "crate":
        return named[1:]
    ups = 0
    while ups < len(named) and named[ups] == "super":
        ups += 1
    return (*inside[: len(inside) - ups], *named[ups:]) if 0 < ups <= len(inside) else None


def circles(edges):
    """Groups of modules each of which imports, by way of others, every other one."""
    reached = {}
    for start in {one for edge in edges for one in edge}:
        seen, left = set(), [start]
        while left:
            here = left.pop()
            new = {to for origin, to in edges if origin == here} - seen
            seen |= new
            left += new
        reached[start] = seen
    groups = {frozenset(b for b in reached if b in reached[a] and a in reached[b]) for a in reached}
    return sorted(sorted(group) for group in groups if len(group) > 1)
