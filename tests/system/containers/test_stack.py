"""The stack as it runs after ./init.sh: who may do what, who sees whom."""

import re
from pathlib import Path

import pytest

from harness.engine import USER, containers, inspect
from harness.places import TASKS
from harness.web import OPENER

ONE_SHOT = {"migrate", "airflow-init"}
# The longest a question to nobody may take.
SECONDS = "10"


def running(stack):
    found = [inspect(one) for one in containers("label=com.docker.compose.project=cinelake")]
    return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}


def test_every_service_is_healthy_or_has_ended_well(stack):
    # Some may be about to come back from what a test before did to them.
    stack.await_healthy(*(running(stack).keys() - ONE_SHOT))
    states = {name: stack.state(name) for name in running(stack)}
    wanted = {name: "exited 0" if name in ONE_SHOT else "running healthy" for name in states}
    assert states == wanted


def test_nothing_runs_as_root_or_with_more_rights_than_it_needs(stack):
    for name, one in running(stack).items():
        host = one["HostConfig"]
        assert re.match(r"[1-9]", one["Config"]["User"]), f"{name}: user {one['Config']['User']!r}"
        assert host["ReadonlyRootfs"], name
        assert host["CapDrop"] == ["ALL"] and not host["CapAdd"], name
        assert "no-new-privileges:true" in host["SecurityOpt"] or "no-new-privileges" in host["SecurityOpt"], name
        assert not host["Privileged"], name
        assert host["Memory"] > 0, name
        assert host["LogConfig"]["Config"].keys() >= {"max-size", "max-file"}, name


def test_every_published_port_is_on_this_machine_only(stack):
    for name, one in running(stack).items():
        bindings = (one["HostConfig"]["PortBindings"] or {}).values()
        bound = [address["HostIp"] for addresses in bindings for address in addresses]
        assert set(bound) <= {"127.0.0.1"}, name


def test_the_scheduler_reaches_the_docker_proxy(stack):
    said = stack.execute("airflow-scheduler", "curl", "-sS", "-m", SECONDS, "http://docker-proxy:2375/_ping")
    assert said.stdout == "OK"


@pytest.mark.parametrize("service", ["airflow-api-server", "airflow-dag-processor", "airflow-triggerer", "postgres"])
def test_others_neither_know_nor_reach_the_docker_proxy(stack, service):
    assert stack.execute(service, "getent", "hosts", "docker-proxy", check=False).returncode != 0
    address = running(stack)["docker-proxy"]["NetworkSettings"]["Networks"]["cinelake_docker"]["IPAddress"]
    command = ["bash", "-c", f"exec 3<>/dev/tcp/{address}/2375"]
    assert stack.execute(service, "timeout", "3", *command, check=False).returncode != 0


def test_the_api_shares_no_network_with_the_docker_proxy(stack):
    """It has no shell that could ask."""
    networks = {name: set(one["NetworkSettings"]["Networks"]) for name, one in running(stack).items()}
    beside = {name for name, joined in networks.items() if joined & networks["docker-proxy"]}
    assert beside == {"docker-proxy", "airflow-scheduler"}


def test_the_docker_proxy_refuses_what_a_step_does_not_need(stack):
    flags = ["-sS", "-m", SECONDS, "-o", "/dev/null", "-w", "%{http_code}"]
    for call in ["GET /info", "GET /volumes", "POST /images/create?fromImage=x", "POST /containers/prune"]:
        method, path = call.split()
        asked = ["curl", *flags, "-X", method, f"http://docker-proxy:2375{path}"]
        assert stack.execute("airflow-scheduler", *asked).stdout == "403", call


def test_the_lake_belongs_to_the_steps(stack):
    folder = inspect("cinelake_lake")["Mountpoint"]
    owner = Path(folder).stat()
    assert (owner.st_uid, owner.st_gid) == (USER, USER)


def test_the_api_answers_what_the_pipeline_published(stack):
    status, answer = stack.api("/reco/1?n=5")
    assert status == 200, answer
    rows = stack.psql("SELECT movie_id FROM als_recos WHERE user_id = 1 ORDER BY score DESC LIMIT 5")
    assert [one["movie_id"] for one in answer["results"]] == [int(movie) for (movie,) in rows]


def test_the_image_of_the_service_has_both_front_ends(stack):
    """The app as it was built in this checkout, or the notice where it was not."""
    built = stack.folder / "frontend/react/dist/index.html"
    app = built if built.exists() else stack.folder / "frontend/notice/index.html"
    sources = {"/ui/": stack.folder / "frontend/html/index.html", "/app/films/1": app}
    for path, source in sources.items():
        with OPENER.open(f"http://127.0.0.1:{stack.env()['API_PORT']}{path}", timeout=30) as page:
            assert page.read() == source.read_bytes()
            assert "unsafe" not in page.headers["content-security-policy"]


def test_the_service_may_not_change_what_it_serves(stack):
    """By a role of its own, which owns nothing."""
    system = "('pg_catalog', 'information_schema')"
    owners = stack.psql(f"SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname NOT IN {system}")
    assert owners == [["cinelake"]]
    rights = "rolsuper OR rolcreatedb OR rolcreaterole"
    granted = stack.psql(f"SELECT rolname FROM pg_roles WHERE rolname LIKE 'cinelake%' AND ({rights})")
    assert granted == []


def test_every_step_ran_in_a_container_and_left_none_behind(stack):
    (run,) = [one for one in stack.airflow.runs("cinelake") if one["state"] == "success"][:1]
    states = stack.airflow.states("cinelake", run["dag_run_id"])
    assert {states[step] for step in TASKS if step in states} == {"success"}
    assert stack.steps(run_id=run["dag_run_id"]) == []


def test_monitoring_that_can_be_had_here_becomes_healthy(stack, monitoring):
    assert {"prometheus", "alertmanager", "pushgateway", "node-exporter", "postgres-exporter"} <= set(monitoring)
