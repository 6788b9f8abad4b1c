"""The compose file as Compose itself understands it."""

import re

import pytest

from harness.places import TASKS

PROFILES = [(), ("monitoring",), ("tasks",), ("monitoring", "tasks"), ("monitoring", "alerting"), ("s3",), ("hdfs",)]
# They do their work once and end.
ONE_SHOT = {"migrate", "airflow-init"}
# What each network is for.
DOCKER_ONLY = {"docker-proxy", "airflow-scheduler"}


@pytest.fixture(scope="module")
def services(configuration):
    """Everything but the services that are only there to be built."""
    return configuration("monitoring", "alerting", "s3", "hdfs")["services"]


@pytest.mark.parametrize("profiles", PROFILES, ids=lambda one: "+".join(one) or "none")
def test_every_profile_is_valid(configuration, profiles):
    assert configuration(*profiles)["services"]


def test_the_profile_of_the_tasks_adds_only_images_to_build(configuration):
    added = set(configuration("tasks")["services"]) - set(configuration()["services"])
    assert added == {f"task-{name}" for name in TASKS}


def test_without_the_profile_nothing_of_monitoring_starts(configuration):
    assert not {"prometheus", "grafana", "pushgateway", "node-exporter"} & set(configuration()["services"])


def test_the_profile_of_the_store_adds_the_object_store_alone(configuration):
    assert set(configuration("s3")["services"]) - set(configuration()["services"]) == {"object-store"}


def test_the_profile_of_hdfs_adds_a_name_node_and_a_data_node_that_only_the_steps_reach(configuration):
    services = configuration("hdfs")["services"]
    added = set(services) - set(configuration()["services"])
    assert added == {"hdfs-namenode", "hdfs-datanode"}
    assert {(*services[name]["networks"], *services[name].get("ports", [])) for name in added} == {("data",)}


def test_the_credentials_of_the_store_are_known_to_who_runs_the_steps_alone(configuration):
    everything = configuration("monitoring", "s3")["services"].items()
    knowing = {name for name, one in everything if "AWS_SECRET_ACCESS_KEY" in (one.get("environment") or {})}
    assert knowing == {"airflow-scheduler", "object-store"}


def test_the_profile_of_alerting_adds_the_alertmanager_alone(configuration):
    added = set(configuration("monitoring", "alerting")["services"]) - set(configuration("monitoring")["services"])
    assert added == {"alertmanager"}


def test_ports_are_published_on_this_machine_only(services):
    published = [(name, port) for name, service in services.items() for port in service.get("ports", [])]
    assert published
    assert [(name, port) for name, port in published if port.get("host_ip") != "127.0.0.1"] == []


def test_every_service_says_whether_it_is_healthy_or_ends(services):
    assert {name for name, service in services.items() if "healthcheck" not in service} - ONE_SHOT <= {"api"}


def test_one_shot_services_are_awaited_and_not_restarted(services):
    awaited = {
        needed
        for service in services.values()
        for needed, condition in service.get("depends_on", {}).items()
        if condition["condition"] == "service_completed_successfully"
    }
    assert awaited == ONE_SHOT
    assert {services[name].get("restart") for name in ONE_SHOT} == {"no"}


def test_whoever_depends_on_a_service_waits_until_it_is_well(services):
    conditions = {c["condition"] for service in services.values() for c in service.get("depends_on", {}).values()}
    assert conditions <= {"service_healthy", "service_completed_successfully"}


def test_every_service_has_a_memory_limit(services):
    assert [name for name, service in services.items() if not int(service.get("mem_limit", 0))] == []


def test_no_log_can_fill_the_disk(services):
    for name, service in services.items():
        options = service.get("logging", {}).get("options", {})
        assert {"max-size", "max-file"} <= options.keys(), name


def test_no_service_can_gain_rights(services):
    for name, service in services.items():
        assert "no-new-privileges:true" in service.get("security_opt", []), name
        assert service.get("cap_drop") == ["ALL"], name
        assert not service.get("privileged"), name


def test_no_service_can_write_to_its_root(services):
    assert [name for name, service in services.items() if not service.get("read_only")] == []


def test_no_service_runs_as_root(services):
    """Ours have their user in the image, which the tests of the images ask."""
    for name, service in services.items():
        if service.get("build"):
            continue
        assert re.match(r"[1-9][0-9]*(:|$)", service.get("user", "")), f"{name}: {service.get('user')}"


def test_long_lived_services_come_back(services):
    assert {service.get("restart") for name, service in services.items() if name not in ONE_SHOT} == {"unless-stopped"}


def test_images_of_others_are_pinned_to_a_release(services):
    for name, service in services.items():
        if not service["image"].startswith("cinelake/"):
            assert re.search(r":v?[0-9]+\.[0-9]+", service["image"]), f"{name}: {service['image']}"


def test_only_the_scheduler_shares_a_network_with_the_docker_proxy(services, configuration):
    assert {name for name, service in services.items() if "docker" in service.get("networks", {})} == DOCKER_ONLY
    assert list(services["docker-proxy"]["networks"]) == ["docker"]
    assert configuration()["networks"]["docker"]["internal"]


def test_only_the_docker_proxy_sees_the_socket_and_may_not_replace_it(services):
    every = [(name, mount) for name, service in services.items() for mount in service.get("volumes", [])]
    mounts = [(name, mount) for name, mount in every if "docker.sock" in mount.get("source", "")]
    assert [name for name, _ in mounts] == ["docker-proxy"]
    assert mounts[0][1]["read_only"]


def test_only_the_scheduler_knows_the_database_of_the_pipeline(services):
    telling = {name for name, service in services.items() if "DATABASE_URL" in (service.get("environment") or {})}
    assert {name for name in telling if name.startswith("airflow")} == {"airflow-scheduler"}


def test_a_dag_file_reads_the_same_in_every_airflow_container(services):
    kept = {"DATABASE_URL", "DOCKER_HOST", "AIRFLOW_ADMIN_PASSWORD", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    seen = {
        name: {key: value for key, value in service["environment"].items() if key not in kept}
        for name, service in services.items()
        if name.startswith("airflow-")
    }
    scheduler = seen.pop("airflow-scheduler")
    assert {name: environment for name, environment in seen.items() if environment != scheduler} == {}


def test_volumes_and_networks_have_names_that_a_step_can_be_told(configuration):
    everything = configuration("monitoring", "alerting")
    names = [one["name"] for kind in ("volumes", "networks") for one in everything[kind].values()]
    assert {"cinelake_lake", "cinelake_postgres", "cinelake_front", "cinelake_data", "cinelake_docker"} <= set(names)
    assert [name for name in names if not name.startswith("cinelake_")] == []
