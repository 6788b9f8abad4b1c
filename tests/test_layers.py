"""Who may depend on whom: what ARCHITECTURE.md states as absences, checked over `cargo metadata` and the sources."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TASKS = {"ingest", "clean", "train", "evaluate", "recommend", "publish", "maintain"}
SOURCES = (".rs", ".py", ".sh", ".sql", ".ts", ".tsx", ".js", ".html", ".ps1")
MOST_LINES = 500
# Nobody reads these: a tool writes them, and a test there fails when they are stale.
GENERATED = {Path("frontend/react/src/api/schema.d.ts")}

# The packages that may name each of these: one, and for the database the one that makes databases for its tests.
OWNERS = {
    "deltalake": ["lakehouse"],
    "faer": ["als"],
    "pulp": ["als"],
    "sqlx": ["store", "store-testing"],
    "poem": ["api"],
    "poem-openapi": ["api"],
}
# For tests only: what it depends on, and nothing depends on it but as a dev-dependency.
TESTING = {"store-testing": {"store"}}

# A string literal that begins like a statement.
SQL = re.compile(
    r'"\s*(SELECT|INSERT INTO|UPDATE|DELETE FROM|COPY|CREATE|ALTER|DROP|TRUNCATE|GRANT|REVOKE|WITH \w+ AS)\s'
)


@pytest.fixture(scope="module")
def packages():
    """Every package of the workspace by name."""
    command = ["cargo", "metadata", "--format-version", "1", "--no-deps", "--offline", "--locked"]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return {package["name"]: package for package in json.loads(output)["packages"]}


def needs(package):
    """What a package depends on, for tests and builds, too."""
    return {dependency["name"] for dependency in package["dependencies"]}


def folder(package):
    return Path(package["manifest_path"]).parent


def below(packages, place):
    """The names of the packages in a folder of the root."""
    return {name for name, package in packages.items() if folder(package).parent == ROOT / place}


def test_the_packages_are_where_the_layout_has_them(packages):
    assert below(packages, "tasks") == TASKS
    assert {"als", "lakehouse", "store", "task"} <= below(packages, "crates")
    assert folder(packages["api"]) == ROOT / "api"


@pytest.mark.parametrize(("dependency", "owners"), OWNERS.items())
def test_each_large_dependency_has_one_owner(packages, dependency, owners):
    assert sorted(name for name, package in packages.items() if dependency in needs(package)) == owners


def test_the_crates_do_not_depend_on_each_other(packages):
    crates = below(packages, "crates")
    for crate in crates:
        others = needs(packages[crate]) & set(packages) - set(TESTING)
        assert others == TESTING.get(crate, set()), f"{crate} depends on another part of the workspace"


def test_what_is_for_tests_is_in_no_program(packages):
    for package in packages.values():
        shipped = {needed["name"] for needed in package["dependencies"] if needed["kind"] != "dev"}
        assert shipped & set(TESTING) == set(), f"{package['name']} ships what is for tests"


def test_no_task_depends_on_another(packages):
    for task in TASKS:
        assert needs(packages[task]) & TASKS == set(), f"{task} depends on another task"


def test_nothing_depends_on_the_api_and_the_api_never_touches_the_lakehouse(packages):
    assert not [name for name, package in packages.items() if "api" in needs(package)]
    assert needs(packages["api"]) & set(packages) - set(TESTING) <= {"als", "store"}


def test_sql_is_in_the_store_only(packages):
    found = []
    for name, package in packages.items():
        if name in OWNERS["sqlx"]:
            continue
        for path in sorted((folder(package) / "src").rglob("*.rs")):
            code = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("//")]
            found += [f"{path.relative_to(ROOT)}: {line.strip()}" for line in code if SQL.search(line)]
    assert found == []


def test_no_source_file_is_longer_than_a_room():
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [ROOT / path for path in tracked.split("\0") if path.endswith(SOURCES)]
    assert len(paths) > 100
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in paths if path.exists()}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES and path not in GENERATED} == {}
