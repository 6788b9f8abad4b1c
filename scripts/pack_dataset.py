"""Writes a tar of a file or folder to standard output, as `incoming/NAME`, owned by the user of the steps."""

import sys
import tarfile
from pathlib import Path

STEP_USER = 10001


def owned(entry):
    """The entry, readable for the steps whatever its rights are here."""
    entry.uid = entry.gid = STEP_USER
    entry.uname = entry.gname = ""
    entry.mode = 0o755 if entry.isdir() else 0o644
    return entry


def main():
    source = Path(sys.argv[1])
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", dereference=True) as archive:
        folder = tarfile.TarInfo("incoming")
        folder.type = tarfile.DIRTYPE
        archive.addfile(owned(folder))
        archive.add(source, f"incoming/{source.name}", filter=owned)


if __name__ == "__main__":
    main()
