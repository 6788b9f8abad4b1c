"""What is served: a version as large as MovieLens 25M, published by the publishing code, and the classic table."""

import subprocess
import time
from dataclasses import dataclass

from shared.places import BenchError

# One row for each recommendation, as tutorials have it: ten rows of a user are ten places in the table, unless they
# were inserted in order, as here; the index gives them best first.
CLASSIC = """
    CREATE SCHEMA classic;
    CREATE TABLE classic.als_recos AS
        SELECT user_id, movie_id, title, score FROM public.als_recos ORDER BY user_id, score DESC;
    CREATE INDEX ON classic.als_recos (user_id, score DESC);
"""


@dataclass(frozen=True)
class Size:
    """How much is published."""

    users: int
    films: int
    rank: int


def publish(server, size, program):
    """Publishes the version and copies it to the classic table. Says how long both took."""
    command = [program, server.url, *map(str, (size.users, size.films, size.rank))]
    started = time.perf_counter()
    ended = subprocess.run(command, capture_output=True, text=True)
    if ended.returncode:
        raise BenchError(f"{program.name} ended with {ended.returncode}: {ended.stderr.strip()[-2000:]}")
    print(f"  published in {time.perf_counter() - started:.0f} s", flush=True)
    started = time.perf_counter()
    server.sql(CLASSIC)
    # What autovacuum would do a minute later, in the middle of a measurement.
    server.sql("VACUUM ANALYZE")
    server.sql("CHECKPOINT")
    print(f"  copied to the classic table in {time.perf_counter() - started:.0f} s", flush=True)
