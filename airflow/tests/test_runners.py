"""All DAGs with every runner: what is common to them, and what containers and pods are given."""

from datetime import timedelta

import pytest
from cinelake_steps import config

from harness import places
from harness.operators import Run, rendered

RUNNERS = ["process", "docker", "kubernetes"]
STEPS = {
    "cinelake": places.STEPS,
    "cinelake_maintenance": ["vacuum", "prune"],
    "cinelake_activate": ["activate"],
}
ASKED = {"ingest", "publish", "prune", "activate"}  # the steps that talk to PostgreSQL
ALL_STEPS = [(runner, dag_id, step) for runner in RUNNERS for dag_id, steps in STEPS.items() for step in steps]


@pytest.mark.parametrize("runner", RUNNERS)
def test_every_dag_is_there_and_explains_itself(dags_of, runner):
    dags = dags_of(runner)
    assert set(dags) == set(STEPS)
    for dag_id, dag in dags.items():
        assert {step for step in STEPS[dag_id]} <= set(dag.task_ids)
        assert dag.owner == "cinelake" and "cinelake" in dag.tags
        assert dag.doc_md and dag.description
        assert dag.max_active_runs == 1 and not dag.catchup
        assert all(task.doc_md for task in dag.tasks)
        for name in dag.params:
            param = dag.params.get_param(name)
            assert param.schema["title"] and param.description.endswith(".")


def test_only_the_pipeline_and_the_maintenance_start_by_themselves(dags_of):
    schedules = {dag_id: getattr(dag.timetable, "expression", None) for dag_id, dag in dags_of("docker").items()}
    assert schedules == {"cinelake": "30 3 * * *", "cinelake_maintenance": "30 12 * * 0", "cinelake_activate": None}


def test_the_pipeline_links_to_the_api_and_the_dashboards(dags_of):
    doc = dags_of("docker")["cinelake"].doc_md
    assert "http://127.0.0.1:8000/docs" in doc and "http://127.0.0.1:3000" in doc


@pytest.mark.parametrize(("runner", "dag_id", "step"), ALL_STEPS)
def test_a_step_is_retried_with_growing_pauses_and_ends_in_time(dags_of, runner, dag_id, step):
    task = dags_of(runner)[dag_id].get_task(step)
    assert (task.retries, task.retry_delay, task.retry_exponential_backoff) == (2, timedelta(seconds=60), 2.0)
    assert timedelta(minutes=15) <= task.execution_timeout <= timedelta(hours=2)


def test_a_version_to_activate_must_be_given_and_reaches_the_command(dags_of):
    dag = dags_of("docker")["cinelake_activate"]
    task, _ = rendered(dag, "activate", version=3)
    assert task.command == ["activate", "--version=3"]
    assert task.image == "cinelake/admin:local"
    for bad in (0, None, "three"):
        with pytest.raises((ValueError, TypeError)):
            dag.params.get_param("version").resolve(bad)


def test_the_maintenance_hands_on_its_params(dags_of):
    dag = dags_of("docker")["cinelake_maintenance"]
    assert rendered(dag, "vacuum", retention_days=9)[0].command == ["vacuum", "--retention-days=9"]
    assert rendered(dag, "prune", keep=0)[0].command == ["prune", "--keep=0"]
    with pytest.raises(ValueError):
        dag.params.get_param("retention_days").resolve(0)


def test_a_broken_lake_does_not_keep_old_versions_in_the_database(dags_of):
    dag = dags_of("docker")["cinelake_maintenance"]
    assert dag.get_task("prune").trigger_rule == "all_done"
    assert "containers" in dag.task_ids
    assert "containers" not in dags_of("process")["cinelake_maintenance"].task_ids


@pytest.mark.parametrize("step", STEPS["cinelake"])
def test_a_container_gets_its_image_the_lake_and_no_more(dags_of, step, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://user:hunter2@db/x")
    task, _ = rendered(dags_of("docker")["cinelake"], step)
    assert task.image == f"cinelake/{step}:local"
    assert task.network_mode == "cinelake_data"
    assert [(mount["Type"], mount["Source"], mount["Target"]) for mount in task.mounts] == [
        ("volume", "cinelake_lake", "/lake")
    ]
    assert task.mem_limit == "6g"
    assert task.mount_tmp_dir is False and task.privileged is False
    assert task.environment == {"LAKE_URI": "/lake", "LOG_FORMAT": "text", "RUN_ID": Run.run_id}
    assert task.secrets == (["DATABASE_URL"] if step in ASKED else [])
    shown = {name: getattr(task, name) for name in task.template_fields}
    assert "hunter2" not in str(shown)


@pytest.mark.parametrize("step", STEPS["cinelake"])
def test_a_container_reaches_a_lake_in_an_object_store(remote_dags_of, step):
    task, _ = rendered(remote_dags_of("docker")["cinelake"], step)
    environment = {"LAKE_URI": "s3://lake/x", "AWS_ENDPOINT_URL": "http://object-store:8333", "SCRATCH_DIR": "/lake"}
    assert environment.items() <= task.environment.items()
    assert task.secrets == [*(["DATABASE_URL"] if step in ASKED else []), *config.STORE_SECRETS]
    assert "hunter3" not in str({name: getattr(task, name) for name in task.template_fields})


def test_a_container_reaches_a_lake_in_hdfs_as_the_user_that_was_set(monkeypatch):
    values = {"LAKE_URI": "hdfs://films/lake", "HADOOP_USER_NAME": "cinelake", "HADOOP_CONF_DIR": "/lake/hadoop"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert (values | {"SCRATCH_DIR": "/lake"}).items() <= config.mounted_environment("clean", "/lake").items()


def test_credentials_of_a_store_are_handed_on_as_far_as_there_are_any(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "cinelake")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter3")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "")
    values = {"AWS_ACCESS_KEY_ID": "cinelake", "AWS_SECRET_ACCESS_KEY": "hunter3"}
    assert config.secrets(config.STORE_SECRETS) == values


def test_a_pod_reaches_a_lake_in_an_object_store_without_a_volume(remote_dags_of):
    task, context = rendered(remote_dags_of("kubernetes")["cinelake"], "clean")
    pod = task.build_pod_request_obj()
    variables = {variable.name: variable for variable in pod.spec.containers[0].env}
    assert context and variables["LAKE_URI"].value == "s3://lake/x" and variables["SCRATCH_DIR"].value == "/lake"
    assert pod.spec.volumes[0].empty_dir is not None and pod.spec.volumes[0].persistent_volume_claim is None
    optional = [variables[name].value_from.secret_key_ref for name in config.STORE_SECRETS]
    assert [(one.key, one.optional) for one in optional] == [(name, True) for name in config.STORE_SECRETS]


@pytest.mark.parametrize("step", STEPS["cinelake"])
def test_a_pod_gets_its_image_the_lake_and_no_more(dags_of, step):
    task, context = rendered(dags_of("kubernetes")["cinelake"], step)
    pod = task.build_pod_request_obj()
    assert context and pod.metadata.namespace == "cinelake"
    assert pod.metadata.name.startswith(f"cinelake-{step}")
    assert pod.metadata.labels["app.kubernetes.io/component"] == step
    container = pod.spec.containers[0]
    assert len(pod.spec.containers) == 1
    assert container.image == f"cinelake/{step}:local"
    assert container.resources.limits == {"memory": "6Gi"}
    assert pod.spec.volumes[0].persistent_volume_claim.claim_name == "cinelake-lake"
    assert [(mount.name, mount.mount_path) for mount in container.volume_mounts] == [("lake", "/lake")]
    values = {variable.name: variable.value for variable in container.env}
    assert (values["RUN_ID"], values["LAKE_URI"]) == (Run.run_id, "/lake")
    secret = [variable for variable in container.env if variable.name == "DATABASE_URL"]
    assert len(secret) == (step in ASKED)
    assert all(variable.value_from.secret_key_ref.name == "cinelake" for variable in secret)
    rights = pod.spec.security_context
    assert (rights.run_as_non_root, rights.run_as_user, rights.fs_group) == (True, 10001, 10001)
    assert container.security_context.read_only_root_filesystem is True
    assert container.security_context.allow_privilege_escalation is False
    assert container.security_context.capabilities.drop == ["ALL"]
    assert pod.spec.automount_service_account_token is False
    assert pod.spec.restart_policy == "Never"


def test_a_pod_gets_the_same_arguments_as_a_container(dags_of):
    for step in STEPS["cinelake"]:
        container, _ = rendered(dags_of("docker")["cinelake"], step)
        pod, _ = rendered(dags_of("kubernetes")["cinelake"], step)
        assert pod.arguments == container.command


def test_a_tag_and_a_registry_choose_the_images(monkeypatch):
    from cinelake_steps import config

    monkeypatch.setenv("CINELAKE_IMAGES", "registry.example/films")
    monkeypatch.setenv("CINELAKE_TAG", "1.2.3")
    assert config.image("train") == "registry.example/films/train:1.2.3"
