"""The rights that `publish migrate` gives to the roles of the API and of dashboards."""

import pytest

from harness.database import execute, server_url


@pytest.fixture
def roles(database):
    """Two roles of the server, for the API and for reading; dropped with the database."""
    names = {what: f"{database.name}_{what}" for what in ("api", "read")}
    for name in names.values():
        execute(server_url(), f"CREATE ROLE {name}")
    yield names
    database.drop()
    for name in names.values():
        execute(server_url(), f"DROP ROLE {name}")


def rights(database, role):
    """Which tables and columns a role may change, and whether it may read all of them."""
    changes = database.query(
        "SELECT grants.table_name, privilege_type FROM information_schema.table_privileges AS grants"
        f" WHERE grantee = '{role}' AND privilege_type <> 'SELECT'"
        " UNION SELECT table_name || '.' || column_name, privilege_type FROM information_schema.column_privileges"
        f" WHERE grantee = '{role}' AND privilege_type = 'UPDATE' ORDER BY 1, 2"
    )
    [(reads_all,)] = database.query(
        f"SELECT bool_and(has_table_privilege('{role}', format('%I.%I', schemaname, tablename), 'SELECT'))"
        " FROM pg_tables WHERE schemaname IN ('public', 'version_data')"
    )
    return changes, reads_all


WRITES_OF_API = [
    ("experiment", "DELETE"),
    ("experiment", "INSERT"),
    ("experiment_variants", "DELETE"),
    ("experiment_variants", "INSERT"),
    ("feedback", "INSERT"),
    ("serving.activated_at", "UPDATE"),
    ("serving.version", "UPDATE"),
    ("versions.published_at", "UPDATE"),
]


@pytest.mark.parametrize("by", ["flags", "variables"])
def test_each_role_gets_its_rights_again_and_again(pipeline, roles, by):
    database = pipeline.database
    flags = ["--grant-api", roles["api"], "--grant-read", roles["read"]]
    variables = {"GRANT_API_ROLE": roles["api"], "GRANT_READ_ROLE": roles["read"]}
    for _ in range(2):
        if by == "flags":
            ended = pipeline.run("publish", "migrate", *flags)
        else:
            ended = pipeline.run("publish", "migrate", env=variables)
        assert ended.code == 0, ended.output
        assert ended.report["outcome"] == "done"
        assert rights(database, roles["api"]) == (WRITES_OF_API, True)
        assert rights(database, roles["read"]) == ([], True)
    for what in ("api", "read"):
        [rest] = database.query(
            f"SELECT has_schema_privilege('{roles[what]}', 'public', 'CREATE'),"
            f" has_database_privilege('{roles[what]}', current_database(), 'CREATE'),"
            f" has_database_privilege('{roles[what]}', current_database(), 'TEMPORARY'),"
            f" has_database_privilege('{roles[what]}', current_database(), 'CONNECT')"
        )
        assert rest == (False, False, False, True)


def test_a_missing_role_is_named_with_the_remedy_and_an_empty_variable_is_none(pipeline):
    refused = pipeline.run("publish", "migrate", "--grant-read", "no_such_role")
    assert refused.code == 1
    assert 'no role "no_such_role"' in refused.complaint and "CREATE ROLE" in refused.complaint
    ended = pipeline.run("publish", "migrate", env={"GRANT_API_ROLE": "", "GRANT_READ_ROLE": ""})
    assert ended.code == 0
