"""Weekly: frees the space of old versions."""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, chain, task
from cinelake_steps import config, flags, params, step

DOC = """
# Cinelake: maintenance

Frees disk space once a week. It never removes anything that is live, and may run while the pipeline runs.

| step | removes |
| --- | --- |
| **vacuum** | files of the lake that no version within the retention needs, including those of killed writers |
| **prune** | published versions beyond those kept for rollback |
| **containers** | containers of steps started more than a day ago, which outlived their scheduler (runner `docker`) |

After a vacuum, table versions older than the retention can no longer be read, and the runs that wrote them can no
longer be replayed.
"""

with DAG(
    "cinelake_maintenance",
    description="Remove old files, versions and containers",
    doc_md=DOC,
    schedule=CronTriggerTimetable(config.MAINTENANCE_SCHEDULE, timezone=config.TIMEZONE),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "cinelake"},
    tags=["cinelake", "maintenance", "weekly"],
    params=params.maintenance(),
) as dag:
    vacuum = step(
        "vacuum",
        ["vacuum", *flags("retention_days")],
        task="maintain",
        help="Removes files of the lake that no version within the retention needs.",
    )
    prune = step(
        "prune",
        ["prune", *flags("keep")],
        task="maintain",
        secrets=["DATABASE_URL"],
        # A lake that cannot be cleaned is no reason to keep old versions in the database.
        trigger_rule="all_done",
        help="Drops published versions beyond those kept. One that is still being read is dropped next time.",
    )
    chain(vacuum, prune)

    if config.RUNNER == "docker":

        @task(
            retries=config.RETRIES,
            retry_delay=config.RETRY_DELAY,
            execution_timeout=timedelta(minutes=15),
            trigger_rule="all_done",
            doc_md="Stops and removes containers of steps started more than a day ago.",
        )
        def containers() -> list[str]:
            from airflow.providers.docker.hooks.docker import DockerHook
            from cinelake_steps.docker import remove_old_containers

            # Longer than a step may take with all its retries.
            hook = DockerHook(docker_conn_id=None, base_url=config.setting("DOCKER_HOST", ""))
            return remove_old_containers(hook.api_client, older_than=timedelta(days=1))

        chain(prune, containers())
