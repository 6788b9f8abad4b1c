"""Spark reads a lake wherever it lies: `./test.sh spark-reads`, which nobody runs but by hand."""

import json
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from deltalake import DeltaTable

from harness import tables
from harness.finished import SOURCE
from harness.hdfs import hdfs
from harness.places import STEPS
from harness.programs import SMALL, Pipeline
from harness.stores import BUCKET, object_store

SPARK = Path(os.environ["SPARK"])
STEPS_WITHOUT_DATABASE = STEPS[:5]


@contextmanager
def folder(place):
    yield str(place / "lake"), str(place / "lake"), {}


@contextmanager
def s3(place):
    with object_store(place) as store:
        yield f"s3://{BUCKET}/lake", f"s3a://{BUCKET}/lake", store.variables()


@contextmanager
def cluster(place):
    with hdfs(place) as running:
        yield f"{running.address}/lake", f"{running.address}/lake", {}


@pytest.mark.parametrize("kind", [folder, s3, cluster], ids=["a folder", "S3", "HDFS"])
def test_spark_reads_every_table(kind, tmp_path, monkeypatch):
    with kind(tmp_path) as (lake, address, variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        Pipeline(lake).go(SOURCE, "one", SMALL, steps=STEPS_WITHOUT_DATABASE)
        names = [name for step in STEPS_WITHOUT_DATABASE for name in tables.WRITTEN_BY[step]]
        found = spark_finds(address, names)
        for name in names:
            table = DeltaTable(tables.address(lake, name)).to_pyarrow_table()
            assert found[name] == [table.num_rows, table.column_names], name


def spark_finds(address, names):
    """Rows and columns by table."""
    jars = ",".join(map(str, sorted((SPARK / "delta").glob("*.jar"))))
    command = [SPARK / "bin" / "python", Path(__file__).with_name("read.py"), jars, address, *names]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])
