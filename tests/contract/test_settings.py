"""The settings of the stack: explained, never committed, the same from both scripts."""

import re
import subprocess

from harness.places import ROOT
from harness.settings import settings

# Labels of the images, which init.sh or who builds them sets.
FOUND_OUT = {"CINELAKE_REVISION", "CINELAKE_SOURCE", "CINELAKE_VERSION"}
# Settings that init.sh and compose read, and no container.
OF_THE_SETUP = {"COMPOSE_PROFILES"}


def test_every_setting_of_the_stack_is_explained_and_every_explained_one_is_used():
    used = set(re.findall(r"\$\{([A-Z][A-Z0-9_]*)", (ROOT / "docker-compose.yml").read_text()))
    explained = set(settings(ROOT / ".env.example"))
    assert used - FOUND_OUT == explained - OF_THE_SETUP


def test_the_settings_with_passwords_are_never_committed():
    ignored = subprocess.run(["git", "check-ignore", "-q", ".env"], cwd=ROOT)
    assert ignored.returncode == 0


def test_the_powershell_script_makes_the_same_secrets():
    script = (ROOT / "init.ps1").read_text()
    for text in ["FERNET_KEY", "AIRFLOW_JWT_SECRET", "_PASSWORD", "_SECRET", "follow_run.py", "--profile"]:
        assert text in script
    assert script.count("{") == script.count("}") and script.count("(") == script.count(")")
