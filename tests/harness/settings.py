"""Files of settings such as .env."""

import re


def settings(path):
    """The assignments of a file, without what is commented out."""
    return dict(re.findall(r"^([A-Z][A-Z0-9_]*)=(.*)$", path.read_text(), re.MULTILINE))
