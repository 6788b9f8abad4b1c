"""Who may depend on whom: what ARCHITECTURE.md states as absences, checked over the manifests and the sources."""

import re

import pytest

from harness.places import ROOT
from harness.workspace import circles, code, imports, locked, packages

# What each crate may use of the workspace; it need not exist yet. A task may use any of them.
MAY_USE = {
    "contract": set(),
    "als": {"contract"},
    "histories": {"als", "contract"},
    "lakehouse": {"contract"},
    "store": {"contract"},
    "task": {"lakehouse", "histories", "als", "contract"},
    "als-python": {"histories", "als", "contract"},
    "api": {"store", "histories", "als", "contract"},
}
# For tests of others: only they may name it.
FOR_TESTS = {"store-testing": {"store", "contract"}}
# The packages that may name each of these.
OWNERS = {
    "deltalake": {"lakehouse"},
    "faer": {"als"},
    "pulp": {"als"},
    "sqlx": {"store", "store-testing"},
    "poem": {"api"},
    "poem-openapi": {"api"},
}
# `reqwest`, which `deltalake` links anyway, is the one HTTP client, and its TLS stack the one there is.
FOREIGN = {"ureq", "isahc", "attohttpc", "curl", "surf", "minreq", "native-tls", "openssl", "boring"}

# A string literal that begins like a statement.
SQL = re.compile(
    r'"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|COPY|CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE|WITH \w+ AS)\s'
)


def tasks():
    return {name for name, package in packages().items() if package.place == "tasks"}


def crates():
    """All but the tasks."""
    return sorted(set(packages()) - tasks())


def test_every_crate_has_a_place_in_the_table():
    assert set(crates()) <= MAY_USE.keys() | FOR_TESTS.keys()
    assert {"ingest", "clean", "train", "evaluate", "recommend", "publish", "admin", "maintain"} <= tasks()


@pytest.mark.parametrize("name", crates())
def test_a_crate_uses_only_what_the_table_allows(name):
    allowed = MAY_USE.get(name) or FOR_TESTS.get(name, set())
    # A crate may name itself, to turn its own features on in its tests.
    assert packages()[name].needs() & set(packages()) - {name} - FOR_TESTS.keys() <= allowed


@pytest.mark.parametrize("name", FOR_TESTS)
def test_what_is_for_tests_is_in_no_program(name):
    named = [one for one, package in packages().items() if name in package.needs("dependencies", "build-dependencies")]
    assert named == []


@pytest.mark.parametrize("name", sorted(tasks()))
def test_no_task_depends_on_another_or_on_the_api(name):
    assert packages()[name].needs() & (tasks() | {"api"}) == set()


@pytest.mark.parametrize(("dependency", "owners"), OWNERS.items())
def test_each_large_dependency_has_its_owner(dependency, owners):
    assert {name for name, package in packages().items() if dependency in package.needs()} <= owners


def test_there_is_one_http_client_and_one_tls_stack():
    assert locked() & FOREIGN == set()


def test_the_delta_reader_comes_without_a_query_engine():
    assert [name for name in locked() if name.startswith("datafusion")] == []


def test_sql_is_in_the_store_only():
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for name, package in packages().items()
        if name not in OWNERS["sqlx"]
        for path in package.sources()
        for line in code(path).splitlines()
        if SQL.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("name", packages())
def test_no_folders_of_a_crate_import_each_other_in_a_circle(name):
    package = packages()[name]
    edges = imports(package)
    for circle in circles(edges):
        folders = [one for one in circle if (package.folder / "src" / one).is_dir()]
        inside = [f"{a} -> {b}: {', '.join(sorted(at))}" for (a, b), at in edges.items() if {a, b} <= set(circle)]
        assert len(folders) < 2, "\n".join([f"{' and '.join(folders)} import each other:", *sorted(inside)])
