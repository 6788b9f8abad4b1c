#!/usr/bin/env python3
"""Measures the API beside its database and beside a classic stack, and writes the part on it of bench/RESULTS.md.

Makes a virtual environment with the classic stack (.local/bench-api-venv) and a private PostgreSQL server
(.local/bench/api, gone at the end), publishes a version as large as MovieLens 25M by the publishing code, starts the
API with and without its cache, and the classic stack; then all take turns under load. What pgbench runs is the query
that the API was seen to run.

Run it on a machine that does nothing else. Needs PostgreSQL with pgbench, wrk (sudo apt-get install wrk), Python 3.11
or newer, and Rust unless --binaries are given.

Ends with 0 whether the targets are reached or not.
"""

import argparse
import shutil
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from pathlib import Path

from shared.environment import SERVICES
from shared.page import publish
from shared.places import LOCAL, RESULTS, BenchError, run

USERS, FILMS, RANK = 162_541, 59_047, 64
# Holds the lists of all users.
CACHE = 256


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, default=USERS, help="who get 100 films each [default: %(default)s]")
    parser.add_argument("--films", type=int, default=FILMS, help="of the catalogue [default: %(default)s]")
    parser.add_argument("--rank", type=int, default=RANK, help="of the factors [default: %(default)s]")
    parser.add_argument("--seconds", type=int, default=10, help="of each load [default: %(default)s]")
    parser.add_argument("--repeats", type=int, default=3, help="turns of each [default: %(default)s]")
    parser.add_argument("--quick", action="store_true", help="little data, one short turn: a check of the benchmark")
    parser.add_argument("--binaries", type=Path, help="where api and publish_at_scale are [default: build them]")
    parser.add_argument("--output", type=Path, help="page to write [default: bench/RESULTS.md for the full size]")
    options = parser.parse_args()
    if options.quick:
        options.users, options.films, options.rank, options.seconds, options.repeats = 2000, 1000, 16, 1, 1
    return options


def main():
    options = parse()
    SERVICES.enter()
    # What follows needs the environment.
    from service import contestants, data, load, programs, report

    load.check_wrk()
    size = data.Size(options.users, options.films, options.rank)
    print("preparing", flush=True)
    binaries = programs.Binaries.find(options.binaries and options.binaries.resolve())
    with prepared(binaries, size) as (server, script), ExitStack() as running:
        services = [programs.api(binaries.api, script.parent, cache) for cache in (0, CACHE)]
        services.append(programs.classic(script.parent))
        addresses = [running.enter_context(service.running(server.url)) for service in services]
        setting = contestants.Setting(size, server, script, *addresses, options.seconds)
        loaded = [service.memory() for service in services[:2]]
        print("filling the cache", flush=True)
        contestants.warm(setting)
        print("measuring", flush=True)
        everybody = contestants.contestants(setting)
        measured = contestants.measure(everybody, options.repeats)
        results = summary(measured, services[:2], loaded)
        publish("api", report.page(setting, everybody, results, options.repeats), output(options))
    return 0


@contextmanager
def prepared(binaries, size):
    """A server with the data, and the script of the API's query. After a failure the logs stay."""
    from service import data, postgres, programs, query

    with logs() as folder, postgres.running(folder) as server:
        data.publish(server, size, binaries.publish_at_scale)
        script = folder / "query.sql"
        script.write_text(query.ours(server, programs.api(binaries.api, folder, 0)))
        yield server, script


@contextmanager
def logs():
    """A folder for what the services say, which is gone at the end if all went well."""
    parent = LOCAL / "bench"
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="api-", dir=parent))
    try:
        yield folder
    except BenchError:
        print(f"the logs are in {folder}", file=sys.stderr)
        raise
    shutil.rmtree(folder)


def summary(measured, services, loaded):
    from service import rows

    memories = []
    for service, (before, _), bound in zip(services, loaded, (0, CACHE)):
        after, most = service.memory()
        memories.append(rows.Memory(service.name.replace("api-", ""), before, after, most, bound))
    return rows.Results(measured, memories)


def output(options):
    """Where the results belong. Less than the full size is only a check."""
    full = (options.users, options.films, options.rank) == (USERS, FILMS, RANK)
    return options.output or (RESULTS if full else None)


if __name__ == "__main__":
    run(main)
