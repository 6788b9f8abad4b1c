"""The ratings that all are measured with: those of the project's own generator, as compressed rows in raw files."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable
from scipy.sparse import csr_matrix

from shared.places import LOCAL, BenchError


@dataclass(frozen=True)
class Data:
    """A folder with `offsets.u64`, `columns.u32` and `values.f32` by user, and `pairs.parquet`, the same for Spark."""

    folder: Path
    users: int
    movies: int
    ratings: int

    def array(self, name, dtype):
        return np.memmap(self.folder / name, dtype, mode="r")

    def columns(self):
        return self.array("columns.u32", "<u4")

    def rows(self):
        """The user of each rating."""
        lengths = np.diff(self.array("offsets.u64", "<u8").astype(np.int64))
        return np.repeat(np.arange(self.users, dtype=np.int32), lengths)

    def matrix(self, value):
        """The ratings by user, each of them this value."""
        offsets = self.array("offsets.u64", "<u8").astype(np.int32)
        values = np.full(self.ratings, value, np.float32)
        return csr_matrix((values, self.columns().astype(np.int32), offsets), shape=(self.users, self.movies))


def load(folder):
    """The data in a folder that `prepare` has filled."""
    folder = Path(folder)
    return Data(folder, **json.loads((folder / "shape.json").read_text()))


def prepare(size, binaries, fresh=False):
    """Generates `sample:SIZE` and cleans it, unless that was done before."""
    folder = LOCAL / "bench" / size
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    if not (folder / "shape.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        lake = folder / "lake"
        shutil.rmtree(lake, ignore_errors=True)
        step(binaries / "ingest", lake, "--source", f"sample:{size}")
        report = step(binaries / "clean", lake)
        version = next(table["version"] for table in report["tables"] if table["name"] == "silver/ratings")
        write(folder, lake / "silver/ratings", version)
        shutil.rmtree(lake)
    return load(folder)


def step(binary, lake, *flags):
    """Runs a step of the pipeline; returns its report."""
    print(f"  {binary.name} {' '.join(flags)}", flush=True)
    command = [binary, "--lake", lake, "--run-id", "bench", *flags]
    try:
        ended = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        remedy = "build it with `cargo build --release --locked --workspace --bins`, or name its folder: --bin-dir"
        raise BenchError(f"{binary} cannot be run ({error.strerror}): {remedy}") from error
    if ended.returncode:
        raise BenchError(f"{binary} ended with {ended.returncode}: {(ended.stdout + ended.stderr).strip()[-2000:]}")
    return json.loads(ended.stdout.splitlines()[-1])


def write(folder, table, version):
    """Writes a version of `silver/ratings`; users and movies are numbered in the order of their ids."""
    ratings = DeltaTable(table, version=version).to_pyarrow_table(columns=["user_id", "movie_id", "rating"])
    user_ids, users = np.unique(ratings["user_id"].to_numpy(), return_inverse=True)
    movie_ids, movies = np.unique(ratings["movie_id"].to_numpy(), return_inverse=True)
    order = np.lexsort((movies, users))
    users, movies = users[order].astype(np.int32), movies[order].astype(np.int32)
    offsets = np.concatenate(([0], np.bincount(users, minlength=len(user_ids)).cumsum()))
    offsets.astype("<u8").tofile(folder / "offsets.u64")
    movies.astype("<u4").tofile(folder / "columns.u32")
    ratings["rating"].to_numpy()[order].astype("<f4").tofile(folder / "values.f32")
    ones = np.ones(len(users), np.float32)
    pq.write_table(pa.table({"user": users, "item": movies, "rating": ones}), folder / "pairs.parquet")
    # Last: whoever finds it finds the rest whole.
    shape = {"users": len(user_ids), "movies": len(movie_ids), "ratings": len(users)}
    (folder / "shape.json").write_text(json.dumps(shape))
