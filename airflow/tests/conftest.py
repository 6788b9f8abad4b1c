"""Gives every test an Airflow of its own, before Airflow is imported, and small programs to run."""

import functools
import os
import sys
import tempfile
from pathlib import Path

import pytest

# Knows where the programs are as long as CINELAKE_BIN says so.
import harness.places  # noqa: F401

DAGS = Path(__file__).resolve().parents[1] / "dags"

# A machine's own settings must not decide what the tests see.
for name in [name for name in os.environ if name.startswith(("AIRFLOW", "CINELAKE", "LAKE_", "DATABASE_URL"))]:
    del os.environ[name]
for name in ("PUSHGATEWAY_URL", "RUST_LOG", "THREADS", "LOG_FORMAT"):
    os.environ.pop(name, None)

home = tempfile.TemporaryDirectory(prefix="cinelake-airflow-")
os.environ["AIRFLOW_HOME"] = home.name
os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = str(DAGS)
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
# Reading the DAGs takes a second; beside a compiler it may take much longer.
os.environ["AIRFLOW__CORE__DAGBAG_IMPORT_TIMEOUT"] = "300"
sys.path.insert(0, str(DAGS))

# A cluster that is nobody's: the description of a pod asks for one, and its client reads this when it is imported.
CLUSTER = """
apiVersion: v1
kind: Config
current-context: none
contexts: [{name: none, context: {cluster: none, user: none}}]
clusters: [{name: none, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: none, user: {}}]
"""
kubeconfig = Path(home.name) / "kubeconfig"
kubeconfig.write_text(CLUSTER)
os.environ["KUBECONFIG"] = str(kubeconfig)


@pytest.fixture
def program(tmp_path):
    """Writes an executable shell script and returns its path."""

    def write(body, name="program"):
        path = tmp_path / name
        path.write_text("#!/bin/sh\n" + body + "\n")
        path.chmod(0o755)
        return path

    return write


def load_dags(runner):
    """All DAGs as a machine with this runner parses them."""
    from airflow.dag_processing.dagbag import DagBag

    ours = [name for name in sys.modules if name.startswith("cinelake_steps")]
    before = {name: sys.modules.pop(name) for name in ours}
    os.environ["CINELAKE_RUNNER"] = runner
    try:
        bag = DagBag(DAGS)
    finally:
        del os.environ["CINELAKE_RUNNER"]
        sys.modules.update(before)
    assert bag.import_errors == {}
    return bag.dags


@pytest.fixture(scope="session")
def dags_of():
    """The DAGs by runner, each parsed once."""
    return functools.cache(load_dags)


@pytest.fixture(scope="session")
def remote_dags_of():
    """The same where the lake lies in an object store."""
    values = {
        "LAKE_URI": "s3://lake/x",
        "AWS_ENDPOINT_URL": "http://object-store:8333",
        "AWS_ACCESS_KEY_ID": "cinelake",
        "AWS_SECRET_ACCESS_KEY": "hunter3",
    }

    @functools.cache
    def load(runner):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in values.items():
                patch.setenv(name, value)
            return load_dags(runner)

    return load


@pytest.fixture(scope="session")
def dag(dags_of):
    """The pipeline as it runs on one machine without containers."""
    return dags_of("process")["cinelake"]
