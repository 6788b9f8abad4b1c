"""Says what a change touches, for ./test.sh quick: one word a line.

    changed.py FOLDER < FILES

FILES are paths below the checkout FOLDER, one a line. The words are `rust:PACKAGE` for each package of the workspace
that has one of them or depends on one that has, and of `python`, `shell`, `app`, `airflow` those whose files are among
them.
"""

import json
import subprocess
import sys
from pathlib import Path, PurePath

# A change of these is one of every package.
OF_ALL_PACKAGES = {"Cargo.toml", "Cargo.lock", "rust-toolchain.toml", "clippy.toml", "rustfmt.toml"}
# The app's types are made from it.
DESCRIPTION = "api/openapi.json"


def main():
    root = Path(sys.argv[1])
    files = [line for line in sys.stdin.read().splitlines() if line]
    words = {f"rust:{name}" for name in touched(packages(root), files)}
    words |= {kind for kind, belongs in KINDS.items() if any(belongs(name) for name in files)}
    print(*sorted(words), sep="\n")


KINDS = {
    "python": lambda name: name.endswith(".py") or name == "airflow/ruff.toml",
    "shell": lambda name: name.endswith(".sh") or name == ".ci/run",
    "app": lambda name: name.startswith("frontend/react/") or name == DESCRIPTION,
    "airflow": lambda name: name.startswith("airflow/"),
}


def packages(root):
    """By name: the folder, relative to the root, and the names of the packages of the workspace that it needs."""
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]
    found = json.loads(subprocess.run(command, cwd=root, stdout=subprocess.PIPE, check=True).stdout)["packages"]
    return {
        package["name"]: (
            PurePath(package["manifest_path"]).parent.relative_to(root),
            {dependency["name"] for dependency in package["dependencies"] if dependency.get("path")},
        )
        for package in found
    }


def touched(packages, files):
    """Names of the packages that have one of the files, and of those that need one of them."""
    if OF_ALL_PACKAGES & set(files):
        return set(packages)
    paths = [PurePath(name) for name in files]
    changed = {name for name, (folder, _) in packages.items() if any(path.is_relative_to(folder) for path in paths)}
    while more := {name for name, (_, needs) in packages.items() if needs & changed} - changed:
        changed |= more
    return changed


if __name__ == "__main__":
    main()
