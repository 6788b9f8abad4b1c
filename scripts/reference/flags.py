"""The flags of the programs, as their `--help` tells them."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown import code, table

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("CINELAKE_BIN") or ROOT / "target/release")
PROGRAMS = ("api", *sorted(path.parent.name for path in (ROOT / "tasks").glob("*/Cargo.toml")))
# The program whose --help the flags that all tasks share are taken from.
COMMON = "clean"

# Without `-h, --help` and `-V, --version`, which every program has.
FLAG = re.compile(r"^ {2,6}(?:-[^hV], )?--([\w-]+)\S*(?: <[^>]*>\S*)?(?: {2,}(\S.*))?$")
SECTION = re.compile(r"^(\S.*):$")
NOTE = re.compile(r"\s*\[(env|default|possible values|alias|aliases): ?([^\]]*)\]")


@dataclass
class Flag:
    """One flag as a program describes it."""

    name: str
    text: str
    variable: str = ""
    default: str = ""


@cache
def help_of(program: str, *command: str) -> str:
    """What `--help` prints, unwrapped and free of this machine's own settings."""
    environment = {"PATH": os.environ["PATH"], "COLUMNS": "10000"}
    arguments = [BIN / program, *command, "--help"]
    return subprocess.run(arguments, env=environment, capture_output=True, text=True, check=True).stdout


def commands(program: str) -> list[tuple[str, str]]:
    """Its subcommands, each with the sentence about it."""
    _, _, rest = help_of(program).partition("\nCommands:\n")
    listed = re.findall(r"^  ([\w-]+) {2,}(.*)$", rest.split("\n\n")[0], re.MULTILINE)
    return [(name, text) for name, text in listed if name != "help"]


def flags(help_text: str) -> list[Flag]:
    """The flags of all sections, in their order."""
    found: list[Flag] = []
    section = ""
    for line in help_text.splitlines():
        if heading := SECTION.match(line):
            section = heading[1]
        elif (hit := FLAG.match(line)) and section not in ("Usage", "Commands", "Arguments"):
            found.append(Flag(hit[1], hit[2] or ""))
        elif found and line.startswith(" " * 10):
            found[-1].text += f"\n{line.strip()}"
        elif line and not line.startswith(" "):
            section = "Commands"
    return [settled(flag) for flag in found]


def settled(flag: Flag) -> Flag:
    """With variable, default and values taken out of the text."""
    notes = dict(NOTE.findall(flag.text))
    text, _, listed = NOTE.sub("", flag.text).partition("Possible values:")
    values = notes.get("possible values") or ", ".join(re.findall(r"^- ([\w-]+)", listed, re.MULTILINE))
    text = " ".join(text.split())
    if values:
        text += f" ({', '.join(code(value) for value in values.split(', '))})"
    flag.text = re.sub(r"<(http\S+)>", r"\1", text)
    flag.variable = notes.get("env", "").partition("=")[0]
    flag.default = notes.get("default", "")
    return flag


def rows(found: list[Flag]) -> list[list[str]]:
    return [[code(f"--{flag.name}"), code(flag.variable), default(flag), flag.text] for flag in found]


def default(flag: Flag) -> str:
    """As code when it is what one would type, as a sentence otherwise."""
    return code(flag.default) if re.fullmatch(r"[\w.:/,-]*", flag.default) else flag.default


def block(program: str) -> str:
    """The flags of a program and of its subcommands, without those that all tasks share."""
    shared = set() if program == COMMON else {flag.name for flag in flags(help_of(COMMON))}
    known = set() if program == "api" else shared
    head = ["flag", "variable", "default", "meaning"]
    own = [flag for flag in flags(help_of(program)) if flag.name not in known]
    parts = [table(head, rows(own))] if own else []
    known = known | {flag.name for flag in own}
    for name, text in commands(program):
        more = [flag for flag in flags(help_of(program, name)) if flag.name not in known]
        parts.append(f"`{program} {name}`: {text[0].lower()}{text[1:]}.\n")
        if more:
            parts.append(table(head, rows(more)))
    return "\n" + "\n".join(parts) + "\n"


def usage(script: str) -> str:
    """What a script prints with `--help`."""
    text = subprocess.run([ROOT / script, "--help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return f"\n```text\n{text}```\n\n"
