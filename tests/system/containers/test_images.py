"""The images, built from the programs that were compiled outside."""

import json

import pytest

from harness.engine import USER, docker, inspect, run
from harness.places import BINARIES, TASKS

MEBIBYTE = 1 << 20
BASE = "debian:bookworm-slim"
RUST = BINARIES


@pytest.mark.parametrize("name", RUST)
def test_an_image_adds_its_program_to_the_base_and_next_to_nothing_else(images, checkout, name):
    program = (checkout.folder / "target/release" / name).stat().st_size
    added = inspect(images[name])["Size"] - inspect(BASE)["Size"]
    assert program <= added <= program + MEBIBYTE


@pytest.mark.parametrize("name", RUST)
def test_an_image_runs_as_a_numeric_user_without_rights(images, name):
    assert inspect(images[name])["Config"]["User"] == f"{USER}:{USER}"


@pytest.mark.parametrize("name", RUST)
def test_an_image_starts_its_program_itself(images, name):
    """No shell between Docker's signals and the program."""
    config = inspect(images[name])["Config"]
    assert config["Entrypoint"][0] == "/usr/local/bin/cinelake"
    assert all("sh" not in word.split("/") for word in [*config["Entrypoint"], *(config["Cmd"] or [])])
    health = (config.get("Healthcheck") or {}).get("Test", ["CMD"])
    assert health[0] in ("CMD", "NONE")


@pytest.mark.parametrize("name", [*TASKS, "admin"])
def test_a_step_runs_without_shell_rights_network_or_a_writable_root(images, name):
    flags = ["--network", "none", "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
    assert "Usage" in docker("run", "--rm", *flags, images[name], "--help")


@pytest.mark.parametrize("name", [*RUST, "airflow"])
def test_an_image_says_what_it_is(images, name):
    labels = inspect(images[name])["Config"]["Labels"]
    wanted = {f"org.opencontainers.image.{key}" for key in ("title", "revision", "version", "source", "licenses")}
    assert wanted <= labels.keys()


def test_airflow_runs_as_its_numeric_user_in_the_group_of_root(images):
    assert inspect(images["airflow"])["Config"]["User"] == "50000:0"


def test_airflow_has_the_dags_and_what_they_import(images):
    code = "from airflow.dag_processing.dagbag import DagBag as Bag; b = Bag('/opt/airflow/dags'); "
    code += "print(b.import_errors, sorted(b.dags))"
    flags = ["--read-only", "--tmpfs", "/tmp", "--network", "none", "--env", "AIRFLOW_CONFIG=/tmp/airflow.cfg"]
    # As the DAG processor has it.
    flags += ["--env", "PYTHONPATH=/opt/airflow/dags", "--env", "AIRFLOW__CORE__LOAD_EXAMPLES=False"]
    flags += ["--env", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN=sqlite:////tmp/airflow.db"]
    said = docker("run", "--rm", *flags, images["airflow"], "python", "-c", code)
    assert said.splitlines()[-1].startswith("{} ['cinelake'"), said


def test_a_new_volume_for_the_lake_belongs_to_the_steps(images):
    volume = docker("volume", "create")
    try:
        steps = ["run", "--rm", "--network", "none", "-v", f"{volume}:/lake"]
        ended = run("docker", *steps, images["ingest"], "--source", "sample:500", "--run-id", "first")
        assert json.loads(ended.stdout.splitlines()[-1])["outcome"] == "done"
        ended = run("docker", *steps, images["clean"], "--run-id", "first")
        assert json.loads(ended.stdout.splitlines()[-1])["outcome"] == "done"
    finally:
        docker("volume", "rm", "-f", volume)
