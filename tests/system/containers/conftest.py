"""What the container tests share: an engine of their own, a checkout, its images, and the stack running from it.

./test.sh starts the engine, brings the stand-ins of the images that cannot be pulled into it, and runs these tests
where its ports are. Without an engine every test that needs one is skipped and says why.
"""

import json
import os
import re
import tempfile

import pytest

from harness.checkout import copy_checkout
from harness.engine import engine_obstacle, has_image, run
from harness.needs import skip
from harness.places import BINARIES, ROOT, missing_binaries
from system.containers.stack import Stack, settings

# Importing Airflow writes its settings somewhere.
airflow_home = tempfile.TemporaryDirectory(prefix="cinelake-airflow-")
os.environ["AIRFLOW_HOME"] = airflow_home.name


@pytest.fixture(scope="session")
def engine():
    obstacle = engine_obstacle()
    if obstacle:
        pytest.skip(obstacle)


@pytest.fixture(scope="session")
def compose_file():
    return (ROOT / "docker-compose.yml").read_text()


@pytest.fixture(scope="session")
def without_stand_in(engine, compose_file):
    """The images that the engine would have to pull."""
    named = re.findall(r"^ *image: *([^ $]+)$", compose_file, re.M)
    return {name for name in named if not has_image(name)}


@pytest.fixture(scope="session")
def checkout(engine, tmp_path_factory):
    """A stack that is not started: tracked files and prebuilt programs in a folder of its own."""
    if reason := missing_binaries():
        skip(reason)
    folder = tmp_path_factory.mktemp("checkout") / "cinelake"
    folder.mkdir()
    copy_checkout(folder)
    return Stack(folder, settings())


@pytest.fixture(scope="session")
def images(checkout):
    """Image names of ours by name, built as init.sh builds them."""
    env_file = checkout.folder / ".env.build"
    env_file.write_text(filled((checkout.folder / ".env.example").read_text()))
    checkout.compose("--env-file", env_file.name, "--profile", "tasks", "build", timeout=900)
    env_file.unlink()
    names = [*BINARIES, "airflow"]
    return {name: f"cinelake/{name}:local" for name in names}


@pytest.fixture(scope="session")
def stack(checkout, images, without_stand_in):
    """The whole stack as ./init.sh leaves it: the pipeline ran once, every service is healthy.

    Monitoring is not started; `monitoring` adds what has a stand-in.
    """
    needed = {name for name in without_stand_in if re.match(r"(postgres|haproxy)[:@]", name)}
    if needed:
        pytest.skip(f"neither registry nor stand-in has {', '.join(sorted(needed))}")
    try:
        checkout.said = checkout.init().stdout
        yield checkout
    finally:
        checkout.remove()


@pytest.fixture(scope="session")
def monitoring(stack, without_stand_in):
    """Monitoring and alerting beside the stack, as far as there are images: the names of their services."""
    configured = stack.config("monitoring", "alerting")["services"]
    optional = (["monitoring"], ["alerting"])
    ours = {name: one["image"] for name, one in configured.items() if one.get("profiles") in optional}
    chosen = [name for name, image in ours.items() if image not in without_stand_in]
    stack.compose(
        "--profile", "monitoring", "--profile", "alerting", "up", "--detach", "--no-deps", "--pull", "never", *chosen
    )
    stack.await_healthy(*chosen)
    return chosen


def filled(example):
    """.env.example with something for every secret."""
    return re.sub(r"^([A-Z_]+)=$", r"\1=0123456789abcdef", example, flags=re.M)


@pytest.fixture(scope="session")
def configuration(tmp_path_factory):
    """Asks compose what it makes of docker-compose.yml with these profiles; needs no engine."""
    env_file = tmp_path_factory.mktemp("compose") / "env"
    env_file.write_text(filled((ROOT / ".env.example").read_text()))

    def ask(*profiles):
        flags = [word for profile in profiles for word in ("--profile", profile)]
        command = ["docker", "compose", "--env-file", env_file, *flags, "config", "--format", "json"]
        return json.loads(run(*command, cwd=ROOT, env=settings(COMPOSE_PROFILES="")).stdout)

    obstacle = engine_obstacle()
    if obstacle:
        pytest.skip(obstacle)
    return ask
