"""The rights that `admin migrate` gives to the roles of the API and of dashboards."""

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


def may(database, role, right, table):
    [(allowed,)] = database.query(f"SELECT has_table_privilege('{role}', '{table}', '{right}')")
    return allowed


@pytest.mark.parametrize("by", ["flags", "variables"])
def test_each_role_gets_its_rights(pipeline, roles, by):
    database, api, read = pipeline.database, roles["api"], roles["read"]
    flags = ["--grant-api", api, "--grant-read", read]
    variables = {"GRANT_API_ROLE": api, "GRANT_READ_ROLE": read}
    how = {"flags": (flags, {}), "variables": ([], variables)}
    ended = pipeline.run("admin", "migrate", *how[by][0], env=how[by][1])
    assert (ended.code, ended.report["outcome"]) == (0, "done"), ended.output
    assert may(database, api, "SELECT", "als_recos") and may(database, read, "SELECT", "als_recos")
    assert may(database, api, "INSERT", "feedback") and not may(database, read, "INSERT", "feedback")


def test_a_missing_role_is_named_with_the_remedy_and_an_empty_variable_is_none(pipeline):
    refused = pipeline.run("admin", "migrate", "--grant-read", "no_such_role")
    assert refused.code == 1
    assert 'no role "no_such_role"' in refused.complaint and "CREATE ROLE" in refused.complaint
    ended = pipeline.run("admin", "migrate", env={"GRANT_API_ROLE": "", "GRANT_READ_ROLE": ""})
    assert ended.code == 0
